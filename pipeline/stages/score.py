"""Give every customer at risk a probability of churn and what is at stake."""

from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline import artifacts
from pipeline.engines import duckdb
from pipeline.identity import run_id
from pipeline.model.churn_model import ChurnModel
from pipeline.money import minor_per_unit
from pipeline.params import Params
from pipeline.progress import Progress
from pipeline.scoring.score import score
from pipeline.stages import products
from pipeline.stages.rows import snapshot_rows
from pipeline.value.worth import Asked, worth


def run(params: Params, progress: Progress) -> None:
    """Write one row per customer at risk on the scoring date, highest risk first."""
    rows = snapshot_rows("score")
    model = ChurnModel.load(products.MODEL)
    artifacts.verify_folder(products.CHECKED)
    value = values_of(rows["customer_id"], rows["as_of"].iloc[0], products.CHECKED, params)
    made_by = run_id(
        [products.FEATURES, products.MODEL, products.CHECKED], params.score, params.value, params.snapshots
    )
    scored = score(model, rows, value, params.score, made_by)
    artifacts.write_table(products.SCORES, scored)
    for name, count in model.unseen_categories(rows).items():
        progress.note(f"{count:,} customers have a value of {name} that training never saw; it counts as missing")
    progress.note(f"{scored.num_rows:,} customers scored as of {rows['as_of'].iloc[0]}")


def values_of(customers: pd.Series, as_of: date, checked: Path, params: Params) -> npt.NDArray[np.float64]:
    """Return what each customer is worth if kept, in whole units of the currency, from a folder of checked tables."""
    tables = duckdb.open_tables(duckdb.connect(), checked)
    per_unit = minor_per_unit(artifacts.read_json(checked / "contract.json")["currency"])
    return worth(tables, customers, as_of, Asked(params.snapshots, params.value, per_unit))
