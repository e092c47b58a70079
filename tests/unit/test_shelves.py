"""Rows put onto shelves come back in the order that sorting them in memory gives."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.scoring import shelves
from pipeline.scoring.shelves import Shelves

ORDER = [("key", "ascending"), ("name", "ascending")]


@settings(max_examples=30, deadline=None)
@given(
    keys=st.lists(st.sampled_from([-2.0, -1.0, 0.0, 0.5, 3.0, 7.0]), min_size=1, max_size=60),
    part=st.integers(1, 20),
    cuts=st.lists(st.sampled_from([-1.5, 0.0, 0.5, 9.0]), max_size=4, unique=True),
)
def test_shelves_give_back_every_row_in_order(tmp_path_factory, keys, part, cuts):
    rows = pa.table({"key": keys, "name": [f"n{place:02}" for place in range(len(keys))]})
    held = Shelves(tmp_path_factory.mktemp("shelves"), np.sort(np.array(cuts)))
    for first in range(0, len(keys), part):
        some = rows.slice(first, part)
        held.put(some, some["key"].to_numpy())
    assert pa.concat_tables(held.taken(ORDER)).equals(rows.sort_by(ORDER))


def test_a_shelf_holds_about_as_many_rows_as_it_should(tmp_path, monkeypatch):
    monkeypatch.setattr(shelves, "SHELF_ROWS", 100)
    keys = np.random.default_rng(1).normal(size=1_000)
    held = Shelves.of_sample(tmp_path, keys, 1_000)
    held.put(pa.table({"key": keys}), keys)
    sizes = [rows.num_rows for rows in held.taken([("key", "ascending")])]
    assert sum(sizes) == 1_000
    assert max(sizes) <= 101


def test_places_go_onto_shelves_of_one_size(tmp_path, monkeypatch):
    monkeypatch.setattr(shelves, "SHELF_ROWS", 4)
    places = np.array([9, 0, 5, 3, 8, 1, 7, 2, 6, 4])
    held = Shelves.of_places(tmp_path, 10)
    held.put(pa.table({"place": places}), places.astype(float))
    assert [rows["place"].to_pylist() for rows in held.taken([("place", "ascending")])] == [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9],
    ]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["=cmd()", '"><img src=x onerror=alert(1)>', "</script>", "../x", "00123", "9" * 25])
def test_a_hostile_id_is_a_value_and_never_a_path(tmp_path, name):
    held = Shelves(tmp_path, np.empty(0))
    held.put(pa.table({"customer_id": [name]}), np.zeros(1))
    [rows] = held.taken([("customer_id", "ascending")])
    assert rows["customer_id"].to_pylist() == [name]
