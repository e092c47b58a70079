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


WAS_OPENED = which("was_opened", lambda rows: rows.event == "opened", "event")


def with_the_score_before(rows: ir.Table) -> ir.Table:
    """Add to each answer `score_before`, the one before it to the same question; answers without a score do not count."""
    if "score" not in rows.columns:
        return rows
    scored = rows.filter(rows.score.notnull())
    line = ibis.window(group_by=["customer_id", "survey"], order_by=in_order(scored))
    return scored.mutate(score_before=scored.score.lag().over(line))


SCORED = Log("surveys", adds=with_the_score_before)
NPS = which("nps", lambda rows: rows.survey == "nps", "score")
CSAT = which("csat", lambda rows: rows.survey == "csat", "score")
NPS_CHANGED = which("nps_changed", lambda rows: (rows.survey == "nps") & rows.score_before.notnull(), "score")
CSAT_CHANGED = which("csat_changed", lambda rows: (rows.survey == "csat") & rows.score_before.notnull(), "score")
SCORE = column("score")
SCORE_CHANGE = reading("score_change", lambda rows, _: rows.score - rows.score_before, "score")
