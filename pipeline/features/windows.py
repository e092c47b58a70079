"""Spans of whole days before a snapshot. The as-of day itself is never inside: what happens on it is the future."""

from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir

EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Return the days since 1970-01-01: whole numbers mean the same on every engine, intervals do not.

    >>> day_number(date(1970, 2, 1))
    31
    """
    return (day - EPOCH).days


@dataclass(frozen=True)
class Window:
    """The `days` days that end `skip` days before the as-of day; `days=None` reaches back to the first row.

    `so_far` says so in a column's name and in sentences, where the words of a behaviour do not.

    >>> Window(28).suffix, Window(28, skip=28).suffix, Window(None).suffix, Window(None, so_far=True).suffix
    ('_28d', '_28d_before_28d', '', '_so_far')
    """

    days: int | None
    skip: int = 0
    so_far: bool = False

    @property
    def suffix(self) -> str:
        """Return what the window adds to a column's name."""
        if self.days is None:
            return "_so_far" if self.so_far else ""
        return f"_{self.days}d" + (f"_before_{self.skip}d" if self.skip else "")

    @property
    def phrase(self) -> str:
        """Return what the window adds to a sentence."""
        if self.days is None:
            return "so far" if self.so_far else ""
        return f"in the {self.days} days before that" if self.skip else f"in the last {self.days} days"

    @property
    def reach_days(self) -> int | None:
        """Return how many days before the as-of day the window opens."""
        return None if self.days is None else self.days + self.skip

    @property
    def before(self) -> "Window":
        """Return the window of the same length that closes where this one opens."""
        if self.days is None:
            raise ValueError("the whole past has nothing before it")
        return Window(self.days, self.skip + self.days)

    def holds(self, day: ir.IntegerColumn, as_of: int) -> ir.BooleanColumn:
        """Return whether each day lies in the window of a snapshot at day number `as_of`."""
        closed = day < as_of - self.skip
        return closed if self.days is None else closed & (day >= as_of - self.skip - self.days)


def last(*days: int) -> tuple[Window, ...]:
    """Return one window for each length, all ending at the as-of day."""
    return tuple(Window(length) for length in days)


EVER = (Window(None),)
