"""How long subscribers stay: the numbers that Fader and Hardie (2007) published."""

from itertools import pairwise

import numpy as np
import pytest

from pipeline.value.lifetime import Lifetime, fit_lifetime, fit_lifetime_to_watched

HIGH_END = (0.869, 0.743, 0.653, 0.593, 0.551, 0.517, 0.491)
REGULAR = (0.631, 0.468, 0.382, 0.326, 0.289, 0.262, 0.241)


def watched(survival: tuple[float, ...], subscribers: int = 1000) -> tuple[np.ndarray, np.ndarray]:
    """Return who was there in which year and whether he left at its end, from the share still there after each."""
    there = np.round(np.array([1.0, *survival]) * subscribers).astype(int)
    period = np.repeat(np.arange(1, len(there)), there[:-1]).astype(float)
    left = np.concatenate([np.arange(before) >= after for before, after in pairwise(there)])
    return period, left.astype(float)


@pytest.mark.parametrize(("survival", "alpha", "beta"), [(HIGH_END, 0.668, 3.806), (REGULAR, 0.704, 1.182)])
def test_the_published_survival_gives_the_published_numbers(survival, alpha, beta):
    found = fit_lifetime(*watched(survival))
    assert found is not None
    assert (round(found.alpha, 3), round(found.beta, 3)) == (alpha, beta)


def test_years_that_nobody_had_seen_are_foretold_as_published():
    found = fit_lifetime(*watched(HIGH_END))
    assert found is not None
    assert found.survival(np.arange(8.0, 13.0)).round(3).tolist() == [0.460, 0.436, 0.414, 0.395, 0.378]


@pytest.mark.parametrize(("year", "published"), [(7, 7.345), (8, 7.530)])
def test_the_years_that_a_subscriber_is_still_expected_to_pay_are_as_published(year, published):
    """Fader and Hardie (2010), Customer-base valuation in a contractual setting: payments after this year's, at 10 percent."""
    later = np.arange(1, 400)
    left = Lifetime(0.668, 3.806)
    payments = left.still_there(np.float64(year), later) / 1.1 ** (later - 1)
    stays = 1 - left.leaving(np.float64(year))
    assert stays * payments.sum() == pytest.approx(published, abs=0.002)


def test_subscribers_one_a_row_give_the_same_numbers_as_their_periods_one_a_row():
    drawing = np.random.default_rng(2)
    first = drawing.integers(1, 6, 500)
    stayed = first + drawing.integers(-1, 9, 500)
    left = drawing.random(500) < 0.4
    counted = left | (stayed >= first)
    rows = [
        (period, float(gone and period > last))
        for begun, last, gone in zip(first[counted], stayed[counted], left[counted], strict=True)
        for period in range(begun, last + 1 + gone)
    ]
    assert fit_lifetime_to_watched(first, stayed, left) == fit_lifetime(*np.array(rows, dtype=float).T)


def test_survival_is_staying_period_after_period():
    one = Lifetime(0.7, 1.2)
    stays = np.cumprod(1 - one.leaving(np.arange(1.0, 10.0)))
    assert one.survival(np.arange(1.0, 10.0)) == pytest.approx(stays)


def test_who_was_watched_only_from_a_later_year_on_counts_too():
    period, left = watched(tuple(Lifetime(0.668, 3.806).survival(np.arange(1.0, 12.0))), 1_000_000)
    late = period > 3
    found = fit_lifetime(period[late], left[late])
    assert found is not None
    assert (found.alpha, found.beta) == pytest.approx((0.668, 3.806), rel=0.02)


@pytest.mark.parametrize("left", [0.0, 1.0])
def test_where_all_stay_or_all_leave_nothing_can_be_learnt(left):
    assert fit_lifetime(np.array([1.0, 2.0]), np.full(2, left)) is None
