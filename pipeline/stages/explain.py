"""Say the behaviours behind each score, in the words of the catalogue."""

from pipeline import artifacts
from pipeline.model.churn_model import ChurnModel
from pipeline.params import Params
from pipeline.progress import Progress
from pipeline.scoring.reasons import Phrases, explain, reasons_table, typical_values
from pipeline.stages import products
from pipeline.stages.rows import snapshot_rows

CHECKED_ROWS = 200


def run(params: Params, progress: Progress) -> None:
    """Write the reasons of every scored customer, in the order of the scores."""
    ranked = artifacts.read_table(products.SCORES, ["customer_id"])["customer_id"].to_pylist()
    rows = snapshot_rows("score").set_index("customer_id", drop=False).loc[ranked].reset_index(drop=True)
    currency = artifacts.read_json(products.CHECKED / "contract.json")["currency"]
    model = ChurnModel.load(products.MODEL)
    farthest = model.checked(rows.iloc[:: max(len(rows) // CHECKED_ROWS, 1)].head(CHECKED_ROWS))
    phrases = Phrases(typical_values(rows, model.features), currency)
    told = reasons_table(explain(model, rows), params.explain, phrases)
    artifacts.write_table(products.REASONS, told)
    clear = told.num_rows - told["reason_1_family"].null_count
    progress.note(f"contributions of a sample agree with XGBoost's own within {max(farthest, 1e-9):.0e} log-odds")
    progress.note(f"{told.num_rows:,} customers explained, {told.num_rows - clear:,} of them without a clear driver")
