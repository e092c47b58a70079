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


@dataclass(frozen=True)
class Kind:
    """One kind of table.

    `dated_by` is the column that says when a row happened (None: the rows have no date). `recognised_by` is the column
    that tells a row exported twice from two equal rows: without it, equal rows in two files are all kept.
    """

    name: str
    words: str
    columns: tuple[Column, ...]
    dated_by: str | None = None
    recognised_by: str | None = None
    has_attributes: bool = False

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
