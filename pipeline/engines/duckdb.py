"""DuckDB through Ibis: one process, UTC, no network, no extension fetched."""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from pipeline import artifacts
from pipeline.engines import Dated
from pipeline.errors import ParamsError

_ROW_GROUP = 75_000
_CUSTOMERS_AT_A_TIME = 2 * _ROW_GROUP

QUARANTINE = "quarantine"


def threads() -> int:
    """Return how many threads to use: `CHURN_THREADS`, else all cores. Results are equal for any number."""
    asked = os.environ.get("CHURN_THREADS", "")
    if not asked:
        return os.cpu_count() or 1
    if not asked.isascii() or not asked.isdigit() or int(asked) == 0:
        raise ParamsError(
            f"The environment variable CHURN_THREADS is {asked!r}; write a whole number from 1, or unset it."
        )
    return int(asked)


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


def read(engine: Backend, name: str, path: Path) -> ir.Table:
    """Let the engine read a Parquet file under a name."""
    return engine.read_parquet(path, table_name=name)


def keeper(engine: Backend) -> Callable[[str, ir.Table], ir.Table]:
    """Return a function that has the engine compute an expression once and keep it under a name."""

    def keep(name: str, expression: ir.Table) -> ir.Table:
        return _stored(engine, f"kept_{name}", expression, "CREATE")

    return keep


def block_keeper(engine: Backend) -> Callable[[str, ir.Table], ir.Table]:
    """Return a function that has the engine compute one block of a query at a time: together, they would fill the memory.

    A block takes the place of an earlier one of its name.
    """

    def keep(name: str, expression: ir.Table) -> ir.Table:
        return _stored(engine, f"block_{name}", expression, "CREATE OR REPLACE")

    return keep


def _stored(engine: Backend, name: str, expression: ir.Table, create: str) -> ir.Table:
    # DuckDB adds whole numbers up in 128 bits, and Ibis takes the sum for one of 64: twice the memory until it is told.
    whole = [_quoted(column) for column, kind in expression.schema().items() if kind.is_int64()]
    told = ", ".join(f"CAST({column} AS BIGINT) AS {column}" for column in whole)
    columns = f"* REPLACE ({told})" if told else "*"
    made = f"{create} TEMP TABLE {_quoted(name)} AS SELECT {columns} FROM ({engine.compile(expression)})"  # noqa: S608
    engine.raw_sql(made)
    return engine.table(name)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def register(engine: Backend, name: str, rows: pa.Table) -> ir.Table:
    """Let the engine read an Arrow table under a name, without a copy."""
    # Ibis 12 would copy it and then drop a view by a statement that DuckDB 2 refuses.
    engine.con.register(name, rows)
    return engine.table(name)


def write_parquet(engine: Backend, expression: ir.Table, path: Path) -> None:
    """Stream an ordered expression into a Parquet file with page checksums; any number of threads gives equal bytes."""
    artifacts.write_tables(path, _streamed(engine, expression))


def write_by_customer(engine: Backend, expression: ir.Table, customers: ir.Table, path: Path) -> None:
    """Write an expression of one row for each of some customers, some of them at a time, as one Parquet file."""
    artifacts.write_tables(path, _some_at_a_time(engine, expression, customers))


def write_dated(engine: Backend, dated: Iterable[Dated], path: Path) -> None:
    """Write the rows of some dates into one Parquet file, some customers at a time."""
    artifacts.write_tables(
        path, (part for one in dated for part in _some_at_a_time(engine, one.expression, one.customers))
    )


def _some_at_a_time(engine: Backend, expression: ir.Table, customers: ir.Table) -> Iterator[pa.Table]:
    """Compute an expression for some customers, then for the next: a join of all would need all in memory."""
    schema = expression.schema().to_pyarrow()
    whole = engine.compile(expression)
    some = f"SELECT * FROM ({whole}) WHERE customer_id BETWEEN $1 AND $2 ORDER BY customer_id"  # noqa: S608
    for first, last in _spans(engine, customers):
        yield from _row_groups(engine.con.sql(some, params=[first, last]).to_arrow_reader(_ROW_GROUP), schema)


def _spans(engine: Backend, customers: ir.Table) -> Iterator[tuple[str, str]]:
    """Yield the first and the last id of the customers of each time; without customers, one span that holds nobody."""
    ids = engine.con.sql(engine.compile(customers.select("customer_id").order_by("customer_id"))).to_arrow_table()[0]
    for start in range(0, max(len(ids), 1), _CUSTOMERS_AT_A_TIME):
        group = ids.slice(start, _CUSTOMERS_AT_A_TIME)
        yield (group[0].as_py(), group[-1].as_py()) if len(group) else ("", "")


def _streamed(engine: Backend, expression: ir.Table) -> Iterator[pa.Table]:
    schema = expression.schema().to_pyarrow()
    # Ibis 12 asks DuckDB 2 for batches by a name it no longer has.
    yield from _row_groups(engine.con.sql(engine.compile(expression)).to_arrow_reader(_ROW_GROUP), schema)


def _row_groups(batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    """Cut batches of any size into tables of one size, the last excepted: sizes decide the bytes of a Parquet file.

    Without rows there is one table, an empty one, for the file to have its columns.
    """
    waiting = schema.empty_table()
    for batch in batches:
        waiting = pa.concat_tables([waiting, pa.Table.from_batches([batch]).cast(schema)])
        while waiting.num_rows > _ROW_GROUP:
            yield waiting.slice(0, _ROW_GROUP).combine_chunks()
            waiting = waiting.slice(_ROW_GROUP)
    yield waiting.combine_chunks()
