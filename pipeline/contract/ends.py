"""Days at an end of a log that lie far from all others: one mistyped year would move every as-of date."""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import ibis
import ibis.expr.types as ir

from pipeline.contract.quarantine import Judged
from pipeline.contract.repeats import ORIGIN
from pipeline.contract.summary import Days, days_of
from pipeline.contract.tables import Kind
from pipeline.errors import ContractError

# Longer than a year, so that no season's pause counts; and far longer than any pause of the rest, so that tables with
# few purchases, whose pauses are long, pass. More than a few days are a time of its own, such as before a closure.
_EMPTY_DAYS = 400
_TIMES_LONGEST_PAUSE = 10
_STRAY_SHARE = 0.01
_ENOUGH_DAYS = 20


@dataclass(frozen=True)
class Stray:
    """Days of a log beyond the rest, which runs from `first` to `last`: the nearest of them and how far it is."""

    day: date
    days: tuple[date, ...]
    first: date
    last: date

    @property
    def distance_days(self) -> int:
        """How many days lie between the nearest stray day and the rest."""
        return (self.first - self.day if self.day < self.first else self.day - self.last).days


def strays(days: Days) -> list[Stray]:
    """Return what is cut off at either end of the days with rows.

    >>> usual = {date(2024, 1, day): 5 for day in range(1, 31)}
    >>> [stray.distance_days for stray in strays(Days(usual | {date(2026, 1, 30): 1}))]
    [731]
    >>> strays(Days(usual | {date(2024, 12, 30): 1}))
    []
    """
    parts = _parts(sorted(days.counts))
    rest = max(parts, key=len)
    before = tuple(day for day in sorted(days.counts) if day < rest[0])
    after = tuple(day for day in sorted(days.counts) if day > rest[-1])
    ends = [Stray(end[nearest], end, rest[0], rest[-1]) for end, nearest in ((before, -1), (after, 0)) if end]
    return [stray for stray in ends if _is_cut_off(stray, rest)]


def refuse_strays(kind: Kind, rows: ir.Table, judged: list[Judged]) -> None:
    """Raise ContractError where rows lie far before or after all others, naming the first row of each end."""
    found = strays(days_of(rows))
    if found:
        raise ContractError("\n".join(_sentence(stray, kind, rows, judged) for stray in found))


def _parts(days: list[date]) -> list[list[date]]:
    """Cut sorted days wherever more than `_EMPTY_DAYS` lie empty."""
    parts = [days[:1]]
    for before, day in pairwise(days):
        if (day - before).days > _EMPTY_DAYS:
            parts.append([])
        parts[-1].append(day)
    return parts


def _is_cut_off(stray: Stray, rest: list[date]) -> bool:
    longest = max(((day - before).days for before, day in pairwise(rest)), default=0)
    is_few = len(stray.days) <= max(1, _STRAY_SHARE * len(rest))
    return len(rest) >= _ENOUGH_DAYS and is_few and stray.distance_days > _TIMES_LONGEST_PAUSE * longest


def _sentence(stray: Stray, kind: Kind, rows: ir.Table, judged: list[Judged]) -> str:
    there, dated_by = rows.filter(rows.event_day.isin(stray.days)), str(kind.dated_by)
    row = there.select(*ORIGIN).order_by(*ORIGIN).limit(1).to_pyarrow().to_pylist()[0]
    table = next(one.table for one in judged if one.table.name == row["table"])
    is_row = (table.rows.file == row["file"]) & (table.rows.row == row["row"])
    value = table.rows.filter(is_row).select(value=ibis._[dated_by].cast("string")).to_pyarrow()["value"][0]
    side = "before" if stray.day < stray.first else "after"
    return (
        f"{table.name}: {row['file']} line {table.locate(row['file'], [row['row']])[0]}, column "
        f'"{table.origin(dated_by)}": "{value}" lies {stray.distance_days:,} days or more {side} every row of '
        f"the rest, {stray.first} to {stray.last}, with no row between; {there.count().to_pyarrow().as_py():,} rows do. "
        f"Correct the date, or leave such rows out of the file: the first and the last day decide every as-of date."
    )
