"""From when until when there is data: what every log that tells of activity can vouch for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import ibis
import ibis.expr.types as ir

from pipeline.contract.summary import Days, day_warnings, days_of
from pipeline.contract.tables import KINDS, Kind

_LATE_START_DAYS = 28


@dataclass(frozen=True)
class Span:
    """The days [start, end) for which all logs have data, and what is worth saying about them."""

    start: date
    end: date
    warnings: tuple[str, ...] = ()


def span_of(tables: Mapping[str, ir.Table]) -> Span | None:
    """Return the days that all logs of activity vouch for; None where there is none (a table of given answers).

    The data starts with the log that starts last, and a log of spells with its first end: before it nobody was seen to
    leave. It ends with the log that stopped first. A quiet log has not stopped: one whose silence at the end is no longer
    than its own longest pause, and which has few rows a day.
    """
    logs = {name: days_of(rows) for name, rows in tables.items() if KINDS[name].tells_activity}
    if not logs:
        return None
    newest = max(days.end() for days in logs.values())
    logs |= {name: _with_ends(KINDS[name], tables[name], days, newest) for name, days in logs.items()}
    newest = max(days.end() for days in logs.values())
    ends = {name: _end(days, newest) for name, days in logs.items()}
    starts = {name: _start(KINDS[name], tables[name], days) for name, days in logs.items()}
    # A log of spells alone has no other by which to tell that nothing happened.
    warnings = [
        said for name, days in logs.items() if KINDS[name].closed_by is None for said in day_warnings(name, days)
    ]
    return Span(max(starts.values()), min(ends.values()), (*warnings, *_late(starts), *_stopped(ends)))


def _with_ends(kind: Kind, rows: ir.Table, days: Days, newest: date) -> Days:
    """Count the ends of spells as days with rows too, but for those that are still to come."""
    if kind.closing_day not in rows.columns:
        return days
    counts = dict(days.counts)
    for day, count in days_of(_ended(rows)).counts.items():
        if day < max(newest, days.end()):
            counts[day] = counts.get(day, 0) + count
    return Days(counts)


def _ended(rows: ir.Table) -> ir.Table:
    [kind] = [kind for kind in KINDS.values() if kind.closing_day in rows.columns]
    return rows.mutate(event_day=rows[str(kind.closing_day)]).filter(ibis._.event_day.notnull())


def _start(kind: Kind, rows: ir.Table, days: Days) -> date:
    if kind.closing_day not in rows.columns:
        return days.first
    ends = days_of(_ended(rows)).counts
    return min(ends) if ends else days.first


def _end(days: Days, newest: date) -> date:
    """Return the first day a log does not vouch for."""
    end = days.end()
    longest = max(((day - before).days for before, day in pairwise(sorted(days.counts))), default=0)
    is_quiet = not days.is_busy(end) and (newest - end).days <= longest
    return newest if is_quiet else end


def _late(starts: Mapping[str, date]) -> list[str]:
    first, last = min(starts, key=lambda name: starts[name]), max(starts, key=lambda name: starts[name])
    if starts[last] - starts[first] <= timedelta(days=_LATE_START_DAYS):
        return []
    return [f"The data starts on {starts[last]}, the first day of {last}; the first day of {first} is {starts[first]}."]


def _stopped(ends: Mapping[str, date]) -> list[str]:
    first, last = min(ends, key=lambda name: ends[name]), max(ends, key=lambda name: ends[name])
    if ends[first] == ends[last]:
        return []
    return [f"The data ends before {ends[first]}, with {first}; {last} go on until {ends[last]}: did a feed stop?"]
