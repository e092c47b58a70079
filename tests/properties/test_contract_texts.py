# ruff: noqa: DTZ001, DTZ007 (naive times are the subject)
"""Text becomes the value that exact arithmetic and the standard library give."""

from datetime import datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.contract import texts
from pipeline.engines import duckdb

ENGINE = duckdb.connect()


def _read(written, expression):
    ENGINE.con.register("written", pa.table({"text": pa.array(written, pa.string())}))
    rows = ENGINE.table("written")
    return rows.select(found=expression(rows.text)).to_pyarrow()["found"].to_pylist()


MONEY = st.decimals(min_value=-(10**10) + 1, max_value=10**10 - 1, places=2).map(lambda amount: f"{amount:f}")


@settings(max_examples=20, deadline=None)
@given(st.lists(MONEY, min_size=50, max_size=200))
def test_money_is_read_exactly(written):
    assert _read(written, lambda text: texts.minor_units(text, ".", 2)) == [
        int(Decimal(text) * 100) for text in written
    ]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.text(alphabet="0123456789.,-+eE infa", max_size=8), min_size=50, max_size=100))
def test_what_money_is_read_from_is_a_decimal_number_of_the_same_value(written):
    found = _read(written, lambda text: texts.minor_units(text, ".", 2))
    for text, minor in zip(written, found, strict=True):
        assert minor is None or Decimal(text) * 100 == minor


LAYOUTS = ["%Y-%m-%d %H:%M:%S.%f", "%d/%m/%Y %H:%M", "%m/%d/%Y %I:%M %p", "%d-%b-%Y", "%Y%m%d%H%M%S", "%d.%m.%Y"]


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(max_examples=5, deadline=None)
@given(instants=st.lists(st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)), min_size=50, max_size=100))
def test_a_format_reads_what_strptime_reads(layout, instants):
    written = [instant.strftime(layout) for instant in instants]
    expected = [datetime.strptime(text, layout) for text in written]
    assert _read(written, lambda text: texts.instant(text, layout)) == expected


@settings(max_examples=20, deadline=None)
@given(st.lists(st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)), min_size=50, max_size=100))
def test_iso_8601_is_read_as_python_writes_it(instants):
    assert _read([instant.isoformat() for instant in instants], lambda text: texts.instant(text, None)) == instants
