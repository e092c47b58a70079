"""Tables drawn as text, and the engine they are read into."""

from collections.abc import Callable, Iterator
from datetime import date
from itertools import count

import pyarrow as pa
import pytest
from ibis.backends.duckdb import Backend
from ibis.expr import types as ir

from pipeline.engines import duckdb

TYPES = {
    "event_day": pa.date32(),
    "visible_day": pa.date32(),
    "replaced_day": pa.date32(),
    "ended_day": pa.date32(),
    "term_ends_day": pa.date32(),
    "card_expires_day": pa.date32(),
    "closed_day": pa.date32(),
    "amount": pa.int64(),
    "price": pa.int64(),
    "billing_days": pa.int64(),
    "monthly_payment": pa.int64(),
    "joined_day": pa.date32(),
    "satisfaction": pa.int64(),
    "score": pa.int64(),
    "churned": pa.bool_(),
    "quantity": pa.int64(),
    "discount": pa.int64(),
    "coupon_discount": pa.int64(),
    "hour": pa.int8(),
    "weekday": pa.int8(),
}


def cell(text: str, kind: pa.DataType) -> object:
    """Read one drawn cell; an empty one is null."""
    if text == "":
        return None
    if pa.types.is_boolean(kind):
        return {"yes": True, "no": False}[text]
    return date.fromisoformat(text) if pa.types.is_date(kind) else int(text) if pa.types.is_integer(kind) else text


def drawn(text: str) -> pa.Table:
    """Read a table drawn with `|` between its columns, the names in the first line."""
    lines = [[part.strip() for part in line.split("|")] for line in text.strip().splitlines()]
    names, rows = lines[0], lines[1:]
    kinds = [TYPES.get(name, pa.string()) for name in names]
    columns = [pa.array([cell(row[at], kind) for row in rows], kind) for at, kind in enumerate(kinds)]
    return pa.table(columns, names=names)


@pytest.fixture(scope="session")
def engine() -> Iterator[Backend]:
    """One DuckDB for all tests of a run."""
    backend = duckdb.connect()
    yield backend
    backend.disconnect()


@pytest.fixture
def keep(engine: Backend, names: Iterator[str]) -> Callable[[str, ir.Table], ir.Table]:
    """Have the engine keep an expression under a name that no other test uses."""
    keeper = duckdb.keeper(engine)
    return lambda name, expression: keeper(f"{name}_{next(names)}", expression)


@pytest.fixture(scope="session")
def names() -> Iterator[str]:
    """Names that are used once, and that are no alias in a query: those are t0, t1 and so on."""
    return (f"drawn_{number}" for number in count())


@pytest.fixture
def stored(engine: Backend, names: Iterator[str]) -> Callable[[pa.Table], ir.Table]:
    """Have the engine store an Arrow table."""
    return lambda table: duckdb.register(engine, next(names), table)


@pytest.fixture
def table(stored: Callable[[pa.Table], ir.Table]) -> Callable[[str], ir.Table]:
    """Have the engine store a drawn table."""
    return lambda text: stored(drawn(text))
