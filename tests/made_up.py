"""Made-up logs for tests: seeded, small, with rows on every window edge."""

import random
from datetime import date, timedelta

import pyarrow as pa

CUSTOMERS = tuple(f"c{number:02d}" for number in range(30))
CATEGORIES = ("bread", "milk", "wine", None)
START = date(2024, 1, 1)
DAYS = 420
EDGES = (0, 1, 7, 14, 28, 56, 91, 182)


def purchases(seed: int, as_of: date, rows: int = 1500) -> pa.Table:
    """Return purchases spread over fourteen months, and one on each edge of each window before `as_of`."""
    chance = random.Random(seed)
    days = [START + timedelta(days=chance.randrange(DAYS)) for _ in range(rows)]
    days += [as_of - timedelta(days=edge + nudge) for edge in EDGES for nudge in (-1, 0, 1)]
    return pa.Table.from_pylist([_purchase(chance, day) for day in days], schema=PURCHASES)


def contacts(seed: int, rows: int = 200) -> pa.Table:
    """Return messages sent, opened, clicked and redeemed."""
    chance = random.Random(seed + 1)
    return pa.Table.from_pylist([_contact(chance) for _ in range(rows)], schema=CONTACTS)


def _purchase(chance: random.Random, day: date) -> dict[str, object]:
    return {
        "customer_id": chance.choice(CUSTOMERS),
        "event_day": day,
        "hour": chance.randrange(24),
        "weekday": day.weekday(),
        "amount": chance.randrange(-500, 9000),
        "order_id": f"{day}-{chance.randrange(40)}",
        "category": chance.choice(CATEGORIES),
        "subcategory": chance.choice("abcdefgh"),
        "channel": chance.choice(("shop", "web")),
        "discount": chance.choice((0, 0, 50, 120)),
        "coupon_discount": chance.choice((0, 0, 0, 100)),
    }


def _contact(chance: random.Random) -> dict[str, object]:
    day = START + timedelta(days=chance.randrange(DAYS))
    event = chance.choice(("sent", "sent", "opened", "clicked", "redeemed"))
    return {"customer_id": chance.choice(CUSTOMERS), "event_day": day, "event": event}


PURCHASES = pa.schema(
    [
        ("customer_id", pa.string()),
        ("event_day", pa.date32()),
        ("hour", pa.int8()),
        ("weekday", pa.int8()),
        ("amount", pa.int64()),
        ("order_id", pa.string()),
        ("category", pa.string()),
        ("subcategory", pa.string()),
        ("channel", pa.string()),
        ("discount", pa.int64()),
        ("coupon_discount", pa.int64()),
    ]
)
CONTACTS = pa.schema([("customer_id", pa.string()), ("event_day", pa.date32()), ("event", pa.string())])
