"""The first days of a customer: what he did in them never changes, and is not told before they have passed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir

from pipeline.features.logs import Log, Tally
from pipeline.features.windows import EVER, day_number

FIRST_DAYS = 30


@dataclass(frozen=True)
class FirstDays:
    """A number from the first `days` days of a log, the day of the customer's first row being the first of them."""

    form: str
    log: Log
    tallies: tuple[Tally, ...]
    days: int = FIRST_DAYS
    absent: int | None = None
    type: str = "int64"
    lengths: int = 1

    @property
    def needs(self) -> frozenset[str]:
        """Return the columns the log must have."""
        return frozenset[str]().union(*(number.needs for number in self.tallies))


def first_total(number: Tally) -> FirstDays:
    """Add a daily number up over the first 30 days; unknown until they have passed."""
    return FirstDays("first_total", number.log, (number,))


def first_active_days(log: Log) -> FirstDays:
    """Count the active days among the first 30; unknown until they have passed."""
    return FirstDays("first_active_days", log, ())


def first_blocks(days: Mapping[Log, ir.Table], measures: Mapping[str, FirstDays], as_of: date) -> list[ir.Table]:
    """Return one block of columns for each log and number of first days, keyed by customer."""
    groups: dict[tuple[Log, int], dict[str, FirstDays]] = {}
    for name, measure in measures.items():
        groups.setdefault((measure.log, measure.days), {})[name] = measure
    return [_block(days[log], length, group, day_number(as_of)) for (log, length), group in groups.items()]


def _block(days: ir.Table, length: int, measures: Mapping[str, FirstDays], as_of: int) -> ir.Table:
    [ever] = EVER
    seen = days.filter(ever.holds(days.day, as_of))
    begun = seen.group_by("customer_id").aggregate(first_day=seen.day.min())
    over = begun.filter(begun.first_day + length <= as_of)
    early = seen.inner_join(over, "customer_id")
    early = early.filter(early.day < early.first_day + length)
    return early.group_by("customer_id").aggregate(**{name: _number(early, of) for name, of in measures.items()})


def _number(early: ir.Table, measure: FirstDays) -> ir.IntegerValue:
    return early[measure.tallies[0].name].sum().fill_null(0) if measure.tallies else early.count()
