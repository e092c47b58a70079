"""Who is at risk on an as-of date: customers who did something lately and so can still stop."""

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

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
    """Return the rows that had become known before the as-of date, in the version that was the newest then."""
    if "visible_day" not in rows.columns:
        return rows
    seen = rows.filter(rows.visible_day < ibis.date(as_of))
    if "replaced_day" not in rows.columns:
        return seen
    return seen.filter(seen.replaced_day.isnull() | (seen.replaced_day >= ibis.date(as_of)))


def final(rows: ir.Table) -> ir.Table:
    """Return the newest version of every row, whenever it became known: what answers are read from."""
    return rows.filter(rows.replaced_day.isnull()) if "replaced_day" in rows.columns else rows


def between(rows: ir.Table, opens: date, closes: date) -> ir.Table:
    """Return the rows of the half-open span of days [opens, closes)."""
    return rows.filter((rows.event_day >= ibis.date(opens)) & (rows.event_day < ibis.date(closes)))
