"""The kinds of tables the pipeline understands, declared as data: adding a kind or a column is adding a line here."""

import difflib
from dataclasses import dataclass
from typing import Literal

from pipeline.errors import ParamsError

ColumnType = Literal["text", "instant", "money", "integer", "number", "flag", "one-of"]


@dataclass(frozen=True)
class Column:
    """One column of a kind: its type, what it means, and the promise its values keep."""

    name: str
    type: ColumnType
    words: str
    rule: str = ""
    required: bool = False
    values: tuple[str, ...] = ()
    at_least_zero: bool = False
    between: tuple[int, int] | None = None
    not_before: str | None = None

    @property
    def day(self) -> str:
        """Return the name of the business day the contract derives from an instant.

        >>> Column("ended_at", "instant", "When it ended").day
        'ended_day'
        """
        return self.name.removesuffix("_at") + "_day"


@dataclass(frozen=True)
class Kind:
    """One kind of table.

    `dated_by` is the column that says when a row happened (None: the rows have no date). `recognised_by` is the column
    that tells a row exported twice from two equal rows: without it, equal rows in two files are all kept. `has_hours`:
    the hour and weekday of a row mean something. `tells_activity`: the days of its rows say from when until when there
    is data. `closed_by` is the instant at which a row closes, and `known_when_closed` what nobody knows before.
    """

    name: str
    words: str
    columns: tuple[Column, ...]
    dated_by: str | None = None
    recognised_by: str | None = None
    has_attributes: bool = False
    has_hours: bool = False
    tells_activity: bool = False
    closed_by: str | None = None
    known_when_closed: tuple[str, ...] = ()

    @property
    def instants(self) -> tuple[Column, ...]:
        """The columns whose business day is derived under a name of its own: all instants but the row's own and `known_at`."""
        own = {self.dated_by, "known_at"}
        return tuple(column for column in self.columns if column.type == "instant" and column.name not in own)

    @property
    def closing_day(self) -> str | None:
        """The derived day on which a row closes."""
        return None if self.closed_by is None else self.column(self.closed_by).day

    @property
    def masked(self) -> tuple[str, ...]:
        """The checked columns that nobody knows before a row closes."""
        days = () if self.closing_day is None else (self.closing_day,)
        return (*self.known_when_closed, *days)

    @property
    def required(self) -> tuple[str, ...]:
        """The columns every table of this kind must have."""
        return tuple(column.name for column in self.columns if column.required)

    def column(self, name: str) -> Column:
        """Return a declared column; raises ParamsError with the closest name for one that is not."""
        for column in self.columns:
            if column.name == name:
                return column
        names = [column.name for column in self.columns]
        close = difflib.get_close_matches(name, names, n=1)
        meant = f'; did you mean "{close[0]}"?' if close else "."
        raise ParamsError(f'A table of kind {self.name} has no column "{name}"{meant} It can have: {", ".join(names)}.')


_CUSTOMER = Column("customer_id", "text", "Whose row it is", "text as written, never blank", required=True)
_KNOWN_AT = Column("known_at", "instant", "When the row became known to you, where that is later than it happened")
_ROW_ID = Column("row_id", "text", "The row's own id in your system: the same id twice is the same row")

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "customers",
            "What holds for a customer as such, one row each",
            (
                Column("customer_id", "text", "The customer", "text as written, never blank, unique", required=True),
                Column("joined_at", "instant", "When the customer joined"),
                Column("contact_permission", "flag", "Whether the customer may be contacted"),
                Column("preferred_channel", "text", "How the customer likes to be reached"),
                Column("monthly_payment", "money", "What the customer pays a month, where no table of payments tells"),
                Column("churned", "flag", "Whether the customer has left: the answer of a table without dates"),
            ),
            has_attributes=True,
        ),
        Kind(
            "purchases",
            "What was bought, one row per line of a receipt or per order",
            (
                _CUSTOMER,
                Column("purchased_at", "instant", "When it was bought", required=True),
                Column("amount", "money", "What was paid; negative for a return", required=True),
                Column("order_id", "text", "The order or receipt the row belongs to"),
                Column("product_id", "text", "What was bought"),
                Column("category", "text", "The product's group"),
                Column("subcategory", "text", "The product's group within its group"),
                Column("channel", "text", "Where it was bought: a shop, the web, an app"),
                Column("quantity", "integer", "How many were bought"),
                Column("discount", "money", "The price cut given by the seller", at_least_zero=True),
                Column("coupon_discount", "money", "The price cut taken with coupons", at_least_zero=True),
                _KNOWN_AT,
                _ROW_ID,
            ),
            dated_by="purchased_at",
            recognised_by="order_id",
            has_hours=True,
            tells_activity=True,
        ),
        Kind(
            "usage",
            "What was done with the product, one row per session, call, play or other act",
            (
                _CUSTOMER,
                Column("used_at", "instant", "When it was used", required=True),
                Column("event", "text", "What was done"),
                Column("quantity", "integer", "How much was used: minutes, pages, calls"),
                Column("channel", "text", "Where it was used: the web, an app"),
                _KNOWN_AT,
                _ROW_ID,
            ),
            dated_by="used_at",
            has_hours=True,
            tells_activity=True,
        ),
        Kind(
            "subscriptions",
            "What customers are subscribed to, one row per spell: a change of plan or price ends one and begins another",
            (
                _CUSTOMER,
                Column("subscription_id", "text", "The subscription the spell belongs to"),
                Column("started_at", "instant", "When the spell began", required=True),
                Column(
                    "ended_at",
                    "instant",
                    "When it ended; empty while it runs, a day to come where notice was given",
                    not_before="started_at",
                ),
                Column(
                    "end_reason",
                    "one-of",
                    "Why it ended: the customer left, payment failed or the company ended it, or another spell follows",
                    values=("voluntary", "involuntary", "changed"),
                ),
                Column("plan", "text", "The plan's name"),
                Column("price", "money", "What one payment costs, for all its billing days", at_least_zero=True),
                Column("billing_days", "integer", "How many days a payment covers: 30, 365", between=(1, 3660)),
                Column("term_ends_at", "instant", "Until when the customer is bound by the present term"),
                _KNOWN_AT,
                _ROW_ID,
            ),
            dated_by="started_at",
            recognised_by="subscription_id",
            tells_activity=True,
            closed_by="ended_at",
            known_when_closed=("ended_at", "end_reason"),
        ),
        Kind(
            "payments",
            "Attempts to collect money, one row each",
            (
                _CUSTOMER,
                Column("attempted_at", "instant", "When it was attempted", required=True),
                Column("status", "one-of", "What came of it", required=True, values=("paid", "failed", "refunded")),
                Column("amount", "money", "How much"),
                Column("method", "text", "How it is paid: card, direct debit, invoice"),
                Column("card_expires_at", "instant", "When the card that was used expires"),
                _KNOWN_AT,
                _ROW_ID,
            ),
            dated_by="attempted_at",
            tells_activity=True,
        ),
        Kind(
            "tickets",
            "What customers asked or complained about, one row per ticket",
            (
                _CUSTOMER,
                Column("opened_at", "instant", "When it was opened", required=True),
                Column("closed_at", "instant", "When it was closed; empty while it is open", not_before="opened_at"),
                Column("priority", "one-of", "How urgent it is", values=("low", "normal", "high", "urgent")),
                Column("topic", "text", "What it is about"),
                Column(
                    "satisfaction", "integer", "How content the customer was with it, given at closing", between=(1, 5)
                ),
                _KNOWN_AT,
                _ROW_ID,
            ),
            dated_by="opened_at",
            closed_by="closed_at",
            known_when_closed=("closed_at", "satisfaction"),
        ),
        Kind(
            "contacts",
            "What the company sent or offered, and what became of it",
            (
                _CUSTOMER,
                Column("contacted_at", "instant", "When it was sent, opened, clicked or redeemed", required=True),
                Column(
                    "event",
                    "one-of",
                    "What happened",
                    required=True,
                    values=("sent", "opened", "clicked", "redeemed"),
                ),
                Column("campaign", "text", "The campaign it belongs to"),
                Column("channel", "text", "How it was sent"),
                _KNOWN_AT,
                _ROW_ID,
            ),
            dated_by="contacted_at",
            recognised_by="campaign",
        ),
        Kind(
            "surveys",
            "What customers answered when asked, one row per answer",
            (
                _CUSTOMER,
                Column("answered_at", "instant", "When it was answered", required=True),
                Column(
                    "survey",
                    "one-of",
                    "Which question: would recommend, or content",
                    required=True,
                    values=("nps", "csat"),
                ),
                Column("score", "integer", "The answer, as a number"),
                _KNOWN_AT,
                _ROW_ID,
            ),
            dated_by="answered_at",
            recognised_by="survey",
        ),
    )
}


TYPES: dict[ColumnType, str] = {
    "text": "text as written: `00123` stays `00123`",
    "instant": "ISO 8601 such as `2024-03-31T14:05:00`, or a declared `format`; without an offset it is local "
    "time of the column's `zone`, else of the source's `time_zone`",
    "money": "plain decimal such as `12.50` in the source's currency, no more precise than its smallest coin",
    "integer": "whole number such as `3`",
    "number": "decimal number such as `0.5` or `1e-3`, finite",
    "flag": "`true` or `false`, `yes` or `no`, `1` or `0`",
    "one-of": "one of the listed words, in any case",
}
