"""What a campaign must know of a customer beside his risk: may we write to him, where, and when we last did."""

from datetime import date

import ibis
import ibis.expr.types as ir

from pipeline.snapshots.population import between, known

COLUMNS = {
    "customer_id": "string",
    "contact_permission": "boolean",
    "preferred_channel": "string",
    "days_since_sent": "int64",
}


def contact_facts(customers: ir.Table | None, contacts: ir.Table | None, as_of: date) -> ir.Table:
    """Return one row per customer of either table, with null for what the source does not record.

    `contact_permission`, `preferred_channel`, and `days_since_sent`: whole days from the newest message sent, and known
    to be sent, before the as-of date. Without either table there are no rows.
    """
    wishes = _wishes(customers) if customers is not None else _nobody(("contact_permission", "preferred_channel"))
    messages = _messages(contacts, as_of) if contacts is not None else _nobody(("days_since_sent",))
    both = wishes.outer_join(messages, "customer_id")
    facts = both.mutate(customer_id=ibis.coalesce(both.customer_id, both.customer_id_right))
    return facts.select(*COLUMNS)


def _wishes(customers: ir.Table) -> ir.Table:
    return customers.select("customer_id", **_recorded(customers, ("contact_permission", "preferred_channel")))


def _recorded(customers: ir.Table, names: tuple[str, ...]) -> dict[str, ir.Value]:
    there = customers.columns
    return {name: (customers[name] if name in there else ibis.null()).cast(COLUMNS[name]) for name in names}


def _messages(contacts: ir.Table, as_of: date) -> ir.Table:
    sent = between(known(contacts, as_of), date.min, as_of).filter(ibis._.event == "sent")
    newest = sent.group_by("customer_id").aggregate(newest_day=sent.event_day.max())
    days = ibis.date(as_of).delta(newest.newest_day, unit="day")
    return newest.select("customer_id", days_since_sent=days.cast("int64"))


def _nobody(names: tuple[str, ...]) -> ir.Table:
    schema = {name: COLUMNS[name] for name in ("customer_id", *names)}
    return ibis.memtable({name: [] for name in schema}, schema=schema)
