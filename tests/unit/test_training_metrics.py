"""Every figure is the field's own, also under weights and ties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from pipeline.training import metrics
from pipeline.training.calibration_lines import CalibrationLines
from pipeline.training.curves import gain_curve, reliability
from pipeline.training.metrics import CalibrationBins, Ranking, Weights
from pipeline.training.newton import fit_logistic, log_losses
from pipeline.training.profits import (
    Economics,
    expected_maximum_profit,
    expected_maximum_profits,
    hulls,
    hulls_of_all_alike,
    maximum_profit,
    maximum_profits,
)

DRAWING = np.random.default_rng(11)
ROWS = 500
CHURNED = (DRAWING.random(ROWS) < 0.3).astype(float)
LOG_ODDS = np.round(CHURNED + DRAWING.normal(-1.5, 1, ROWS), 1)
CHANCE = 1 / (1 + np.exp(-LOG_ODDS))
DRAWN = DRAWING.poisson(1, (3, ROWS)).astype(float)
WEIGHTS = Weights(DRAWN, np.arange(ROWS))
RANKING = Ranking.of(CHURNED, LOG_ODDS)
HULLS = hulls(RANKING, WEIGHTS)


def by_oracle(measure, scores: np.ndarray) -> list[float]:
    return [measure(CHURNED, scores, sample_weight=weights) for weights in DRAWN]


def test_there_are_ties():
    assert len(np.unique(LOG_ODDS)) < ROWS / 4


def test_auc_is_scikit_learns():
    assert metrics.aucs(RANKING, WEIGHTS) == pytest.approx(by_oracle(oracle.roc_auc_score, LOG_ODDS), abs=1e-12)


def test_average_precision_is_scikit_learns():
    expected = by_oracle(oracle.average_precision_score, LOG_ODDS)
    assert metrics.average_precisions(RANKING, WEIGHTS) == pytest.approx(expected, abs=1e-12)


def test_brier_score_is_scikit_learns():
    found = metrics.means((CHANCE - CHURNED) ** 2, WEIGHTS)
    assert found == pytest.approx(by_oracle(oracle.brier_score_loss, CHANCE), abs=1e-12)


def test_log_loss_is_scikit_learns():
    found = metrics.means(log_losses(LOG_ODDS, CHURNED), WEIGHTS)
    assert found == pytest.approx(by_oracle(oracle.log_loss, CHANCE), abs=1e-9)


def test_calibration_slope_is_the_logistic_regression_on_the_log_odds():
    line = fit_logistic(LOG_ODDS[:, None], CHURNED, penalty=0.0)
    slopes = CalibrationLines(CHURNED, LOG_ODDS).slopes(Weights.once(ROWS))
    assert slopes == pytest.approx([line.coefficients[0]], abs=1e-8)


def test_calibration_slope_of_a_draw_is_that_of_the_rows_repeated():
    found = CalibrationLines(CHURNED, LOG_ODDS).slopes(WEIGHTS)
    for slope, drawn in zip(found, DRAWN.astype(int), strict=True):
        line = fit_logistic(np.repeat(LOG_ODDS, drawn)[:, None], np.repeat(CHURNED, drawn), penalty=0.0)
        assert slope == pytest.approx(line.coefficients[0], abs=1e-8)


def test_calibration_slope_of_risks_twice_too_far_apart_is_a_half():
    line = fit_logistic(LOG_ODDS[:, None], CHURNED, penalty=0.0)
    stretched = 2 * line.margins(LOG_ODDS[:, None])
    assert CalibrationLines(CHURNED, stretched).slopes(Weights.once(ROWS)) == pytest.approx([0.5], abs=1e-8)


@pytest.mark.parametrize("times", [0.02, 0.3, 3, 10])
@pytest.mark.parametrize("shift", [-8, 0, 8])
def test_calibration_slope_is_found_however_far_off_the_risks_are(times, shift):
    """Newton's method alone flies off to a slope of any size and sign, whose interval then covers 1."""
    line = fit_logistic(LOG_ODDS[:, None], CHURNED, penalty=0.0)
    spoilt = times * (line.margins(LOG_ODDS[:, None]) + shift)
    assert CalibrationLines(CHURNED, spoilt).slopes(Weights.once(ROWS)) == pytest.approx([1 / times], rel=1e-6)
    moved = spoilt + CalibrationLines(CHURNED, spoilt).intercepts(Weights.once(ROWS))
    assert (1 / (1 + np.exp(-moved))).mean() == pytest.approx(CHURNED.mean(), abs=1e-6)


def test_calibration_intercept_makes_the_mean_risk_what_happened():
    added = CalibrationLines(CHURNED, LOG_ODDS).intercepts(WEIGHTS)
    for weights, offset in zip(DRAWN, added, strict=True):
        moved = 1 / (1 + np.exp(-(LOG_ODDS + offset)))
        assert np.average(moved, weights=weights) == pytest.approx(np.average(CHURNED, weights=weights), abs=1e-9)


def test_lift_among_everybody_is_one_and_found_shares_rise():
    assert metrics.lifts(RANKING, WEIGHTS, 1.0) == pytest.approx(np.ones(3))
    found = [point["found_share"] for point in gain_curve(RANKING)]
    assert found[0] == 0
    assert found[-1] == pytest.approx(1)
    assert (np.diff(found) >= 0).all()


def test_lift_of_a_perfect_ranking_is_one_over_the_churn_share():
    churned = np.array([0.0] * 80 + [1.0] * 20)
    assert metrics.lifts(Ranking.of(churned, churned), Weights.once(100), 0.1) == pytest.approx([5.0])


def test_equal_scores_are_found_in_proportion():
    churned = np.array([1.0, 0, 0, 0])
    assert metrics.found_shares(Ranking.of(churned, np.zeros(4)), Weights.once(4), 0.25) == pytest.approx([0.25])


def test_calibration_error_by_hand():
    churned, chance = np.array([0.0, 1, 1, 1]), np.array([0.2, 0.4, 0.6, 0.8])
    found = CalibrationBins.of(churned, chance, bins=2).errors(Weights.once(4))
    assert found == pytest.approx([0.5 * abs(0.3 - 0.5) + 0.5 * abs(0.7 - 1.0)])


def test_reliability_bins_hold_equal_counts_and_cover_everybody():
    bins = reliability(CHURNED, CHANCE)
    assert [one["snapshots"] for one in bins] == [50] * 10
    assert sum(one["churn_share"] * one["snapshots"] for one in bins) == pytest.approx(CHURNED.sum())
    assert all(one["low"] <= one["churn_share"] <= one["high"] for one in bins)
    assert all(one["from_probability"] <= one["mean_probability"] <= one["to_probability"] for one in bins)


def test_fewer_rows_than_bins_give_a_bin_each():
    assert [one["snapshots"] for one in reliability(np.array([0.0, 1, 0]), np.array([0.1, 0.2, 0.3]))] == [1, 1, 1]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(-3, 3), st.integers(0, 3)), min_size=2, max_size=30))
def test_weighing_a_row_is_repeating_it(rows: list[tuple[bool, int, int]]):
    rows = [*rows, (True, 0, 1), (False, 1, 1)]
    churned, scores, times = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    repeat = times.astype(int)
    weighted = metrics.aucs(Ranking.of(churned, scores), Weights(times[None, :], np.arange(len(rows))))[0]
    repeated = metrics.auc(np.repeat(churned, repeat), np.repeat(scores, repeat))
    assert weighted == pytest.approx(repeated)


def test_a_customer_drawn_twice_brings_all_his_rows_twice():
    customers = np.arange(ROWS) // 5
    drawn = DRAWING.poisson(1, (3, ROWS // 5)).astype(float)
    by_customer, by_row = Weights(drawn, customers), Weights(drawn[:, customers], np.arange(ROWS))
    for measure in (
        lambda weights: metrics.aucs(RANKING, weights),
        lambda weights: metrics.average_precisions(RANKING, weights),
        lambda weights: metrics.lifts(RANKING, weights, 0.1),
        lambda weights: metrics.means(CHANCE, weights),
        CalibrationBins.of(CHURNED, CHANCE).errors,
        CalibrationLines(CHURNED, LOG_ODDS).slopes,
        CalibrationLines(CHURNED, LOG_ODDS).intercepts,
        lambda weights: maximum_profits(hulls(RANKING, weights), Economics()),
        lambda weights: expected_maximum_profits(hulls(RANKING, weights), Economics()),
    ):
        assert measure(by_customer) == pytest.approx(measure(by_row), abs=1e-12)


def test_a_score_that_is_the_same_for_all_has_the_hull_of_one_group_of_equals():
    alike = hulls(Ranking.of(CHURNED, np.zeros(ROWS)), WEIGHTS)
    for found, expected in zip(hulls_of_all_alike(CHURNED, WEIGHTS), alike, strict=True):
        assert np.array(found) == pytest.approx(np.array(expected))


def test_several_tops_at_once_are_each_by_itself():
    shares = np.array([0.0, 0.013, 0.1, 0.5, 1.0])
    together = metrics.found_in_tops(RANKING, WEIGHTS, shares)
    for place, share in enumerate(shares):
        assert together[:, place] == pytest.approx(metrics.found_shares(RANKING, WEIGHTS, share))
    assert (together[:, 0] == 0).all()


def test_profits_of_a_draw_are_those_of_the_rows_repeated():
    repeat = DRAWN[0].astype(int)
    again = np.repeat(CHURNED, repeat), np.repeat(LOG_ODDS, repeat)
    assert maximum_profits(HULLS, Economics())[0] == pytest.approx(maximum_profit(*again, Economics()).value)
    expected = expected_maximum_profit(*again, Economics()).value
    assert expected_maximum_profits(HULLS, Economics())[0] == pytest.approx(expected)
