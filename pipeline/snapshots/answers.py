"""Answers as snapshots: the columns, and the answer that nobody knows yet."""

from datetime import date

import ibis
import ibis.expr.types as ir


def unanswered(population: ir.Table) -> ir.Table:
    """Return the population with an answer that nobody knows yet."""
    return population.mutate(churned=ibis.null("boolean"), left_as=ibis.null("string"))


def dated(answered: ir.Table, as_of: date, role: str) -> ir.Table:
    """Return `customer_id, as_of, role, churned, left_as` of answers on a date, in a role."""
    return answered.select(
        "customer_id", as_of=ibis.date(as_of), role=ibis.literal(role), churned="churned", left_as="left_as"
    )
