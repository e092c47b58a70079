"""A behaviour is one line: added to the catalogue while a test runs, it is everywhere at once."""

import re
from collections.abc import Callable, Iterator
from datetime import date

import ibis
import pyarrow as pa
import pytest

from pipeline.commands.catalogue import lines
from pipeline.features import catalogue, leaktest, logs
from pipeline.features.behaviour import Behaviour
from pipeline.features.catalogue import feature_named, features_in
from pipeline.features.cube import build_cube, features_at
from pipeline.features.dictionary import catalogue_rows, features_page
from pipeline.features.logs import CUSTOMERS
from pipeline.features.measures import Attribute, total
from pipeline.features.windows import EVER, last
from pipeline.scoring.wording import reason_sentence
from pipeline.stages import products
from tests.drawn_logs import CUSTOMERS as PEOPLE
from tests.drawn_logs import as_arrow, drawn_logs

AS_OF = date(2024, 9, 17)

LINE = Behaviour(
    "spent",
    "Money spent in all",
    "money",
    "spending",
    total(logs.SPEND),
    last(5, 50),
    "{} spent in all {window}",
    "low",
)
NAMES = ("spent_5d", "spent_50d")


@pytest.fixture(autouse=True)
def _one_line_more(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(catalogue, "BEHAVIOURS", (*catalogue.BEHAVIOURS, LINE))
    catalogue._by_name.cache_clear()
    yield
    catalogue._by_name.cache_clear()


@pytest.fixture
def tables(stored: Callable) -> dict:
    return {"purchases": stored(as_arrow(drawn_logs(5, AS_OF, 60, late=False)["purchases"]))}


def test_it_becomes_a_column_for_each_window(tables, keep):
    features = features_in(tables)
    people = ibis.memtable({"customer_id": list(PEOPLE)})
    table = features_at(build_cube(tables, features, keep), people, AS_OF).to_pyarrow()
    assert table.column_names[-2:] == list(NAMES)
    assert table.schema.field("spent_50d").type == pa.int64()


def test_it_has_words_a_direction_and_a_family():
    assert feature_named("spent_5d").words == "Money spent in all in the last 5 days"
    assert (feature_named("spent_5d").direction, feature_named("spent_5d").family) == (-1, "spending")


def test_it_has_a_row_in_the_dictionary_and_on_the_page():
    assert [row["words"] for row in catalogue_rows() if row["name"] == "spent_50d"] == [
        "Money spent in all in the last 50 days"
    ]
    assert "| `spent_50d` | Money spent in all in the last 50 days | money | 0 | no |" in features_page()


def test_its_reason_reads_well():
    values = {"spent_50d": 1250}
    assert reason_sentence(feature_named("spent_50d"), values, {"spent_50d": 4000}, "EUR") == (
        "€12 spent in all in the last 50 days; typical is €40."
    )


def test_churn_catalogue_lists_it_with_todays_coverage(tmp_path, monkeypatch):
    monkeypatch.setattr(products, "FEATURES", tmp_path / "features.parquet")
    assert [line for line in lines() if line.startswith("spent_50d ")]
    days = pa.array([date(2024, 1, 1)] * 2 + [AS_OF] * 4, pa.date32())
    rows = pa.table({"as_of": days, "spent_5d": [1, 1, None, 3, 4, 5], "spent_50d": [None, None, 1, 2, 3, 4]})
    pa.parquet.write_table(rows, tmp_path / "features.parquet")
    [short] = [line for line in lines() if line.startswith("spent_5d ")]
    [long] = [line for line in lines() if line.startswith("spent_50d ")]
    [other] = [line for line in lines() if line.startswith("orders_7d ")]
    assert [re.split(r"\s{2,}", line)[1] for line in (short, long, other)] == ["75%", "100%", "not there"]


def test_the_leak_test_covers_it(tables, stored, keep, monkeypatch):
    """A line that reads the answer is named; the sound one beside it is not."""
    leaky = Behaviour("churned", "Whether they left", "count", "profile", Attribute(CUSTOMERS, "churned"), EVER, "{}")
    monkeypatch.setattr(catalogue, "BEHAVIOURS", (LINE, leaky))
    answers = {"customer_id": list(PEOPLE), "churned": [True, False, False, True]}
    given = tables | {"customers": stored(pa.table(answers))}
    people = {AS_OF: ibis.memtable({"customer_id": list(PEOPLE)})}
    features = features_in(given)
    assert [one.name for one in features] == [*NAMES, "churned"]
    assert {name for leak in leaktest.leaks(given, features, people, keep) for name in leak.features} == {"churned"}
