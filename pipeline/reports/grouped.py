"""The key figures group by group as tables, and the sentence that names the groups furthest apart."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.money import amount
from pipeline.reports.segments import SEGMENTS
from pipeline.reports.shown import NOTHING, Facts, count, counted, month, percent
from pipeline.scoring.wording import lower_first

Row = Mapping[str, Any]


def by_group(kpis: Mapping[str, Any]) -> Facts | None:
    """Return a table for each way of grouping; None where no month's answer is known."""
    found = kpis["groups"]
    if not found:
        return None
    when = month(found["month"], short=False)
    parts = [part for part in found["parts"] if part["rows"]]
    has_orders = any("order_value" in row for part in parts for row in part["rows"])
    return {
        "title": f"Group by group, in {when}",
        "caption": f"The customers at the start of {when}, the newest month whose answer is known, by what was known then. "
        f"Groups of fewer than {found['smallest_shown']} are not shown.",
        "heads": [
            "Customers at the start",
            "Number",
            "Churn rate",
            "Retention",
            "Customer value",
            *(["Order value"] if has_orders else []),
        ],
        "parts": [_part(part, kpis) for part in parts],
    }


def _part(part: Row, kpis: Mapping[str, Any]) -> Facts:
    most = max(row["churn_rate"] for row in part["rows"]) or 1.0
    return {
        "title": f"By {lower_first(part['words'])}",
        "caption": _caption(part),
        "rows": [_row(part["key"], row, kpis) | {"bar": round(row["churn_rate"] / most, 4)} for row in part["rows"]],
    }


def _row(key: str, row: Row, kpis: Mapping[str, Any]) -> Facts:
    currency = kpis["currency"]
    cells = [
        count(row["customers"]),
        percent(row["churn_rate"], 1),
        percent(row["retention_rate"], 1),
        amount(row["customer_value"], currency),
    ]
    if "order_value" in row:
        cells.append(NOTHING if row["order_value"] is None else amount(row["order_value"], currency, 2))
    return {"words": _joined(row["words"], kpis) if key == "joined" else row["words"], "cells": cells}


def _joined(key: str, kpis: Mapping[str, Any]) -> str:
    return month(key) + (" or earlier" if kpis["data_start"].startswith(key) else "")


def _caption(part: Row) -> str:
    small = part["too_small"]
    left_out = (
        f" Not shown: {counted(small['groups'], 'group', 'groups')} of {counted(small['customers'], 'customer', 'customers')}."
        if small["groups"]
        else ""
    )
    shown = {row["words"] for row in part["rows"]}
    meanings = [f"{one.words}: {one.meaning}" for one in SEGMENTS if one.words in shown]
    if part["key"] == "segment" and meanings:
        return f"The first that fits. {'. '.join(meanings)}.{left_out}"
    return _apart(part["rows"]) + left_out


def _apart(rows: Sequence[Row]) -> str:
    """Say how far apart the groups are."""
    low, high = (choose(row["churn_rate"] for row in rows) for choose in (min, max))
    return f"Churn rates from {percent(low, 1)} to {percent(high, 1)}." if len(rows) > 1 else ""
