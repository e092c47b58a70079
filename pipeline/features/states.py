"""What held at an as-of date, read from a log's rows as they were known then: the plan, an open ticket, the last answer.

Days add up; rows do not: a ticket that is open today was open yesterday too, and when it closes nobody knows before. So
these measures read the rows themselves, for each date anew, through `known`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from pipeline.features.logs import Log
from pipeline.features.measures import divide
from pipeline.features.windows import Window

LONG_AGO = -1_000_000
"""A day number before every row."""


@dataclass(frozen=True)
class Which:
    """A condition that picks rows of a log."""

    name: str
    needs: frozenset[str]
    of: Callable[[ir.Table], ir.BooleanValue]


@dataclass(frozen=True)
class Reading:
    """Something read off one row at an as-of day."""

    name: str
    needs: frozenset[str]
    of: Callable[[ir.Table, int], ir.Value]
    type: str


@dataclass(frozen=True)
class State:
    """A number, or a name, from the rows of one log that `which` picks, in the way of one of `FORMS`."""

    form: str
    log: Log
    which: Which
    reading: Reading | None = None
    after: Which | None = None
    absent: int | None = None
    type: str = "int64"
    lengths: int = 1

    @property
    def needs(self) -> frozenset[str]:
        """Return the columns the log must have."""
        parts = (part for part in (self.which, self.reading, self.after) if part is not None)
        return frozenset[str]().union(*(part.needs for part in parts))


def which(name: str, of: Callable[[ir.Table], ir.BooleanValue], *needs: str) -> Which:
    """Declare a condition by the columns it needs."""
    return Which(name, frozenset(needs), of)


def reading(name: str, of: Callable[[ir.Table, int], ir.Value], *needs: str, type: str = "int64") -> Reading:  # noqa: A002
    """Declare what is read off a row by the columns it needs."""
    return Reading(name, frozenset(needs), of, type)


def column(name: str, type: str = "int64") -> Reading:  # noqa: A002
    """Read a column as it is."""
    return reading(name, lambda rows, _: rows[name], name, type=type)


DAYS_SINCE = reading("days_since", lambda rows, as_of: as_of - rows.day)
ALL = which("all", lambda rows: rows.day.notnull())


def count_of(log: Log, picked: Which) -> State:
    """Count the rows: 0 where there is none."""
    return State("count", log, picked, absent=0)


def newest(log: Log, read: Reading, picked: Which = ALL) -> State:
    """Read the newest row; of those of one day the last by the clock, then the last in the order of all columns."""
    return State("newest", log, picked, read, type=read.type)


def mean_of(log: Log, read: Reading, picked: Which = ALL) -> State:
    """Average a reading over the rows that have one."""
    return State("mean", log, picked, read, type="float64")


def lowest(log: Log, read: Reading, picked: Which = ALL) -> State:
    """Take the lowest reading."""
    return State("lowest", log, picked, read, type=read.type)


def highest(log: Log, read: Reading, picked: Which = ALL) -> State:
    """Take the highest reading."""
    return State("highest", log, picked, read, type=read.type)


def run_of(log: Log, picked: Which, after: Which) -> State:
    """Count the rows on days after the newest row of another condition: failures since the last success."""
    return State("run", log, picked, after=after, absent=0)


def in_order(rows: ir.Table) -> list[ir.Column]:
    """Return what puts a customer's rows in time, ties broken by the clock and then by every column, missing ones first."""
    return [column.asc(nulls_first=True) for column in _keys(rows)]


def _keys(rows: ir.Table) -> list[ir.Column]:
    instants = [name for name in rows.columns if rows[name].type().is_timestamp()]
    others = [name for name in rows.columns if name not in {"customer_id", "day", *instants}]
    return [rows[name] for name in ("day", *sorted(instants), *sorted(others))]


def newest_mark(state: State, window: Window) -> str:
    """Name the column that marks the newest row of a condition within a window."""
    return f"newest_{state.which.name}{window.suffix}"


def is_newest(rows: ir.Table, picked: ir.BooleanValue) -> ir.BooleanValue:
    """Say whether a row is picked and no picked row of the customer comes after it."""
    first = picked.ifelse(ibis.literal(0), ibis.literal(1))
    latest_first = [first, *(column.desc(nulls_first=False) for column in _keys(rows))]
    return picked & (ibis.row_number().over(ibis.window(group_by="customer_id", order_by=latest_first)) == 0)


def newest_day(rows: ir.Table, picked: Which) -> ir.IntegerValue:
    """Return, beside every row of a customer, the day of his newest row of a condition."""
    day = ibis.ifelse(picked.of(rows).fill_null(ibis.literal(value=False)), rows.day, ibis.null("int64"))
    return day.max().over(group_by="customer_id").fill_null(LONG_AGO)


def is_picked(rows: ir.Table, state: State, window: Window, as_of: int) -> ir.BooleanValue:
    """Say whether a row meets the condition and lies in the window."""
    return state.which.of(rows).fill_null(ibis.literal(value=False)) & window.holds(rows.day, as_of)


def _read(rows: ir.Table, state: State, as_of: int) -> ir.Value:
    assert state.reading is not None  # noqa: S101 - narrows the type; only forms that read come here
    return state.reading.of(rows, as_of)


def _count(rows: ir.Table, state: State, window: Window, as_of: int) -> ir.Value:
    return rows.count(where=is_picked(rows, state, window, as_of))


def _newest(rows: ir.Table, state: State, window: Window, as_of: int) -> ir.Value:
    return _read(rows, state, as_of).max(where=rows[newest_mark(state, window)])


def _mean(rows: ir.Table, state: State, window: Window, as_of: int) -> ir.Value:
    read, picked = _read(rows, state, as_of), is_picked(rows, state, window, as_of)
    return divide(read.sum(where=picked), read.count(where=picked))


def _lowest(rows: ir.Table, state: State, window: Window, as_of: int) -> ir.Value:
    return _read(rows, state, as_of).min(where=is_picked(rows, state, window, as_of))


def _highest(rows: ir.Table, state: State, window: Window, as_of: int) -> ir.Value:
    return _read(rows, state, as_of).max(where=is_picked(rows, state, window, as_of))


def _run(rows: ir.Table, state: State, window: Window, as_of: int) -> ir.Value:
    assert state.after is not None  # noqa: S101 - narrows the type; only runs come here
    since = rows.day > rows[f"day_{state.after.name}"]
    return rows.count(where=is_picked(rows, state, window, as_of) & since)


FORMS: Mapping[str, Callable[[ir.Table, State, Window, int], ir.Value]] = {
    "count": _count,
    "newest": _newest,
    "mean": _mean,
    "lowest": _lowest,
    "highest": _highest,
    "run": _run,
}
