"""Contacting a customer, and ranking them: published reference values and the integral as an oracle."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import beta

from pipeline.profit import Offer, break_even_probability, net_value
from pipeline.training.profits import Economics, expected_maximum_profit, maximum_profit

PUBLISHED = Economics()
CHURNED = np.array([0.0, 0.0, 1.0, 0.0])
SCORE = np.array([0.34, 0.44, 0.67, 0.83])


def made_up(customers=300, seed=0):
    chance = np.random.default_rng(seed)
    score = chance.random(customers).round(2)
    return (chance.random(customers) < score / 2).astype(float), score


def test_break_even_of_the_published_economics():
    offer = Offer(save_rate=0.3, redemption_share=1, offer_cost=10, contact_cost=1)
    break_even = break_even_probability(np.array([200.0]), offer)
    assert break_even == pytest.approx([0.164179], abs=5e-7)
    assert net_value(break_even, np.array([200.0]), offer) == pytest.approx([0], abs=1e-12)


def test_maximum_profit_of_four_customers_worked_by_hand():
    """The two highest: a quarter are leavers at 57 - 1 each, a quarter stayers at a loss of 11; so 14 - 2.75."""
    best = maximum_profit(CHURNED, SCORE, PUBLISHED)
    assert (best.value, best.contacted_share) == (11.25, 0.5)


def test_expected_maximum_profit_of_four_customers():
    best = expected_maximum_profit(CHURNED, SCORE, PUBLISHED)
    assert best.value == pytest.approx(11.250395612, abs=5e-10)
    assert best.contacted_share == pytest.approx(0.49958, abs=5e-6)


def test_profits_of_five_thousand_customers_are_those_of_the_reference_implementation():
    """15 % leave, whose scores are drawn 1.5 higher; the expected figure is that of two other programs, too."""
    drawing = np.random.default_rng(0)
    churned = (drawing.random(5000) < 0.15).astype(np.float64)
    score = drawing.normal(1.5 * churned)
    best, expected = maximum_profit(churned, score, PUBLISHED), expected_maximum_profit(churned, score, PUBLISHED)
    assert (best.value, best.contacted_share) == pytest.approx((4.7612, 0.3066), abs=5e-5)
    assert expected.value == pytest.approx(4.859501765, abs=5e-10)
    assert expected.contacted_share == pytest.approx(0.277314, abs=5e-7)


def test_expected_maximum_profit_of_a_perfect_ranking():
    churned = (np.arange(1000) < 157).astype(float)
    best = expected_maximum_profit(churned, churned, PUBLISHED)
    assert best.value == pytest.approx(8.792000000012, abs=1e-11)
    assert maximum_profit(churned, churned, PUBLISHED).value == pytest.approx(8.792)


def test_a_constant_score_has_no_maximum_profit_but_an_expected_one():
    churned = (np.arange(1000) < 157).astype(float)
    assert maximum_profit(churned, np.zeros(1000), PUBLISHED).value == 0
    best = expected_maximum_profit(churned, np.zeros(1000), PUBLISHED)
    assert best.value == pytest.approx(0.987243, abs=5e-7)
    assert best.contacted_share == pytest.approx(0.4132, abs=5e-5)


def test_the_closed_form_is_the_integral_over_the_save_rate():
    churned, score = made_up()

    def best_at(save_rate):
        fixed = replace(PUBLISHED, save_alpha=save_rate * 1e9, save_beta=(1 - save_rate) * 1e9)
        return maximum_profit(churned, score, fixed).value * beta.pdf(save_rate, 6, 14)

    integral, _ = quad(best_at, 1e-9, 1 - 1e-9, limit=400, epsabs=1e-10)
    assert expected_maximum_profit(churned, score, PUBLISHED).value == pytest.approx(integral, abs=1e-6)


@pytest.mark.parametrize("profit", [maximum_profit, expected_maximum_profit])
def test_only_the_order_of_the_scores_counts_and_doubling_the_data_changes_nothing(profit):
    churned, score = made_up()
    once = profit(churned, score, PUBLISHED)
    assert profit(churned, np.exp(3 * score) - 7, PUBLISHED) == once
    twice = profit(np.tile(churned, 2), np.tile(score, 2), PUBLISHED)
    assert (twice.value, twice.contacted_share) == pytest.approx((once.value, once.contacted_share))


@pytest.mark.parametrize("seed", range(20))
def test_knowing_the_save_rate_is_worth_something(seed):
    churned, score = made_up(seed=seed)
    known = expected_maximum_profit(churned, score, PUBLISHED).value
    assert known >= maximum_profit(churned, score, PUBLISHED).value


@pytest.mark.parametrize("profit", [maximum_profit, expected_maximum_profit])
@pytest.mark.parametrize(
    ("churned", "customer_value"),
    [(np.zeros(4), 200), ((np.arange(4) > 1).astype(float), 5)],
    ids=["no leavers", "V < d"],
)
def test_where_nothing_can_be_won_the_profit_is_zero_and_nobody_is_contacted(profit, churned, customer_value):
    best = profit(churned, SCORE, replace(PUBLISHED, customer_value=customer_value))
    assert (best.value, best.contacted_share) == (0, 0)
