"""Where behaviour is read from: one row for each thing that happened, on a day, known since a day."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir

from pipeline.features.windows import EPOCH

Tables = Mapping[str, ir.Table]


def _as_they_are(rows: ir.Table) -> ir.Table:
    return rows


@dataclass(frozen=True)
class Log:
    """The rows of one kind of table, or of those with one `(column, value)`.

    `dated_by` is the business day a row counts on (None: its rows have no date, and no window); `adds` gives each row
    what the customer's earlier rows tell.
    """

    kind: str
    only: tuple[str, str] | None = None
    dated_by: str | None = "event_day"
    adds: Callable[[ir.Table], ir.Table] = _as_they_are

    @property
    def name(self) -> str:
        """Return a name that no other log has."""
        told_by = self.only[1] if self.only else "" if self.dated_by in {"event_day", None} else self.dated_by
        return f"{self.kind}_{told_by}" if told_by else self.kind

    def is_in(self, tables: Tables) -> bool:
        """Return whether the checked tables hold this log at all."""
        return self.kind in tables and self.dated_by in {None, *tables[self.kind].columns}

    def columns(self, tables: Tables) -> frozenset[str]:
        """Return the columns the log has in these tables; a table that is not there has none."""
        return frozenset(tables[self.kind].columns) if self.is_in(tables) else frozenset()

    def rows(self, tables: Tables) -> ir.Table:
        """Return the log's rows with `day`, the business day as a whole number."""
        rows = tables[self.kind]
        if self.only is not None:
            column, value = self.only
            rows = rows.filter(rows[column] == value)
        return self.adds(rows.mutate(day=day_numbers(rows[str(self.dated_by)])))

    def rows_since(self, opens: date, rows: ir.Table) -> ir.Table:
        """Return the rows of a day and later ones, by the date itself: engines look it up in a file's statistics."""
        return rows.filter(rows[str(self.dated_by)] >= ibis.date(opens))

    def rows_before(self, opens: date, rows: ir.Table) -> ir.Table:
        """Return the rows of the days before one."""
        return rows.filter(rows[str(self.dated_by)] < ibis.date(opens))


def day_numbers(day: ir.DateColumn) -> ir.IntegerColumn:
    """Return days as whole numbers since 1970-01-01."""
    return day.delta(ibis.date(EPOCH), unit="day").cast("int64")


@dataclass(frozen=True)
class Tally:
    """A whole number for each customer and day, from which windows add up exactly."""

    log: Log
    name: str
    needs: frozenset[str]
    of: Callable[[ir.Table], ir.IntegerValue]


def tally(log: Log, name: str, of: Callable[[ir.Table], ir.IntegerValue], *needs: str) -> Tally:
    """Declare a daily number: `of` aggregates the rows of one customer and day, reading the columns it `needs`."""
    return Tally(log, name, frozenset(needs), of)


def orders(rows: ir.Table, where: ir.BooleanColumn | None = None) -> ir.IntegerValue:
    """Count orders: rows of one order id are one, and a row without an order id is one of its own."""
    if "order_id" not in rows.columns:
        return rows.count(where=where)
    alone = rows.order_id.isnull()
    return rows.order_id.nunique(where=where) + rows.count(where=alone if where is None else alone & where)


def count_if(log: Log, name: str, of: Callable[[ir.Table], ir.BooleanValue], *needs: str) -> Tally:
    """Declare a daily number of rows for which something holds."""
    return tally(log, name, lambda rows: rows.count(where=of(rows)), *needs)


CUSTOMERS = Log("customers", dated_by=None)
JOINED = Log("customers", dated_by="joined_day")
PURCHASES = Log("purchases")
USAGE = Log("usage")
PAYMENTS = Log("payments")
TICKETS = Log("tickets")
CONTACTS = Log("contacts")
SENT, OPENED, CLICKED, REDEEMED = (
    Log("contacts", ("event", event)) for event in ("sent", "opened", "clicked", "redeemed")
)

ORDERS = tally(PURCHASES, "orders", orders)
LINES = tally(PURCHASES, "lines", lambda rows: rows.count())
SPEND = tally(PURCHASES, "spend", lambda rows: rows.amount.sum(), "amount")
RETURNS = count_if(PURCHASES, "returns", lambda rows: rows.amount < 0, "amount")
DISCOUNT = tally(PURCHASES, "discount", lambda rows: rows.discount.sum(), "discount")
CHEAP_LINES = count_if(PURCHASES, "cheap_lines", lambda rows: rows.discount > 0, "discount")
COUPON = tally(PURCHASES, "coupon", lambda rows: rows.coupon_discount.sum(), "coupon_discount")
COUPON_ORDERS = tally(
    PURCHASES, "coupon_orders", lambda rows: orders(rows, rows.coupon_discount > 0), "coupon_discount"
)
WEEKEND_ORDERS = tally(PURCHASES, "weekend_orders", lambda rows: orders(rows, rows.weekday >= 5), "weekday")
EVENING_ORDERS = tally(PURCHASES, "evening_orders", lambda rows: orders(rows, rows.hour >= 18), "hour")

USES = tally(USAGE, "uses", lambda rows: rows.count())
AMOUNT_USED = tally(USAGE, "amount_used", lambda rows: rows.quantity.sum(), "quantity")
WEEKEND_USES = count_if(USAGE, "weekend_uses", lambda rows: rows.weekday >= 5, "weekday")
EVENING_USES = count_if(USAGE, "evening_uses", lambda rows: rows.hour >= 18, "hour")

ATTEMPTS = count_if(PAYMENTS, "attempts", lambda rows: rows.status.isin(("paid", "failed")), "status")
FAILURES = count_if(PAYMENTS, "failures", lambda rows: rows.status == "failed", "status")
PAYMENTS_MADE = count_if(PAYMENTS, "payments_made", lambda rows: rows.status == "paid", "status")
REFUNDS = count_if(PAYMENTS, "refunds", lambda rows: rows.status == "refunded", "status")
MONEY_PAID = tally(PAYMENTS, "money_paid", lambda rows: rows.amount.sum(where=rows.status == "paid"), "amount")
MONEY_REFUNDED = tally(
    PAYMENTS, "money_refunded", lambda rows: rows.amount.abs().sum(where=rows.status == "refunded"), "amount"
)

TICKETS_OPENED = tally(TICKETS, "tickets_opened", lambda rows: rows.count())
URGENT_TICKETS = count_if(TICKETS, "urgent_tickets", lambda rows: rows.priority.isin(("high", "urgent")), "priority")

MESSAGES = tally(SENT, "sent", lambda rows: rows.count())
REDEMPTIONS = tally(REDEEMED, "redeemed", lambda rows: rows.count())
OPENS = tally(OPENED, "opened", lambda rows: rows.count())
CLICKS = tally(CLICKED, "clicked", lambda rows: rows.count())
SENT_AMONG_ALL = count_if(CONTACTS, "sent_among_all", lambda rows: rows.event == "sent", "event")
OPENED_AMONG_ALL = count_if(CONTACTS, "opened_among_all", lambda rows: rows.event == "opened", "event")
