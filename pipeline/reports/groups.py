"""The key figures by group: segment, value band and joining month, for one month whose answer is known."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import ibis.expr.types as ir
import pandas as pd

from pipeline.features.logs import orders
from pipeline.reports.cohorts import SMALLEST_COHORT, month_key
from pipeline.reports.months import Month
from pipeline.reports.presence import Presence, Tables
from pipeline.reports.segments import SEGMENTS, VALUE_BANDS, segments, value_bands
from pipeline.snapshots.population import between, known
from pipeline.value.worth import Asked, worth

WAYS = {"value_band": "Value band", "joined": "Joining month", "segment": "Segment"}


def groups(tables: Tables, there: Presence, month: Month, asked: Asked, closes: date) -> dict[str, Any]:
    """Return the month and, a way of grouping, the figures of each group of its customers at the start.

    Groups of fewer than SMALLEST_COHORT customers are only counted: their figures would be about persons. Order value is
    over the orders of the month, customer value as on its first day.
    """
    people = _people(tables, there, month, asked, closes)
    order = {"segment": [one.words for one in SEGMENTS], "value_band": list(VALUE_BANDS), "joined": []}
    parts = [
        {"key": key, "words": words, **_parts(people, key, order[key], asked.minor_per_unit)}
        for key, words in WAYS.items()
        if key in people
    ]
    return {"month": month.key, "smallest_shown": SMALLEST_COHORT, "parts": parts}


def _people(tables: Tables, there: Presence, month: Month, asked: Asked, closes: date) -> pd.DataFrame:
    """Return the customers at the start of the month with what became of them, what they are worth and their groups."""
    people = pd.DataFrame(there.flow(month).order_by("customer_id").to_pandas())
    ids = people["customer_id"]
    worths = worth(tables, ids, month.opens, asked)
    joined = there.joined().to_pandas().set_index("customer_id")["month"].map(month_key)
    people = people.assign(value=worths, value_band=value_bands(worths), joined=joined.reindex(ids).to_numpy())
    told = segments(tables, ids, worths, month.opens)
    if told is not None:
        people = people.assign(segment=told.to_numpy())
    if "purchases" in tables:
        people = people.merge(_orders(tables["purchases"], month, closes), on="customer_id", how="left")
    return people


def _orders(purchases: ir.Table, month: Month, closes: date) -> pd.DataFrame:
    rows = between(known(purchases, closes), month.opens, month.closes)
    by_customer = rows.group_by("customer_id")
    found = by_customer.aggregate(orders=orders(rows).cast("int64"), revenue_minor=rows.amount.sum().cast("int64"))
    return pd.DataFrame(found.to_pandas())


def _parts(people: pd.DataFrame, key: str, order: list[str], minor_per_unit: int) -> dict[str, Any]:
    groups = {str(words): rows for words, rows in people.groupby(key, sort=True)}
    named = [*(words for words in order if words in groups), *(words for words in groups if words not in order)]
    sizes = [len(groups[words]) for words in named if len(groups[words]) < SMALLEST_COHORT]
    rows = [
        {"words": words, **_figures(groups[words], minor_per_unit)}
        for words in named
        if len(groups[words]) >= SMALLEST_COHORT
    ]
    return {"rows": rows, "too_small": {"groups": len(sizes), "customers": sum(sizes)}}


def _figures(rows: pd.DataFrame, minor_per_unit: int) -> Mapping[str, Any]:
    found = {
        "customers": len(rows),
        "retention_rate": float(rows["kept"].mean()),
        "churn_rate": float(rows["left"].mean()),
        "customer_value": float(rows["value"].mean()),
    }
    if "orders" not in rows:
        return found
    placed = float(rows["orders"].sum())
    spent = float(rows["revenue_minor"].sum()) / minor_per_unit
    return found | {"order_value": spent / placed if placed else None}
