"""Logs of every kind, drawn by chance, with days where mistakes live.

On every edge of every window and the days beside it, on days when clocks change, on leap days, on the as-of day itself;
known late, corrected later, empty where a cell may be empty.
"""

import random
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import pyarrow as pa

from pipeline.features.catalogue import BEHAVIOURS, features_of

CUSTOMERS = ("ann", "bob", "cat", "dan")
CLOCK_CHANGES = (date(2023, 3, 26), date(2023, 10, 29), date(2024, 3, 31), date(2024, 10, 27))
LEAP_DAYS = (date(2020, 2, 29), date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1))
AS_OFS = (*CLOCK_CHANGES[2:], *LEAP_DAYS[2:], date(2024, 4, 1), date(2024, 9, 17), date(2025, 1, 1), date(2025, 2, 28))
EDGES = sorted(
    {
        ago
        for feature in features_of(BEHAVIOURS)
        for times in range(1, feature.behaviour.measure.lengths + 1)
        for ago in (feature.window.skip, (feature.window.reach_days or 30) * times)
    }
)

Rows = list[dict[str, Any]]


def drawn_logs(seed: int, as_of: date, rows: int, *, late: bool) -> dict[str, Rows]:
    """Return rows by kind; `late` adds when they became known and when they were corrected."""
    chance = random.Random(seed)
    logs = {kind: [_row(chance, kind, as_of) for _ in range(rows)] for kind in CELLS}
    if late:
        logs = {kind: [_known(chance, row) for row in found] for kind, found in logs.items()}
    joined = [{"customer_id": name, "joined_day": _maybe(chance, _day)(chance, as_of)} for name in CUSTOMERS]
    return logs | {"customers": joined}


def as_arrow(rows: Rows) -> pa.Table:
    """Return drawn rows as a table with the types of the contract."""
    names = list(rows[0])
    return pa.table({name: pa.array([row[name] for row in rows], _type(name)) for name in names})


def _row(chance: random.Random, kind: str, as_of: date) -> dict[str, Any]:
    day = _day(chance, as_of)
    own = {name: of(chance, day) for name, of in CELLS[kind].items()}
    return {"customer_id": chance.choice(CUSTOMERS), "event_day": day, **own}


def _day(chance: random.Random, as_of: date) -> date:
    match chance.randrange(4):
        case 0:
            return as_of - timedelta(days=chance.randrange(-10, 450))
        case 1:
            return chance.choice((*CLOCK_CHANGES, *LEAP_DAYS))
        case _:
            return as_of - timedelta(days=chance.choice(EDGES) + chance.choice((-1, 0, 1)))


def _known(chance: random.Random, row: dict[str, Any]) -> dict[str, Any]:
    visible = row["event_day"] + timedelta(days=chance.choice((0, 0, 0, 1, 7, 60)))
    replaced = visible + timedelta(days=chance.choice((1, 5, 90))) if chance.random() < 0.2 else None
    return row | {"visible_day": visible, "replaced_day": replaced}


Cell = Callable[[random.Random, date], Any]


def _one_of(*values: Any) -> Cell:
    return lambda chance, _: chance.choice(values)


def _whole(low: int, high: int) -> Cell:
    return lambda chance, _: chance.randrange(low, high)


def _later(low: int, high: int) -> Cell:
    return lambda chance, day: day + timedelta(days=chance.randrange(low, high))


def _maybe(chance: random.Random, of: Callable[..., Any]) -> Callable[..., Any]:
    return of if chance.random() < 0.8 else lambda *_: None


def _perhaps(of: Cell) -> Cell:
    return lambda chance, day: of(chance, day) if chance.random() < 0.7 else None


def _clock(chance: random.Random, day: date) -> datetime:
    return datetime.combine(day, time(chance.choice((0, 9, 18)), 30))


CELLS: Mapping[str, Mapping[str, Cell]] = {
    "purchases": {
        "hour": _one_of(0, 17, 18, 23),
        "weekday": lambda _, day: day.weekday(),
        "amount": _whole(-300, 5000),
        "order_id": _one_of("o1", "o2", "o3", None),
        "category": _one_of("bread", "milk", "wine", None),
        "subcategory": _one_of("a", "b", "c", None),
        "channel": _one_of("shop", "web", None),
        "discount": _one_of(0, 50, None),
        "coupon_discount": _one_of(0, 0, 100, None),
    },
    "usage": {
        "hour": _one_of(0, 17, 18, 23),
        "weekday": lambda _, day: day.weekday(),
        "event": _one_of("play", "share", "search", None),
        "quantity": _perhaps(_whole(0, 90)),
        "channel": _one_of("app", "web", None),
    },
    "subscriptions": {
        "subscription_id": _one_of("s1", "s2", None),
        "started_at": _clock,
        "ended_day": _perhaps(_later(0, 200)),
        "end_reason": _one_of("voluntary", "involuntary", "changed", None),
        "plan": _one_of("basic", "plus", None),
        "price": _one_of(0, 1000, 1500, 10000, None),
        "billing_days": _one_of(1, 30, 365, None),
        "term_ends_day": _perhaps(_later(0, 400)),
    },
    "payments": {
        "status": _one_of("paid", "paid", "failed", "refunded"),
        "amount": _perhaps(_whole(-500, 5000)),
        "method": _one_of("card", "invoice", None),
        "card_expires_day": _perhaps(_later(-20, 500)),
    },
    "tickets": {
        "closed_day": _perhaps(_later(0, 60)),
        "priority": _one_of("low", "normal", "high", "urgent", None),
        "topic": _one_of("bill", "bug", None),
        "satisfaction": _perhaps(_whole(1, 6)),
    },
    "contacts": {"event": _one_of("sent", "opened", "clicked", "redeemed")},
    "surveys": {"answered_at": _clock, "survey": _one_of("nps", "csat"), "score": _perhaps(_whole(0, 11))},
}

_TEXTS = (
    "customer_id",
    "order_id",
    "category",
    "subcategory",
    "channel",
    "event",
    "subscription_id",
    "end_reason",
    "plan",
)
_TEXTS_TOO = ("status", "method", "priority", "topic", "survey")


def _type(name: str) -> pa.DataType:
    if name.endswith("_day"):
        return pa.date32()
    if name.endswith("_at"):
        return pa.timestamp("us")
    if name in {"hour", "weekday"}:
        return pa.int8()
    return pa.string() if name in {*_TEXTS, *_TEXTS_TOO} else pa.int64()
