"""BG/NBD's chances are the published ones, and the member that holds them adds up like any other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from pipeline.model.inputs import Inputs
from pipeline.model.rhythm import MOST_LOG_ODDS, WAYS, Ahead, Histories, Rhythm, RhythmMember

CDNOW = Rhythm(r=0.243, alpha=4.414, a=0.793, b=2.426)
MEMBER = RhythmMember(Inputs(WAYS[0]), CDNOW, Ahead(0.0, 4.0), slope=0.8, centre=-1.0)
ONE_DAY = 1e-5


def one(repeats: float, last_weeks: float, age_weeks: float) -> Histories:
    """Return the history of a single customer."""
    return Histories(*(np.array([number]) for number in (repeats, last_weeks, age_weeks)))


PUBLISHED = one(2, 30.43, 38.86)


def buys_per_week(gap_weeks: float, rhythm: Rhythm, past: Histories) -> float:
    """Return the rate of buying that far ahead: the chance of a purchase in a moment, over its length."""
    return float((1 - rhythm.silent(past, Ahead(gap_weeks, ONE_DAY))[0]) / ONE_DAY)


def test_the_published_customer_is_alive_with_the_published_chance():
    assert CDNOW.alive(PUBLISHED)[0] == pytest.approx(0.7266, abs=5e-5)


def test_purchases_expected_from_the_chances_after_every_gap_are_the_published_number():
    """Fader, Hardie and Lee expect 1.2260 purchases of this customer in the 39 weeks ahead."""
    assert quad(buys_per_week, 0, 39, args=(CDNOW, PUBLISHED))[0] == pytest.approx(1.2260, abs=2e-4)


def test_purchases_expected_of_him_are_the_published_number():
    assert CDNOW.purchases(PUBLISHED, 39)[0] == pytest.approx(1.2260, abs=5e-5)


@pytest.mark.parametrize("a", [0.3, 1.0, 1 + 1e-9, 1.7])
@pytest.mark.parametrize("past", [PUBLISHED, one(0, 0, 20), one(30, 38, 38.5)])
def test_purchases_expected_are_the_rates_of_buying_added_up(a, past):
    """Whatever the chance of leaving, 1 included, where the published formula divides by 0."""
    rhythm = Rhythm(CDNOW.r, CDNOW.alpha, a, CDNOW.b)
    by_week, _ = quad(buys_per_week, 0, 20, args=(rhythm, past))
    assert rhythm.purchases(past, 20)[0] == pytest.approx(by_week, rel=2e-4)


@pytest.mark.parametrize("past", [PUBLISHED, one(0, 0, 20), one(30, 38, 38.5)])
def test_what_is_expected_of_all_is_that_of_the_kept_and_that_of_the_silent(past):
    silent = CDNOW.silent(past, Ahead(0, 8))
    later = Histories(past.repeats, past.last_weeks, past.age_weeks + 8)
    kept = CDNOW.purchases_if_kept(past, 39, 8)
    both = (1 - silent) * kept + silent * CDNOW.purchases(later, 31)
    assert both == pytest.approx(CDNOW.purchases(past, 39), rel=1e-9)


def test_purchases_of_the_kept_are_those_of_customers_drawn_at_random():
    drawing = np.random.default_rng(5)
    alive = drawing.random(200_000) < CDNOW.alive(PUBLISHED)[0]
    rates = drawing.gamma(CDNOW.r + 2, 1 / (CDNOW.alpha + 38.86), 200_000)
    leaving = drawing.beta(CDNOW.a, CDNOW.b + 2, 200_000)
    day, bought, kept = np.zeros(200_000), np.zeros(200_000), np.zeros(200_000, bool)
    while alive.any():
        day[alive] += drawing.exponential(1 / rates[alive])
        alive &= day < 39
        bought += alive
        kept |= alive & (day < 13)
        alive &= drawing.random(200_000) > leaving
    assert CDNOW.purchases_if_kept(PUBLISHED, 39, 13)[0] == pytest.approx(bought[kept].mean(), rel=0.01)


@pytest.mark.parametrize("weeks", [4, 52])
def test_where_nearly_all_leave_alike_purchases_are_still_told(weeks):
    """As fitted to shoppers who all leave with the chance .3; the hypergeometric form is nothing times infinity here."""
    alike = Rhythm(r=0.774, alpha=0.390, a=451.0, b=872.0)
    young = Histories(np.array([1.0, 0, 3]), np.array([0.5, 0, 1]), np.array([1.0, 2, 1.5]))
    drawing = np.random.default_rng(9)
    for place, history in enumerate([one(1, 0.5, 1), one(0, 0, 2), one(3, 1, 1.5)]):
        rates = drawing.gamma(alike.r + history.repeats, 1 / (alike.alpha + history.age_weeks), 1_000_000)
        leaving = drawing.beta(alike.a, alike.b + history.repeats, 1_000_000)
        expected = (-np.expm1(-rates * leaving * weeks) / leaving).mean() * alike.alive(history)[0]
        assert alike.purchases(young, weeks)[place] == pytest.approx(expected, rel=0.01)


def test_the_integral_is_the_published_form_where_that_can_be_told():
    pasts = Histories(np.array([2.0, 0, 30]), np.array([30.43, 0, 38]), np.array([38.86, 20, 38.5]))
    assert CDNOW._by_integral(pasts, 39) == pytest.approx(CDNOW._while_alive(pasts, 39), rel=1e-6)


def test_who_buys_within_more_weeks_than_are_counted_is_kept_all_the_same():
    """Drawn: of those who buy within 13 weeks, the purchases of the first 4."""
    drawing = np.random.default_rng(12)
    rates = drawing.gamma(CDNOW.r, 1 / (CDNOW.alpha + 38.86), 2_000_000)
    leaving = drawing.beta(CDNOW.a, CDNOW.b, 2_000_000)
    kept = -np.expm1(-rates * 13)
    purchases = -np.expm1(-rates * leaving * 4) / leaving
    expected = purchases.mean() / kept.mean()
    assert CDNOW.purchases_if_kept(one(0, 0, 38.86), 4, 13)[0] == pytest.approx(expected, rel=0.01)


def test_who_came_once_counts_as_alive():
    assert CDNOW.alive(one(0, 0, 50))[0] == 1


def test_silence_is_never_taken_for_one_minus_alive():
    """Who came once is alive for certain by the model, and yet hardly comes again."""
    assert CDNOW.silent(one(0, 0, 50), Ahead(0, 4))[0] > 0.95


def test_chances_after_a_gap_are_those_of_customers_drawn_at_random():
    """Rates and chances of leaving drawn from what the past leaves possible, each customer worked out by itself."""
    drawing = np.random.default_rng(1)
    rates = drawing.gamma(CDNOW.r + 2, 1 / (CDNOW.alpha + 38.86), 400_000)
    leaving = drawing.beta(CDNOW.a, CDNOW.b + 2, 400_000)
    buys = np.exp(-rates * leaving * 6) * (1 - np.exp(-rates * 4))
    expected = 1 - CDNOW.alive(PUBLISHED)[0] * buys.mean()
    assert CDNOW.silent(PUBLISHED, Ahead(6, 4))[0] == pytest.approx(expected, abs=3e-4)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 180), st.floats(0, 1), st.floats(1, 100), st.floats(0, 20), st.floats(1, 30))
def test_chances_are_chances_and_a_longer_silence_is_less_likely(repeats, last, age, gap, horizon):
    past = one(repeats, last * age if repeats else 0, age)
    chance, longer = (CDNOW.silent(past, Ahead(gap, weeks))[0] for weeks in (horizon, horizon + 1))
    assert -1e-9 <= longer <= chance + 1e-9 <= 1 + 2e-9
    assert abs(CDNOW.silent_log_odds(past, Ahead(gap, horizon))[0]) <= MOST_LOG_ODDS + 1e-9


def test_log_odds_stay_within_what_can_be_believed():
    daily = Rhythm(r=1.4, alpha=1.4, a=0.001, b=3)
    assert daily.silent_log_odds(one(180, 26, 26), Ahead(0, 20))[0] == pytest.approx(-MOST_LOG_ODDS)


def test_all_the_member_says_is_put_down_to_the_first_column_it_reads():
    matrix = np.array([[12.0, 170.0, 60.0], [1.0, 10.0, 10.0]])
    margins = MEMBER.slope * CDNOW.silent_log_odds(Histories.of(matrix), MEMBER.ahead)
    added = MEMBER.contributions(matrix)
    assert MEMBER.base + added[:, 0] == pytest.approx(margins)
    assert not added[:, 1:].any()


def test_who_never_bought_gets_nothing_and_who_bought_long_ago_gets_his_silence():
    never, long_ago = MEMBER.contributions(np.array([[0.0, np.nan, np.nan], [0.0, np.nan, 300.0]]))[:, 0]
    assert never == 0
    assert long_ago > 0


def test_a_saved_member_comes_back_the_same():
    again = RhythmMember.from_document(MEMBER.document(), MEMBER.inputs)
    assert again == MEMBER
