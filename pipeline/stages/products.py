"""Where every product of the flow lies, relative to the project's root."""

from pathlib import Path

CHECKED = Path("data/checked")
SNAPSHOTS = Path("data/snapshots.parquet")
FEATURES = Path("data/features.parquet")
MODEL = Path("models/churn")
MODEL_PROFILE = MODEL / "profile.json"
RUN = Path("models/run.json")
EVALUATION = Path("reports/evaluation.json")
DRIFT = Path("reports/drift.json")
SCORES = Path("data/scores.parquet")
REASONS = Path("data/reasons.parquet")
CAMPAIGN = Path("reports/campaign.csv")
CAMPAIGN_TOTALS = Path("reports/campaign.json")
WORKBOOK = Path("reports/campaign.xlsx")
KPIS = Path("reports/kpis.json")
REPORT_FACTS = Path("reports/report.json")
PAGE = Path("reports/report.html")
VERDICT = Path("reports/verdict.json")
VERDICT_PAGE = Path("reports/verdict.html")
"""What a stage leaves that ends for want of data; no stage's product, and gone when a stage begins."""
