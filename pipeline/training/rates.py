"""How the share that leaves moves from date to date, in the dates learnt from and in those judged."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd


def rates(train: pd.DataFrame, judged: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the churn share of every date, what the model said of the judged ones, and a sentence on both.

    `judged` holds the facts of each test date.
    """
    dates = [*_learnt(train), *(_judged(date) for date in judged)]
    return {"dates": dates, "sentence": _sentence(dates)}


def _learnt(train: pd.DataFrame) -> list[dict[str, Any]]:
    by_date = train["churned"].astype(bool).groupby(train["as_of"].astype(str)).agg(["size", "sum"])
    return [
        {
            "as_of": str(day),
            "role": "train",
            "snapshots": int(count),
            "churners": int(churners),
            "churn_share": float(churners / count),
            "mean_probability": None,
        }
        for day, count, churners in by_date.itertuples()
    ]


def _judged(date: Mapping[str, Any]) -> dict[str, Any]:
    told = ("snapshots", "churners", "churn_share", "mean_probability")
    return {"as_of": date["as_of"], "role": "test", **{name: date[name] for name in told}}


def _sentence(dates: Sequence[Mapping[str, Any]]) -> str:
    learnt = [date["churn_share"] for date in dates if date["role"] == "train"]
    test = [date for date in dates if date["role"] == "test"]
    low, high = min(learnt), max(learnt)
    span = f"{low:.1%}" if f"{low:.1%}" == f"{high:.1%}" else f"{low:.1%} to {high:.1%}"
    count = sum(date["snapshots"] for date in test)
    happened = sum(date["churners"] for date in test) / count
    said = sum(date["mean_probability"] * date["snapshots"] for date in test) / count
    moved = "outside what it had seen" if not low <= happened <= high else "within what it had seen"
    return f"On the dates it learnt from {span} left, on the test dates {happened:.1%}, {moved}; it said {said:.1%}."
