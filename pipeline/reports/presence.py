"""Who was a customer, who left and who stayed, month by month: what retention and churn rate are counted from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

import ibis
import ibis.expr.types as ir

from pipeline.params import SnapshotsParams
from pipeline.reports.months import Month
from pipeline.snapshots.label import labelled
from pipeline.snapshots.population import ACTS, acts, between, known, subscribers

Tables = Mapping[str, ir.Table]


@dataclass(frozen=True)
class Words:
    """How the figures say who is a customer, who stayed, who left, and what customers did in a month."""

    customer: str
    stayed: str
    left: str
    joined: str


DID = {
    ("purchases",): ("bought", "bought nothing"),
    ("usage",): ("used the product", "did not use the product"),
    ("purchases", "usage"): ("bought or used the product", "neither bought nor used the product"),
}
"""What customers do of their own accord, and what it is not to do it, by the logs that tell."""


class Presence(Protocol):
    """What the key figures ask of a way to be a customer."""

    @property
    def words(self) -> Words:
        """Return how it is said."""

    def known_from(self, data_start: date) -> date:
        """Return the first day on which the data can tell who is a customer."""

    def flow(self, month: Month) -> ir.Table:
        """Return `customer_id, left, kept` of every customer at the start of a month."""

    def there(self, months: Sequence[Month]) -> ir.Table:
        """Return `customer_id, month` (the first day of it), once for every month in which a customer was there."""

    def joined(self) -> ir.Table:
        """Return `customer_id, month`: the month in which each customer was seen first."""


@dataclass(frozen=True)
class Active:
    """A customer is who did something lately; who does nothing in the horizon has left."""

    rows: ir.Table
    snapshots: SnapshotsParams
    did: str
    did_not: str

    @property
    def words(self) -> Words:
        """Return how it is said."""
        memory = self.snapshots.at_risk_days
        return Words(
            customer=f"A customer is someone who {self.did} in the {memory} days before",
            stayed=f"of the customers at the start of the month still were at its end: they had {self.did} in the "
            f"{memory} days before it",
            left=self.did_not,
            joined=f"first {self.did}",
        )

    def known_from(self, data_start: date) -> date:
        """Return the first day on which whoever is a customer has had time to show it."""
        return data_start + timedelta(days=self.snapshots.at_risk_days)

    def flow(self, month: Month) -> ir.Table:
        """Return `customer_id, left, kept` of who did something in the `at_risk_days` before the month, from one look."""
        memory = timedelta(days=self.snapshots.at_risk_days)
        soon = month.opens + timedelta(days=self.snapshots.horizon_days)
        day = self.rows.event_day
        customers = self.rows.group_by("customer_id").aggregate(
            at_start=_any_day(day, month.opens - memory, month.opens),
            came_soon=_any_day(day, month.opens, soon),
            kept=_any_day(day, month.closes - memory, month.closes),
        )
        there = customers.filter(customers.at_start)
        return there.select("customer_id", left=~there.came_soon, kept="kept")

    def there(self, months: Sequence[Month]) -> ir.Table:
        """Return every month in which a customer did something."""
        seen = between(self.rows, months[0].opens, months[-1].closes)
        return seen.select("customer_id", month=seen.event_day.truncate("M")).distinct()

    def joined(self) -> ir.Table:
        """Return the month of the first thing each customer did."""
        return _first_month(self.rows)


@dataclass(frozen=True)
class Subscribed:
    """A customer is who has a subscription; who ends the last one of his own will has left."""

    tables: Tables
    snapshots: SnapshotsParams
    closes: date

    @property
    def words(self) -> Words:
        """Return how it is said."""
        return Words(
            customer="A customer is someone with a subscription that runs on the day",
            stayed="of the customers at the start of the month still had a subscription at its end",
            left="ended their last subscription of their own will",
            joined="first subscribed",
        )

    def known_from(self, data_start: date) -> date:
        """Return the first day of the data: a subscription says itself when it began."""
        return data_start

    def flow(self, month: Month) -> ir.Table:
        """Return `customer_id, left, kept` of who had a subscription on the first day of the month."""
        start = subscribers(self._spells, month.opens)
        at_once = self.snapshots.model_copy(update={"gap_days": 0})
        answers = labelled(start, self.tables, month.opens, at_once, self.closes)
        end = subscribers(self._spells, month.closes).mutate(kept=True)
        both = answers.left_join(end, "customer_id")
        no = ibis.literal(value=False)
        return both.select("customer_id", left=both.churned.fill_null(no), kept=both.kept.fill_null(no))

    def there(self, months: Sequence[Month]) -> ir.Table:
        """Return every month at whose end a customer had a subscription."""
        ends = [
            subscribers(self._spells, month.closes).mutate(month=ibis.literal(month.opens, type="date"))
            for month in months
        ]
        return ends[0] if len(ends) == 1 else ibis.union(*ends)

    def joined(self) -> ir.Table:
        """Return the month in which each customer's first subscription began."""
        return _first_month(self._spells)

    @property
    def _spells(self) -> ir.Table:
        return known(self.tables["subscriptions"], self.closes)


def presence(tables: Tables, snapshots: SnapshotsParams, opens: date, closes: date) -> Presence | None:
    """Return the way to be a customer that the question of the model goes by; None where no table has dates for one."""
    if snapshots.label == "cancellation":
        return Subscribed(tables, snapshots, closes)
    kinds = tuple(kind for kind in ACTS if kind in tables)
    if not kinds:
        return None
    seen = between(acts({kind: known(tables[kind], closes) for kind in kinds}), opens, closes)
    return Active(seen, snapshots, *DID[kinds])


def _any_day(day: ir.DateColumn, opens: date, closes: date) -> ir.BooleanScalar:
    return ((day >= ibis.date(opens)) & (day < ibis.date(closes))).any()


def _first_month(rows: ir.Table) -> ir.Table:
    return rows.group_by("customer_id").aggregate(month=rows.event_day.min().truncate("M"))
