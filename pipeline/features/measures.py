"""Ways to boil a customer's days down to one number, each an Ibis expression that means the same on every engine.

Sums are of whole numbers and so exact in any order; a float appears only in the last step, one division.
"""

from collections.abc import Callable
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from pipeline.features.logs import Log, Tally
from pipeline.features.windows import Window

DaysToNumber = Callable[[ir.Table, Window, int], ir.NumericValue]


@dataclass(frozen=True)
class Measure:
    """A number from the days of one log.

    `form` and `tallies` say what is measured, `of(days, window, as_of)` how: it aggregates the cube's rows of one customer
    (`day`, `gap`, one column a tally). `absent` is what a customer without any row gets: 0 (it did not happen) or None
    (there is no record). `type` is that of the column; `lengths` is how many windows back the measure looks; `of_any_span`
    says whether it means the same over all time as over a window.
    """

    form: str
    log: Log
    tallies: tuple[Tally, ...]
    of: DaysToNumber
    absent: int | None = None
    type: str = "float64"
    lengths: int = 1
    of_any_span: bool = True

    @property
    def needs(self) -> frozenset[str]:
        """Return the columns the log must have."""
        return frozenset[str]().union(*(number.needs for number in self.tallies))


@dataclass(frozen=True)
class ValueMeasure:
    """A number, or a name, from how often each value of one column occurs: how many, how concentrated, which most."""

    log: Log
    column: str
    form: str
    absent: int | None = None
    type: str = "float64"
    lengths: int = 1

    @property
    def needs(self) -> frozenset[str]:
        """Return the columns the log must have."""
        return frozenset({self.column})


@dataclass(frozen=True)
class Attribute:
    """A column of the customers table, taken as it is; only for what never changes, because it has no date."""

    log: Log
    column: str
    absent: int | None = None
    type: str | None = None
    lengths: int = 1

    @property
    def needs(self) -> frozenset[str]:
        """Return the columns the log must have."""
        return frozenset({self.column})


def total(number: Tally) -> Measure:
    """Add a daily number up: 0 where nothing happened."""
    return Measure(
        "total", number.log, (number,), lambda days, window, as_of: _sum(days, number, window, as_of), 0, "int64"
    )


def largest(number: Tally) -> Measure:
    """Take the largest daily number; unknown where there is no row."""
    return Measure(
        "largest",
        number.log,
        (number,),
        lambda days, window, as_of: days[number.name].max(where=window.holds(days.day, as_of)),
        type="int64",
    )


def active_days(log: Log) -> Measure:
    """Count the days with at least one row."""
    return Measure(
        "active_days", log, (), lambda days, window, as_of: days.count(where=window.holds(days.day, as_of)), 0, "int64"
    )


def active_weeks(log: Log) -> Measure:
    """Count the seven-day stretches before the as-of date, the last one ending at it, with at least one row.

    Such a stretch is counted on its first active day: the one before it lies in an earlier stretch, or outside the window.
    """

    def of(days: ir.Table, window: Window, as_of: int) -> ir.IntegerValue:
        earlier = days.day - days.gap
        begins = days.gap.isnull() | ((as_of - 1 - earlier) // 7 > (as_of - 1 - days.day) // 7)
        if window.reach_days is not None:
            begins |= earlier < as_of - window.reach_days
        return days.count(where=window.holds(days.day, as_of) & begins)

    return Measure("active_weeks", log, (), of, 0, "int64")


def longest_gap(log: Log) -> Measure:
    """Take the longest gap that ended in the window; unknown below two active days."""
    return Measure(
        "longest_gap",
        log,
        (),
        lambda days, window, as_of: days.gap.max(where=window.holds(days.day, as_of)).cast("int64"),
        type="int64",
    )


def days_since_last(log: Log) -> Measure:
    """Count the midnights between the last row and the as-of instant: a row on the day before is 1 day ago."""
    return Measure("days_since_last", log, (), _silence, type="int64")


def days_since_first(log: Log) -> Measure:
    """Count the midnights between the first row in the window and the as-of instant."""
    return Measure(
        "days_since_first",
        log,
        (),
        _age,
        type="int64",
        of_any_span=False,
    )


def ratio(part: Tally, whole: Tally) -> Measure:
    """Divide one sum by another over the same window; unknown where the whole is 0."""
    return Measure(
        "ratio",
        part.log,
        (part, whole),
        lambda days, window, as_of: divide(_sum(days, part, window, as_of), _sum(days, whole, window, as_of)),
    )


def share_of_both(part: Tally, rest: Tally) -> Measure:
    """Divide one sum by itself plus another, such as what was saved by what would have been paid."""

    def of(days: ir.Table, window: Window, as_of: int) -> ir.NumericValue:
        saved = _sum(days, part, window, as_of)
        return divide(saved, saved + _sum(days, rest, window, as_of))

    return Measure("share_of_both", part.log, (part, rest), of)


def change(number: Tally) -> Measure:
    """Compare a sum with that of the window before: 0.5 is half as much again, -1 is nothing any more."""

    def of(days: ir.Table, window: Window, as_of: int) -> ir.NumericValue:
        before = _sum(days, number, window.before, as_of)
        return divide(_sum(days, number, window, as_of) - before, before)

    return Measure("change", number.log, (number,), of, lengths=2, of_any_span=False)


def weekly_slope(number: Tally) -> Measure:
    """Fit a line through the daily numbers of the window, silent days as 0: how far a week's sum rises each week.

    With x = 0 … n−1 the days of the window, slope = (n·Σxy − Σx·Σy) / (n·Σx² − (Σx)²); both sums of x are known. A day's
    rise of a day's number is 49 times as much for a week's sum from week to week.
    """

    def of(days: ir.Table, window: Window, as_of: int) -> ir.NumericValue:
        length = window.days or 0
        inside = window.holds(days.day, as_of)
        moment = (days[number.name] * (days.day - (as_of - length))).sum(where=inside).fill_null(0)
        sum_x = length * (length - 1) // 2
        spread = length * sum(x * x for x in range(length)) - sum_x**2
        rise = length * moment - sum_x * _sum(days, number, window, as_of)
        return divide(49 * rise, ibis.literal(spread, "int64"))

    return Measure("weekly_slope", number.log, (number,), of, absent=0, of_any_span=False)


def mean_gap(log: Log) -> Measure:
    """Average the days between one active day and the next, over the gaps that ended in the window."""
    return Measure("mean_gap", log, (), lambda days, window, as_of: divide(*_gaps(days, window, as_of)))


def gap_spread(log: Log) -> Measure:
    """Take the standard deviation of the gaps that ended in the window; unknown below two gaps."""

    def of(days: ir.Table, window: Window, as_of: int) -> ir.NumericValue:
        length, count = _gaps(days, window, as_of)
        squares = (days.gap * days.gap).sum(where=window.holds(days.day, as_of))
        variance = divide(count * squares - length * length, count * (count - 1))
        return variance.sqrt()

    return Measure("gap_spread", log, (), of)


def overdue(log: Log) -> Measure:
    """Divide the days since the last row by the customer's own mean gap: 1 is on time, 3 is three gaps late."""

    def of(days: ir.Table, window: Window, as_of: int) -> ir.NumericValue:
        length, count = _gaps(days, window, as_of)
        return divide(_silence(days, window, as_of) * count, length)

    return Measure("overdue", log, (), of)


def silence_share(log: Log) -> Measure:
    """Divide the days since the last row by the days since the first: a customer's whole life, yet between 0 and 1."""

    def of(days: ir.Table, window: Window, as_of: int) -> ir.NumericValue:
        return divide(_silence(days, window, as_of), _age(days, window, as_of))

    return Measure("silence_share", log, (), of)


def monthly_days(log: Log) -> Measure:
    """Count the active days in every 30 since the first."""

    def of(days: ir.Table, window: Window, as_of: int) -> ir.NumericValue:
        active = days.count(where=window.holds(days.day, as_of))
        return divide(30 * active, _age(days, window, as_of))

    return Measure("monthly_days", log, (), of)


def variety(log: Log, column: str) -> ValueMeasure:
    """Count the different values of a column."""
    return ValueMeasure(log, column, "variety", absent=0, type="int64")


def concentration(log: Log, column: str) -> ValueMeasure:
    """Take the share of rows that carry the most frequent value."""
    return ValueMeasure(log, column, "concentration")


def favourite(log: Log, column: str) -> ValueMeasure:
    """Name the most frequent value; of equally frequent ones the first by name."""
    return ValueMeasure(log, column, "favourite", type="string")


def _silence(days: ir.Table, window: Window, as_of: int) -> ir.IntegerValue:
    return as_of - days.day.max(where=window.holds(days.day, as_of)).cast("int64")


def _age(days: ir.Table, window: Window, as_of: int) -> ir.IntegerValue:
    return as_of - days.day.min(where=window.holds(days.day, as_of)).cast("int64")


def _sum(days: ir.Table, number: Tally, window: Window, as_of: int) -> ir.IntegerValue:
    return days[number.name].sum(where=window.holds(days.day, as_of)).fill_null(0)


def _gaps(days: ir.Table, window: Window, as_of: int) -> tuple[ir.IntegerValue, ir.IntegerValue]:
    ended = window.holds(days.day, as_of)
    return days.gap.sum(where=ended), days.gap.count(where=ended)


def divide(part: ir.NumericValue, whole: ir.NumericValue) -> ir.FloatingValue:
    """Divide; null where the whole is 0."""
    # Spark raises on a division by zero and makes decimals of literals: floats on both sides, and null instead of zero.
    return part.cast("float64") / whole.nullif(0).cast("float64")
