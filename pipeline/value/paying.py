"""What customers have paid and pay, as of a date: what they bought, what they are subscribed to and since when."""

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from pipeline.snapshots.population import between, known, running

DAYS_PER_YEAR = 365
BILLING_DAYS = 30
"""What a payment covers where a subscription does not say: about a month."""


def past_buying(purchases: ir.Table, as_of: date, days: int) -> ir.Table:
    """Return how often each customer came back to buy, and what he spent then.

    One row per customer with a purchase visible then: `customer_id`, `first_day` and `last_day` with a purchase, `repeats`
    (days with one after the first), `repeat_minor` (int64, spent after the first day, returns taken off) and
    `recent_minor` (the same, of the `days` before the as-of date alone). A day with nothing but returns is no day of buying.
    The first day's own spending does not count: it is why we see him at all, so a newcomer's rate would be read far too high.
    """
    visible = between(known(purchases, as_of), date.min, as_of)
    by_day = visible.group_by("customer_id", "event_day").aggregate(
        spent=visible.amount.sum(), bought=visible.amount.max() >= 0
    )
    begun = by_day.filter(by_day.bought).group_by("customer_id").aggregate(first_day=lambda row: row.event_day.min())
    both = by_day.join(begun, "customer_id")
    later = both.event_day > both.first_day
    recent = later & (both.event_day >= ibis.date(as_of - timedelta(days=days)))
    return both.group_by("customer_id").aggregate(
        first_day=both.first_day.min(),
        last_day=both.event_day.max(where=both.bought),
        repeats=both.count(where=later & both.bought),
        repeat_minor=both.spent.sum(where=later).coalesce(0).cast("int64"),
        recent_minor=both.spent.sum(where=recent).coalesce(0).cast("int64"),
    )


def yearly_price(subscriptions: ir.Table, as_of: date) -> ir.Table:
    """Return `customer_id` and `yearly_minor`: what the subscriptions running on the as-of date cost in a year.

    Whole minor units (int64), each spell rounded down; null where no running spell says its price. A price counts as of
    the plan held then, so that a rise or a change of plan shows at once.
    """
    spells = running(known(subscriptions, as_of), as_of)
    days = spells.billing_days.fill_null(BILLING_DAYS) if "billing_days" in spells.columns else BILLING_DAYS
    yearly = (spells.price * DAYS_PER_YEAR // days).cast("int64")
    return spells.group_by("customer_id").aggregate(yearly_minor=yearly.sum())


def time_subscribed(subscriptions: ir.Table, as_of: date) -> ir.Table:
    """Return since when each customer has been subscribed, and when he left: `customer_id`, `first_day`, `left_day`.

    `left_day` is null for who is subscribed on the as-of date. A pause between two spells counts as subscribed.
    """
    spells = known(subscriptions, as_of)
    spells = spells.filter(spells.event_day < ibis.date(as_of))
    there = running(spells, as_of).select("customer_id").distinct().mutate(there=True)
    ended = spells.ended_day.max() if "ended_day" in spells.columns else ibis.null("date")
    all_ = spells.group_by("customer_id").aggregate(first_day=spells.event_day.min(), ended=ended)
    both = all_.left_join(there, "customer_id")
    return both.select("customer_id", "first_day", left_day=both.there.isnull().ifelse(both.ended, ibis.null("date")))
