"""Every line of the catalogue means what a plain reading of it says: engine and hand agree on logs drawn by chance."""

from collections.abc import Callable
from datetime import date

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.features.catalogue import BEHAVIOURS, every_feature, features_in, features_of
from pipeline.features.cube import build_cube, features_at
from tests.by_hand import alike, told
from tests.drawn_logs import AS_OFS, CUSTOMERS, Rows, as_arrow, drawn_logs

NOBODY = "eve"
DRAWN = {
    "seed": st.integers(0, 2**32),
    "as_of": st.sampled_from(AS_OFS),
    "rows": st.integers(1, 60),
    "late": st.booleans(),
}
SLOWLY = {"deadline": None, "suppress_health_check": list(HealthCheck)}

Computed = Callable[[dict[str, Rows], date], pa.Table]


@pytest.fixture
def computed(stored: Callable, keep: Callable) -> Computed:
    """Compute the whole catalogue for every customer, and for one who is in no log."""

    def run(logs: dict[str, Rows], as_of: date) -> pa.Table:
        tables = {kind: stored(as_arrow(rows)) for kind, rows in logs.items()}
        assert {one.name for one in features_in(tables)} == {one.name for one in features_of(BEHAVIOURS)}
        people = ibis.memtable({"customer_id": [*CUSTOMERS, NOBODY]})
        return features_at(build_cube(tables, every_feature(), keep, [as_of]), people, as_of).to_pyarrow()

    return run


def agree(computed: Computed, seed: int, as_of: date, rows: int, late: bool) -> None:
    logs = drawn_logs(seed, as_of, rows, late=late)
    found = {row["customer_id"]: row for row in computed(logs, as_of).to_pylist()}
    wrong = [
        f"{feature.name} of {customer}: engine {found[customer][feature.name]!r}, by hand {value!r}"
        for feature in every_feature()
        for customer in (*CUSTOMERS, NOBODY)
        if not alike(value := told(logs, feature, customer, as_of), found[customer][feature.name])
    ]
    assert wrong == []


@settings(max_examples=4, derandomize=True, **SLOWLY)
@given(**DRAWN)
def test_the_whole_catalogue_agrees_with_a_plain_reading_of_it(computed, seed, as_of, rows, late):
    agree(computed, seed, as_of, rows, late)


@pytest.mark.slow
@settings(max_examples=150, **SLOWLY)
@given(**DRAWN)
def test_the_whole_catalogue_agrees_with_a_plain_reading_of_it_at_length(computed, seed, as_of, rows, late):
    agree(computed, seed, as_of, rows, late)
