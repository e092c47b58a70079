"""A table that gives the answer: no dates, so customers are parted at random, and always the same way."""

from datetime import date

import pyarrow as pa
import pytest

from pipeline.params import SnapshotsParams
from pipeline.snapshots.calendar import NO_DATE, without_time
from pipeline.snapshots.label import snapshots, task_facts

PARAMS = SnapshotsParams(
    label="given",
    decline_share=0.5,
    at_risk_days=60,
    gap_days=7,
    horizon_days=28,
    history_days=60,
    step_days=28,
    newest_as_of="newest",
    test_dates=1,
    max_train_dates=3,
    test_share=0.25,
)


def asked(customers, params=PARAMS):
    return snapshots({"customers": customers}, without_time("newest", None), params).to_pyarrow().to_pylist()


@pytest.fixture
def many(stored):
    """Four thousand customers, every fourth of them gone."""
    names = [f"c{number:04}" for number in range(4000)]
    return stored(pa.table({"customer_id": names, "churned": [number % 4 == 0 for number in range(4000)]}))


def test_every_answer_is_learnt_from_or_tested_on_and_whoever_is_still_there_is_scored(table):
    customers = table("""
        customer_id | churned
        gone        | yes
        there       | no
        not_said    |
    """)
    rows = asked(customers)
    roles = {
        name: {row["role"]: row["churned"] for row in rows if row["customer_id"] == name}
        for name in ("gone", "there", "not_said")
    }
    assert roles["gone"].keys() <= {"train", "test"}
    assert list(roles["gone"].values()) == [True]
    assert roles["there"].keys() - {"train", "test"} == {"score"}
    assert roles["not_said"] == {"score": None}
    assert {row["as_of"] for row in rows} == {NO_DATE}


def test_customers_are_parted_by_the_share_and_nobody_is_on_both_sides(many):
    rows = asked(many)
    sides = {role: {row["customer_id"] for row in rows if row["role"] == role} for role in ("train", "test")}
    assert not sides["train"] & sides["test"]
    assert len(sides["train"] | sides["test"]) == 4000
    assert 900 <= len(sides["test"]) <= 1100


def test_a_customer_is_on_the_same_side_whoever_else_is_in_the_table_and_a_larger_share_only_adds(many):
    def tested(customers, share):
        rows = asked(customers, PARAMS.model_copy(update={"test_share": share}))
        return {row["customer_id"] for row in rows if row["role"] == "test"}

    whole, few = tested(many, 0.25), tested(many.filter(many.customer_id < "c1000"), 0.25)
    assert few == {name for name in whole if name < "c1000"}
    assert whole < tested(many, 0.5)


def test_the_question_names_no_time():
    assert task_facts(PARAMS) == {
        "label": "given",
        "horizon_days": None,
        "gap_days": None,
        "at_risk_days": None,
        "decline_share": None,
    }


def test_the_extract_is_dated_by_declaration_or_by_the_logs_beside_it():
    assert without_time(date(2024, 6, 30), date(2024, 5, 1)).score == date(2024, 6, 30)
    assert without_time("newest", date(2024, 5, 1)).score == date(2024, 5, 1)
