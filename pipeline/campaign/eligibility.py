"""What a campaign must know of a customer beside his risk: may we write to him, where, when we last did, and does he pay."""

from collections.abc import Mapping
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from pipeline.snapshots.cancellation import PAYMENT_MEMORY_DAYS
from pipeline.snapshots.population import between, known

COLUMNS = {
    "customer_id": "string",
    "contact_permission": "boolean",
    "preferred_channel": "string",
    "days_since_sent": "int64",
}
WISHES = ("contact_permission", "preferred_channel")


CARD_NOTICE_DAYS = 30
"""A card counts as expiring from so many days before its last day to as many after: within them a monthly payment falls due."""


def contact_facts(tables: Mapping[str, ir.Table], as_of: date) -> ir.Table:
    """Return one row per customer of the tables that tell of contacts, with null for what the source does not record.

    Of `customers` come `contact_permission` and `preferred_channel`, of `contacts` `days_since_sent`: whole days from the
    newest message sent, and known to be sent, before the as-of date. Where there are `payments` also `payment_route`:
    whether the payment team is to meet the customer. Without any of the three there are no rows.
    """
    wishes = _wishes(tables["customers"]) if "customers" in tables else _nobody(tables, *WISHES)
    messages = _messages(tables["contacts"], as_of) if "contacts" in tables else _nobody(tables, "days_since_sent")
    facts = _beside(wishes, messages).select(*COLUMNS)
    if "payments" not in tables:
        return facts
    return _beside(facts, payment_route(tables["payments"], as_of)).select(*COLUMNS, "payment_route")


def payment_route(payments: ir.Table, as_of: date) -> ir.Table:
    """Return `customer_id` and `payment_route`: the last attempt to collect money failed, or the card expires about now.

    By what was known before the as-of date. A failed attempt counts for as long as it would explain an end, and not where
    something was paid on the same day or later. The card is that of the newest attempt that names one.
    """
    seen = between(known(payments, as_of), date.min, as_of)
    troubled = _failed(seen, as_of)
    if "card_expires_day" in seen.columns:
        troubled = ibis.union(troubled, _expiring(seen, as_of), distinct=True)
    joined = seen.select("customer_id").distinct().left_join(troubled.mutate(is_troubled=True), "customer_id")
    return joined.select("customer_id", payment_route=joined.is_troubled.notnull())


def _failed(seen: ir.Table, as_of: date) -> ir.Table:
    lately = between(seen, as_of - timedelta(days=PAYMENT_MEMORY_DAYS), as_of)
    days = lately.group_by("customer_id").aggregate(
        failed_day=lately.event_day.max(where=lately.status == "failed"),
        paid_day=lately.event_day.max(where=lately.status == "paid"),
    )
    has_failed = days.failed_day.notnull() & (days.paid_day.isnull() | (days.failed_day > days.paid_day))
    return days.filter(has_failed).select("customer_id")


def _expiring(seen: ir.Table, as_of: date) -> ir.Table:
    cards = seen.filter(seen.card_expires_day.notnull())
    newest = cards.filter(cards.event_day == cards.event_day.max().over(group_by="customer_id"))
    known_card = newest.group_by("customer_id").aggregate(expires_day=newest.card_expires_day.max())
    notice = timedelta(days=CARD_NOTICE_DAYS)
    is_about_now = known_card.expires_day.between(ibis.date(as_of - notice), ibis.date(as_of + notice))
    return known_card.filter(is_about_now).select("customer_id")


def _beside(first: ir.Table, second: ir.Table) -> ir.Table:
    """Put two tables side by side by customer, keeping everyone who is in either."""
    both = first.outer_join(second, "customer_id")
    return both.mutate(customer_id=ibis.coalesce(both.customer_id, both.customer_id_right)).drop("customer_id_right")


def _wishes(customers: ir.Table) -> ir.Table:
    return customers.select("customer_id", **_recorded(customers, WISHES))


def _recorded(customers: ir.Table, names: tuple[str, ...]) -> dict[str, ir.Value]:
    there = customers.columns
    return {name: (customers[name] if name in there else ibis.null()).cast(COLUMNS[name]) for name in names}


def _messages(contacts: ir.Table, as_of: date) -> ir.Table:
    sent = between(known(contacts, as_of), date.min, as_of).filter(ibis._.event == "sent")
    newest = sent.group_by("customer_id").aggregate(newest_day=sent.event_day.max())
    days = ibis.date(as_of).delta(newest.newest_day, unit="day")
    return newest.select("customer_id", days_since_sent=days.cast("int64"))


def _nobody(tables: Mapping[str, ir.Table], *names: str) -> ir.Table:
    """Return no rows of any table there is: one made in memory would have to be handed to the engine by itself."""
    there = next(iter(tables.values()))
    unknown = {name: ibis.null(COLUMNS[name]) for name in names}
    return there.filter(ibis.literal(False)).select("customer_id", **unknown)  # noqa: FBT003
