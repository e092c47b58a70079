"""A made-up shop with foreign files: 400 customers over fifteen months, written as a user would have them."""

import csv
import gzip
import io
import random
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
HOSTILE = ("=cmd()", "00123", "123", "9876543210987654321098765", "</script>", "../x", '"><img src=x onerror=alert(1)>')
FIRST_DAY, DAYS = date(2023, 1, 1), 455
WARES = {"Brot": 3, "Käse": 9, "Wein": 14, "Gemüse": 5}
ORDERS = ("Kundennummer", "Kaufdatum", "Betrag", "Bestellnummer", "Warengruppe", "Menge", "Rabatt")
MESSAGES = ("Empfänger", "Zeitpunkt", "Ereignis", "Kampagne")
MEMBERS = ("Kundennummer", "Beitritt", "Werbung erlaubt", "Kanal", "Herkunft")

TABLES: dict[str, Any] = {
    "bestellungen": {
        "kind": "purchases",
        "path": "bestellungen-*.csv*",
        "delimiter": ";",
        "encoding": "latin-1",
        "null_texts": ["", "NULL"],
        "columns": {
            "customer_id": "Kundennummer",
            "purchased_at": {"column": "Kaufdatum", "format": "%d.%m.%Y %H:%M"},
            "amount": {"column": "Betrag", "decimal": ","},
            "order_id": "Bestellnummer",
            "category": "Warengruppe",
            "quantity": "Menge",
            "discount": {"column": "Rabatt", "decimal": ","},
            "channel": {"value": "Laden"},
        },
    },
    "rundbriefe": {
        "kind": "contacts",
        "path": "rundbriefe.csv",
        "delimiter": ";",
        "columns": {
            "customer_id": "Empfänger",
            "contacted_at": {"column": "Zeitpunkt", "format": "%d.%m.%Y"},
            "event": "Ereignis",
            "campaign": "Kampagne",
        },
    },
    "mitglieder": {
        "kind": "customers",
        "path": "mitglieder.csv",
        "delimiter": ";",
        "columns": {
            "customer_id": "Kundennummer",
            "joined_at": {"column": "Beitritt", "format": "%d.%m.%Y"},
            "contact_permission": "Werbung erlaubt",
            "preferred_channel": "Kanal",
        },
        "attributes": {"origin": {"column": "Herkunft", "immutable": True}},
    },
}


@dataclass(frozen=True)
class Customer:
    """Someone who buys every `rhythm_days` or so, from the first day to the last, and then no more."""

    customer_id: str
    first_day: int
    last_day: int
    rhythm_days: float
    ware: str


def shop_params(folder: Path, **changes: Any) -> dict[str, Any]:
    """Return the shipped params.yaml with another source; `changes` maps dotted names with `__` to values."""
    shipped: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    files = {"folder": str(folder), "time_zone": "Europe/Berlin", "currency": "EUR", "tables": deepcopy(TABLES)}
    shipped["source"] = {"from": "files", "files": files}
    for name, value in changes.items():
        *sections, key = name.split("__")
        section = shipped
        for part in sections:
            section = section[part]
        section[key] = value
    return shipped


def write_params(path: Path, params: dict[str, Any]) -> None:
    """Write params as YAML."""
    path.write_text(yaml.safe_dump(params, sort_keys=False, allow_unicode=True), encoding="utf-8")


def write_shop(folder: Path, seed: int = 7, keep: Callable[[str], bool] = lambda _: True) -> None:
    """Write the shop's files: orders of three periods, one of them gzipped, newsletters and members.

    Customers for whom `keep` does not hold are left out; the others stay as they are.
    """
    chance = random.Random(seed)
    people = _customers(chance)
    orders = sorted((order for person in people for order in _orders(chance, person)), key=lambda order: order[0])
    folder.mkdir(parents=True, exist_ok=True)
    for name, start, end in (("2023-1.csv.gz", 0, 181), ("2023-2.csv", 181, 365), ("2024-1.csv", 365, DAYS)):
        rows = [row for day, row in orders if start <= day < end and keep(row[0])]
        _write(folder / f"bestellungen-{name}", ORDERS, rows, "latin-1")
    messages = [row for row in _messages(chance, people) if keep(row[0])]
    _write(folder / "rundbriefe.csv", MESSAGES, messages, "utf-8")
    members = [row for row in (_member(chance, person) for person in people) if keep(row[0])]
    _write(folder / "mitglieder.csv", MEMBERS, members, "utf-8")


def _customers(chance: random.Random) -> list[Customer]:
    strangers = [_stranger(chance, f"K{number:05}") for number in range(400 - len(HOSTILE))]
    return strangers + [Customer(name, 20, DAYS, 9.0, "Wein") for name in HOSTILE]


def _stranger(chance: random.Random, customer_id: str) -> Customer:
    first = chance.randrange(200)
    stays = round(chance.expovariate(1 / 300)) + 10
    return Customer(customer_id, first, min(first + stays, DAYS), chance.uniform(5, 30), chance.choice(list(WARES)))


def _orders(chance: random.Random, person: Customer) -> Iterator[tuple[int, Sequence[str]]]:
    day = float(person.first_day)
    while day < person.last_day:
        yield int(day), _order(chance, person, int(day))
        day += 1 + chance.expovariate(1 / person.rhythm_days)


def _order(chance: random.Random, person: Customer, day: int) -> Sequence[str]:
    ware = person.ware if chance.random() < 0.7 else chance.choice(list(WARES))
    quantity = chance.randrange(1, 5)
    cut = chance.choice((0, 0, 0, 50))
    paid = quantity * WARES[ware] * 100 + chance.randrange(100) - cut
    moment = datetime.combine(_day(day), time(chance.randrange(8, 20), chance.randrange(60)))
    number = f"B{day:03}-{chance.randrange(10**6):06}"
    shown = f"{moment:%d.%m.%Y %H:%M}"
    return person.customer_id, shown, _money(paid), number, ware, str(quantity), _money(cut) if cut else "NULL"


def _messages(chance: random.Random, people: Sequence[Customer]) -> Iterator[Sequence[str]]:
    for number, day in enumerate(range(30, DAYS, 30)):
        for person in people:
            if person.first_day < day and chance.random() < 0.5:
                yield person.customer_id, f"{_day(day):%d.%m.%Y}", "sent", f"Brief {number}"
                if chance.random() < (0.4 if day < person.last_day else 0.05):
                    yield person.customer_id, f"{_day(day):%d.%m.%Y}", "opened", f"Brief {number}"


def _member(chance: random.Random, person: Customer) -> Sequence[str]:
    permission = chance.choice(("1", "1", "1", "0", ""))
    channel = chance.choice(("e-mail", "phone", ""))
    return (
        person.customer_id,
        f"{_day(person.first_day):%d.%m.%Y}",
        permission,
        channel,
        chance.choice(("Laden", "Netz")),
    )


def _day(number: int) -> date:
    return FIRST_DAY + timedelta(days=number)


def _money(minor: int) -> str:
    return f"{minor // 100},{minor % 100:02}"


def _write(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]], encoding: str) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    content = text.getvalue().encode(encoding)
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)
