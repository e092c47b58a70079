"""The features stage on Spark: the same rows as DuckDB's, written by the workers, and blind to the future."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import ibis
import pyarrow as pa
import pytest

from pipeline import artifacts
from pipeline.engines import spark
from pipeline.features.catalogue import features_in
from pipeline.features.leaktest import leaks
from pipeline.params import EngineName, Params
from pipeline.stages import features, products
from pipeline.stages.rows import snapshot_rows
from tests import made_up
from tests.spark.conftest import SILENT, settings_of

pytestmark = pytest.mark.spark


@pytest.fixture
def settings(shop: Path, monkeypatch: pytest.MonkeyPatch) -> Params:
    """Go to the shop and read its settings."""
    return settings_of(shop, monkeypatch)


@pytest.fixture
def on() -> Callable[[EngineName, Params], pa.Table]:
    """Run the stage on an engine, where the test stands, and read what it wrote."""

    def run(engine: EngineName, settings: Params) -> pa.Table:
        chosen = settings.features.model_copy(update={"engine": engine})
        features.run(settings.model_copy(update={"features": chosen}), SILENT)
        return artifacts.read_table(products.FEATURES)

    return run


def test_both_engines_give_equal_tables_and_later_stages_read_either(on, settings):
    tables, frames = {}, {}
    for engine in ("spark", "duckdb"):
        tables[engine], frames[engine] = on(engine, settings), snapshot_rows("score")
    assert tables["spark"].num_rows > 300
    assert tables["spark"].schema.equals(tables["duckdb"].schema)
    assert tables["spark"].equals(tables["duckdb"])
    assert frames["spark"].equals(frames["duckdb"])


@pytest.mark.slow
def test_the_whole_catalogue_of_6000_customers_on_six_dates_is_equal_on_both_engines(on, business, monkeypatch):
    """Equal means equal: whole numbers, money, categories and, beyond the promised 1e-12, every float."""
    settings = settings_of(business, monkeypatch)
    tables = {engine: on(engine, settings) for engine in ("spark", "duckdb")}
    assert tables["spark"].num_columns > 150
    assert tables["spark"].num_rows > 20_000
    assert len(tables["spark"]["as_of"].unique()) == 6
    unequal = [
        name for name in tables["duckdb"].column_names if not tables["spark"][name].equals(tables["duckdb"][name])
    ]
    assert unequal == []


def test_no_row_comes_to_the_driver_and_the_same_again_gives_the_same_bytes(on, settings, monkeypatch):
    """Part files are named by their place alone and nothing of Spark's own is left beside them."""
    session = spark.connect().spark
    for way in ("collect", "toPandas", "toArrow", "toLocalIterator", "take", "head"):
        monkeypatch.setattr(type(session.range(1)), way, lambda *_, **__: pytest.fail("rows came to the driver"))
    monkeypatch.setattr(spark, "_ROWS_A_PART", 100)
    written = []
    for partitions in ("8", "3"):
        session.conf.set("spark.sql.shuffle.partitions", partitions)
        on("spark", settings)
        written.append(artifacts.file_hashes(products.FEATURES))
    assert written[0] == written[1]
    assert len({Path(name).parent for name in written[0]}) == 3
    assert {Path(name).name for name in written[0]} >= {"part-00000.parquet", "part-00001.parquet"}
    assert {Path(name).suffix for name in written[0]} == {".parquet"}


def test_the_whole_catalogue_is_blind_to_the_future_on_spark():
    as_of = date(2024, 9, 17)
    session = spark.connect()
    made = {"purchases": made_up.purchases(1, as_of), "contacts": made_up.contacts(1)}
    tables = {kind: spark.register(session, kind, rows) for kind, rows in made.items()}
    people = ibis.memtable({"customer_id": [*made_up.CUSTOMERS, "nobody"]})
    assert leaks(tables, features_in(tables), {as_of: people}, spark.keeper(session)) == []
