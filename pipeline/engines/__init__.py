"""The edge towards the engines that run the queries. All speak the same words, so a stage does not know which one runs."""

import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol, cast

import ibis.expr.types as ir
import pyarrow as pa

from pipeline.params import EngineName


@dataclass(frozen=True)
class Dated:
    """The rows of one as-of date, not computed yet: one for each of so many customers."""

    as_of: date
    customers: ir.Table
    rows: int
    expression: ir.Table


class Engine(Protocol):
    """What every module of this folder can do. A `session` is what its `connect` returned."""

    def connect(self) -> Any:
        """Open a session; raises ParamsError where the engine is not there."""

    def open_tables(self, session: Any, folder: Path) -> dict[str, ir.Table]:
        """Return the checked tables that are in a folder, by kind."""

    def read(self, session: Any, name: str, path: Path) -> ir.Table:
        """Let the engine read a Parquet file under a name."""

    def register(self, session: Any, name: str, rows: pa.Table) -> ir.Table:
        """Let the engine read an Arrow table under a name."""

    def keeper(self, session: Any) -> Callable[[str, ir.Table], ir.Table]:
        """Return a function that has the engine compute an expression once and keep it under a name."""

    def block_keeper(self, session: Any) -> Callable[[str, ir.Table], ir.Table]:
        """Return a function that may have the engine compute a block of a query before the others, to save memory."""

    def write_by_customer(self, session: Any, expression: ir.Table, customers: ir.Table, path: Path) -> None:
        """Write a row for each of some customers, in their order, as a Parquet file or as a folder of them."""

    def write_dated(self, session: Any, dated: Iterable[Dated], path: Path) -> None:
        """Write the rows of some dates so that `artifacts.read_table(path)` gives them back."""


def named(name: EngineName) -> Engine:
    """Return an engine; only its own libraries are loaded."""
    return cast("Engine", importlib.import_module(f"pipeline.engines.{name}"))
