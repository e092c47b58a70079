"""Write the page an analyst reads and the workbook a campaign manager takes."""

from pathlib import Path

import pandas as pd

from pipeline import artifacts
from pipeline.campaign.actions import offer_of
from pipeline.engines import duckdb
from pipeline.model.churn_model import ChurnModel
from pipeline.monitoring.feed import daily_volumes
from pipeline.params import Params
from pipeline.progress import Progress
from pipeline.reports.customers import on_the_page
from pipeline.reports.facts import report_facts
from pipeline.reports.findings import Findings, read_list
from pipeline.reports.history import history
from pipeline.reports.kpis import kpis
from pipeline.reports.page import render
from pipeline.reports.segments import segments
from pipeline.reports.workbook import write_workbook
from pipeline.stages import products
from pipeline.stages.rows import snapshot_rows


def run(params: Params, progress: Progress) -> None:
    """Write page and workbook, and the JSON files that hold every number on them."""
    found = _findings(params)
    facts = report_facts(found)
    artifacts.write_json(products.KPIS, found.kpis)
    artifacts.write_json(products.REPORT_FACTS, facts)
    artifacts.write_text(products.PAGE, render(facts))
    artifacts.write_file(products.WORKBOOK, lambda path: write_workbook(found, path))
    progress.note(f"open {products.PAGE} in a browser, {products.WORKBOOK} in a spreadsheet program")


def _findings(params: Params) -> Findings:
    artifacts.verify_folder(products.CHECKED)
    contract = artifacts.read_json(products.CHECKED / "contract.json")
    scores = _frame(products.SCORES)
    as_of = scores["as_of"].iloc[0]
    listed = read_list(artifacts.read_text(products.CAMPAIGN))
    tables = duckdb.open_tables(duckdb.connect(), products.CHECKED)
    return Findings(
        contract=contract,
        evaluation=artifacts.read_json(products.EVALUATION),
        campaign=artifacts.read_json(products.CAMPAIGN_TOTALS),
        kpis=kpis(tables, contract, params.snapshots, params.value, scores),
        scores=scores,
        reasons=_frame(products.REASONS),
        listed=listed,
        features=snapshot_rows("score"),
        history=history(tables, on_the_page(listed), as_of),
        model=ChurnModel.load(products.MODEL),
        save_rate=params.campaign.save_rate,
        drift=artifacts.read_json(products.DRIFT),
        answers={name: action.answers for name, action in params.actions.items()},
        offers=[offer_of(action, params.campaign) for action in params.actions.values()],
        volumes=daily_volumes(tables, as_of),
        segments=segments(tables, scores["customer_id"], scores["customer_value"].to_numpy(), as_of),
    )


def _frame(path: Path) -> pd.DataFrame:
    frame: pd.DataFrame = artifacts.read_table(path).to_pandas(date_as_object=True)
    return frame
