"""Who is at risk on an as-of date: customers who did something lately and so can still stop."""

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from pipeline.contract.tables import KINDS
from pipeline.params import SnapshotsParams


def at_risk(purchases: ir.Table, as_of: date, params: SnapshotsParams) -> ir.Table:
    """Return the `customer_id` of everyone at risk, as far as was known on the as-of date.

    At risk of inactivity: bought in the `at_risk_days` before. At risk of decline: and spent something in the last
    `horizon_days`, because who spends nothing has nothing to decline from.
    """
    seen = known(purchases, as_of)
    active = between(seen, as_of - timedelta(days=params.at_risk_days), as_of).select("customer_id").distinct()
    if params.label == "decline":
        spenders = usual_spending(seen, as_of, params)
        return active.semi_join(spenders.filter(spenders.usual > 0), "customer_id")
    return active


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


def _masked(rows: ir.Table, as_of: date) -> ir.Table:
    for kind in KINDS.values():
        if kind.closing_day in rows.columns:
            has_closed = rows[kind.closing_day] < ibis.date(as_of)
            hidden = [name for name in kind.masked if name in rows.columns]
            return rows.mutate(**{name: ibis.ifelse(has_closed, rows[name], ibis.null()) for name in hidden})
    return rows


def final(rows: ir.Table) -> ir.Table:
    """Return the newest version of every row, whenever it became known: what answers are read from."""
    return rows.filter(rows.replaced_day.isnull()) if "replaced_day" in rows.columns else rows


def between(rows: ir.Table, opens: date, closes: date) -> ir.Table:
    """Return the rows of the half-open span of days [opens, closes)."""
    return rows.filter((rows.event_day >= ibis.date(opens)) & (rows.event_day < ibis.date(closes)))
