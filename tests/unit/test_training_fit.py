"""Learning is the same whoever runs it, and says so when there is too little to learn from."""

import numpy as np
import pytest
from churn_rows import TRAIN, later_rows, train, train_rows, trained
from sklearn.linear_model import LogisticRegression

from pipeline.errors import IntegrityError, TooLittleDataError
from pipeline.training import members
from pipeline.training.calibrate import SMALLEST_SLOPE, fit_platt
from pipeline.training.metrics import auc
from pipeline.training.newton import fit_logistic, fit_penalties, log_losses
from pipeline.training.preflight import MOST_LEVELS

ROWS = train_rows()
NO_RHYTHM = "The buying rhythm takes no part: there are no purchases that it could be read from."


@pytest.fixture(scope="module")
def noise() -> tuple[np.ndarray, np.ndarray]:
    drawing = np.random.default_rng(3)
    inputs = drawing.normal(size=(2000, 6))
    chance = 1 / (1 + np.exp(1 - inputs @ np.array([1.0, -2, 0, 0.5, 0, 3])))
    return inputs, (drawing.random(2000) < chance).astype(float)


def test_two_threads_make_the_same_model_as_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(members, "ROWS_WORTH_A_THREAD", 1)
    assert train(ROWS, threads=2)[0].document() == trained().document()


def test_the_order_of_the_rows_does_not_matter():
    assert train(ROWS.sample(frac=1, random_state=4))[0].version == trained().version


def test_another_seed_makes_another_model():
    assert train(ROWS, TRAIN.model_copy(update={"seed": 8}))[0].version != trained().version


def test_the_model_finds_what_the_rows_were_made_with():
    later = later_rows()
    assert auc(later["churned"].to_numpy(float), trained().log_odds(later)) > 0.82


def test_training_reports_what_it_chose_and_what_unseen_customers_said():
    facts = train(ROWS)[1]
    assert facts["rounds"] in range(10, TRAIN.max_rounds + 1, 10)
    assert facts["rows"] == len(ROWS)
    assert facts["customers"] == 300
    assert facts["churners"] == ROWS["churned"].sum()
    assert 0.8 < facts["oof_auc"] < 1
    assert facts["oof_log_loss"] <= min(facts["oof_log_loss_trees"], facts["oof_log_loss_logistic"]) + 0.01
    assert facts["notes"] == [NO_RHYTHM]


def test_a_search_that_was_cut_short_says_so():
    facts = train(ROWS, TRAIN.model_copy(update={"max_rounds": 10}))[1]
    assert facts["rounds"] == 10
    assert facts["notes"] == [NO_RHYTHM, "The trees were still getting better after 10 rounds: raise train.max_rounds."]


def test_calibrated_probabilities_have_the_mean_that_was_seen():
    assert trained().probabilities(ROWS).mean() == pytest.approx(ROWS["churned"].mean(), abs=0.02)


def test_a_constant_column_is_left_out_and_named():
    model, facts = train(ROWS.assign(spend_182d=7))
    assert "spend_182d" not in model.features
    assert facts["notes"] == ["spend_182d is the same for everyone: left out.", NO_RHYTHM]


def test_a_column_with_a_level_for_nearly_everyone_is_left_out_and_named():
    model, facts = train(ROWS.assign(main_category_91d=ROWS["customer_id"]))
    assert "main_category_91d" not in model.features
    assert f"has 300 different values, more than the {MOST_LEVELS} that can be learnt" in facts["notes"][0]


def test_an_infinity_is_refused_by_name():
    with pytest.raises(IntegrityError, match="order_value_28d holds an infinity"):
        train(ROWS.assign(order_value_28d=np.inf * (ROWS.index.to_numpy() - 5.5)))


def test_a_missing_column_is_refused_by_name():
    with pytest.raises(IntegrityError, match="orders_182d is not among the features"):
        train(ROWS.drop(columns="orders_182d"))


@pytest.mark.parametrize(
    ("churned", "sentence"),
    [
        (
            [True] * 7 + [False] * 593,
            r"hold 7 churners among \d+ customers \(600 snapshots\); a model needs 20, so 13 more",
        ),
        ([False] * 600, r"hold 0 churners among \d+ customers \(600 snapshots\); a model needs 20, so 20 more"),
        (
            [True] * 600,
            r"hold 0 customers who stayed among \d+ customers \(600 snapshots\); a model needs 20, so 20 more",
        ),
    ],
)
def test_too_few_of_either_answer_says_how_many_are_missing(churned: list[bool], sentence: str):
    with pytest.raises(TooLittleDataError, match=sentence):
        train(ROWS.assign(churned=churned))


def test_the_regression_is_scikit_learns_ridge_logistic_regression(noise: tuple[np.ndarray, np.ndarray]):
    inputs, churned = noise
    ours = fit_logistic(inputs, churned, penalty=4.0)
    theirs = LogisticRegression(C=1 / 4.0, tol=1e-10, max_iter=10_000).fit(inputs, churned)
    assert ours.coefficients == pytest.approx(theirs.coef_[0], abs=1e-5)
    assert ours.intercept == pytest.approx(theirs.intercept_[0], abs=1e-5)


@pytest.mark.parametrize("signs", [None, np.array([1.0, 1, 1, 0, -1, -1])], ids=["free", "kept signs"])
def test_penalties_tried_one_after_another_give_what_each_gives_alone(noise, signs):
    inputs, churned = noise
    penalties = (3.0, 100.0, 30.0)
    for penalty, found in zip(penalties, fit_penalties(inputs, churned, penalties, signs), strict=True):
        alone = fit_logistic(inputs, churned, penalty, signs)
        assert found.coefficients == pytest.approx(alone.coefficients, abs=1e-9)
        assert found.intercept == pytest.approx(alone.intercept, abs=1e-9)
        assert signs is None or (found.coefficients * signs >= 0).all()


def test_a_regression_that_separates_perfectly_still_ends():
    inputs = np.linspace(-1, 1, 50)[:, None]
    assert np.isfinite(fit_logistic(inputs, (inputs[:, 0] > 0).astype(float), penalty=1e-6).coefficients).all()


def test_platts_line_undoes_a_known_distortion(noise: tuple[np.ndarray, np.ndarray]):
    inputs, churned = noise
    right = fit_logistic(inputs, churned, penalty=0.0).margins(inputs)
    line = fit_platt((right - 0.7) / 2, churned)
    assert (line.slope, line.offset) == pytest.approx((2, 0.7), abs=0.03)


def test_platts_line_leaves_right_margins_alone(noise: tuple[np.ndarray, np.ndarray]):
    inputs, churned = noise
    right = fit_logistic(inputs, churned, penalty=0.0).margins(inputs)
    line = fit_platt(right, churned)
    assert (line.slope, line.offset) == pytest.approx((1, 0), abs=0.03)


def test_platts_line_never_turns_a_ranking_round(noise: tuple[np.ndarray, np.ndarray]):
    inputs, churned = noise
    line = fit_platt(-fit_logistic(inputs, churned, penalty=0.0).margins(inputs), churned)
    assert line.slope == SMALLEST_SLOPE
    assert 1 / (1 + np.exp(-line.offset)) == pytest.approx(churned.mean(), abs=0.02)


def test_platts_line_is_finite_where_margins_separate_perfectly():
    margins = np.array([-3.0, -2, -1, 1, 2, 3])
    line = fit_platt(margins, (margins > 0).astype(float))
    assert 0 < line.slope < 10


def test_log_losses_do_not_overflow():
    assert log_losses(np.array([-1000.0, 1000.0]), np.array([0.0, 0.0])).tolist() == [0.0, 1000.0]
