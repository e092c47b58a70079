"""Groups of customers that people talk of: new, fading, best, seldom, steady; or by plan where there are only plans."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.reports.presence import Tables
from pipeline.snapshots.population import between, known, running

LATELY_DAYS = 91
BEST_SHARE = 0.2
FEW_DAYS = 2
MOST_PLANS = 6
NO_PLAN, OTHER_PLANS = "No plan recorded", "Other plans"
VALUE_BANDS = ("Lowest third by value", "Middle third by value", "Highest third by value")

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Segment:
    """A group of customers: what it is called, what puts a customer into it, and the test itself."""

    words: str
    meaning: str
    holds: Callable[[pd.DataFrame], Any]


SEGMENTS = (
    Segment("New", f"first bought in the last {LATELY_DAYS} days", lambda seen: seen["days_known"] <= LATELY_DAYS),
    Segment(
        "Spending halved",
        f"spent less than half of what they spent in the {LATELY_DAYS} days before",
        lambda seen: seen["spent_lately"] * 2 < seen["spent_before"],
    ),
    Segment(
        f"Best {BEST_SHARE:.0%}",
        "worth most if kept",
        lambda seen: seen["value"] >= seen["value"].quantile(1 - BEST_SHARE),
    ),
    Segment(
        "Seldom", f"bought on at most {FEW_DAYS} days in the last {LATELY_DAYS}", lambda seen: seen["days"] <= FEW_DAYS
    ),
    Segment("Steady", "all others", lambda seen: np.ones(len(seen), dtype=bool)),
)
"""A customer belongs to the first group whose test he passes."""


def segments(
    tables: Tables, customers: pd.Series, values: npt.NDArray[np.float64], as_of: date
) -> "pd.Series[Any] | None":
    """Return each customer's group in words, in the order of `customers`; None where no table tells one.

    `values` is what each is worth if kept. Only what had happened and was known before the as-of date counts.
    """
    if "purchases" in tables:
        return _by_purchases(tables["purchases"], customers, values, as_of)
    if "plan" in (tables["subscriptions"].columns if "subscriptions" in tables else ()):
        return _by_plan(tables["subscriptions"], customers, as_of)
    return None


def value_bands(values: npt.NDArray[np.float64]) -> npt.NDArray[np.object_]:
    """Return the third of the customers by value that each belongs to, in words.

    >>> value_bands(np.array([1.0, 2.0, 3.0])).tolist()
    ['Lowest third by value', 'Middle third by value', 'Highest third by value']
    """
    cuts = np.quantile(values, [1 / 3, 2 / 3]) if len(values) else np.empty(0)
    return np.asarray(np.array(VALUE_BANDS, dtype=object)[np.searchsorted(cuts, values, side="left")])


def _by_purchases(
    purchases: ir.Table, customers: pd.Series, values: npt.NDArray[np.float64], as_of: date
) -> "pd.Series[Any]":
    seen = _seen(purchases, as_of).set_index("customer_id").reindex(customers)
    seen = seen.assign(value=values).fillna({"spent_lately": 0, "spent_before": 0, "days": 0, "days_known": np.inf})
    tests: list[Flags] = [np.asarray(one.holds(seen), dtype=bool) for one in SEGMENTS]
    words = np.select(tests, [one.words for one in SEGMENTS], default="")
    return pd.Series(words, index=customers.to_numpy(), dtype=object)


def _seen(purchases: ir.Table, as_of: date) -> pd.DataFrame:
    rows = between(known(purchases, as_of), date.min, as_of)
    start = [ibis.date(as_of - timedelta(days=days)) for days in (LATELY_DAYS, 2 * LATELY_DAYS)]
    day = rows.event_day
    found = rows.group_by("customer_id").aggregate(
        spent_lately=rows.amount.sum(where=day >= start[0]).fill_null(0),
        spent_before=rows.amount.sum(where=(day >= start[1]) & (day < start[0])).fill_null(0),
        days=day.nunique(where=day >= start[0]),
        days_known=ibis.date(as_of).delta(day.min(), unit="day"),
    )

    return pd.DataFrame(found.to_pandas())


def _by_plan(subscriptions: ir.Table, customers: pd.Series, as_of: date) -> "pd.Series[Any]":
    spells = running(known(subscriptions, as_of), as_of)
    plans = (
        spells.group_by("customer_id").aggregate(plan=spells.plan.max()).to_pandas().set_index("customer_id")["plan"]
    )
    held = plans.reindex(customers).fillna(NO_PLAN).astype(str)
    largest = held.value_counts().sort_index().sort_values(ascending=False, kind="stable").index[:MOST_PLANS]
    told: pd.Series[Any] = held.where(held.isin([*largest, NO_PLAN]), OTHER_PLANS)
    return told
