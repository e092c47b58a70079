"""DuckDB through Ibis: one process, UTC, no network, no extension fetched."""

import os
from collections.abc import Callable
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

QUARANTINE = "quarantine"


def threads() -> int:
    """Return how many threads to use: `CHURN_THREADS`, else all cores. Results are equal for any number."""
    return int(os.environ.get("CHURN_THREADS") or os.cpu_count() or 1)


def connect() -> Backend:
    """Open an in-memory engine."""
    engine = ibis.duckdb.connect(threads=threads())
    engine.raw_sql("SET autoinstall_known_extensions = false")
    engine.raw_sql("SET enable_progress_bar = false")
    # As a start-up option the zone fails: ICU is linked in, but not loaded yet at that moment.
    engine.raw_sql("SET TimeZone = 'UTC'")
    return engine


def open_tables(engine: Backend, folder: Path) -> dict[str, ir.Table]:
    """Return the checked tables that are in a folder, by kind."""
    files = sorted(file for file in folder.glob("*.parquet") if file.stem != QUARANTINE)
    return {file.stem: engine.read_parquet(file, table_name=file.stem) for file in files}


def keeper(engine: Backend) -> Callable[[str, ir.Table], ir.Table]:
    """Return a function that has the engine compute an expression once and keep it under a name."""

    def keep(name: str, expression: ir.Table) -> ir.Table:
        return engine.create_table(f"kept_{name}", expression, temp=True)

    return keep


def register(engine: Backend, name: str, rows: pa.Table) -> ir.Table:
    """Let the engine read an Arrow table under a name, without a copy."""
    # Ibis 12 would copy it and then drop a view by a statement that DuckDB 2 refuses.
    engine.con.register(name, rows)
    return engine.table(name)
