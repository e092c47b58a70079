"""What each customer did before the as-of date, by the catalogue."""

from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import artifacts
from pipeline.engines import duckdb
from pipeline.features import catalogue, cube
from pipeline.params import Params
from pipeline.progress import Progress
from pipeline.stages import products


def run(_: Params, progress: Progress) -> None:
    """Write one row per snapshot with every feature the tables can give."""
    engine = duckdb.connect()
    tables = duckdb.open_tables(engine, products.CHECKED)
    chosen = catalogue.features_in(tables)
    built = cube.build_cube(tables, chosen, duckdb.keeper(engine))
    rows = artifacts.read_table(products.SNAPSHOTS, ["customer_id", "as_of"])
    dates = sorted(set(rows["as_of"].to_pylist()))
    parts = (cube.features_at(built, _customers(rows, as_of), as_of).to_pyarrow() for as_of in dates)
    artifacts.write_tables(products.FEATURES, progress.each(parts, "as-of dates", len(dates)))
    progress.note(f"{len(chosen)} features of {rows.num_rows:,} snapshots")


def _customers(snapshots: pa.Table, as_of: date) -> ir.Table:
    return ibis.memtable(snapshots.filter(pc.equal(snapshots["as_of"], as_of)).select(["customer_id"]))
