"""Who had gone by the end of the horizon: the only definition of churn. The label window is half-open, after the gap."""

from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir

from pipeline.params import SnapshotsParams
from pipeline.snapshots import given
from pipeline.snapshots.answers import dated, unanswered
from pipeline.snapshots.calendar import Calendar, answered_on
from pipeline.snapshots.cancellation import left_as
from pipeline.snapshots.population import Tables, acts, at_risk, between, final, known, usual_spending

TASK_FACTS = ("label", "horizon_days", "gap_days", "at_risk_days", "decline_share")
"""What makes two models answer the same question."""

_USED = {
    "inactivity": {"label", "horizon_days", "gap_days", "at_risk_days"},
    "decline": set(TASK_FACTS),
    "cancellation": {"label", "horizon_days", "gap_days"},
    "given": {"label"},
}


def task_facts(params: SnapshotsParams) -> dict[str, Any]:
    """Return the question that the snapshots ask; what the label does not use is null."""
    asked: dict[str, Any] = params.model_dump(mode="json", include=set(TASK_FACTS))
    return {name: value if name in _USED[params.label] else None for name, value in asked.items()}


def snapshots(tables: Tables, calendar: Calendar, params: SnapshotsParams) -> ir.Table:
    """Return one row a customer at risk and as-of date: `customer_id, as_of, role, churned, left_as`.

    `churned` is null where nobody knows yet, and where there is nothing to learn from: who left inside the gap, or was
    made to leave. `left_as` tells those apart.
    """
    if params.label == "given":
        return given.snapshots(tables["customers"], calendar.score, params.test_share)
    # Training answers are read as they were known when the first test date was scored: a model of that day had no others.
    known_on = min(calendar.test, default=None)
    dates = [_at_date(tables, as_of, role, params, known_on) for as_of, role in calendar.roles()]
    return ibis.union(*dates).order_by("as_of", "customer_id", "role")


def _at_date(tables: Tables, as_of: date, role: str, params: SnapshotsParams, known_on: date | None) -> ir.Table:
    population = at_risk(tables, as_of, params)
    match role:
        case "score":
            answered = unanswered(population)
        case "train":
            answered = labelled(population, tables, as_of, params, known_on)
        case _:
            answered = labelled(population, tables, as_of, params)
    return dated(answered, as_of, role)


def labelled(
    population: ir.Table, tables: Tables, as_of: date, params: SnapshotsParams, known_on: date | None = None
) -> ir.Table:
    """Return `customer_id`, `churned` and `left_as` for a population whose label window has passed.

    The answer is read from what was known before `known_on`, or from all that is known today.
    """
    opens, closes = as_of + timedelta(days=params.gap_days), answered_on(as_of, params)
    read = {kind: final(rows) if known_on is None else known(rows, known_on) for kind, rows in tables.items()}
    match params.label:
        case "given":
            return given.labelled(population, tables["customers"])
        case "cancellation":
            return _cancellation(left_as(population, read, opens, closes))
        case "decline":
            usual = usual_spending(known(tables["purchases"], as_of), as_of, params)
            return _decline(population, between(read["purchases"], opens, closes), usual, params.decline_share)
        case "inactivity":
            return _inactivity(population, between(acts(read), opens, closes))


def _inactivity(population: ir.Table, window: ir.Table) -> ir.Table:
    """Churned: no purchase and no use in the label window."""
    came_back = window.select("customer_id").distinct().mutate(came_back=True)
    joined = population.left_join(came_back, "customer_id")
    return joined.select("customer_id", churned=joined.came_back.isnull(), left_as=ibis.null("string"))


def _decline(population: ir.Table, window: ir.Table, usual: ir.Table, decline_share: float) -> ir.Table:
    """Churned: spent less in the label window than `decline_share` of the usual."""
    spent = window.group_by("customer_id").aggregate(spent=window.amount.sum())
    joined = population.left_join(usual, "customer_id").drop("customer_id_right").left_join(spent, "customer_id")
    declined = joined.spent.fill_null(0).cast("float64") < joined.usual.cast("float64") * decline_share
    return joined.select("customer_id", churned=declined, left_as=ibis.null("string"))


def _cancellation(left: ir.Table) -> ir.Table:
    """Churned: left of his own will; who was made to leave, or left before anybody could act, teaches nothing."""
    answer = ibis.cases((left.left_as.isnull(), False), (left.left_as == "voluntary", True), else_=ibis.null("boolean"))
    return left.select("customer_id", churned=answer, left_as="left_as")
