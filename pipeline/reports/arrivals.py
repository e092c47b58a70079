"""Whether all the data arrived: the rows of each log day by day, beside what is usual."""

from collections.abc import Mapping, Sequence

from pipeline.monitoring.feed import ENOUGH_ROWS, LEAST_SHARE, SHOWN_DAYS, WEEKS_BEFORE, Volume
from pipeline.reports.shown import Facts, count, day, fact, listed, percent, ticks

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
STEPS = [digit * 10**power for power in range(12) for digit in (1, 2, 5)]
NAMED = 3


def arrivals(volumes: Mapping[str, Sequence[Volume]]) -> Facts | None:
    """Return a picture a log; None where no table has days."""
    if not volumes:
        return None
    return {
        "title": "Did all the data arrive?",
        "caption": f"Rows a day in the {SHOWN_DAYS} days before the list. The dash on a bar is what is usual: the median of the "
        f"same weekday in the {WEEKS_BEFORE} weeks before it. A day is thin with less than {percent(LEAST_SHARE)} of it: the "
        "business was closed, or rows are missing and customers look silent.",
        "pictures": [_picture(kind, days) for kind, days in sorted(volumes.items(), key=_by_size)],
    }


def _by_size(one: tuple[str, Sequence[Volume]]) -> tuple[float, str]:
    kind, days = one
    return -sum(each.rows + each.usual for each in days), kind


def _picture(kind: str, days: Sequence[Volume]) -> Facts:
    most = max(max(each.rows, each.usual) for each in days)
    return {
        "title": kind.capitalize(),
        "caption": f"{_last(days[-1])} {_thin(days)}",
        "bars": [{"rows": each.rows, "usual": each.usual, "thin": each.is_gap} for each in days],
        "ticks": [fact(at, _short(at)) for at in ticks(0, max(most, 1), STEPS)],
        "first": _day(days[0]),
        "last": _day(days[-1]),
        "numbers": {
            "heads": ["Day", "Rows", "Usual", "Thin"],
            "rows": [
                [day(each.day), count(each.rows), count(each.usual), "yes" if each.is_gap else "no"] for each in days
            ],
        },
    }


def _last(newest: Volume) -> str:
    rows = "1 row" if newest.rows == 1 else f"{count(newest.rows)} rows"
    return f"{rows} on {_weekday(newest)} {_day(newest)}, usually {count(newest.usual)}."


def _thin(days: Sequence[Volume]) -> str:
    """Say which days are thin, or that none is, or that so few rows tell nothing."""
    if all(each.usual < ENOUGH_ROWS for each in days):
        return "So few are usual that a day without any says nothing."
    thin = [_day(each) for each in days if each.is_gap]
    if not thin:
        return "No day is thin."
    more = [f"{len(thin) - NAMED} more"] if len(thin) > NAMED else []
    return f"Thin: {listed([*thin[:NAMED], *more])}."


def _weekday(volume: Volume) -> str:
    return WEEKDAYS[volume.day.weekday()]


def _day(volume: Volume) -> str:
    return day(volume.day).rsplit(" ", 1)[0]


def _short(value: float) -> str:
    """Show a round number on an axis.

    >>> _short(500), _short(20_000), _short(1_500_000)
    ('500', '20k', '1.5M')
    """
    if value >= 1_000_000:
        return f"{value / 1_000_000:g}M"
    return f"{value / 1_000:g}k" if value >= 10_000 else count(value)
