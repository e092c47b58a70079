"""Where behaviour is read from: one row for each thing that happened, on a day, known since a day."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from pipeline.features.windows import EPOCH

Tables = Mapping[str, ir.Table]


@dataclass(frozen=True)
class Log:
    """The rows of one kind of table, or of those with a given `event`."""

    kind: str
    event: str | None = None

    @property
    def name(self) -> str:
        """Return a name that no other log has."""
        return f"{self.kind}_{self.event}" if self.event else self.kind

    def is_in(self, tables: Tables) -> bool:
        """Return whether the checked tables hold this log at all."""
        return self.kind in tables

    def columns(self, tables: Tables) -> frozenset[str]:
        """Return the columns the log has in these tables; a table that is not there has none."""
        return frozenset(tables[self.kind].columns) if self.is_in(tables) else frozenset()

    def rows(self, tables: Tables) -> ir.Table:
        """Return the log's rows with `day`, the business day as a whole number."""
        rows = tables[self.kind]
        if self.event is not None:
            rows = rows.filter(rows.event == self.event)
        return rows.mutate(day=rows.event_day.delta(ibis.date(EPOCH), unit="day").cast("int64"))


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


CUSTOMERS = Log("customers")
PURCHASES = Log("purchases")
SENT, OPENED, CLICKED, REDEEMED = (Log("contacts", event) for event in ("sent", "opened", "clicked", "redeemed"))

ORDERS = tally(PURCHASES, "orders", orders)
LINES = tally(PURCHASES, "lines", lambda rows: rows.count())
SPEND = tally(PURCHASES, "spend", lambda rows: rows.amount.sum(), "amount")
RETURNS = tally(PURCHASES, "returns", lambda rows: (rows.amount < 0).cast("int64").sum(), "amount")
DISCOUNT = tally(PURCHASES, "discount", lambda rows: rows.discount.sum(), "discount")
CHEAP_LINES = tally(PURCHASES, "cheap_lines", lambda rows: (rows.discount > 0).cast("int64").sum(), "discount")
COUPON = tally(PURCHASES, "coupon", lambda rows: rows.coupon_discount.sum(), "coupon_discount")
COUPON_ORDERS = tally(
    PURCHASES, "coupon_orders", lambda rows: orders(rows, rows.coupon_discount > 0), "coupon_discount"
)
WEEKEND_ORDERS = tally(PURCHASES, "weekend_orders", lambda rows: orders(rows, rows.weekday >= 5), "weekday")
EVENING_ORDERS = tally(PURCHASES, "evening_orders", lambda rows: orders(rows, rows.hour >= 18), "hour")
MESSAGES = tally(SENT, "sent", lambda rows: rows.count())
REDEMPTIONS = tally(REDEEMED, "redeemed", lambda rows: rows.count())
OPENS = tally(OPENED, "opened", lambda rows: rows.count())
CLICKS = tally(CLICKED, "clicked", lambda rows: rows.count())
