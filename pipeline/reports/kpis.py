"""The business in a few figures, month by month and group by group, each with the definition that stands beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import ibis.expr.types as ir
import pandas as pd

from pipeline.features.logs import orders
from pipeline.money import minor_per_unit
from pipeline.params import SnapshotsParams, ValueParams
from pipeline.reports import figures
from pipeline.reports.cohorts import SMALLEST_COHORT, cohorts, month_key
from pipeline.reports.groups import groups
from pipeline.reports.months import Month, whole_months
from pipeline.reports.presence import Presence, Tables, presence
from pipeline.snapshots.population import at_risk, between, known
from pipeline.value.paying import yearly_price
from pipeline.value.worth import MONTHS_PER_YEAR, Asked, told_by, worth

MAX_MONTHS = 12

Point = dict[str, Any]
Rows = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class _Period:
    """What the data can answer: whole months, and those with enough days before them to know the customers."""

    opens: date
    closes: date
    minor_per_unit: int
    months: tuple[Month, ...]
    with_start: tuple[Month, ...]


def kpis(
    tables: Tables, contract: Mapping[str, Any], snapshots: SnapshotsParams, value: ValueParams, scores: pd.DataFrame
) -> dict[str, Any]:
    """Return the key figures of the last twelve whole months, monthly totals, groups and retention by joining month.

    `contract` is contract.json, `scores` has `as_of` and `customer_value`. Shares run from 0 to 1; money is in whole
    units of the currency, or in minor units where the name says so. A month whose answer is not complete has the value
    null. Nothing counts that happened, or became known, on the as-of date of the scores or later. Without a table that
    dates what customers do, only the value of today's customers is known.
    """
    closes = date.fromisoformat(str(scores["as_of"].iloc[0])[:10])
    there = None
    if contract["data_end"]:
        opens, data_end = (date.fromisoformat(contract[key]) for key in ("data_start", "data_end"))
        closes = min(data_end, closes)
        there = presence(tables, snapshots, opens, closes)
    if there is None:
        return _of_today_alone(contract, value, scores)
    period = _period(opens, closes, contract["currency"], there)
    asked = Asked(snapshots, value, period.minor_per_unit)
    flows = {month.key: _flow(there, month, snapshots, closes) for month in period.with_start}
    totals = _monthly_totals(tables, there, period)
    figured = _figures(tables, there, period, flows, totals, snapshots)
    figured[figures.worth_if_kept(value, told_by(tables))] = _with_today(_mean_values(tables, period, asked), scores)
    return {
        **_described(contract, closes),
        "joined_words": there.words.joined,
        "kpis": [asdict(figure) | _newest(points) | {"by_month": points} for figure, points in figured.items()],
        "monthly": [totals[month.key] | flows.get(month.key, {}) for month in period.months],
        "groups": _groups(tables, there, period, flows, asked),
        "cohorts": cohorts(there, period.months),
    }


def _described(contract: Mapping[str, Any], closes: date) -> dict[str, Any]:
    return {key: contract[key] for key in ("currency", "data_start", "data_end")} | {"closes": closes.isoformat()}


def _of_today_alone(contract: Mapping[str, Any], value: ValueParams, scores: pd.DataFrame) -> dict[str, Any]:
    points = _with_today([], scores)
    figure = asdict(figures.worth_if_kept(value, ()))
    return {
        **_described(contract, date.fromisoformat(str(scores["as_of"].iloc[0])[:10])),
        "joined_words": None,
        "kpis": [figure | _newest(points) | {"by_month": []}],
        "monthly": [],
        "groups": None,
        "cohorts": {"smallest_shown": SMALLEST_COHORT, "shown": [], "too_small": {"cohorts": 0, "customers": 0}},
    }


def _period(opens: date, closes: date, currency: str, there: Presence) -> _Period:
    months = whole_months(opens, closes)[-MAX_MONTHS:]
    with_start = tuple(month for month in months if month.opens >= there.known_from(opens))
    return _Period(opens, closes, minor_per_unit(currency), months, with_start)


def _figures(
    tables: Tables,
    there: Presence,
    period: _Period,
    flows: Rows,
    totals: Rows,
    snapshots: SnapshotsParams,
) -> dict[figures.Figure, list[Point]]:
    found = {
        figures.retention(there.words): _shares(flows, "kept"),
        figures.churn(there.words, snapshots): _shares(flows, "left"),
    }
    if "purchases" in tables:
        per_order = {
            month: (row["revenue_minor"] / period.minor_per_unit, row["orders"]) for month, row in totals.items()
        }
        found[figures.order_value()] = [_point(month, _divided(*parts)) for month, parts in per_order.items()]
    if "subscriptions" in tables and "price" in tables["subscriptions"].columns:
        found[figures.monthly_price()] = [
            _point(month.key, _price(tables["subscriptions"], month.opens, period)) for month in period.months
        ]
    return found


def _price(subscriptions: ir.Table, day: date, period: _Period) -> float | None:
    """Return what a customer with a subscription pays a month, on average; None where nobody has one."""
    spells = known(subscriptions, period.closes)
    yearly = yearly_price(spells, day).yearly_minor.mean().to_pyarrow().as_py()
    return None if yearly is None else float(yearly) / MONTHS_PER_YEAR / period.minor_per_unit


def _flow(there: Presence, month: Month, snapshots: SnapshotsParams, closes: date) -> dict[str, Any]:
    """Count a month's customers at its start, those of them who left, and those who still were customers at its end."""
    customers = there.flow(month)
    counts = customers.aggregate(
        at_start=customers.count(),
        left=customers.left.sum().fill_null(0),
        kept=customers.kept.sum().fill_null(0),
    )
    row = {name: int(number) for name, number in counts.to_pandas().iloc[0].items()}
    answered = month.opens + timedelta(days=snapshots.horizon_days)
    return row if answered <= closes else row | {"left": None}


def _monthly_totals(tables: Tables, there: Presence, period: _Period) -> dict[str, dict[str, Any]]:
    joined = there.joined()
    firsts = joined.group_by("month").aggregate(joined=joined.count()).to_pandas()
    joins = {month_key(row["month"]): int(row["joined"]) for row in firsts.to_dict("records")}
    bought = _bought(tables["purchases"], period) if "purchases" in tables else None
    return {month.key: _totals_of(month, bought, joins, period) for month in period.months}


def _bought(purchases: ir.Table, period: _Period) -> dict[str, dict[str, int]]:
    seen = between(known(purchases, period.closes), period.opens, period.closes)
    months = seen.mutate(month=seen.event_day.truncate("M"))
    totals = months.group_by("month").aggregate(
        revenue_minor=months.amount.sum(), orders=orders(months), customers=months.customer_id.nunique()
    )
    return {
        month_key(row.pop("month")): {name: int(number) for name, number in row.items()}
        for row in totals.to_pandas().to_dict("records")
    }


def _totals_of(
    month: Month, bought: Mapping[str, Mapping[str, int]] | None, joins: Mapping[str, int], period: _Period
) -> dict[str, Any]:
    """Return a month's totals; who joined is not known while the data are too young to know who was there before."""
    nothing = {"revenue_minor": 0, "orders": 0, "customers": 0}
    totals = {} if bought is None else {**nothing, **bought.get(month.key, {})}
    joined = joins.get(month.key, 0) if month in period.with_start else None
    return {"month": month.key, **totals, "joined": joined}


def _groups(tables: Tables, there: Presence, period: _Period, flows: Rows, asked: Asked) -> dict[str, Any] | None:
    """Return the figures by group for the newest month whose answer is known; None where there is none."""
    answered = [month for month in period.with_start if flows[month.key]["left"] is not None]
    if not answered:
        return None
    return groups(tables, there, answered[-1], asked, period.closes)


def _mean_values(tables: Tables, period: _Period, asked: Asked) -> list[Point]:
    history = timedelta(days=asked.value.history_days if "purchases" in tables else 0)
    months = [month for month in period.with_start if month.opens - history >= period.opens]
    return [_point(month.key, _mean_value(tables, month.opens, asked)) for month in months]


def _mean_value(tables: Tables, as_of: date, asked: Asked) -> float | None:
    # In a fixed order, because a mean of floats depends on it.
    people = at_risk(tables, as_of, asked.snapshots).order_by("customer_id").to_pandas()["customer_id"]
    return float(worth(tables, people, as_of, asked).mean()) if len(people) else None


def _with_today(worths: Sequence[Point], scores: pd.DataFrame) -> list[Point]:
    today = _point(month_key(scores["as_of"].iloc[0]), float(scores["customer_value"].mean()))
    return [*(point for point in worths if point["month"] < today["month"]), today]


def _shares(flows: Rows, part: str) -> list[Point]:
    return [_point(month, _divided(row[part], row["at_start"])) for month, row in flows.items()]


def _divided(part: float | None, whole: float) -> float | None:
    return None if part is None or not whole else part / whole


def _point(month: str, value: float | None) -> Point:
    return {"month": month, "value": value}


def _newest(points: Sequence[Point]) -> Point:
    """Return the newest month whose value is known."""
    return next((point for point in reversed(points) if point["value"] is not None), _point("", None))
