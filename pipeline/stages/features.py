"""What each customer did before the as-of date, by the catalogue."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import artifacts
from pipeline.engines import duckdb
from pipeline.features import catalogue, cube
from pipeline.params import FeaturesParams, Params
from pipeline.progress import Progress
from pipeline.stages import products


def run(params: Params, progress: Progress) -> None:
    """Write one row per snapshot with every feature the tables can give."""
    engine = duckdb.connect()
    artifacts.verify_folder(products.CHECKED)
    tables = duckdb.open_tables(engine, products.CHECKED)
    attributes = artifacts.read_json(products.CHECKED / "contract.json")["attributes"]
    chosen = chosen_features(tables, attributes, params.features, progress)
    built = cube.build_cube(tables, chosen, duckdb.keeper(engine))
    rows = artifacts.read_table(products.SNAPSHOTS, ["customer_id", "as_of"])
    dates = sorted(set(rows["as_of"].to_pylist()))
    parts = (cube.features_at(built, _customers(rows, as_of), as_of).to_pyarrow() for as_of in dates)
    artifacts.write_tables(products.FEATURES, progress.each(parts, "as-of dates", len(dates)))
    progress.note(f"{len(chosen)} features of {rows.num_rows:,} snapshots")


def chosen_features(
    tables: Mapping[str, ir.Table],
    declared: Mapping[str, Mapping[str, Any]],
    params: FeaturesParams,
    progress: Progress,
) -> tuple[catalogue.Feature, ...]:
    """Return the features that checked tables and declared attributes give."""
    return (*catalogue.features_in(tables), *_attributes(declared, params, progress))


def _attributes(
    declared: Mapping[str, Mapping[str, Any]], params: FeaturesParams, progress: Progress
) -> tuple[catalogue.Feature, ...]:
    """Return the features of declared attributes: those that never change, sensitive ones only where switched on."""
    wanted = [name for name, facts in declared.items() if params.sensitive_attributes or not facts["sensitive"]]
    for name in wanted:
        if not _holds(declared[name]):
            progress.note(f"{name} is no feature: it has no date, and is not declared `immutable: true`")
    lasting = [catalogue.attribute(name) for name in wanted if _holds(declared[name])]
    return catalogue.features_of(lasting)


def _holds(facts: Mapping[str, Any]) -> bool:
    """Say whether an attribute is as it was: it never changes, or is of a table that gives the answer as of its own date."""
    return bool(facts["immutable"] or facts.get("with_answer"))


def _customers(snapshots: pa.Table, as_of: date) -> ir.Table:
    return ibis.memtable(snapshots.filter(pc.equal(snapshots["as_of"], as_of)).select(["customer_id"]))
