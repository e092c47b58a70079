"""The questions that `quality.py` asks: rows to learn from, rows to be judged on, the same columns for everybody."""

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.features.behaviour import Feature
from pipeline.features.catalogue import attribute, feature_named, features_of
from pipeline.params import Params
from pipeline.params_file import load_params
from pipeline.progress import Progress
from pipeline.snapshots.label import task_facts
from pipeline.stages.rows import feature_names, snapshot_rows

ROOT = Path(__file__).parents[1]
DAY_0 = date(2017, 1, 1)
CDNOW_DAY_0 = date(1997, 1, 1)
FOLDS = 5


@dataclass(frozen=True)
class Question:
    """Splits of one data set into rows to learn from and rows to be judged on, and the AUC to reach."""

    words: str
    splits: list[tuple[pd.DataFrame, pd.DataFrame]]
    features: tuple[Feature, ...]
    task: Mapping[str, Any]
    anchor_auc: float | None = None


@dataclass(frozen=True)
class Asked:
    """How a question about a log of purchases differs from the shipped params.yaml."""

    words: str
    anchor_auc: float
    snapshots: Mapping[str, Any]
    example: str = "params.yaml"
    more: Mapping[str, Any] = field(default_factory=dict)


def _complete_journey(
    words: str, anchor: float, test_day: int, horizon_days: int, at_risk_days: int, **more: Any
) -> Asked:
    asked = {
        "newest_as_of": DAY_0 + timedelta(days=test_day),
        "test_dates": 1,
        "horizon_days": horizon_days,
        "at_risk_days": at_risk_days,
        **more,
    }
    return Asked(words, anchor, asked)


LOGS: Mapping[str, Asked] = {
    "A": _complete_journey("Complete Journey, 28 days, bought in the last 182", 0.885, 322, 28, 182),
    "B": _complete_journey("Complete Journey, 28 days, bought in the last 28", 0.871, 322, 28, 28),
    "C": _complete_journey("Complete Journey, 56 days, bought in the last 182", 0.895, 294, 56, 182),
    "D": _complete_journey("Complete Journey, 56 days, bought in the last 56", 0.871, 294, 56, 56),
    "decline": _complete_journey(
        "Complete Journey, spends below half of the usual in 56 days", 0.722, 294, 56, 182, label="decline"
    ),
    "cdnow": Asked(
        "CDNOW, split in time: weeks 1 to 19 and the 19 after, then weeks 1 to 39 and the 19 after",
        0.775,
        {
            "newest_as_of": CDNOW_DAY_0 + timedelta(days=272),
            "test_dates": 1,
            "horizon_days": 136,
            "history_days": 91,
            "step_days": 28,
            "at_risk_days": 365,
        },
        "examples/params.cdnow.yaml",
    ),
}


def log_question(asked: Asked) -> Question:
    """Ask about a log of purchases: the flow's own stages choose rows and columns."""
    params = load_params(ROOT / asked.example)
    params = params.model_copy(update={"snapshots": params.snapshots.model_copy(update=dict(asked.snapshots))})
    train, test = _rows(params)
    return Question(asked.words, [(train, test)], _features(train), task_facts(params.snapshots), asked.anchor_auc)


def cdnow_by_customer() -> Question:
    """Ask about CDNOW's 39 weeks and the 39 after them, customers held out in folds, as the published figures do."""
    asked = LOGS["cdnow"]
    params = load_params(ROOT / asked.example)
    half = {**asked.snapshots, "horizon_days": 273, "history_days": 90, "step_days": 273, "newest_as_of": "newest"}
    snapshots = params.snapshots.model_copy(update={**half, "test_dates": 1})
    rows = _rows_at(params.model_copy(update={"snapshots": snapshots}), CDNOW_DAY_0 + timedelta(days=273))
    return Question(
        "CDNOW, 39 weeks and the 39 after, customers held out",
        _by_customer(rows),
        _features(rows),
        task_facts(snapshots),
        0.772,
    )


def telco(file: Path) -> Question:
    """Ask about IBM's Telco table, which has no dates: customers are held out in folds."""
    table = pd.read_csv(file, dtype=str, keep_default_na=False)
    named = {
        name: "attribute_" + "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
        for name in map(str, table)
    }
    skipped = {"customerID", "Churn"}
    columns = {to: _typed(table[name]) for name, to in named.items() if name not in skipped}
    rows = pd.DataFrame({"customer_id": table["customerID"], "as_of": date(2020, 1, 1), **columns})
    rows["churned"] = (table["Churn"] == "Yes").to_numpy()
    behaviours = [attribute(name.removeprefix("attribute_")) for name in columns]
    task = {"label": "given", "horizon_days": 0, "gap_days": 0, "at_risk_days": 0, "decline_share": None}
    return Question("IBM Telco, customers held out", _by_customer(rows), features_of(behaviours), task, 0.8496)


def simulated() -> Question:
    """Ask who of a simulated business will cancel: every kind of table, split in time."""
    params = load_params(ROOT / "examples/params.simulated.yaml")
    train, test = _rows(params)
    words = "Simulated business, who cancels"
    return Question(words, [(train, test)], _features(train), task_facts(params.snapshots))


QUESTIONS: Mapping[str, Callable[[], Question]] = {
    **{name: partial(log_question, asked) for name, asked in LOGS.items()},
    "cdnow_folds": cdnow_by_customer,
    "simulated": simulated,
}


def _rows(params: Params) -> tuple[pd.DataFrame, pd.DataFrame]:
    with _made(params):
        return snapshot_rows("train"), snapshot_rows("test")


def _rows_at(params: Params, as_of: date) -> pd.DataFrame:
    """Return the answered rows of one date, which the calendar would need an earlier date beside."""
    from pipeline import artifacts  # noqa: PLC0415
    from pipeline.engines import duckdb  # noqa: PLC0415
    from pipeline.snapshots import label  # noqa: PLC0415
    from pipeline.snapshots.calendar import Calendar  # noqa: PLC0415
    from pipeline.stages import products  # noqa: PLC0415

    with _folder():
        import_module("pipeline.stages.contract").run(params, Progress("contract", quiet=True))
        tables = duckdb.open_tables(duckdb.connect(), products.CHECKED)
        planned = Calendar((), (as_of,), as_of)
        artifacts.write_table(products.SNAPSHOTS, label.snapshots(tables, planned, params.snapshots).to_pyarrow())
        import_module("pipeline.stages.features").run(params, Progress("features", quiet=True))
        return snapshot_rows("test")


@contextmanager
def _made(params: Params) -> Iterator[None]:
    with _folder():
        for stage in ("contract", "snapshots", "features"):
            import_module(f"pipeline.stages.{stage}").run(params, Progress(stage, quiet=True))
        yield


@contextmanager
def _folder() -> Iterator[None]:
    with tempfile.TemporaryDirectory() as folder, _in(Path(folder)):
        yield


@contextmanager
def _in(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _features(rows: pd.DataFrame) -> tuple[Feature, ...]:
    return tuple(feature_named(name) for name in feature_names(rows))


def _by_customer(rows: pd.DataFrame) -> list[tuple[pd.DataFrame, pd.DataFrame]]:
    folds = np.random.default_rng(20170101).permutation(len(rows)) % FOLDS
    return [
        (rows[folds != fold].reset_index(drop=True), rows[folds == fold].reset_index(drop=True))
        for fold in range(FOLDS)
    ]


def _typed(texts: pd.Series) -> pd.Series:
    numbers = pd.Series(pd.to_numeric(texts.str.strip(), errors="coerce"), texts.index)
    is_number = numbers.notna().mean() > 0.99
    return numbers if is_number else texts
