"""Who is at risk on each as-of date, with the answer where it is known."""

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from pipeline import artifacts
from pipeline.engines import duckdb
from pipeline.errors import TooLittleDataError
from pipeline.params import Params
from pipeline.progress import Progress
from pipeline.snapshots import calendar, label
from pipeline.stages import products


def run(params: Params, progress: Progress) -> None:
    """Write one row per customer at risk and as-of date."""
    artifacts.verify_folder(products.CHECKED)
    tables = duckdb.open_tables(duckdb.connect(), products.CHECKED)
    facts = artifacts.read_json(products.CHECKED / "contract.json")
    start, end = (date.fromisoformat(facts[key]) for key in ("data_start", "data_end"))
    planned = calendar.plan_calendar(params.snapshots, params.score.as_of, start, end)
    rows = label.snapshots(tables, planned, params.snapshots).to_pyarrow()
    _refuse_nobody(rows, planned.score)
    artifacts.write_table(products.SNAPSHOTS, rows)
    dates = planned.roles()
    progress.note(f"{rows.num_rows:,} snapshots on {len(dates)} as-of dates, {dates[0][0]} to {dates[-1][0]}")


def _refuse_nobody(rows: pa.Table, as_of: date) -> None:
    if not pc.any(pc.equal(rows["role"], "score")).as_py():
        raise TooLittleDataError(
            f"Nobody is at risk on {as_of}: no customer bought in the snapshots.at_risk_days before it. "
            "Choose another score.as_of, or make at_risk_days longer."
        )
