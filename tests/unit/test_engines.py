"""What is said where an engine is not there, and how a table of several files is read."""

import importlib.util
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline import artifacts, engines
from pipeline.engines import Dated, duckdb
from pipeline.errors import IntegrityError, ParamsError

LATER, EARLIER = date(2024, 2, 1), date(2024, 1, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write a table as several workers do: a folder a date, parts in no order, the date in no file."""
    with artifacts.new_folder(tmp_path / "features.parquet") as new:
        for as_of, part, people in ((LATER, 0, ["cat", "é"]), (LATER, 1, ["ann", "z"]), (EARLIER, 0, ["bob"])):
            rows = pa.table({"customer_id": people, "orders": pa.array([len(people)] * len(people))})
            artifacts.write_table(new / f"as_of={as_of}/part-{part:05}.parquet", rows)
    return tmp_path / "features.parquet"


def test_rows_of_several_files_come_by_date_and_customer_as_one_file_would_hold_them(folder):
    rows = artifacts.read_table(folder)
    assert rows.column_names == ["customer_id", "as_of", "orders"]
    assert rows["customer_id"].to_pylist() == ["bob", "ann", "cat", "z", "é"]
    assert rows["as_of"].to_pylist() == [EARLIER, *[LATER] * 4]
    assert rows.schema.field("as_of").type == pa.date32()


def test_asking_for_some_columns_keeps_the_order(folder):
    rows = artifacts.read_table(folder, ["orders", "as_of"])
    assert rows.to_pydict() == {"orders": [1, 2, 2, 2, 2], "as_of": [EARLIER, *[LATER] * 4]}


@pytest.mark.parametrize("spoil", ["cut", "gone", "more"])
def test_a_part_that_was_changed_lost_or_added_is_refused_by_name(folder, spoil):
    part = folder / f"as_of={LATER}/part-00001.parquet"
    content = part.read_bytes()
    part.unlink()
    if spoil == "cut":
        part.write_bytes(content[:-9])
    if spoil == "more":
        part.write_bytes(content)
        part = folder / f"as_of={LATER}/part-00002.parquet"
        part.write_bytes(content)
    with pytest.raises(IntegrityError, match=part.name):
        artifacts.read_table(folder)


def test_a_table_of_one_engine_takes_the_place_of_the_others(folder):
    session = duckdb.connect()
    rows = duckdb.register(session, "rows", pa.table({"customer_id": ["ann"]}))
    duckdb.write_dated(session, [Dated(EARLIER, rows, 1, rows)], folder)
    assert artifacts.read_table(folder).to_pydict() == {"customer_id": ["ann"]}
    with artifacts.new_folder(folder) as new:
        artifacts.write_table(new / f"as_of={EARLIER}/part-00000.parquet", pa.table({"customer_id": ["bob"]}))
    assert artifacts.read_table(folder)["customer_id"].to_pylist() == ["bob"]


def test_without_the_extra_one_sentence_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ParamsError, match=r"^The engine spark needs PySpark, .*`uv sync --extra spark`") as caught:
        engines.named("spark").connect()
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("home", [None, "/nowhere"])
def test_without_java_one_sentence_says_which_is_needed(monkeypatch, home):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    monkeypatch.delenv("SPARK_REMOTE", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("JAVA_HOME", home) if home else monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(ParamsError, match=r"^The engine spark needs Java 17 or newer") as caught:
        engines.named("spark").connect()
    assert caught.value.exit_code == 2
