"""Who is at risk on an as-of date: customers who are still there, as far as was known then, and so can still leave."""

from collections.abc import Mapping
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from pipeline.contract.tables import KINDS
from pipeline.params import SnapshotsParams
from pipeline.snapshots.given import still_there

Tables = Mapping[str, ir.Table]

ACTS = ("purchases", "usage")
"""The logs of what customers do of their own accord: who is in none of them has gone silent."""


def at_risk(tables: Tables, as_of: date, params: SnapshotsParams) -> ir.Table:
    """Return the `customer_id` of everyone at risk, as far as was known on the as-of date.

    At risk of inactivity: bought or used something in the `at_risk_days` before. At risk of decline: bought in them, and
    spent something in the last `horizon_days`, because who spends nothing has nothing to decline from. At risk of
    cancellation: has a subscription. Of a table of given answers: has not churned.
    """
    match params.label:
        case "given":
            return still_there(tables["customers"])
        case "cancellation":
            return subscribers(known(tables["subscriptions"], as_of), as_of)
        case "decline":
            return _spenders(known(tables["purchases"], as_of), as_of, params)
        case "inactivity":
            seen = {kind: known(rows, as_of) for kind, rows in tables.items() if kind in ACTS}
            return active(acts(seen), as_of, params.at_risk_days)


def acts(tables: Tables) -> ir.Table:
    """Return `customer_id, event_day` of every purchase and every use in the tables, as they are."""
    days = [tables[kind].select("customer_id", "event_day") for kind in ACTS if kind in tables]
    return days[0] if len(days) == 1 else ibis.union(*days)


def active(rows: ir.Table, as_of: date, days: int) -> ir.Table:
    """Return the `customer_id` of everyone with a row in the `days` before the as-of date."""
    return between(rows, as_of - timedelta(days=days), as_of).select("customer_id").distinct()


def subscribers(spells: ir.Table, day: date) -> ir.Table:
    """Return the `customer_id` of everyone with a spell that began before a day and had not ended before it."""
    return running(spells, day).select("customer_id").distinct()


def running(spells: ir.Table, day: date) -> ir.Table:
    """Return the spells that began before a day and had not ended before it."""
    begun = spells.filter(spells.event_day < ibis.date(day))
    if "ended_day" not in spells.columns:
        return begun
    return begun.filter(begun.ended_day.isnull() | (begun.ended_day >= ibis.date(day)))


def usual_spending(purchases: ir.Table, as_of: date, params: SnapshotsParams) -> ir.Table:
    """Return `customer_id` and `usual`: what was spent in the `horizon_days` before the as-of date, in minor units."""
    lately = between(purchases, as_of - timedelta(days=params.horizon_days), as_of)
    return lately.group_by("customer_id").aggregate(usual=lately.amount.sum())


def known(rows: ir.Table, as_of: date) -> ir.Table:
    """Return the rows that had become known before the as-of date, as they were known then.

    Of a corrected row it is the version that was the newest then. What becomes known when a row closes (the end of a
    subscription and its reason, the closing of a ticket and how content the customer was) is null until the day before.
    """
    seen = rows
    if "visible_day" in rows.columns:
        seen = seen.filter(seen.visible_day < ibis.date(as_of))
    if "replaced_day" in rows.columns:
        seen = seen.filter(seen.replaced_day.isnull() | (seen.replaced_day >= ibis.date(as_of)))
    return _masked(seen, as_of)


def final(rows: ir.Table) -> ir.Table:
    """Return the newest version of every row, whenever it became known."""
    return rows.filter(rows.replaced_day.isnull()) if "replaced_day" in rows.columns else rows


def between(rows: ir.Table, opens: date, closes: date) -> ir.Table:
    """Return the rows of the half-open span of days [opens, closes)."""
    return rows.filter((rows.event_day >= ibis.date(opens)) & (rows.event_day < ibis.date(closes)))


def _spenders(purchases: ir.Table, as_of: date, params: SnapshotsParams) -> ir.Table:
    spending = usual_spending(purchases, as_of, params)
    return active(purchases, as_of, params.at_risk_days).semi_join(spending.filter(spending.usual > 0), "customer_id")


def _masked(rows: ir.Table, as_of: date) -> ir.Table:
    for kind in KINDS.values():
        if kind.closing_day in rows.columns:
            has_closed = rows[kind.closing_day] < ibis.date(as_of)
            hidden = [name for name in kind.masked if name in rows.columns]
            return rows.mutate(**{name: ibis.ifelse(has_closed, rows[name], ibis.null()) for name in hidden})
    return rows
