"""Subscriptions as spells: what a spell changed, seen from the one before it, and what a running one says today."""

import ibis
import ibis.expr.types as ir

from pipeline.features.logs import Log, day_numbers
from pipeline.features.states import column, in_order, reading, which

DAYS_OF_A_PRICE = 30


def with_what_came_before(rows: ir.Table) -> ir.Table:
    """Add to each spell `before_*`, the plan and price of the spell it follows, and `plan_day`, since when its plan holds.

    A spell follows the customer's spell (of the same subscription, where ids are mapped) that began before it and, as far
    as is known, ended by the day it began; a subscription held beside another follows nothing.
    """
    of = ["customer_id", "subscription_id"] if "subscription_id" in rows.columns else ["customer_id"]
    line = ibis.window(group_by=of, order_by=in_order(rows))
    follows = _follows(rows, line)
    before = {
        f"before_{name}": ibis.ifelse(follows, rows[name].lag().over(line), ibis.null(rows[name].type()))
        for name in ("plan", "price", "billing_days")
        if name in rows.columns
    }
    told = rows.mutate(follows=follows, **before)
    begins = ~told.follows if "plan" not in rows.columns else ~(told.follows & told.plan.identical_to(told.before_plan))
    begun = told.mutate(plan_began=ibis.ifelse(begins, told.day, ibis.null("int64")))
    so_far = ibis.cumulative_window(group_by=of, order_by=in_order(rows))
    return begun.mutate(plan_day=begun.plan_began.max().over(so_far)).drop("plan_began")


def _follows(rows: ir.Table, line: ibis.expr.builders.WindowBuilder) -> ir.BooleanValue:
    ended = day_numbers(rows.ended_day).lag().over(line) if "ended_day" in rows.columns else rows.day.lag().over(line)
    return (ended <= rows.day).fill_null(ibis.literal(value=False))


def _daily(rows: ir.Table, price: str, other_days: str) -> ir.IntegerValue:
    """Return a price times the days that the other one covers: what two prices a day compare by, in whole numbers."""
    return rows[price] * rows[other_days] if other_days in rows.columns else rows[price]


def _price(rows: ir.Table) -> ir.IntegerValue:
    return _daily(rows, "price", "before_billing_days")


def _price_before(rows: ir.Table) -> ir.IntegerValue:
    return _daily(rows, "before_price", "billing_days")


def _same_plan(rows: ir.Table) -> ir.BooleanValue:
    return rows.follows & (
        rows.plan.identical_to(rows.before_plan) if "plan" in rows.columns else ibis.literal(value=True)
    )


SPELLS = Log("subscriptions", adds=with_what_came_before)

RUNNING = which("running", lambda rows: rows.ended_day.isnull() if "ended_day" in rows.columns else rows.day.notnull())
ENDED = which("ended", lambda rows: rows.ended_day.notnull(), "ended_day")
CANCELLED = which("cancelled", lambda rows: rows.end_reason == "voluntary", "ended_day", "end_reason")
PRICE_CHANGED = which("price_changed", lambda rows: _price(rows) != _price_before(rows), "price")
PRICE_ROSE = which("price_rose", lambda rows: _same_plan(rows) & (_price(rows) > _price_before(rows)), "price")
UPGRADED = which("upgraded", lambda rows: ~_same_plan(rows) & (_price(rows) > _price_before(rows)), "plan", "price")
DOWNGRADED = which("downgraded", lambda rows: ~_same_plan(rows) & (_price(rows) < _price_before(rows)), "plan", "price")

PLAN = column("plan", "string")
PRICE = column("price")
BILLING_DAYS = column("billing_days")
MONTHLY_PRICE = reading(
    "monthly_price",
    lambda rows, _: (DAYS_OF_A_PRICE * rows.price).cast("float64") / rows.billing_days.nullif(0).cast("float64"),
    "price",
    "billing_days",
    type="float64",
)
PRICE_CHANGE = reading(
    "price_change",
    lambda rows, _: (
        (_price(rows) - _price_before(rows)).cast("float64") / _price_before(rows).nullif(0).cast("float64")
    ),
    "price",
    type="float64",
)
DAYS_ON_PLAN = reading("days_on_plan", lambda rows, as_of: as_of - rows.plan_day, "plan")
DAYS_TO_TERM_END = reading(
    "days_to_term_end", lambda rows, as_of: day_numbers(rows.term_ends_day) - as_of, "term_ends_day"
)
DAYS_TO_RENEWAL = reading(
    "days_to_renewal",
    lambda rows, as_of: (rows.billing_days - (as_of - rows.day) % rows.billing_days) % rows.billing_days,
    "billing_days",
)
