# ruff: noqa: DTZ001 (naive times are the subject)
"""A compiled zone says what Python's zoneinfo says, at every instant."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import ibis
import pyarrow as pa
import pytest

from pipeline.contract import zones
from pipeline.engines import duckdb

ZONES = [
    "America/New_York",
    "Europe/Oslo",
    "Australia/Lord_Howe",  # changes by half an hour
    "America/Sao_Paulo",  # changed at midnight, until 2019
    "Asia/Kathmandu",  # a quarter of an hour off
    "Pacific/Apia",  # has no 2011-12-30
    "Africa/Casablanca",  # four changes a year, by the moon
    "UTC",
]
YEARS = (2010, 2024)


def _instants(zone):
    """Every instant near a change, and every 37 hours."""
    near = [
        change.at + timedelta(minutes=minutes, microseconds=microseconds)
        for change in zones.changes(zone, *YEARS)
        for minutes in range(-180, 181, 30)
        for microseconds in (-1, 0)
    ]
    return near + [datetime(2010, 1, 2) + timedelta(hours=37 * number) for number in range(3500)]


@pytest.fixture(scope="module")
def engine():
    return duckdb.connect()


def _computed(engine, instants, expression):
    engine.con.register("instants", pa.table({"given": pa.array(instants, pa.timestamp("us"))}))
    rows = engine.table("instants")
    return rows.select(found=expression(rows.given)).to_pyarrow()["found"].to_pylist()


@pytest.mark.parametrize("zone", ZONES)
def test_utc_becomes_the_local_time_of_zoneinfo(engine, zone):
    instants = _instants(zone)
    expected = [at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) for at in instants]
    assert _computed(engine, instants, lambda at: zones.to_local(at, zone, YEARS)) == expected


@pytest.mark.parametrize("zone", ZONES)
def test_local_time_becomes_the_utc_of_zoneinfo_with_the_first_of_two(engine, zone):
    locals_ = _instants(zone)
    expected = [at.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC).replace(tzinfo=None) for at in locals_]
    assert _computed(engine, locals_, lambda at: zones.to_utc(at, zone, YEARS)) == expected


@pytest.mark.parametrize("zone", [zone for zone in ZONES if zone != "UTC"])
def test_a_time_is_unsure_exactly_where_the_two_folds_differ(engine, zone):
    locals_ = _instants(zone)
    expected = [
        at.replace(tzinfo=ZoneInfo(zone), fold=0).utcoffset() != at.replace(tzinfo=ZoneInfo(zone), fold=1).utcoffset()
        for at in locals_
    ]
    changes = zones.changes(zone, *YEARS)
    found = _computed(
        engine, locals_, lambda at: zones.is_unsure(at, zone, YEARS) if changes else ibis.literal(value=False)
    )
    assert found == expected
