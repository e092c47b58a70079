"""A model takes the lead only where it is surely better."""

from dataclasses import replace
from typing import Any

import pytest
from churn_rows import EVALUATE, TRAIN, later_rows, train, train_rows, trained

from pipeline.errors import ParamsError
from pipeline.model.churn_model import Platt
from pipeline.training.promote import Promotion, against_champion, first_champion

TEST = later_rows()


def evaluation(*, calibrated: bool, gain_high: float) -> dict[str, Any]:
    gain = {"value": gain_high - 0.01, "low": gain_high - 0.02, "high": gain_high}
    return {
        "verdicts": [{"key": "calibration", "holds": calibrated, "sentence": "What was found."}],
        "baselines": [{"words": "fewest purchases", "auc": {"value": 0.8}, "auc_gain": gain}],
    }


GOOD = evaluation(calibrated=True, gain_high=0.01)


def test_the_first_champion_needs_no_more_than_to_be_calibrated_and_not_surely_worse_than_a_simple_rule():
    assert first_champion(evaluation(calibrated=True, gain_high=0.001)).promoted


def test_a_first_model_that_is_not_calibrated_does_not_lead():
    decision = first_champion(evaluation(calibrated=False, gain_high=0.05))
    assert not decision.promoted
    assert "What was found." in decision.sentence


def test_a_first_model_that_is_surely_worse_than_a_simple_rule_does_not_lead():
    decision = first_champion(evaluation(calibrated=True, gain_high=-0.001))
    assert not decision.promoted
    assert "fewest purchases" in decision.sentence


def test_a_better_challenger_leads():
    spoilt = replace(trained(), platt=Platt(trained().platt.slope * 3, 1.0))
    decision = against_champion(trained(), spoilt, TEST, GOOD, EVALUATE)
    assert decision.promoted
    assert f"lowers the log loss of the champion, model {spoilt.version}, by +" in decision.sentence


def test_a_worse_challenger_does_not_lead():
    spoilt = replace(trained(), platt=Platt(trained().platt.slope * 3, 1.0))
    decision = against_champion(spoilt, trained(), TEST, GOOD, EVALUATE)
    assert not decision.promoted
    assert "it is surely worse" in decision.sentence


def test_a_challenger_as_good_as_the_champion_does_not_lead():
    as_good, _ = train(train_rows(), TRAIN.model_copy(update={"seed": 8}))
    decision = against_champion(as_good, trained(), TEST, GOOD, EVALUATE)
    assert not decision.promoted
    assert "the interval includes zero" in decision.sentence


def test_a_better_challenger_whose_probabilities_do_not_hold_does_not_lead():
    spoilt = replace(trained(), platt=Platt(trained().platt.slope * 3, 1.0))
    decision = against_champion(trained(), spoilt, TEST, evaluation(calibrated=False, gain_high=0.01), EVALUATE)
    assert not decision.promoted
    assert decision.sentence == "Not promoted. What was found."


def test_a_challenger_judged_by_too_few_does_not_lead_and_every_reason_is_told():
    thin = evaluation(calibrated=False, gain_high=0.01)
    thin["verdicts"].append({"key": "enough_data", "holds": False, "sentence": "Too few to judge by."})
    spoilt = replace(trained(), platt=Platt(trained().platt.slope * 3, 1.0))
    decision = against_champion(spoilt, trained(), TEST, thin, EVALUATE)
    assert not decision.promoted
    assert "it is surely worse. What was found. Too few to judge by." in decision.sentence


def test_a_forced_promotion_says_what_spoke_against_it():
    forced = Promotion.refused("The interval includes zero.").forced("the old one is gone")
    assert forced.promoted
    assert forced.forced_because == "the old one is gone"
    assert forced.sentence == "Forced to lead (the old one is gone). What spoke against it: The interval includes zero."


def test_a_champion_that_reads_columns_that_are_gone_is_not_compared():
    other, _ = train(train_rows(), TRAIN.model_copy(update={"seed": 8}))
    with pytest.raises(ParamsError, match="champion reads orders_182d, which the features no longer have"):
        against_champion(other, trained(), TEST.drop(columns="orders_182d"), GOOD, EVALUATE)


def test_models_that_answer_different_questions_are_not_compared():
    other = replace(trained(), task={**trained().task, "horizon_days": 56})
    with pytest.raises(ParamsError, match="champion was trained with horizon_days 28 and this model with 56"):
        against_champion(other, trained(), TEST, GOOD, EVALUATE)


def test_a_champion_that_learnt_answers_of_the_test_dates_is_not_compared():
    """Its answers reach to 29 February, so a test date of 15 February would favour it."""
    early = TEST.assign(as_of="2024-02-15")
    other, _ = train(train_rows(), TRAIN.model_copy(update={"seed": 8}))
    with pytest.raises(ParamsError, match="learnt from answers up to 2024-02-29, the test begins on 2024-02-15"):
        against_champion(other, trained(), early, GOOD, EVALUATE)


def test_a_first_model_judged_by_too_few_churners_does_not_lead():
    thin = evaluation(calibrated=True, gain_high=0.05)
    thin["verdicts"].append({"key": "enough_data", "holds": False, "sentence": "Too few to judge by."})
    assert "Too few to judge by." in first_champion(thin).sentence
