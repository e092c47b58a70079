"""Who had left by the end of the label window, and how: of his own will, by a payment that failed, or too early to act."""

from datetime import date

import ibis
import ibis.expr.types as ir

from pipeline.snapshots.population import Tables, subscribers

PAYMENT_MEMORY_DAYS = 62
"""A failed payment explains an end for this long: two months of billing, or the reminders of a yearly one."""


def left_as(population: ir.Table, tables: Tables, opens: date, closes: date) -> ir.Table:
    """Return `customer_id` and `left_as`: null for who still has a subscription at the close of the label window.

    Who has none left as the last spell ended: before the window `in_gap`, whatever the reason; else `involuntary` where
    the company ended it, or gives no reason and the last payment attempt before the end had failed; else `voluntary`.
    Who changes plan has not left, even where the new spell begins only after the close; nor has who left and came back.
    `tables` hold the rows that answers are read from.
    """
    spells = tables["subscriptions"]
    gone = population.anti_join(subscribers(spells, closes), "customer_id")
    ends = _last_ends(spells, closes)
    ended = gone.left_join(ends, "customer_id").drop("customer_id_right")
    ended = _with_failed(ended, tables) if "payments" in tables else ended.mutate(has_failed=ibis.literal(value=False))
    told = ended.select("customer_id", left_as=_left_as(ended, opens))
    joined = population.left_join(told, "customer_id")
    return joined.select("customer_id", left_as=joined.left_as)


def _last_ends(spells: ir.Table, closes: date) -> ir.Table:
    """Return `customer_id`, the day of the last end before the close, and which reasons the spells ending then gave."""
    ended = spells.filter(spells.ended_day < ibis.date(closes))
    reason = ended.end_reason if "end_reason" in ended.columns else ibis.null("string")
    ended = ended.select("customer_id", "ended_day", end_reason=reason)
    last = ended.mutate(last_day=ended.ended_day.max().over(group_by="customer_id"))
    last = last.filter(last.ended_day == last.last_day)
    given = {
        word: (last.end_reason == word).any().fill_null(ibis.literal(value=False))
        for word in ("voluntary", "involuntary", "changed")
    }
    return last.group_by("customer_id").aggregate(last_day=last.last_day.max(), **given)


def _with_failed(ended: ir.Table, tables: Tables) -> ir.Table:
    """Add whether the last attempt to collect money before the end had failed; who paid the same day has paid."""
    payments = tables["payments"]
    tried = ended.inner_join(payments, "customer_id")
    near = tried.filter(tried.last_day.delta(tried.event_day, unit="day").between(0, PAYMENT_MEMORY_DAYS))
    days = near.group_by("customer_id").aggregate(
        failed_day=near.event_day.max(where=near.status == "failed"),
        paid_day=near.event_day.max(where=near.status == "paid"),
    )
    failed = days.filter(days.failed_day.notnull() & (days.paid_day.isnull() | (days.failed_day > days.paid_day)))
    joined = ended.left_join(failed.select("customer_id", "failed_day"), "customer_id").drop("customer_id_right")
    return joined.mutate(has_failed=joined.failed_day.notnull()).drop("failed_day")


def _left_as(ended: ir.Table, opens: date) -> ir.StringValue:
    is_early = ended.last_day < ibis.date(opens)
    has_reason = ended.voluntary | ended.involuntary
    return ibis.cases(
        (ended.changed & ~has_reason, ibis.null("string")),
        (is_early, "in_gap"),
        (ended.voluntary, "voluntary"),
        (ended.involuntary, "involuntary"),
        (ended.has_failed, "involuntary"),
        else_="voluntary",
    )
