"""Drift: what moved is named, chance is not, and nothing is claimed before the answers are in."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.model.churn_model import probability
from pipeline.monitoring.drift import moved, shifts, stability_index
from pipeline.monitoring.estimate import expected_auc
from pipeline.monitoring.findings import drift_facts, learnt_profile
from pipeline.monitoring.maturity import Cohort, maturity
from pipeline.monitoring.profile import Binning, Profile
from pipeline.params import DriftParams
from pipeline.params_file import load_params

MONTHLY = load_params(Path("params.yaml")).snapshots
STRICT = DriftParams(false_alarm_share=0.01, min_stability_index=0, stop_stability_index=0.5)
SHIPPED = DriftParams(false_alarm_share=0.01, min_stability_index=0.1, stop_stability_index=0.5)


def customers(rng: np.random.Generator, rows: int, columns: int) -> pd.DataFrame:
    """Draw columns as features are: smooth, counted, mostly zero, often missing, named."""
    drawn = {}
    for place in range(columns):
        kind = place % 5
        if kind == 0:
            values = rng.lognormal(3, 1, rows)
        elif kind == 1:
            values = rng.poisson(2, rows).astype(float)
        elif kind == 2:
            values = rng.binomial(1, 0.05, rows) * rng.exponential(5, rows)
        elif kind == 3:
            values = np.where(rng.random(rows) < 0.4, np.nan, rng.normal(size=rows))
        else:
            values = rng.choice(["north", "south", "east", "west"], rows, p=[0.5, 0.3, 0.15, 0.05])
        drawn[f"c{place}"] = values
    return pd.DataFrame({"customer_id": np.arange(rows).astype(str), **drawn})


def alarms(rows: int, columns: int, draws: int) -> int:
    """Count the draws of two samples of one world in which some column is said to have moved."""
    rng = np.random.default_rng(rows)
    found = 0
    for _ in range(draws):
        then, now = customers(rng, rows, columns), customers(rng, rows, columns)
        profile = Profile.of(then, [name for name in then if name != "customer_id"])
        found += bool(moved(shifts(profile, now, STRICT)))
    return found


@pytest.mark.parametrize("rows", [100, 1_000])
def test_at_most_5_of_100_samples_of_an_unmoved_world_raise_an_alarm(rows):
    assert alarms(rows, columns=20, draws=100) <= 5


@pytest.mark.slow
def test_at_most_5_of_100_large_samples_of_an_unmoved_world_raise_an_alarm():
    assert alarms(100_000, columns=10, draws=100) <= 5


@pytest.mark.parametrize("rows", [1_000, 20_000])
@pytest.mark.parametrize("column", ["c0", "c1", "c2", "c3"])
def test_a_column_that_moved_is_named_and_nothing_else_is(rows, column):
    rng = np.random.default_rng(7)
    then, now = customers(rng, rows, 60), customers(rng, rows, 60)
    now[column] = now[column] * 2 + 1
    found = shifts(Profile.of(then, [name for name in then if name != "customer_id"]), now, SHIPPED)
    assert moved(found) == [column]
    assert found[0].name == column


def test_names_that_swap_places_are_a_move():
    rng = np.random.default_rng(7)
    then, now = customers(rng, 2_000, 60), customers(rng, 2_000, 60)
    now["c4"] = now["c4"].map({"north": "west", "west": "north", "south": "south", "east": "east"})
    assert moved(shifts(Profile.of(then, [f"c{place}" for place in range(60)]), now, SHIPPED)) == ["c4"]


def test_a_column_that_went_missing_is_named_with_its_shares():
    rng = np.random.default_rng(7)
    then, now = customers(rng, 2_000, 60), customers(rng, 2_000, 60)
    now["c1"] = np.nan
    found = shifts(Profile.of(then, [f"c{place}" for place in range(60)]), now, SHIPPED)
    assert moved(found) == ["c1"]
    assert (found[0].missing_then, found[0].missing_now) == (0.0, 1.0)


def test_a_sure_but_small_move_is_no_move():
    rng = np.random.default_rng(7)
    then, now = customers(rng, 50_000, 5), customers(rng, 50_000, 5)
    now["c0"] = now["c0"] * 1.1
    names = [f"c{place}" for place in range(5)]
    assert moved(shifts(Profile.of(then, names), now, STRICT)) == ["c0"]
    assert moved(shifts(Profile.of(then, names), now, SHIPPED)) == []


def test_the_index_of_two_samples_of_one_world_is_what_chance_gives():
    rng = np.random.default_rng(7)
    drawn = [
        stability_index(
            np.bincount(rng.integers(0, 10, 1_000), minlength=10).astype(float),
            np.bincount(rng.integers(0, 10, 1_000), minlength=10).astype(float),
        )
        for _ in range(400)
    ]
    assert np.mean(drawn) == pytest.approx(9 * 2 / 1_000, rel=0.1)  # (1/n + 1/m)·(bins − 1)


def test_rows_of_the_same_customers_on_many_dates_count_as_so_many_customers():
    rng = np.random.default_rng(7)
    once = customers(rng, 300, 5)
    often = pd.concat([once] * 6, ignore_index=True)
    now = customers(rng, 300, 5)
    names = [f"c{place}" for place in range(5)]
    assert shifts(Profile.of(often, names), now, STRICT) == shifts(Profile.of(once, names), now, STRICT)


def test_a_profile_survives_its_file():
    profile = Profile.of(customers(np.random.default_rng(7), 500, 10), [f"c{place}" for place in range(10)])
    assert Profile.from_document(profile.document()) == profile


def test_a_column_without_any_value_has_a_bin_for_nothing_else():
    empty = pd.Series([np.nan, np.nan])
    assert Binning.of(empty).counts(empty).tolist() == [0.0, 2.0]


def test_calibrated_probabilities_promise_the_auc_that_comes_true():
    rng = np.random.default_rng(7)
    chance = probability(rng.normal(-2, 1, 200_000))
    cohort = Cohort(date(2024, 1, 1), chance, (rng.random(200_000) < chance).astype(float))
    [facts] = maturity([cohort], MONTHLY)
    assert facts["expected_auc"] == pytest.approx(facts["auc"], abs=0.005)
    assert facts["expected_share"] == pytest.approx(facts["churned_share"], abs=0.003)


def test_the_promise_is_blind_to_a_new_reason_to_leave():
    rng = np.random.default_rng(7)
    chance = probability(rng.normal(-2, 1, 200_000))
    new_world = np.minimum(1, chance * 1.5)
    cohort = Cohort(date(2024, 1, 1), chance, (rng.random(200_000) < new_world).astype(float))
    [facts] = maturity([cohort], MONTHLY)
    assert facts["churned_share"] > 1.4 * facts["expected_share"]


def test_a_cohort_whose_answer_is_not_in_is_pending_until_a_date_and_has_no_result():
    waiting = MONTHLY.model_copy(update={"gap_days": 7, "horizon_days": 28})
    cohort = Cohort(date(2024, 1, 1), np.array([0.2, 0.4]), np.array([0.0, np.nan]))
    [facts] = maturity([cohort], waiting)
    assert facts["pending_until"] == "2024-02-05"
    assert "auc" not in facts
    assert "churned_share" not in facts


def test_an_expected_auc_needs_someone_who_can_leave_and_someone_who_can_stay():
    assert expected_auc(np.array([1.0, 1.0])) is None
    assert expected_auc(np.array([])) is None


def test_the_verdict_names_the_behaviours_that_moved_in_words():
    rng = np.random.default_rng(7)
    then = pd.DataFrame({"customer_id": np.arange(3_000).astype(str), "orders_28d": rng.poisson(4, 3_000)})
    then["days_as_customer"] = 100
    profile = learnt_profile(then, ["orders_28d", "days_as_customer"], rng.random(3_000))
    now = then.assign(orders_28d=then["orders_28d"] + 3, days_as_customer=900)
    facts = drift_facts(profile, now, rng.random(3_000), SHIPPED)
    assert facts["verdict"] == (
        "1 behaviour has moved since the model learned (Purchases in the last 28 days); "
        "the risks themselves have not moved."
    )
    assert [column["name"] for column in facts["features"]] == ["orders_28d"]  # what grows with time always moves
