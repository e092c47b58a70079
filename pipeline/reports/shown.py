"""How a number looks on the page: a fact is a value together with the words that show it, and both go into the JSON."""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pipeline.money import amount

Facts = dict[str, Any]

MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"  # in the place of a figure that does not exist

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def fact(value: float | str | None, shown: str) -> Facts:
    """Pair a value with how it is shown."""
    return {"value": value, "shown": shown}


def count(value: float) -> str:
    """Show a number of things.

    >>> count(12345)
    '12,345'
    """
    return f"{value:,.0f}"


def counted(value: float, one: str, many: str) -> str:
    """Show a number of things with their name.

    >>> counted(1, "customer", "customers"), counted(0, "customer", "customers")
    ('1 customer', '0 customers')
    """
    return f"{count(value)} {one if value == 1 else many}"


def percent(share: float, digits: int = 0) -> str:
    """Show a share from 0 to 1; one that is almost nothing or almost all is not rounded to it.

    >>> percent(0.4931), percent(0.0004), percent(0.9999), percent(0.0312, 1), percent(0)
    ('49%', 'under 1%', 'over 99%', '3.1%', '0%')
    """
    smallest = 10.0**-digits / 2
    if 0 < 100 * share < smallest:
        return f"under {2 * smallest:g}%"
    if 100 - smallest <= 100 * share < 100:
        return f"over {100 - 2 * smallest:g}%"
    return f"{100 * share:.{digits}f}%"


ALMOST_ONE = 0.95
"""Below it one digit more does not read "1.0"."""


def signed(value: float, digits: int = 0) -> str:
    """Show a number with its sign, a true minus, and none for what rounds to zero.

    >>> signed(3.21, 1), signed(-12.0) == MINUS + "12", signed(-0.01, 1)
    ('+3.2', True, '0.0')
    """
    text = f"{abs(value):.{digits}f}"
    if not float(text):
        return text
    return ("+" if value > 0 else MINUS) + text


def points(value: float) -> str:
    """Show risk points with their sign and name; below one with a digit more.

    >>> points(12.4), points(1.0), points(0.31), points(0.99), points(0.01)
    ('+12 points', '+1 point', '+0.3 points', '+1 point', '0 points')
    """
    text = signed(value, 1 if abs(value) < ALMOST_ONE else 0).replace("0.0", "0")
    return f"{text} point" if text in {"+1", f"{MINUS}1"} else f"{text} points"


def rough(value: float, currency: str) -> str:
    """Show an expectation of money: three digits are all it can promise.

    >>> rough(4613.2, "EUR"), rough(31.26, "USD"), rough(-0.004, "USD")
    ('€4,610', '$31', '$0')
    """
    digits = 2 - math.floor(math.log10(abs(value))) if abs(value) >= 1 else 0
    return amount(round(value, min(digits, 0)), currency)


def day(iso: str | date) -> str:
    """Show a day.

    >>> day("2018-01-02")
    '2 January 2018'
    """
    when = _date(iso)
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}"


def month(key: str, *, short: bool = True) -> str:
    """Show a month given as `YYYY-MM`.

    >>> month("2017-08"), month("2017-08", short=False)
    ('Aug 2017', 'August 2017')
    """
    name = MONTHS[int(key[5:7]) - 1]
    return f"{name[:3] if short else name} {key[:4]}"


def listed(words: Sequence[str]) -> str:
    """Join words as a sentence does.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else ""


def with_interval(estimate: Mapping[str, float] | None) -> str:
    """Show a figure with its 95% interval.

    >>> with_interval({"value": 0.87, "low": 0.85, "high": 0.884})
    '0.870 (0.850 to 0.884)'
    """
    if estimate is None:
        return "not defined: only one answer"
    return f"{estimate['value']:.3f} ({estimate['low']:.3f} to {estimate['high']:.3f})"


def ticks(low: float, high: float, steps: Sequence[float]) -> list[float]:
    """Return round numbers that cover a span with at most six ticks; `steps` are the distances allowed, rising.

    >>> ticks(0, 0.83, [0.05, 0.1, 0.25])
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    step = next((step for step in steps if (high - low) / step <= 5), steps[-1])
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(place * step, 10) for place in range(first, last + 1)]


def percent_ticks(high: float, low: float = 0) -> list[Facts]:
    """Return an axis of shares."""
    return [fact(at, f"{100 * at:g}%") for at in ticks(low, high, [0.01, 0.02, 0.05, 0.1, 0.2, 0.25])]


def _date(iso: str | date) -> date:
    return date.fromisoformat(iso) if isinstance(iso, str) else iso
