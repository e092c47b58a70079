"""Write the page an analyst reads and the workbook a campaign manager takes."""

import pandas as pd

from pipeline import artifacts
from pipeline.campaign.spreadsheet import read_campaign_csv
from pipeline.engines import duckdb
from pipeline.model.churn_model import ChurnModel
from pipeline.params import Params
from pipeline.progress import Progress
from pipeline.reports.facts import report_facts
from pipeline.reports.findings import Findings
from pipeline.reports.history import weekly_orders
from pipeline.reports.kpis import kpis
from pipeline.reports.page import render
from pipeline.stages import products
from pipeline.stages.rows import snapshot_rows

MOST_ON_PAGE = 2_000


def run(params: Params, progress: Progress) -> None:
    """Write page, workbook, and the JSON files that hold every number on them."""
    contract = artifacts.read_json(products.CHECKED / "contract.json")
    scores = _frame(products.SCORES)
    purchases = duckdb.open_tables(duckdb.connect(), products.CHECKED)["purchases"]
    figures = kpis(purchases, contract, params.snapshots, params.value, scores)
    artifacts.write_json(products.KPIS, figures)


def _frame(path) -> pd.DataFrame:
    return artifacts.read_table(path).to_pandas(date_as_object=True)
