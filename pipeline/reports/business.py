"""How the business is doing: four figures, the months behind them, and who of each joining month still buys."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pipeline.money import amount, minor_per_unit
from pipeline.reports.grouped import by_group
from pipeline.reports.shown import NOTHING, Facts, count, counted, fact, listed, month, percent, signed
from pipeline.scoring.wording import lower_first, upper_first

SHADES = 6


def business(kpis: Mapping[str, Any]) -> Facts:
    """Return tiles, monthly table, groups and joining months from kpis.json."""
    currency = kpis["currency"]
    tiles = [_tile(figure, currency) for figure in kpis["kpis"]]
    return {
        "head": "How is the business doing?",
        "lead": _lead(kpis["kpis"], tiles),
        "tiles": tiles,
        "monthly": _monthly(kpis, currency),
        "groups": by_group(kpis),
        "cohorts": _cohorts(kpis),
    }


def _tile(figure: Mapping[str, Any], currency: str) -> Facts:
    points = figure["by_month"]
    known = [point for point in points if point["value"] is not None]
    answered = max((place for place, point in enumerate(points, start=1) if point["value"] is not None), default=0)
    pending = points[answered:]
    shown = _of_unit(figure["value"], figure["unit"], currency)
    unknown = [point for point in points[:answered] if point["value"] is None]
    return {
        "key": figure["key"],
        "words": figure["words"],
        "now": fact(figure["value"], shown),
        "change": _change(known, figure, currency),
        "spark": {
            "values": [point["value"] for point in points[:answered]],
            "pending": len(pending),
            "label": _told(figure, known, currency),
        },
        "first": f"{month(known[0]['month'])}: {_of_unit(known[0]['value'], figure['unit'], currency)}"
        if known
        else "",
        "last": month(known[-1]["month"]) if known else "",
        "note": f"{figure['short']}.{_months('Pending', pending)}{_months('Not known', unknown)}",
        "definition": figure["definition"],
    }


def _months(words: str, points: Sequence[Mapping[str, Any]]) -> str:
    return f" {words}: {listed([month(point['month']) for point in points])}." if points else ""


def _of_unit(value: float | None, unit: str, currency: str) -> str:
    if value is None:
        return "not known yet"
    return percent(value, 1) if unit == "share" else amount(value, currency, 2 if abs(value) < 100 else 0)


def _change(known: Sequence[Mapping[str, Any]], figure: Mapping[str, Any], currency: str) -> Facts | None:
    if len(known) < 2:
        return None
    gain = known[-1]["value"] - known[0]["value"]
    shown = f"{signed(100 * gain, 1)} points" if figure["unit"] == "share" else _signed_money(gain, currency)
    still = shown.startswith("0")
    better = (gain > 0) == (figure["better"] == "up")
    return fact(gain, shown) | {"good": better and not still, "bad": not better and not still}


def _signed_money(value: float, currency: str) -> str:
    return (
        f"{signed(value, 2)[0]}{amount(abs(value), currency, 2 if abs(value) < 10 else 0)}"
        if abs(value) >= 0.005
        else "0"
    )


def _told(figure: Mapping[str, Any], known: Sequence[Mapping[str, Any]], currency: str) -> str:
    if not known:
        return f"{figure['words']}: {_of_unit(figure['value'], figure['unit'], currency)}"
    ends = [
        f"{_of_unit(point['value'], figure['unit'], currency)} in {month(point['month'])}"
        for point in (known[0], known[-1])
    ]
    return f"{figure['words']}: from {ends[0]} to {ends[1]}"


def _lead(figures: Sequence[Mapping[str, Any]], tiles: Sequence[Facts]) -> str:
    churn = next((tile for tile in tiles if tile["key"] == "churn_rate"), None)
    if churn is None:
        return "No table dates what customers do, so nothing is said month by month."
    begins = "The churn rate is not known yet."
    if churn["now"]["value"] is not None:
        figure = next(figure for figure in figures if figure["key"] == "churn_rate")
        begins = f"In {month(figure['month'], short=False)} **{churn['now']['shown']}** {figure['short']}."
    better = [lower_first(tile["words"]) for tile in tiles if tile["change"] and tile["change"]["good"]]
    worse = [lower_first(tile["words"]) for tile in tiles if tile["change"] and tile["change"]["bad"]]
    ends = [f"Better than in the first month shown: {listed(better)}."] if better else []
    ends += [f"Worse: **{listed(worse)}**."] if worse else []
    return " ".join([begins, *ends])


def _monthly(kpis: Mapping[str, Any], currency: str) -> Facts | None:
    """Return the months as a table; a column that no month has anything for is left out."""
    rows = kpis["monthly"]
    columns = {head: [tell(row, currency) for row in rows] for head, tell in MONTHLY.items()}
    kept = {head: cells for head, cells in columns.items() if set(cells) - {None}}
    if len(kept) < 2:
        return None
    begins = f"New: {kpis['joined_words']} in the month. " if "New" in kept else ""
    return {
        "title": "Month by month",
        "caption": f"{begins}At the start: customers on the first day of the month. Left and retention: of those. "
        "A dash: too little history to know.",
        "heads": list(kept),
        "rows": [[cell or NOTHING for cell in cells] for cells in zip(*kept.values(), strict=True)],
    }


def _orders_value(row: Mapping[str, Any], currency: str) -> str | None:
    placed = row.get("orders")
    return amount(row["revenue_minor"] / minor_per_unit(currency) / placed, currency, 2) if placed else None


def _answered(row: Mapping[str, Any], tell: Callable[[int, int], str]) -> str | None:
    """Tell of who left, of a month whose customers at the start are known; "pending" until the answer is in."""
    if not row.get("at_start"):
        return None
    return "pending" if row["left"] is None else tell(row["left"], row["at_start"])


def _counted(name: str) -> Callable[[Mapping[str, Any], str], str | None]:
    return lambda row, _: None if row.get(name) is None else count(row[name])


MONTHLY: Mapping[str, Callable[[Mapping[str, Any], str], str | None]] = {
    "Month": lambda row, _: month(row["month"]),
    "Bought": _counted("customers"),
    "New": _counted("joined"),
    "Orders": _counted("orders"),
    "Revenue": lambda row, currency: (
        amount(row["revenue_minor"] / minor_per_unit(currency), currency) if "revenue_minor" in row else None
    ),
    "Order value": _orders_value,
    "At the start": _counted("at_start"),
    "Left": lambda row, _: _answered(row, lambda left, _: count(left)),
    "Churn rate": lambda row, _: _answered(row, lambda left, start: percent(left / start, 1)),
    "Retention": lambda row, _: percent(row["kept"] / row["at_start"], 1) if row.get("at_start") else None,
}
"""The columns of the table of months: what each says of a month, None where it has nothing to say."""


def _cohorts(kpis: Mapping[str, Any]) -> Facts | None:
    rows = [row for row in kpis["cohorts"]["shown"] if row["by_month"]]
    if not rows:
        return None
    note = (
        f"Per cent of those who {kpis['joined_words']} in a month, by months since. "
        "Along a row: the life of one group. Down a column: groups compared."
    )
    note += _from_before(kpis, rows) + _too_small(kpis["cohorts"])
    longest = max(len(row["by_month"]) for row in rows)
    return {
        "title": f"Of those who {kpis['joined_words']} in a month, how many still do?",
        "caption": note,
        "heads": [upper_first(kpis["joined_words"]), "Customers", *(str(place) for place in range(1, longest + 1))],
        "later": "months later",
        "rows": [_cohort(row, kpis["data_start"]) for row in rows],
    }


def _from_before(kpis: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str:
    """Say which groups hold customers who had bought before the data begin: those of months nobody can say who joined."""
    unsure = {row["month"] for row in kpis["monthly"] if row["joined"] is None}
    held = [row["month"] for row in rows if row["month"] in unsure]
    if not held:
        return ""
    first = "The first group" if len(held) == 1 else f"The groups up to {month(held[-1])}"
    return f" {first} may also hold customers from before the data begin."


def _too_small(cohorts: Mapping[str, Any]) -> str:
    small = cohorts["too_small"]
    if not small["cohorts"]:
        return ""
    groups = counted(small["cohorts"], "group", "groups")
    held = counted(small["customers"], "customer", "customers")
    return f" Not shown: {groups} of fewer than {cohorts['smallest_shown']}, {held} in all."


def _cohort(row: Mapping[str, Any], data_start: str) -> Facts:
    shares = [cell["share"] for cell in row["by_month"]]
    cells = [fact(share, f"{100 * share:.0f}") | {"shade": min(int(share * SHADES), SHADES - 1)} for share in shares]
    earlier = " or earlier" if data_start.startswith(row["month"]) else ""
    return {"month": month(row["month"]) + earlier, "customers": count(row["customers"]), "cells": cells}
