"""How far back a log is kept as customer-days, and what is simpler to read straight from its rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import ibis.expr.operations as ops
import ibis.expr.types as ir

from pipeline.features.behaviour import Feature
from pipeline.features.first_days import FirstDays
from pipeline.features.logs import Log, Tables, Tally
from pipeline.features.measures import Measure
from pipeline.features.parts import Part, day_table, is_additive, parts_of
from pipeline.features.windows import EVER, Window

Apart = tuple[dict[str, ir.Value], dict[ops.Node, Part]]


@dataclass(frozen=True)
class Asked:
    """What is asked of one log: features that come from its customer-days, and those of a customer's first days."""

    log: Log
    features: tuple[Feature, ...]
    first: tuple[FirstDays, ...] = ()

    @classmethod
    def of(cls, log: Log, features: Iterable[Feature]) -> "Asked":
        """Sort the features of a log by what they need of it."""
        measures = [(one, one.behaviour.measure) for one in features]
        first = tuple(measure for _, measure in measures if isinstance(measure, FirstDays))
        return cls(log, tuple(one for one, measure in measures if isinstance(measure, Measure)), first)

    @property
    def tallies(self) -> dict[str, Tally]:
        """Return the tallies of all features, by name."""
        numbers = [number for one in self.features for number in _measure(one).tallies]
        found = {
            number.name: number for number in (*numbers, *(number for one in self.first for number in one.tallies))
        }
        return dict(sorted(found.items()))

    @property
    def days(self) -> ir.Table:
        """Return the table that the measures are written for."""
        return day_table(self.log, self.tallies.values())

    @property
    def last_day(self) -> Part:
        """Return the part that is a customer's newest day ever."""
        [ever] = EVER
        return Part(ever, self.days.day.max().op())

    def apart(self, as_of: int) -> Apart:
        """Return each feature as an expression over customer-days, and the aggregates inside these."""
        days = self.days
        values = {one.name: _measure(one).of(days, one.window, as_of) for one in self.features}
        windows = dict.fromkeys(window for one in self.features for window in _windows(one))
        return values, parts_of(values.values(), days, windows, as_of)


@dataclass(frozen=True)
class Horizon:
    """Which rows of a log become customer-days: those of the days [opens, closes); None is without end.

    `daily` are the tallies of the customer-days. Those of `straight` are added up from the rows instead, window by window,
    because their windows together are shorter than the horizon. What was before it is kept as one row a customer, with a
    column for each of `older`.
    """

    daily: tuple[Tally, ...]
    straight: frozenset[str]
    older: tuple[Part, ...]
    has_gaps: bool
    opens: date | None = None
    closes: date | None = None


def horizon_of(asked: Asked, tables: Tables, dates: Sequence[date]) -> Horizon:
    """Return the shortest horizon that gives the features of some dates; without dates, that of any date."""
    parts = list(asked.apart(0)[1].values())
    older = [part for part in parts if part.window.days is None]
    if not dates or asked.first or not all(part.merges and part in asked.apart(1)[1].values() for part in older):
        return Horizon(tuple(asked.tallies.values()), frozenset(), (), _has_gaps(parts))
    straight = _straight(asked, tables, parts, dates)
    daily = tuple(number for name, number in asked.tallies.items() if name not in straight)
    kept = [part for part in parts if part.sums not in straight]
    if _has_gaps(kept):
        older.append(asked.last_day)
    opens = min(dates) - timedelta(days=_reach(kept))
    return Horizon(daily, straight, tuple(dict.fromkeys(older)), _has_gaps(kept), opens, max(dates))


def _straight(asked: Asked, tables: Tables, parts: Sequence[Part], dates: Sequence[date]) -> frozenset[str]:
    rows = asked.log.rows(tables)
    length = (max(dates) - min(dates)).days + _reach(parts)
    return frozenset(
        name
        for name, number in asked.tallies.items()
        if is_additive(number, rows) and _days_read(name, parts) * len(dates) < length
    )


def _days_read(tally: str, parts: Iterable[Part]) -> float:
    """Return how many days are read where a tally is added up from the rows; infinitely many where it cannot be."""
    reading = [part for part in parts if tally in part.columns]
    can = all(part.sums == tally for part in reading)
    return sum(part.window.days or float("inf") for part in reading) if can else float("inf")


def _reach(parts: Iterable[Part]) -> int:
    return max((part.window.reach_days or 0 for part in parts), default=0)


def _has_gaps(parts: Iterable[Part]) -> bool:
    return any("gap" in part.columns for part in parts)


def _windows(feature: Feature) -> list[Window]:
    window = feature.window
    return [window] if window.days is None else [window, window.before]


def _measure(feature: Feature) -> Measure:
    measure = feature.behaviour.measure
    assert isinstance(measure, Measure)  # noqa: S101 - narrows the type; `cube` chose them
    return measure
