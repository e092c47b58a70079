"""What payments, tickets and surveys tell as of a date: conditions on their rows, and what is read off them."""

import ibis
import ibis.expr.types as ir

from pipeline.features.logs import Log, day_numbers
from pipeline.features.states import column, in_order, reading, which

HAS_FAILED = which("has_failed", lambda rows: rows.status == "failed", "status")
HAS_WORKED = which("has_worked", lambda rows: rows.status == "paid", "status")
HAS_CARD = which("has_card", lambda rows: rows.card_expires_day.notnull(), "card_expires_day")
HAS_METHOD = which("has_method", lambda rows: rows.method.notnull(), "method")
CARD_EXPIRES_IN = reading(
    "card_expires_in", lambda rows, as_of: day_numbers(rows.card_expires_day) - as_of, "card_expires_day"
)
PAYMENT_METHOD = column("method", "string")

# A ticket's closing is masked until the day it is known: a missing day is an open ticket.
IS_OPEN = which("is_open", lambda rows: rows.closed_day.isnull(), "closed_day")
IS_RATED = which("is_rated", lambda rows: rows.satisfaction.notnull(), "satisfaction")
DAYS_OPEN = reading("days_open", lambda rows, as_of: as_of - rows.day)
DAYS_TO_CLOSE = reading("days_to_close", lambda rows, _: day_numbers(rows.closed_day) - rows.day, "closed_day")
SATISFACTION = column("satisfaction")


def with_the_score_before(rows: ir.Table) -> ir.Table:
    """Add to each answer `score_before`, the customer's last answer to the same question that held a score."""
    scored = rows.filter(rows.score.notnull()) if "score" in rows.columns else rows
    if "score" not in rows.columns:
        return rows
    line = ibis.window(group_by="customer_id", order_by=in_order(scored))
    return scored.mutate(score_before=scored.score.lag().over(line))


NPS, CSAT = (Log("surveys", ("survey", question), adds=with_the_score_before) for question in ("nps", "csat"))
HAS_SCORE = which("has_score", lambda rows: rows.score.notnull(), "score")
HAS_SCORE_CHANGE = which("has_score_change", lambda rows: rows.score_before.notnull(), "score")
SCORE = column("score")
SCORE_CHANGE = reading("score_change", lambda rows, _: rows.score - rows.score_before, "score")
