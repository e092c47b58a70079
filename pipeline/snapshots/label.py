"""Who had gone by the end of the horizon: the only definition of churn. The label window is half-open, after the gap."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir

from pipeline.params import SnapshotsParams
from pipeline.snapshots.calendar import Calendar, answered_on
from pipeline.snapshots.population import at_risk, between, final, known, usual_spending

TASK_FACTS = ("label", "horizon_days", "gap_days", "at_risk_days", "decline_share")
"""What makes two models answer the same question."""


def task_facts(params: SnapshotsParams) -> dict[str, Any]:
    """Return the question that the snapshots ask; what the label does not use is null."""
    asked: dict[str, Any] = params.model_dump(mode="json", include=set(TASK_FACTS))
    return asked if params.label == "decline" else asked | {"decline_share": None}


def snapshots(tables: Mapping[str, ir.Table], calendar: Calendar, params: SnapshotsParams) -> ir.Table:
    """Return one row a customer at risk and as-of date: `customer_id, as_of, role, churned` (null where not yet known)."""
    dates = [_at_date(tables["purchases"], as_of, role, params) for as_of, role in calendar.roles()]
    return ibis.union(*dates).order_by("as_of", "customer_id", "role")


def _at_date(purchases: ir.Table, as_of: date, role: str, params: SnapshotsParams) -> ir.Table:
    population = at_risk(purchases, as_of, params)
    answered = unanswered(population) if role == "score" else labelled(population, purchases, as_of, params)
    return answered.select("customer_id", as_of=ibis.date(as_of), role=ibis.literal(role), churned=answered.churned)


def unanswered(population: ir.Table) -> ir.Table:
    """Return the population with an answer that nobody knows yet."""
    return population.mutate(churned=ibis.null("boolean"))


def labelled(population: ir.Table, purchases: ir.Table, as_of: date, params: SnapshotsParams) -> ir.Table:
    """Return `customer_id` and `churned` for a population whose label window has passed."""
    window = between(final(purchases), as_of + timedelta(days=params.gap_days), answered_on(as_of, params))
    if params.label == "inactivity":
        return _inactivity(population, window)
    return _decline(population, window, usual_spending(known(purchases, as_of), as_of, params), params.decline_share)


def _inactivity(population: ir.Table, window: ir.Table) -> ir.Table:
    """Churned: no purchase in the label window."""
    came_back = window.select("customer_id").distinct().mutate(came_back=True)
    joined = population.left_join(came_back, "customer_id")
    return joined.select("customer_id", churned=joined.came_back.isnull())


def _decline(population: ir.Table, window: ir.Table, usual: ir.Table, decline_share: float) -> ir.Table:
    """Churned: spent less in the label window than `decline_share` of the usual."""
    spent = window.group_by("customer_id").aggregate(spent=window.amount.sum())
    joined = population.left_join(usual, "customer_id").drop("customer_id_right").left_join(spent, "customer_id")
    declined = joined.spent.fill_null(0).cast("float64") < joined.usual.cast("float64") * decline_share
    return joined.select("customer_id", churned=declined)
