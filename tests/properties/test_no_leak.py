"""No feature sees the future: what happens at or after an as-of day may be dropped, changed or invented."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from pipeline.features import cube, windows
from pipeline.features.catalogue import features_in
from pipeline.features.leaktest import leaks, moved
from tests import made_up

AS_OF = date(2024, 9, 17)


@pytest.fixture
def tables(stored: Callable[[pa.Table], ir.Table]) -> dict[str, ir.Table]:
    """Made-up purchases and contacts with rows on every window edge."""
    return {"purchases": stored(made_up.purchases(1, AS_OF)), "contacts": stored(made_up.contacts(1))}


@pytest.fixture
def customers() -> Mapping[date, ir.Table]:
    """Every customer, asked on one date, with some who never did anything."""
    return {AS_OF: ibis.memtable({"customer_id": [*made_up.CUSTOMERS, "nobody"]})}


def test_the_whole_catalogue_is_blind_to_the_future(tables, customers, keep):
    features = features_in(tables)
    assert len(features) >= 60
    assert leaks(tables, features, customers, keep) == []


def test_a_window_that_includes_the_as_of_day_is_caught(tables, customers, keep, monkeypatch):
    """`<=` instead of `<` moves every feature that such a row can touch, and the leak test names them."""

    def holds(self: windows.Window, day: ir.IntegerColumn, as_of: int) -> ir.BooleanColumn:
        closed = day <= as_of - self.skip
        return closed if self.days is None else closed & (day >= as_of - self.skip - self.days)

    monkeypatch.setattr(windows.Window, "holds", holds)
    found = leaks(tables, features_in(tables), customers, keep)
    assert {leak.rewrite for leak in found} == {"dropped", "changed", "invented"}
    assert {"orders_7d", "spend_182d", "days_since_purchase", "main_category_91d"} <= {
        name for leak in found for name in leak.features
    }


def test_a_window_without_an_upper_end_is_caught(tables, customers, keep, monkeypatch):
    monkeypatch.setattr(windows.Window, "holds", lambda self, day, as_of: day >= as_of - (self.reach_days or 10_000))
    assert leaks(tables, features_in(tables), customers, keep) != []


def test_a_row_known_late_is_invisible_until_it_is_known(stored, keep):
    rows = made_up.purchases(2, AS_OF)
    known = [day + timedelta(days=index % 5) for index, day in enumerate(rows["event_day"].to_pylist())]
    late = rows.append_column("visible_day", pa.array(known, pa.date32()))
    seen = late.filter(pa.array([day < AS_OF for day in known]))
    people = ibis.memtable({"customer_id": list(made_up.CUSTOMERS)})
    tables = [{"purchases": stored(one)} for one in (late, seen)]
    features = features_in(tables[0])
    both = [cube.features_at(cube.build_cube(one, features, keep), people, AS_OF).to_pyarrow() for one in tables]
    assert moved(*both) == ()
    assert leaks(tables[0], features, {AS_OF: people}, keep) == []


def test_ignoring_when_a_row_became_known_is_caught(stored, keep, monkeypatch):
    rows = made_up.purchases(2, AS_OF)
    known = [day + timedelta(days=3) for day in rows["event_day"].to_pylist()]
    tables = {"purchases": stored(rows.append_column("visible_day", pa.array(known, pa.date32())))}
    monkeypatch.setattr(cube, "known", lambda rows, as_of: rows)
    people = ibis.memtable({"customer_id": list(made_up.CUSTOMERS)})
    assert leaks(tables, features_in(tables), {AS_OF: people}, keep) != []


def test_one_date_gives_the_same_features_as_many(tables, keep):
    """Scoring is the same expression as training: a date alone and a date among others agree, and so do customers."""
    features = features_in(tables)
    built = cube.build_cube(tables, features, keep)
    everyone = ibis.memtable({"customer_id": list(made_up.CUSTOMERS)})
    whole = cube.features_at(built, everyone, AS_OF).to_pyarrow()
    one = cube.features_at(built, ibis.memtable({"customer_id": ["c07"]}), AS_OF).to_pyarrow()
    assert whole.filter(pa.compute.equal(whole["customer_id"], "c07")).equals(one)
