"""What contacting changed is told as published, and as it truly was where the truth is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.campaign.uplift import Trial, adjusted, effect, policy_value, qini, qini_gain


def drawn(customers: int, seed: int, propensity: float = 0.5) -> tuple[Trial, np.ndarray, np.ndarray]:
    """Draw a trial with a known chance of being kept in either arm; return it with both chances."""
    drawing = np.random.default_rng(seed)
    alone = drawing.uniform(0.2, 0.8, customers)
    contacted = np.clip(alone + drawing.normal(0.03, 0.15, customers), 0, 1)
    chances = np.full(customers, propensity)
    treated = drawing.random(customers) < chances
    kept = (drawing.random(customers) < np.where(treated, contacted, alone)).astype(float)
    return Trial(kept, treated, chances), alone, contacted


def small(kept: list[int], treated: list[int]) -> Trial:
    return Trial(np.array(kept, float), np.array(treated, bool), np.full(len(kept), 0.5))


BY_HAND = small([1, 0, 1, 0, 0, 1], [1, 0, 1, 0, 1, 0])


def test_the_qini_curve_of_six_customers_is_the_one_worked_out_by_hand():
    assert qini(BY_HAND, np.arange(6.0, 0, -1)).tolist() == [0, 1, 1, 2, 2, 2, 1]


def test_the_curve_ends_at_the_effect_times_the_treated_exactly():
    trial, alone, _ = drawn(5000, 1, 0.3)
    assert qini(trial, alone)[-1] / trial.treated.sum() == pytest.approx(effect(trial).value, abs=1e-12)


def test_customers_with_equal_scores_count_by_the_mean_of_their_orders():
    """All equal: each arm's customers and outcomes come evenly, in whatever order the rows stand."""
    curve = qini(BY_HAND, np.zeros(6))
    even = np.arange(7) / 6
    assert curve == pytest.approx(2 * even - 1 * even * 1)
    order = np.array([5, 3, 1, 0, 2, 4])
    turned = Trial(BY_HAND.outcome[order], BY_HAND.treated[order], BY_HAND.propensity)
    assert qini(turned, np.zeros(6)) == pytest.approx(curve)


def test_an_order_that_says_nothing_gains_nothing_and_the_true_effect_gains_most():
    trial, alone, contacted = drawn(200_000, 2)
    at_random = np.random.default_rng(3).random(200_000)
    by_truth, by_chance = qini_gain(trial, contacted - alone), qini_gain(trial, at_random)
    assert abs(by_chance) < 0.1 * by_truth
    assert qini_gain(trial, alone) < by_truth


def test_the_gain_of_the_true_effect_is_what_theory_says():
    """Of the k with the highest effects the gain is their sum in the treated half: its mean over all k, beside the line."""
    trial, alone, contacted = drawn(400_000, 4)
    effects = np.sort(contacted - alone)[::-1]
    sums = np.concatenate([[0], np.cumsum(effects)]) / len(effects)
    expected = (sums - sums[-1] * np.linspace(0, 1, len(sums))).mean()
    assert qini_gain(trial, contacted - alone) == pytest.approx(expected, rel=0.05)


def test_the_order_turned_round_loses_what_the_order_gained():
    trial, alone, contacted = drawn(200_000, 5)
    score = contacted - alone
    assert qini_gain(trial, -score) == pytest.approx(-qini_gain(trial, score), rel=0.05)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 3)), min_size=2, max_size=30))
def test_only_the_order_of_the_scores_matters(rows):
    kept, treated, score = (np.array(part) for part in zip(*rows, strict=True))
    trial = Trial(kept.astype(float), treated, np.full(len(kept), 0.5))
    assert qini(trial, np.exp(score)) == pytest.approx(qini(trial, score.astype(float)))
    assert qini(trial, score.astype(float))[0] == 0


@pytest.mark.parametrize("normalised", [True, False])
def test_what_a_rule_is_worth_is_found_within_three_standard_errors(normalised):
    trial, alone, contacted = drawn(200_000, 6, 0.3)
    rule = contacted > alone + 0.05
    truth = np.where(rule, contacted, alone).mean()
    found = policy_value(trial, rule, normalised=normalised)
    assert abs(found.value - truth) < 3 * found.standard_error
    assert found.standard_error < 0.004


@pytest.mark.parametrize("normalised", [True, False])
def test_over_many_trials_the_error_is_as_large_as_it_is_said_to_be_and_none_of_it_is_bias(normalised):
    off, said = [], []
    for seed in range(200):
        trial, alone, contacted = drawn(4000, 100 + seed, 0.3)
        rule = contacted > alone
        found = policy_value(trial, rule, normalised=normalised)
        off.append(found.value - np.where(rule, contacted, alone).mean())
        said.append(found.standard_error)
    assert abs(np.mean(off)) < np.mean(said) / 5
    assert np.std(off) == pytest.approx(np.mean(said), rel=0.15)


def test_the_chance_is_read_from_the_log_and_never_taken_to_be_a_half():
    trial, _, contacted = drawn(200_000, 7, 0.3)
    everybody = np.ones(200_000, bool)
    right = policy_value(trial, everybody, normalised=False)
    wrong = policy_value(Trial(trial.outcome, trial.treated, np.full(200_000, 0.5)), everybody, normalised=False)
    assert abs(right.value - contacted.mean()) < 3 * right.standard_error
    assert abs(wrong.value - contacted.mean()) > 30 * wrong.standard_error


def test_chances_that_differ_by_customer_do_not_bias_the_rule():
    drawing = np.random.default_rng(8)
    alone = drawing.uniform(0.2, 0.8, 200_000)
    chances = 0.1 + 0.8 * alone
    treated = drawing.random(200_000) < chances
    kept = (drawing.random(200_000) < alone).astype(float)
    found = policy_value(Trial(kept, treated, chances), np.ones(200_000, bool))
    assert abs(found.value - alone.mean()) < 3 * found.standard_error
    assert abs(effect(Trial(kept, treated, chances)).value) > 0.05


def test_chances_that_differ_by_customer_do_not_bend_the_curve():
    """Nobody is changed by contacting, and those at risk are contacted more often."""
    drawing = np.random.default_rng(11)
    alone = drawing.uniform(0.2, 0.8, 200_000)
    chances = np.where(alone > 0.5, 0.9, 0.5)
    treated = drawing.random(200_000) < chances
    trial = Trial((drawing.random(200_000) < alone).astype(float), treated, chances)
    assert abs(qini_gain(trial, alone)) < 0.002
    assert abs(qini_gain(trial, -alone)) < 0.002


def test_too_few_to_tell_anything_are_refused():
    alone = small([1, 0, 1], [1, 1, 1])
    for asked in (effect, lambda trial: qini_gain(trial, np.arange(3.0))):
        with pytest.raises(ValueError, match="0 customers in the smaller arm"):
            asked(alone)
    for normalised in (True, False):
        with pytest.raises(ValueError, match="0 customers in the arm that the rule"):
            policy_value(alone, np.zeros(3, bool), normalised=normalised)


def test_outcomes_that_are_not_known_are_refused():
    with pytest.raises(ValueError, match="1 outcomes are not known"):
        Trial(np.array([1, np.nan]), np.array([True, False]), np.full(2, 0.5))


@pytest.mark.parametrize("chance", [0.0, 1.0, np.nan])
def test_a_customer_who_could_be_in_one_arm_only_is_refused(chance):
    with pytest.raises(ValueError, match="either arm"):
        Trial(np.ones(2), np.array([True, False]), np.array([0.5, chance]))


def test_taking_off_what_was_known_leaves_one_less_the_squared_correlation_of_the_variance_exactly():
    trial, alone, _ = drawn(5000, 9)
    before = adjusted(trial, alone)
    correlation = np.corrcoef(trial.outcome, alone)[0, 1]
    assert before.outcome.var() / trial.outcome.var() == pytest.approx(1 - correlation**2, rel=1e-12)
    assert before.outcome.mean() == pytest.approx(trial.outcome.mean(), rel=1e-12)


def test_the_effect_is_the_same_with_less_noise():
    off, plain, less = [], [], []
    for seed in range(100):
        trial, alone, contacted = drawn(2000, 1000 + seed)
        found = effect(adjusted(trial, alone))
        off.append(found.value - (contacted - alone).mean())
        plain.append(effect(trial).standard_error)
        less.append(found.standard_error)
    assert np.mean(less) < 0.96 * np.mean(plain)
    assert abs(np.mean(off)) < np.mean(less) / 3
    assert np.std(off) == pytest.approx(np.mean(less), rel=0.2)


def test_what_tells_nothing_changes_nothing():
    trial, _, _ = drawn(100, 10)
    assert np.array_equal(adjusted(trial, np.ones(100)).outcome, trial.outcome)
