"""Reasons of many customers said at once are those said one by one, and say what the feature table holds."""

import re
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from sentences import read

from pipeline.features.catalogue import every_feature
from pipeline.params import ExplainParams
from pipeline.scoring.reasons import Explained, Phrases, reasons, reasons_table, typical_values
from pipeline.scoring.sentences import sentences
from pipeline.scoring.wording import Saying, others_in, reason_sentence

FEATURES = every_feature()
NAMES = tuple(feature.name for feature in FEATURES)
EVERYBODY_LEAVES = 40.0
SHOWN = ExplainParams(reasons=3, min_points=0)


def made_up(customers: int, seed: int) -> Explained:
    """Draw every column of the catalogue, some values missing, and contributions of either sign."""
    rng = np.random.default_rng(seed)
    columns = {}
    for feature in FEATURES:
        if feature.behaviour.measure.type == "string":
            values = rng.choice(["bread", "wine"], customers).astype(object)
        elif feature.unit == "share":
            values = rng.integers(0, 5, customers) / 4
        else:
            values = rng.integers(
                -3 if feature.unit in {"change", "slope", "money_slope"} else 0, 40, customers
            ).astype(float)
        columns[feature.name] = np.where(rng.random(customers) < 0.15, None, values)
    frame = pd.DataFrame(columns).infer_objects()
    frame = frame.apply(lambda column: column if column.map(type).eq(str).any() else column.astype(float))
    families = tuple(feature.family for feature in FEATURES)
    added = rng.normal(size=(customers, len(NAMES)))
    keys = list(dict.fromkeys(families))
    by_family = pd.DataFrame({key: added[:, np.array(families) == key].sum(axis=1) for key in keys})
    keyed = frame.assign(customer_id=[f"c{row}" for row in range(customers)], as_of=date(2024, 1, 1))
    return Explained(keyed, added, NAMES, families, by_family, np.full(customers, 5.0), EVERYBODY_LEAVES)


def test_sentences_said_together_are_those_said_one_by_one():
    found = made_up(300, seed=1)
    told = reasons(found, SHOWN, "EUR")
    typical = typical_values(found.features, NAMES)
    said = {
        (row, reason_sentence(feature, found.features.iloc[row].to_dict(), typical, "EUR"))
        for row in range(300)
        for feature in FEATURES
    }
    for column in ("reason_1", "reason_2", "reason_3", "protective_reason", "actionable_reason"):
        for row, sentence in enumerate(told[column]):
            assert pd.isna(sentence) or sentence == "No clear driver" or (row, sentence) in said


def test_the_quoted_behaviour_is_the_one_that_moved_most_in_the_familys_direction():
    found = made_up(200, seed=2)
    told = reasons(found, SHOWN, "EUR")
    typical = typical_values(found.features, NAMES)
    for column, sign in (("reason_1", 1), ("protective_reason", -1)):
        for row, (sentence, family) in enumerate(zip(told[column], told[f"{column}_family"], strict=True)):
            if family is None:
                continue
            members = [place for place, key in enumerate(found.families) if key == family]
            strongest = max(members, key=lambda place: sign * found.contributions[row, place])
            assert sentence == reason_sentence(FEATURES[strongest], found.features.iloc[row].to_dict(), typical, "EUR")
            assert np.sign(told[f"{column}_points"].iloc[row]) == sign


def test_customers_with_equal_rows_read_the_same():
    found = made_up(50, seed=3)
    twice = Explained(
        pd.concat([found.features, found.features], ignore_index=True),
        np.vstack([found.contributions] * 2),
        found.names,
        found.families,
        pd.concat([found.by_family] * 2, ignore_index=True),
        np.concatenate([found.points_per_log_odd] * 2),
        found.base_log_odds,
    )
    phrases = Phrases(typical_values(found.features, NAMES), "EUR")
    told = reasons_table(twice, SHOWN, phrases).to_pandas().drop(columns="customer_id")
    pd.testing.assert_frame_equal(told.iloc[:50], told.iloc[50:].reset_index(drop=True))


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_a_missing_value_is_no_record_and_never_nought(feature):
    typical = dict.fromkeys(NAMES, 1.0)
    sentence = reason_sentence(feature, {feature.name: None, **dict.fromkeys(others_in(feature), 3.0)}, typical, "EUR")
    assert sentence.startswith("No record of ")
    assert not re.search(r"\b0\b", sentence)


def test_of_every_catalogue_line_every_number_told_is_the_one_in_the_table():
    found = made_up(150, seed=4)
    typical = typical_values(found.features, NAMES)
    for row in found.features.to_dict("records"):
        for feature in FEATURES:
            told = read(reason_sentence(feature, row, typical, "EUR"), feature)
            assert told is not None, feature.name
            for one in told:
                value = (row if one.whose == "own" else typical)[one.feature.name]
                assert one.agrees(value, "EUR"), (one.feature.name, one.text, value)


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_no_sentence_names_a_column(feature):
    values = {
        name: "bread" if FEATURES[place].behaviour.measure.type == "string" else 2.0 for place, name in enumerate(NAMES)
    }
    sentence = reason_sentence(feature, values, values, "EUR")
    assert "_" not in sentence
    assert "{" not in sentence
    assert "[" not in sentence


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_every_sentence_gives_the_own_value_and_what_is_usual(feature):
    is_name = feature.behaviour.measure.type == "string"
    minor = 100 if feature.unit in {"money", "price", "money_slope"} else 1
    own, usual = ("bread", "wine") if is_name else (7.0 * minor, 3.0 * minor)
    values = dict.fromkeys((feature.name, *others_in(feature)), own)
    sentence = reason_sentence(feature, values, {feature.name: usual}, "EUR")
    assert ";" in sentence
    told, compared = sentence.split(";", 1)
    assert ("bread" if is_name else "7") in told.replace("700%", "7").replace("0.07", "7")
    assert re.search(r"typical is|most common is|usually every|last purchase|the card expires", compared)


def with_attributes(added: list[list[float]]) -> Explained:
    """Return one customer a row of contributions of contract, region and months."""
    names = ("attribute_contract", "attribute_region", "attribute_months")
    rows = pd.DataFrame(
        {"attribute_contract": "monthly", "attribute_region": "north", "attribute_months": 5.0},
        index=range(len(added)),
    ).assign(customer_id=[f"c{row}" for row in range(len(added))], as_of=date(2024, 1, 1))
    by_family = pd.DataFrame({"profile": np.array(added).sum(axis=1)})
    return Explained(
        rows, np.array(added), names, ("profile",) * 3, by_family, np.full(len(added), 5.0), EVERYBODY_LEAVES
    )


def test_attributes_that_push_nearly_as_far_as_the_strongest_are_told_with_it():
    told = reasons(with_attributes([[1.0, 0.4, 0.6]]), SHOWN, "EUR")["reason_1"].iloc[0]
    assert told == "Contract is monthly; most common is monthly. Months is 5; typical is 5."


def test_each_customer_is_told_of_as_many_attributes_as_push_nearly_as_far():
    found = with_attributes([[1.0, 0.4, 0.6], [-1.0, -0.9, -0.8], [1.0, 0.1, 0.1], [0.0, 0.0, 0.0]])
    told = reasons(found, ExplainParams(reasons=3, min_points=0.5), "EUR")
    contract, region, months = (
        "Contract is monthly; most common is monthly.",
        "Region is north; most common is north.",
        "Months is 5; typical is 5.",
    )
    assert told["reason_1"].tolist() == [f"{contract} {months}", "No clear driver", contract, "No clear driver"]
    assert told["protective_reason"].fillna("").tolist() == ["", f"{contract} {region} {months}", "", ""]


@pytest.mark.parametrize(("usual_risk", "told"), [(0.5, False), (0.01, True)])
def test_where_few_leave_less_than_a_point_is_a_reason(usual_risk, told):
    found = replace(with_attributes([[0.06, 0.0, 0.0]]), base_log_odds=float(np.log(usual_risk / (1 - usual_risk))))
    reason = reasons(found, ExplainParams(reasons=3, min_points=1), "EUR")["reason_1"].iloc[0]
    assert (reason != "No clear driver") == told


def of_payments(method_pushes: float, run_pushes: float) -> Explained:
    """Return one customer with two behaviours of one family: the way of paying, which nothing changes, and failures."""
    names = ("payment_method", "failed_share_182d")
    rows = pd.DataFrame(
        {"payment_method": ["card"], names[1]: [0.2], "customer_id": ["c"], "as_of": [date(2024, 1, 1)]}
    )
    by_family = pd.DataFrame({"payments": [method_pushes + run_pushes]})
    added = np.array([[method_pushes, run_pushes]])
    return Explained(rows, added, names, ("payments",) * 2, by_family, np.array([5.0]), EVERYBODY_LEAVES)


@pytest.mark.parametrize(("run_pushes", "told"), [(1.0, True), (0.5, True), (0.4, False)])
def test_what_can_be_changed_is_told_where_it_is_half_of_what_moves_most(run_pushes, told):
    found = reasons(of_payments(1.0, run_pushes), SHOWN, "EUR")["actionable_reason"]
    assert found.notna().tolist() == [told]


def test_where_no_family_moves_anyone_far_enough_there_is_no_clear_driver():
    told = reasons(
        with_attributes([[1.0, 0.4, 0.6], [-1.0, -0.9, -0.8]]), ExplainParams(reasons=3, min_points=99), "EUR"
    )
    assert told["reason_1"].tolist() == ["No clear driver"] * 2
    assert told["protective_reason"].isna().all()


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_a_sentence_of_many_customers_is_that_of_each_one(feature):
    found = made_up(200, seed=4).features
    names = (feature.name, *others_in(feature))
    saying = Saying.of(feature, typical_values(found, names), "EUR")
    told = sentences(saying, {name: found[name] for name in names}).to_pylist()
    assert told == [saying.of_customer(row) for row in found.to_dict("records")]
