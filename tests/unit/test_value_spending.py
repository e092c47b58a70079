"""What customers spend when they come back is the model that was published, with its numbers."""

import numpy as np
import pytest
from cdnow_sample import bought
from scipy.integrate import quad
from scipy.optimize import approx_fprime
from scipy.stats import gamma

from pipeline.value.spending import Spending, fit_spending, log_likelihoods, slopes


@pytest.fixture(scope="module")
def cdnow() -> tuple[np.ndarray, np.ndarray]:
    """Return the number of purchases and their average, in dollars, of the 946 who came back."""
    back = bought()[bought()["repeats"] > 0]
    return back["repeats"].to_numpy(float), (back["repeat_minor"] / back["repeats"] / 100).to_numpy()


def test_cdnow_gives_the_published_numbers(cdnow):
    """Fader and Hardie, The Gamma-Gamma model of monetary value (2013): 946 customers, p 6.25, q 3.74, gamma 15.45."""
    found = fit_spending(*cdnow)
    assert found is not None
    assert len(cdnow[0]) == 946
    assert (found.p, found.q, found.gamma) == pytest.approx((6.25, 3.74, 15.45), abs=0.007)
    published = log_likelihoods(Spending(6.25, 3.74, 15.45), *cdnow).sum()
    assert published <= log_likelihoods(found, *cdnow).sum() <= published + 0.01
    assert found.usual == pytest.approx(35.17, abs=0.02)
    assert found.expected(np.array([2.0]), np.array([22.35])) == pytest.approx([24.66], abs=0.005)


def test_how_much_and_how_often_have_little_to_do_with_each_other_there(cdnow):
    assert np.corrcoef(*cdnow)[0, 1] == pytest.approx(0.114, abs=5e-4)


def test_the_slopes_are_those_of_the_likelihood(cdnow):
    at = np.array([3.0, 2.5, 20.0])
    numeric = approx_fprime(at, lambda numbers: log_likelihoods(Spending(*numbers), *cdnow).sum(), 1e-7)
    assert slopes(Spending(*at), *cdnow).sum(axis=1) == pytest.approx(numeric, rel=1e-4)


def test_a_likelihood_is_a_density_of_average_amounts():
    def density(average: float) -> float:
        return float(np.exp(log_likelihoods(Spending(6.25, 3.74, 15.45), np.array([3.0]), np.array([average]))[0]))

    assert quad(density, 0, np.inf)[0] == pytest.approx(1.0, abs=1e-8)


def test_who_is_known_by_many_purchases_is_taken_at_his_word_and_by_none_at_everyones_mean():
    one = Spending(6.25, 3.74, 15.45)
    assert one.expected(np.array([1e6]), np.array([80.0])) == pytest.approx([80], rel=1e-4)
    assert one.expected(np.array([0.0]), np.array([0.0])) == pytest.approx([one.usual])


def test_what_is_expected_is_the_mean_over_customers_drawn_at_random():
    one, drawing = Spending(6.25, 3.74, 15.45), np.random.default_rng(3)
    rates = drawing.gamma(one.q, 1 / one.gamma, 2_000_000)
    average = gamma.rvs(2 * one.p, scale=1 / (2 * rates), random_state=drawing)
    near = np.abs(average - 22.35) < 0.5
    assert (one.p / rates[near]).mean() == pytest.approx(one.expected(np.array([2.0]), np.array([22.35]))[0], rel=0.01)


def test_the_unit_of_money_does_not_matter(cdnow):
    dollars, cents = fit_spending(*cdnow), fit_spending(cdnow[0], cdnow[1] * 100)
    assert dollars is not None
    assert cents is not None
    assert (cents.p, cents.q, cents.gamma) == pytest.approx((dollars.p, dollars.q, 100 * dollars.gamma), rel=1e-6)


@pytest.mark.parametrize("seed", range(8))
def test_amounts_with_a_heavy_tail_do_not_run_away(seed):
    """Their mean hardly exists; who came once is still not worth many times what the others spend."""
    drawing = np.random.default_rng(seed)
    means = 10 / drawing.gamma(1.1, 1, 400)
    times = drawing.integers(1, 8, 400).astype(float)
    average = drawing.gamma(3 * times, means / (3 * times))
    found = fit_spending(times, average)
    assert found is not None
    assert found.usual < 3 * average.mean()


@pytest.mark.parametrize("seed", range(8))
def test_a_search_that_cannot_get_any_flatter_has_found_it(seed):
    drawing = np.random.default_rng(seed)
    times = drawing.integers(1, 5, 5000).astype(float)
    rates = drawing.gamma(200, 1 / 2000, 5000)
    found = fit_spending(times, drawing.gamma(4 * times, 1 / (times * rates)))
    assert found is not None
    assert found.usual == pytest.approx(40, rel=0.05)


def test_where_hardly_anybody_came_back_or_all_spend_the_same_nothing_is_learnt():
    assert fit_spending(np.ones(10), np.arange(1.0, 11.0)) is None
    assert fit_spending(np.ones(100), np.full(100, 5.0)) is None
