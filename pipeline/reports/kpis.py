"""The business in four figures, month by month, each with the definition that stands beside it on the page."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from pipeline.features.logs import orders
from pipeline.money import minor_per_unit
from pipeline.params import SnapshotsParams, ValueParams
from pipeline.reports.cohorts import SMALLEST_COHORT, cohorts, month_key
from pipeline.reports.months import Month, whole_months
from pipeline.snapshots.population import at_risk, between, known
from pipeline.value import customer_value, past_spending

MAX_MONTHS = 12

Point = dict[str, Any]
Rows = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class _Figure:
    """A key figure: what it is called, how it is defined in a clause and in full, its unit, and which way is better."""

    key: str
    words: str
    short: str
    definition: str
    unit: str
    better: str


@dataclass(frozen=True)
class _Period:
    """What the data can answer: whole months, and those with enough days before them to know the customers."""

    opens: date
    closes: date
    minor_per_unit: int
    months: tuple[Month, ...]
    with_start: tuple[Month, ...]


def kpis(
    purchases: ir.Table | None,
    contract: Mapping[str, Any],
    snapshots: SnapshotsParams,
    value: ValueParams,
    scores: pd.DataFrame,
) -> dict[str, Any]:
    """Return the key figures of the last twelve whole months, monthly totals and retention by joining month.

    `contract` is contract.json, `scores` has `as_of` and `customer_value`. Shares run from 0 to 1; money is in whole
    units of the currency, or in minor units where the name says so. A month whose answer is not complete has the value
    null. Nothing counts that happened, or became known, on the as-of date of the scores or later. Without purchases only
    the value of today's customers is known.
    """
    if purchases is None:
        return _without_purchases(contract, value, scores)
    period = _period(contract, snapshots, date.fromisoformat(str(scores["as_of"].iloc[0])[:10]))
    purchases = between(known(purchases, period.closes), period.opens, period.closes)
    flows = {month.key: _flow(purchases, month, snapshots, period.closes) for month in period.with_start}
    totals = _monthly_totals(purchases, period)
    worth = _mean_values(purchases, period, snapshots, value)
    figures = {
        _retention(snapshots): _shares(flows, "kept"),
        _churn(snapshots): _shares(flows, "left"),
        _order_value(): [
            _point(month, _divided(row["revenue_minor"] / period.minor_per_unit, row["orders"]))
            for month, row in totals.items()
        ],
        _customer_value(value): _with_today(worth, scores),
    }
    return {
        "currency": contract["currency"],
        "data_start": contract["data_start"],
        "data_end": contract["data_end"],
        "closes": period.closes.isoformat(),
        "kpis": [asdict(figure) | _newest(points) | {"by_month": points} for figure, points in figures.items()],
        "monthly": [totals[month.key] | flows.get(month.key, {}) for month in period.months],
        "cohorts": cohorts(purchases, period.months),
    }


def _without_purchases(contract: Mapping[str, Any], value: ValueParams, scores: pd.DataFrame) -> dict[str, Any]:
    points = _with_today([], scores)
    definition = (
        f"Margin ({value.margin_share:.0%} of what is paid) that a customer is expected to bring over "
        f"{value.horizon_days} days if kept, from what he pays today: the average over all customers on the list."
    )
    figure = asdict(_customer_value(value)) | {"definition": definition}
    return {
        "currency": contract["currency"],
        "data_start": contract["data_start"],
        "data_end": contract["data_end"],
        "closes": str(scores["as_of"].iloc[0])[:10],
        "kpis": [figure | _newest(points) | {"by_month": []}],
        "monthly": [],
        "cohorts": {"smallest_shown": SMALLEST_COHORT, "shown": [], "too_small": {"cohorts": 0, "customers": 0}},
    }


def _period(contract: Mapping[str, Any], snapshots: SnapshotsParams, as_of: date) -> _Period:
    opens, data_end = (date.fromisoformat(contract[key]) for key in ("data_start", "data_end"))
    closes = min(data_end, as_of)
    months = whole_months(opens, closes)[-MAX_MONTHS:]
    earliest = opens + timedelta(days=snapshots.at_risk_days)
    with_start = tuple(month for month in months if month.opens >= earliest)
    return _Period(opens, closes, minor_per_unit(contract["currency"]), months, with_start)


def _flow(purchases: ir.Table, month: Month, snapshots: SnapshotsParams, closes: date) -> dict[str, Any]:
    """Count a month's customers at its start, those of them who left, and those who still were customers at its end."""
    answered = month.opens + timedelta(days=snapshots.horizon_days)
    memory = timedelta(days=snapshots.at_risk_days)
    day = purchases.event_day
    customers = purchases.group_by("customer_id").aggregate(
        at_start=_any_day(day, month.opens - memory, month.opens),
        came_soon=_any_day(day, month.opens, answered),
        at_end=_any_day(day, month.closes - memory, month.closes),
    )
    customers = customers.filter(customers.at_start)
    counts = customers.aggregate(
        at_start=customers.count(),
        left=(~customers.came_soon).sum().fill_null(0),
        kept=customers.at_end.sum().fill_null(0),
    )
    row = {name: int(number) for name, number in counts.to_pandas().iloc[0].items()}
    return row if answered <= closes else row | {"left": None}


def _any_day(day: ir.DateColumn, opens: date, closes: date) -> ir.BooleanScalar:
    return ((day >= ibis.date(opens)) & (day < ibis.date(closes))).any()


def _monthly_totals(purchases: ir.Table, period: _Period) -> dict[str, dict[str, Any]]:
    months = purchases.mutate(month=purchases.event_day.truncate("M"))
    totals = months.group_by("month").aggregate(
        revenue_minor=months.amount.sum(), orders=orders(months), customers=months.customer_id.nunique()
    )
    firsts = purchases.group_by("customer_id").aggregate(month=purchases.event_day.min().truncate("M"))
    joined = firsts.group_by("month").aggregate(joined=firsts.count())
    rows = totals.left_join(joined, "month").order_by("month").to_pandas().to_dict("records")
    found = {month_key(row["month"]): row for row in rows}
    return {month.key: _totals_of(month, found.get(month.key, {}), period) for month in period.months}


def _totals_of(month: Month, row: Mapping[Any, Any], period: _Period) -> dict[str, Any]:
    """Return a month's totals; who joined is not known while the data are too young to know who was there before."""
    names = ("revenue_minor", "orders", "customers", "joined")
    totals = {"month": month.key} | {name: 0 if pd.isna(row.get(name)) else int(row[name]) for name in names}
    return totals if month in period.with_start else totals | {"joined": None}


def _retention(snapshots: SnapshotsParams) -> _Figure:
    return _Figure(
        key="retention_rate",
        words="Retention rate",
        short="of the customers at the start of the month still were at its end: they had bought in the "
        f"{snapshots.at_risk_days} days before it",
        definition="Customers at the end of a month who were customers at its start, divided by the customers at its "
        f"start. A customer is someone who bought in the {snapshots.at_risk_days} days before; who joined or came back "
        "in the month counts neither above nor below.",
        unit="share",
        better="up",
    )


def _churn(snapshots: SnapshotsParams) -> _Figure:
    return _Figure(
        key="churn_rate",
        words="Churn rate",
        short="of the customers at the start of the month bought nothing in the "
        f"{snapshots.horizon_days} days that followed",
        definition=f"Customers at the start of a month (bought in the {snapshots.at_risk_days} days before) without a "
        f"purchase in the {snapshots.horizon_days} days from its first day, divided by the customers at its start. "
        "A month is pending until those days are over.",
        unit="share",
        better="down",
    )


def _order_value() -> _Figure:
    return _Figure(
        key="order_value",
        words="Order value",
        short="paid for an order, on average over the orders of the month",
        definition="What was paid in a month, returns taken off, divided by its orders.",
        unit="money",
        better="up",
    )


def _customer_value(value: ValueParams) -> _Figure:
    return _Figure(
        key="customer_value",
        words="Customer value",
        short=f"of margin that a customer brings in {value.horizon_days} days if kept, on average over all at risk",
        definition=f"Margin ({value.margin_share:.0%} of what is paid) that a customer is expected to bring over "
        f"{value.horizon_days} days if kept, from spending over the {value.history_days} days before: the average over "
        "all customers at risk on the first day of the month, and at the end on the day of the list.",
        unit="money",
        better="up",
    )


def _mean_values(purchases: ir.Table, period: _Period, snapshots: SnapshotsParams, value: ValueParams) -> list[Point]:
    history = timedelta(days=value.history_days)
    known = [month for month in period.with_start if month.opens - history >= period.opens]
    return [
        _point(month.key, _mean_value(purchases, month.opens, snapshots, value, period.minor_per_unit))
        for month in known
    ]


def _mean_value(
    purchases: ir.Table, as_of: date, snapshots: SnapshotsParams, value: ValueParams, minor_per_unit: int
) -> float | None:
    spending = past_spending(purchases, as_of, value.history_days)
    at_start = spending.semi_join(at_risk({"purchases": purchases}, as_of, snapshots), "customer_id")
    # In a fixed order, because a mean of floats depends on it.
    rows = at_start.order_by("customer_id").to_pandas()
    if rows.empty:
        return None
    observed = (pd.Timestamp(as_of) - pd.to_datetime(rows["first_day"])).dt.days.clip(upper=value.history_days)
    spend_minor, observed_days = (column.to_numpy(np.int64) for column in (rows["spend_minor"], observed))
    return float(customer_value(spend_minor, observed_days, value, minor_per_unit).mean())


def _with_today(worth: Sequence[Point], scores: pd.DataFrame) -> list[Point]:
    today = _point(month_key(scores["as_of"].iloc[0]), float(scores["customer_value"].mean()))
    return [*(point for point in worth if point["month"] < today["month"]), today]


def _shares(flows: Rows, part: str) -> list[Point]:
    return [_point(month, _divided(row[part], row["at_start"])) for month, row in flows.items()]


def _divided(part: float | None, whole: float) -> float | None:
    return None if part is None or not whole else part / whole


def _point(month: str, value: float | None) -> Point:
    return {"month": month, "value": value}


def _newest(points: Sequence[Point]) -> Point:
    """Return the newest month whose value is known."""
    return next((point for point in reversed(points) if point["value"] is not None), _point("", None))
