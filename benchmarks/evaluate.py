"""How long judging takes: the whole stage `evaluate` on 100,000 test snapshots, with intervals, lead times and reasons.

Run: `uv run --locked python -m benchmarks.evaluate [--rows=100000]`. A made-up shop goes through the flow's own stages with
the shipped params.yaml, so the model has as many columns as a table of purchases gives. Two as-of dates are learnt from and
two are judged, early enough that every lead time has its answers. Of the stage only MLflow is left out; the steps are timed
one by one. Compilation is cached by a run on few rows before.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline import artifacts
from pipeline.params import Params
from pipeline.params_file import load_params
from pipeline.params_source import SourceParams
from pipeline.progress import Progress
from pipeline.stages import evaluate as stage
from pipeline.stages import products

ROOT = Path(__file__).parents[1]
FIRST_DAY, DAYS = date(2024, 1, 1), 400
NEWEST = FIRST_DAY + timedelta(days=DAYS - 28 - max(stage.LEAD_DAYS))
WARES = ("bread", "cheese", "fish", "fruit", "wine")
ORDERS = {
    "kind": "purchases",
    "path": "orders.parquet",
    "columns": {"customer_id": "who", "purchased_at": "day", "amount": "paid", "order_id": "order", "category": "ware"},
}
STEPS = {
    "reason_stability": "reasons learnt anew",
    "_by_lead": "lead times, labels and figures",
    "evaluate": "all else",
}
AT_RISK_SHARE = 0.88
"""Of those who ever bought here, so many are at risk on a test date, about."""


def write_orders(folder: Path, customers: int) -> None:
    """Write the purchases of customers who buy at their own rates until they leave."""
    drawing = np.random.default_rng(1)
    first, rate = drawing.integers(0, 250, customers), drawing.gamma(1.5, 1 / 30, customers)
    last = np.minimum(first + drawing.exponential(400, customers), DAYS - 1)
    bought = 1 + drawing.poisson(rate * (last - first))
    who = np.repeat(np.arange(customers), bought)
    day = (first[who] + drawing.random(len(who)) * (last - first)[who]).astype(int)
    day[:DAYS], who[:DAYS] = np.arange(DAYS), np.arange(DAYS)
    dates = np.datetime64(FIRST_DAY) + day
    orders = {
        "who": pa.array([f"c{one:07}" for one in who]),
        "day": pa.array(dates.astype("datetime64[D]")),
        "paid": pa.array(np.round(drawing.gamma(2, 15, len(who)), 2)),
        "order": pa.array([f"o{one:08}" for one in range(len(who))]),
        "ware": pa.array(np.array(WARES)[drawing.integers(0, len(WARES), len(who))]),
    }
    folder.mkdir()
    pq.write_table(pa.table(orders), folder / "orders.parquet")


def settings() -> Params:
    """Return the shipped settings with this shop's files and dates."""
    shipped = load_params(ROOT / "params.yaml")
    files = {"folder": "source", "time_zone": "UTC", "currency": "EUR", "tables": {"orders": ORDERS}}
    dates = {"newest_as_of": NEWEST, "test_dates": 2, "max_train_dates": 2}
    source = SourceParams.model_validate({"from": "files", "files": files})
    return shipped.model_copy(update={"source": source, "snapshots": shipped.snapshots.model_copy(update=dates)})


def timed(name: str, of: Callable[..., Any], spent: dict[str, tuple[float, float]]) -> Callable[..., Any]:
    """Return a function that does the same and keeps its wall and CPU seconds."""

    def step(*given: Any, **named: Any) -> Any:
        wall, used = time.perf_counter(), time.process_time()
        found = of(*given, **named)
        spent[name] = (time.perf_counter() - wall, time.process_time() - used)
        return found

    return step


def judged(rows: int) -> tuple[dict[str, Any], dict[str, tuple[float, float]]]:
    """Take a shop of about so many test snapshots through the flow and return its evaluation and what each step took."""
    spent: dict[str, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        write_orders(Path("source"), int(rows / 2 / AT_RISK_SHARE))
        params = settings()
        for name in ("contract", "snapshots", "features", "train"):
            import_module(f"pipeline.stages.{name}").run(params, Progress(name))
        for name in STEPS:
            setattr(stage, name, timed(name, getattr(stage, name), spent))
        whole = timed("whole", stage.run, spent)
        whole(params, Progress("evaluate"))
        evaluation = artifacts.read_json(products.EVALUATION)
        os.chdir(ROOT)
    return evaluation, spent


def main() -> None:
    """Print the seconds."""
    asked = int(next((one.split("=")[1] for one in sys.argv[1:] if one.startswith("--rows=")), "100000"))
    os.environ["MLFLOW_TRACKING_URI"] = "ftp://nowhere"
    judged(4_000)
    evaluation, spent = judged(asked)
    test, train = evaluation["rows"]["test"], evaluation["rows"]["train"]
    print(
        f"\n{test['snapshots']:,} test snapshots of {test['customers']:,} customers; {train['snapshots']:,} learnt from"
    )
    print("\n| | wall s | CPU s |\n|---|---|---|")
    for name, words in {"whole": "the whole stage", **STEPS}.items():
        print(f"| {words} | {spent[name][0]:.1f} | {spent[name][1]:.1f} |")


if __name__ == "__main__":
    main()
