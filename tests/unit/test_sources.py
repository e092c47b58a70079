"""The sources that come inside packages, and how much of them arrives."""

import importlib.util
import sys

import pyarrow.parquet as pq
import pytest

from pipeline.artifacts import sha256
from pipeline.contract.check import check_source
from pipeline.engines import duckdb
from pipeline.errors import ContractError
from pipeline.params import ContractParams
from pipeline.sources.cdnow import open_cdnow
from pipeline.sources.complete_journey import open_complete_journey
from pipeline.sources.packages import packaged_file

STRICT = ContractParams(quarantine_share=0)


def _check(open_, engine):
    return check_source(open_(engine), STRICT, duckdb.keeper(engine))


def test_every_order_of_cdnow_arrives_and_any_number_of_threads_gives_the_same_bytes(tmp_path, monkeypatch):
    """69,659 orders of 23,570 customers, 1997-01-01 to 1998-06-30 (Fader and Hardie)."""
    hashes = set()
    for threads in ("1", "2"):
        monkeypatch.setenv("CHURN_THREADS", threads)
        engine = duckdb.connect()
        checked = _check(open_cdnow, engine)
        duckdb.write_parquet(engine, checked.tables["purchases"], tmp_path / threads)
        hashes.add(sha256(tmp_path / threads))
    assert len(hashes) == 1
    assert checked.summary["tables"]["purchases"] == {
        "rows": 69_659,
        "customers": 23_570,
        "first_day": "1997-01-01",
        "last_day": "1998-06-30",
        "quarantined": 0,
        "duplicates": 0,
    }
    assert (checked.summary["data_start"], checked.summary["data_end"]) == ("1997-01-01", "1998-07-01")
    amounts = pq.read_table(tmp_path / "1")["amount"].to_pylist()
    assert sum(amounts) == 250_031_563


@pytest.mark.slow
def test_every_line_of_the_complete_journey_arrives():
    checked = _check(open_complete_journey, duckdb.connect())
    tables = checked.summary["tables"]
    assert {kind: table["rows"] for kind, table in tables.items()} == {
        "customers": 801,
        "purchases": 1_469_307,
        "contacts": 6_589 + 2_102,
    }
    assert all(table["quarantined"] == table["duplicates"] == 0 for table in tables.values())
    assert (checked.summary["data_start"], checked.summary["data_end"]) == ("2017-01-01", "2018-01-01")
    attributes = checked.summary["attributes"].values()
    assert all(attribute["sensitive"] and attribute["immutable"] for attribute in attributes)


def test_a_package_that_is_not_installed_is_named_with_the_group_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(ContractError, match=r"no-such-data is not installed.*uv sync --group flow"):
        packaged_file("no_such_data", "no-such-data", "data", "orders.parquet")


def test_data_packages_are_read_without_running_their_code():
    packaged_file("lifetimes", "lifetimes", "datasets", "CDNOW_master.txt")
    assert "lifetimes" not in sys.modules
