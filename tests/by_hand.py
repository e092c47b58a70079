"""The catalogue read by hand: what each line says, worked out customer by customer in plain Python.

It reads a line's form, log, numbers and window as data and shares no code with the engine. Slow and plain on purpose.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from statistics import stdev
from typing import Any

from pipeline.features.behaviour import Feature
from pipeline.features.logs import Log
from pipeline.features.windows import Window

Row = Mapping[str, Any]
Rows = Sequence[Row]

HIDDEN = {
    "subscriptions": ("ended_day", ("ended_day", "end_reason")),
    "tickets": ("closed_day", ("closed_day", "satisfaction")),
}


def told(tables: Mapping[str, Rows], feature: Feature, customer: str, as_of: date) -> Any:
    """Return the value of a feature for one customer."""
    measure = feature.behaviour.measure
    seen = [row for row in log_rows(tables, measure.log, as_of) if row["customer_id"] == customer]
    value = READ[type(measure).__name__](measure, seen, feature.window, as_of)
    if value is None and measure.absent is not None:
        return measure.absent
    return float(value) if measure.type == "float64" and value is not None else value


def log_rows(tables: Mapping[str, Rows], log: Log, as_of: date) -> list[dict[str, Any]]:
    """Return the rows of a log that had happened, and were known, before the as-of date, as they were known then."""
    rows = [masked(row, log.kind, as_of) for row in tables[log.kind] if is_known(row, as_of)]
    if log.only:
        rows = [row for row in rows if row[log.only[0]] == log.only[1]]
    if log.dated_by:
        rows = [row | {"day": row[log.dated_by]} for row in rows if row[log.dated_by] and row[log.dated_by] < as_of]
    return ADDED.get(log.adds.__name__, list)(rows)


def is_known(row: Row, as_of: date) -> bool:
    return row.get("visible_day", date.min) < as_of and (row.get("replaced_day") or date.max) >= as_of


def masked(row: Row, kind: str, as_of: date) -> dict[str, Any]:
    closes, hidden = HIDDEN.get(kind, ("", ()))
    over = row.get(closes) is not None and row[closes] < as_of
    return {name: None if name in hidden and not over else value for name, value in row.items()}


def by_time(rows: Rows) -> list[Row]:
    """Return rows in order of day, then clock, then every other column, a missing value before any."""
    names = sorted({name for row in rows for name in row} - {"customer_id", "day"})
    clocks = [name for name in names if any(isinstance(row[name], datetime) for row in rows)]

    def place(row: Row) -> tuple[Any, ...]:
        others = (row[name] for name in (*clocks, *(name for name in names if name not in clocks)))
        return (row["day"], *((value is not None, value if value is not None else 0) for value in others))

    return sorted(rows, key=place)


def with_earlier_spells(rows: Rows) -> list[dict[str, Any]]:
    lines: dict[tuple[Any, Any], list[Row]] = {}
    for row in rows:
        lines.setdefault((row["customer_id"], row.get("subscription_id")), []).append(row)
    return [spell for line in lines.values() for spell in spells(by_time(line))]


def spells(line: Rows) -> Iterable[dict[str, Any]]:
    plan_day = None
    for at, row in enumerate(line):
        last = line[at - 1] if at else None
        follows = last is not None and (last["ended_day"] if "ended_day" in last else last["day"]) is not None
        follows = follows and (last["ended_day"] if "ended_day" in last else last["day"]) <= row["day"]
        if plan_day is None or not follows or row.get("plan") != last.get("plan"):
            plan_day = row["day"]
        there = [name for name in ("plan", "price", "billing_days") if name in row]
        before = {f"before_{name}": last[name] if follows else None for name in there}
        yield {**row, "follows": follows, **before, "plan_day": plan_day}


def with_earlier_scores(rows: Rows) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for customer in {row["customer_id"] for row in rows}:
        before: dict[str, int] = {}
        for row in by_time([row for row in rows if row["customer_id"] == customer and row["score"] is not None]):
            found.append({**row, "score_before": before.get(row["survey"])})
            before[row["survey"]] = row["score"]
    return found


ADDED = {"with_what_came_before": with_earlier_spells, "with_the_score_before": with_earlier_scores}


def inside(day: date, window: Window, as_of: date) -> bool:
    ago = (as_of - day).days
    return ago > window.skip and (window.days is None or ago <= window.skip + window.days)


def added(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def orders(rows: Rows) -> int:
    return len({row["order_id"] for row in rows if row["order_id"]}) + sum(row["order_id"] is None for row in rows)


def holds(of: Callable[[Row], bool]) -> Callable[[Rows], int]:
    return lambda rows: sum(of(row) for row in rows)


def money(name: str, of: Callable[[Row], bool] = lambda _: True) -> Callable[[Rows], int | None]:
    return lambda rows: added(row[name] for row in rows if of(row))


TALLIES: Mapping[str, Callable[[Rows], int | None]] = {
    "orders": orders,
    "lines": len,
    "spend": money("amount"),
    "returns": holds(lambda row: row["amount"] < 0),
    "discount": money("discount"),
    "cheap_lines": holds(lambda row: (row["discount"] or 0) > 0),
    "coupon": money("coupon_discount"),
    "coupon_orders": lambda rows: orders([row for row in rows if (row["coupon_discount"] or 0) > 0]),
    "weekend_orders": lambda rows: orders([row for row in rows if row["weekday"] in {5, 6}]),
    "evening_orders": lambda rows: orders([row for row in rows if row["hour"] >= 18]),
    "uses": len,
    "amount_used": money("quantity"),
    "weekend_uses": holds(lambda row: row["weekday"] in {5, 6}),
    "evening_uses": holds(lambda row: row["hour"] >= 18),
    "attempts": holds(lambda row: row["status"] != "refunded"),
    "failures": holds(lambda row: row["status"] == "failed"),
    "payments_made": holds(lambda row: row["status"] == "paid"),
    "refunds": holds(lambda row: row["status"] == "refunded"),
    "money_paid": money("amount", lambda row: row["status"] == "paid"),
    "money_refunded": lambda rows: added(
        abs(row["amount"]) for row in rows if row["status"] == "refunded" and row["amount"] is not None
    ),
    "tickets_opened": len,
    "urgent_tickets": holds(lambda row: row["priority"] in {"high", "urgent"}),
    "sent": len,
    "redeemed": len,
    "opened": len,
    "clicked": len,
    "sent_among_all": holds(lambda row: row["event"] == "sent"),
    "opened_among_all": holds(lambda row: row["event"] == "opened"),
}


class Days:
    """One customer's days: the rows of each, and the questions that measures ask of them."""

    def __init__(self, rows: Rows, window: Window, as_of: date) -> None:
        """Group the rows of one customer by day."""
        self.window, self.as_of = window, as_of
        self.all = sorted({row["day"] for row in rows})
        self.rows = {day: [row for row in rows if row["day"] == day] for day in self.all}
        self.days = [day for day in self.all if inside(day, window, as_of)]
        ended = zip(self.all, self.all[1:], strict=False)
        self.gaps = [(day - before).days for before, day in ended if inside(day, window, as_of)]

    def number(self, tally: Any, day: date) -> int | None:
        """Return a daily number of one day."""
        return TALLIES[tally.name](self.rows[day])

    def total(self, tally: Any, window: Window | None = None) -> int:
        """Add a daily number up."""
        days = (day for day in self.all if inside(day, window or self.window, self.as_of))
        return added(self.number(tally, day) for day in days) or 0

    def ago(self, day: date) -> int:
        """Count the midnights since a day."""
        return (self.as_of - day).days

    def silence(self) -> int | None:
        """Count the midnights since the last day."""
        return self.ago(self.days[-1]) if self.days else None

    def age(self) -> int | None:
        """Count the midnights since the first day."""
        return self.ago(self.days[0]) if self.days else None


def over(part: int | None, whole: int | None) -> Fraction | None:
    return None if part is None or not whole else Fraction(part, whole)


def change(days: Days, tally: Any) -> Fraction | None:
    length = days.window.days
    assert length
    before = days.total(tally, Window(length, days.window.skip + length))
    return over(days.total(tally) - before, before)


def weekly_slope(days: Days, tally: Any) -> Fraction:
    """Return the slope of the least-squares line through the window's daily numbers, for a week's sum from week to week."""
    length = days.window.days
    assert length
    numbers = {days.ago(day): days.number(tally, day) or 0 for day in days.days}
    line = [(length - ago, numbers.get(ago, 0)) for ago in range(1, length + 1)]
    middle = Fraction(sum(x for x, _ in line), length)
    level = Fraction(sum(y for _, y in line), length)
    return 49 * sum((x - middle) * (y - level) for x, y in line) / sum((x - middle) ** 2 for x, _ in line)


def overdue(days: Days) -> Fraction | None:
    mean = over(sum(days.gaps), len(days.gaps))
    return None if not mean else days.silence() / mean


OF_DAYS: Mapping[str, Callable[..., Any]] = {
    "total": lambda days, tally: days.total(tally),
    "largest": lambda days, tally: max(
        (number for day in days.days if (number := days.number(tally, day)) is not None), default=None
    ),
    "active_days": lambda days: len(days.days),
    "active_weeks": lambda days: len({(days.ago(day) - 1) // 7 for day in days.days}),
    "longest_gap": lambda days: max(days.gaps, default=None),
    "days_since_last": Days.silence,
    "days_since_first": Days.age,
    "ratio": lambda days, part, whole: over(days.total(part), days.total(whole)),
    "share_of_both": lambda days, part, rest: over(days.total(part), days.total(part) + days.total(rest)),
    "change": change,
    "weekly_slope": weekly_slope,
    "mean_gap": lambda days: over(sum(days.gaps), len(days.gaps)),
    "gap_spread": lambda days: stdev(days.gaps) if len(days.gaps) > 1 else None,
    "overdue": overdue,
    "silence_share": lambda days: over(days.silence(), days.age()),
    "monthly_days": lambda days: over(30 * len(days.days), days.age()),
}


def of_days(measure: Any, rows: Rows, window: Window, as_of: date) -> Any:
    return OF_DAYS[measure.form](Days(rows, window, as_of), *measure.tallies)


def of_values(measure: Any, rows: Rows, window: Window, as_of: date) -> Any:
    values = [row[measure.column] for row in rows if inside(row["day"], window, as_of)]
    counts = Counter(value for value in values if value is not None)
    top = max(counts.values(), default=None)
    match measure.form:
        case "variety":
            return len(counts)
        case "favourite":
            return min((value for value, count in counts.items() if count == top), default=None)
        case "concentration":
            return over(top, sum(counts.values()))
    raise AssertionError(measure.form)


def of_first_days(measure: Any, rows: Rows, _: Window, as_of: date) -> int | None:
    begun = min((row["day"] for row in rows), default=as_of)
    if (as_of - begun).days < measure.days:
        return None
    early = [row for row in rows if (row["day"] - begun).days < measure.days]
    days = Days(early, Window(None), as_of)
    return days.total(*measure.tallies) if measure.form == "first_total" else len(days.days)


def price(row: Row) -> int | None:
    return None if row["price"] is None else daily(row["price"], row.get("before_billing_days", 1))


def price_before(row: Row) -> int | None:
    return None if row["before_price"] is None else daily(row["before_price"], row.get("billing_days", 1))


def daily(price: int, days: int | None) -> int | None:
    return None if days is None else price * days


def moved(row: Row) -> int:
    """Return 1 where a price per day rose with this spell, −1 where it fell, 0 where it did not or nobody knows."""
    now, before = price(row), price_before(row)
    return 0 if now is None or before is None else (now > before) - (now < before)


def same_plan(row: Row) -> bool:
    return row["follows"] and row.get("plan") == row.get("before_plan")


WHICH: Mapping[str, Callable[[Row], bool]] = {
    "all": lambda row: True,
    "running": lambda row: row.get("ended_day") is None,
    "ended": lambda row: row["ended_day"] is not None,
    "cancelled": lambda row: row["end_reason"] == "voluntary",
    "price_changed": lambda row: moved(row) != 0,
    "price_rose": lambda row: same_plan(row) and moved(row) > 0,
    "upgraded": lambda row: not same_plan(row) and moved(row) > 0,
    "downgraded": lambda row: not same_plan(row) and moved(row) < 0,
    "has_failed": lambda row: row["status"] == "failed",
    "has_worked": lambda row: row["status"] == "paid",
    "has_card": lambda row: row["card_expires_day"] is not None,
    "has_method": lambda row: row["method"] is not None,
    "is_open": lambda row: row["closed_day"] is None,
    "is_rated": lambda row: row["satisfaction"] is not None,
    "was_opened": lambda row: row["event"] == "opened",
    **{name: lambda row, name=name: row["survey"] == name for name in ("nps", "csat")},
    **{
        f"{name}_changed": lambda row, name=name: row["survey"] == name and row["score_before"] is not None
        for name in ("nps", "csat")
    },
}


def days_to_renewal(row: Row, as_of: date) -> int | None:
    """Count on from the day the spell began, one payment's days after the other, to the first at or after the as-of day."""
    if row["billing_days"] is None:
        return None
    paid_until = 0
    while paid_until < (as_of - row["day"]).days:
        paid_until += row["billing_days"]
    return paid_until - (as_of - row["day"]).days


READING: Mapping[str, Callable[[Row, date], Any]] = {
    "monthly_price": lambda row, _: None if row["price"] is None else over(30 * row["price"], row["billing_days"]),
    "price_change": lambda row, _: over(price(row) - price_before(row), price_before(row)),
    "days_on_plan": lambda row, as_of: (as_of - row["plan_day"]).days,
    "days_since": lambda row, as_of: (as_of - row["day"]).days,
    "days_to_term_end": lambda row, as_of: until(row["term_ends_day"], as_of),
    "days_to_renewal": days_to_renewal,
    "card_expires_in": lambda row, as_of: until(row["card_expires_day"], as_of),
    "days_open": lambda row, as_of: (as_of - row["day"]).days,
    "days_to_close": lambda row, _: until(row["closed_day"], row["day"]),
    "score_change": lambda row, _: row["score"] - row["score_before"],
    **{name: lambda row, _, name=name: row[name] for name in ("plan", "price", "billing_days", "method")},
    **{name: lambda row, _, name=name: row[name] for name in ("satisfaction", "score")},
}


def until(day: date | None, start: date) -> int | None:
    return None if day is None else (day - start).days


def of_state(measure: Any, rows: Rows, window: Window, as_of: date) -> Any:
    picked = [row for row in rows if WHICH[measure.which.name](row) and inside(row["day"], window, as_of)]
    if measure.form == "count":
        return len(picked)
    if measure.form == "run":
        successes = [row["day"] for row in rows if WHICH[measure.after.name](row)]
        return sum(row["day"] > max(successes, default=date.min) for row in picked)
    if measure.form == "newest":
        picked = by_time(picked)[-1:]
    read = [value for row in picked if (value := READING[measure.reading.name](row, as_of)) is not None]
    match measure.form:
        case "mean":
            return over(sum(read), len(read))
        case "lowest":
            return min(read, default=None)
        case "newest" | "highest":
            return max(read, default=None)
    raise AssertionError(measure.form)


READ: Mapping[str, Callable[[Any, Rows, Window, date], Any]] = {
    "Measure": of_days,
    "ValueMeasure": of_values,
    "FirstDays": of_first_days,
    "State": of_state,
}


def alike(one: Any, other: Any) -> bool:
    """Return whether whole numbers, money and names are equal, and floats within 1e-12."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-12, abs_tol=1e-12)
    return type(one) is type(other) and one == other
