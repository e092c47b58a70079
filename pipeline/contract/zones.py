"""A business zone as an expression: its changes of offset, compiled into a case that every engine can run."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir


@dataclass(frozen=True)
class Change:
    """From the naive UTC instant `at` on, local time is `after` seconds ahead of UTC; until then it was `before`."""

    at: datetime
    before: int
    after: int

    @property
    def local(self) -> datetime:
        """The local time from which the new offset is read.

        The later of the two clocks: times skipped in spring move forward by the gap, times met twice in autumn take
        the first, which is what Python's fold=0 does.
        """
        return self.at + timedelta(seconds=max(self.before, self.after))

    @property
    def unsure(self) -> tuple[datetime, datetime]:
        """The half-open range of local times that do not exist, or exist twice."""
        return self.at + timedelta(seconds=min(self.before, self.after)), self.local


@lru_cache
def changes(zone: str, first_year: int, last_year: int) -> tuple[Change, ...]:
    """Return the changes of offset of a zone from the start of one year to the end of another, in order.

    >>> [str(change.at) for change in changes("America/New_York", 2017, 2017)]
    ['2017-03-12 07:00:00', '2017-11-05 06:00:00']
    """
    found = []
    day, end = datetime(first_year, 1, 1, tzinfo=UTC) - timedelta(days=2), datetime(last_year + 1, 1, 3, tzinfo=UTC)
    while day < end:
        after = day + timedelta(days=1)
        if _offset(zone, day) != _offset(zone, after):
            found.append(_change_within(zone, day, after))
        day = after
    return tuple(found)


def to_utc(local: ir.TimestampValue, zone: str, years: tuple[int, int]) -> ir.TimestampValue:
    """Read naive local times of a zone as naive UTC instants, as Python does with fold=0."""
    found = changes(zone, *years)
    offset = _stepwise(local, [change.local for change in found], _offsets(zone, found, years[0]))
    return local - offset.as_interval("s")


def to_local(instant: ir.TimestampValue, zone: str, years: tuple[int, int]) -> ir.TimestampValue:
    """Turn naive UTC instants into naive local times of a zone."""
    found = changes(zone, *years)
    offset = _stepwise(instant, [change.at for change in found], _offsets(zone, found, years[0]))
    return instant + offset.as_interval("s")


def is_unsure(local: ir.TimestampValue, zone: str, years: tuple[int, int]) -> ir.BooleanValue:
    """Say of naive local times whether the zone's clocks skip them or show them twice."""
    ranges = [change.unsure for change in changes(zone, *years)]
    return ibis.or_(*[(local >= ibis.literal(start)) & (local < ibis.literal(end)) for start, end in ranges])


def _stepwise(instant: ir.TimestampValue, bounds: list[datetime], offsets: list[int]) -> ir.IntegerValue:
    steps = [(instant < ibis.literal(bound), offset) for bound, offset in zip(bounds, offsets[:-1], strict=True)]
    last = ibis.literal(offsets[-1], type="int32")
    return (
        ibis.cases(*[(test, ibis.literal(offset, type="int32")) for test, offset in steps], else_=last)
        if steps
        else last
    )


def _offsets(zone: str, found: tuple[Change, ...], first_year: int) -> list[int]:
    first = found[0].before if found else _offset(zone, datetime(first_year, 1, 1, tzinfo=UTC))
    return [first, *(change.after for change in found)]


def _change_within(zone: str, start: datetime, end: datetime) -> Change:
    before = _offset(zone, start)
    # Zones change at most once a day and on a whole second.
    while end - start > timedelta(seconds=1):
        middle = start + (end - start) // 2
        middle = middle.replace(microsecond=0)
        start, end = (middle, end) if _offset(zone, middle) == before else (start, middle)
    return Change(end.replace(tzinfo=None), before, _offset(zone, end))


def _offset(zone: str, instant: datetime) -> int:
    shift = instant.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    return int(shift.total_seconds())
