"""The business in four figures, month by month, each with the definition that stands beside it on the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from pipeline.params import SnapshotsParams, ValueParams
from pipeline.reports.history import number_of_orders
from pipeline.reports.months import Month, whole_months
from pipeline.snapshots.population import at_risk
from pipeline.value import customer_value, past_spending

MAX_MONTHS = 12
SMALLEST_COHORT = 20


@dataclass(frozen=True)
class _Period:
    """What the data can answer: whole months, and those that have enough days before them to know who was a customer."""

    opens: date
    closes: date
    months: tuple[Month, ...]
    with_start: tuple[Month, ...]


def kpis(
    purchases: ir.Table,
    contract: Mapping[str, Any],
    snapshots: SnapshotsParams,
    value: ValueParams,
    scores: pd.DataFrame,
) -> dict[str, Any]:
    """Return the key figures of the last twelve whole months, monthly totals and retention by joining month.

    `contract` is contract.json, `scores` has `as_of` and `customer_value`. Shares run from 0 to 1; money is in whole units
    of the currency, or in minor units where the name says so. A month whose answer is not complete has the value null.
    """
    period = _period(contract, snapshots)
    flows = {month.key: _flow(purchases, month, snapshots, period.closes) for month in period.with_start}
    totals = _monthly_totals(purchases, period)
    figures = [
        _retention(flows, snapshots),
        _churn(flows, snapshots, period),
        _order_value(totals),
        _customer_value(purchases, period, snapshots, value, scores),
    ]
    cohorts, small = _cohorts(purchases, period)
    return {
        "currency": contract["currency"],
        "data_start": contract["data_start"],
        "data_end": contract["data_end"],
        "kpis": [figure | _newest(figure["by_month"]) for figure in figures],
        "monthly": [totals[month.key] | flows.get(month.key, {}) for month in period.months],
        "cohorts": {"smallest_shown": SMALLEST_COHORT, "shown": cohorts, "too_small": small},
    }


def _period(contract: Mapping[str, Any], snapshots: SnapshotsParams) -> _Period:
    opens, closes = (date.fromisoformat(contract[key]) for key in ("data_start", "data_end"))
    months = whole_months(opens, closes)[-MAX_MONTHS:]
    earliest = opens + timedelta(days=snapshots.at_risk_days)
    return _Period(opens, closes, months, tuple(month for month in months if month.opens >= earliest))


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
        revenue_minor=months.amount.sum(), orders=number_of_orders(months), customers=months.customer_id.nunique()
    )
    firsts = purchases.group_by("customer_id").aggregate(month=purchases.event_day.min().truncate("M"))
    joined = firsts.group_by("month").aggregate(joined=firsts.count())
    found = {_key(row["month"]): row for row in totals.left_join(joined, "month").order_by("month").to_pandas().to_dict("records")}
    return {month.key: _totals_of(month, found.get(month.key, {})) for month in period.months}


def _totals_of(month: Month, row: Mapping[Any, Any]) -> dict[str, Any]:
    names = ("revenue_minor", "orders", "customers", "joined")
    return {"month": month.key} | {name: 0 if pd.isna(row.get(name)) else int(row[name]) for name in names}


def _key(day: object) -> str:
    return str(day)[:7]


def _retention(flows: Mapping[str, Mapping[str, Any]], snapshots: SnapshotsParams) -> dict[str, Any]:
    return {
        "key": "retention_rate",
        "words": "Retention rate",
        "short": "of the customers at the start of the month still were customers at its end",
        "definition": f"Customers at the end of a month who were customers at its start, divided by the customers at its start. "
        f"A customer is someone who bought in the {snapshots.at_risk_days} days before; who joined or came back in the month "
        "counts neither above nor below.",
        "unit": "share",
        "better": "up",
        "by_month": [_point(month, _share(row["kept"], row["at_start"])) for month, row in flows.items()],
    }


def _churn(flows: Mapping[str, Mapping[str, Any]], snapshots: SnapshotsParams, period: _Period) -> dict[str, Any]:
    return {
        "key": "churn_rate",
        "words": "Churn rate",
        "short": f"of the customers at the start of the month bought nothing in the {snapshots.horizon_days} days that followed",
        "definition": f"Customers at the start of a month (bought in the {snapshots.at_risk_days} days before) without a purchase "
        f"in the {snapshots.horizon_days} days from its first day, divided by the customers at its start. "
        "A month is pending until those days are over.",
        "unit": "share",
        "better": "down",
        "by_month": [_point(month, _share(row["left"], row["at_start"])) for month, row in flows.items()],
    }


def _order_value(totals: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "key": "order_value",
        "words": "Order value",
        "short": "paid for an order, on average over the orders of the month",
        "definition": "What was paid in a month, returns taken off, divided by its orders.",
        "unit": "money",
        "better": "up",
        "by_month": [_point(month, _share(row["revenue_minor"] / 100, row["orders"])) for month, row in totals.items()],
    }


def _customer_value(
    purchases: ir.Table, period: _Period, snapshots: SnapshotsParams, value: ValueParams, scores: pd.DataFrame
) -> dict[str, Any]:
    known = [month for month in period.with_start if month.opens - timedelta(days=value.history_days) >= period.opens]
    points = [_point(month.key, _mean_value(purchases, month.opens, snapshots, value)) for month in known]
    today = {"month": _key(scores["as_of"].iloc[0]), "value": float(scores["customer_value"].mean())}
    return {
        "key": "customer_value",
        "words": "Customer value",
        "short": f"of margin that a customer brings in {value.horizon_days} days if kept, on average at the start of the month",
        "definition": f"Margin ({value.margin_share:.0%} of what is paid) that a customer is expected to bring over "
        f"{value.horizon_days} days if kept, from spending over the {value.history_days} days before; "
        "the average over all customers at risk on the first day of the month, at the end on the day of the list.",
        "unit": "money",
        "better": "up",
        "by_month": [point for point in points if point["month"] < today["month"]] + [today],
    }


def _mean_value(purchases: ir.Table, as_of: date, snapshots: SnapshotsParams, value: ValueParams) -> float | None:
    spending = past_spending(purchases, as_of, value.history_days)
    rows = spending.semi_join(at_risk(purchases, as_of, snapshots), "customer_id").order_by("customer_id").to_pandas()
    if rows.empty:
        return None
    observed = (pd.Timestamp(as_of) - pd.to_datetime(rows["first_day"])).dt.days.clip(upper=value.history_days)
    return float(customer_value(rows["spend_minor"].to_numpy(), observed.to_numpy(), value).mean())


def _point(month: str, value: float | None) -> dict[str, Any]:
    return {"month": month, "value": value}


def _share(part: float | None, whole: float) -> float | None:
    return None if part is None or not whole else part / whole


def _newest(by_month: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    known = [point for point in by_month if point["value"] is not None]
    newest = known[-1] if known else {"month": None, "value": None}
    return {"value": newest["value"], "month": newest["month"]}


def _cohorts(purchases: ir.Table, period: _Period) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Return, by month of the first purchase, the share who bought in each month after; small groups only counted."""
    firsts = purchases.group_by("customer_id").aggregate(joined=purchases.event_day.min().truncate("M"))
    bought = purchases.select("customer_id", month=purchases.event_day.truncate("M")).distinct()
    joined = bought.inner_join(firsts, "customer_id")
    found = joined.group_by("joined", "month").aggregate(customers=joined.count()).to_pandas()
    active = {(_key(row["joined"]), _key(row["month"])): int(row["customers"]) for row in found.to_dict("records")}
    rows = [_cohort(month, period.months, active) for month in period.months]
    shown = [row for row in rows if row["customers"] >= SMALLEST_COHORT]
    hidden = [row["customers"] for row in rows if 0 < row["customers"] < SMALLEST_COHORT]
    return shown, {"cohorts": len(hidden), "customers": sum(hidden)}


def _cohort(month: Month, months: Sequence[Month], active: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    size = active.get((month.key, month.key), 0)
    later = [other for other in months if other.opens > month.opens]
    shares = [(month.later(other), _share(active.get((month.key, other.key), 0), size)) for other in later]
    return {
        "month": month.key,
        "customers": size,
        "by_month": [{"months_later": place, "share": share} for place, share in shares],
    }
