"""What a measure, a label or a rule means holds on every engine: tests that draw a table run on each of them."""

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pytest
from ibis.expr import types as ir

from pipeline import engines
from tests import spark_master  # noqa: F401 - names the Spark


@pytest.fixture(scope="session", params=["duckdb", pytest.param("spark", marks=pytest.mark.spark)])
def session(request: pytest.FixtureRequest) -> tuple[engines.Engine, Any]:
    """One session of each engine for all tests of a run."""
    engine = engines.named(request.param)
    return engine, engine.connect()


@pytest.fixture
def keep(session: tuple[engines.Engine, Any], names: Iterator[str]) -> Callable[[str, ir.Table], ir.Table]:
    """Have the engine keep an expression under a name that no other test uses."""
    engine, connected = session
    keeper = engine.keeper(connected)
    return lambda name, expression: keeper(f"{name}_{next(names)}", expression)


@pytest.fixture
def stored(session: tuple[engines.Engine, Any], names: Iterator[str]) -> Callable[[pa.Table], ir.Table]:
    """Have the engine store an Arrow table."""
    engine, connected = session
    return lambda table: engine.register(connected, next(names), table)
