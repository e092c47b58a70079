"""The evaluation has every figure the page shows, and says plainly when a model is no good."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from churn_rows import EVALUATE, TASK, churn_rows, later_rows, train, train_rows, trained
from sklearn.metrics import log_loss, roc_auc_score

from pipeline.errors import TooLittleDataError
from pipeline.profit import Economics, expected_maximum_profit
from pipeline.training.baselines import BaselineColumns
from pipeline.training.evaluate import evaluate
from pipeline.training.verdicts import verdicts

TRAIN, TEST = train_rows(), later_rows()


@pytest.fixture(scope="module")
def evaluation() -> dict[str, Any]:
    return evaluate(trained(), TEST, TRAIN, EVALUATE, run_id="0123456789ab")


def verdict(evaluation: dict[str, Any], key: str) -> dict[str, Any]:
    return next(found for found in evaluation["verdicts"] if found["key"] == key)


def test_it_says_what_was_judged_and_on_what(evaluation: dict[str, Any]):
    assert evaluation["model_version"] == trained().version
    assert evaluation["run_id"] == "0123456789ab"
    assert evaluation["task"] == TASK
    assert evaluation["as_of"] == {"train": ["2024-01-01", "2024-02-01"], "test": ["2024-03-01"]}
    assert evaluation["rows"]["test"] == {"snapshots": 600, "customers": 600, "churners": int(TEST["churned"].sum())}


def test_figures_are_scikit_learns_and_lie_in_their_intervals(evaluation: dict[str, Any]):
    found, chance = evaluation["metrics"], trained().probabilities(TEST)
    assert found["auc"]["value"] == pytest.approx(roc_auc_score(TEST["churned"], chance))
    assert found["log_loss"]["value"] == pytest.approx(log_loss(TEST["churned"], chance))
    expected = expected_maximum_profit(TEST["churned"].to_numpy(), chance, Economics()).value
    assert found["emp"]["value"] == pytest.approx(expected)
    for name in ("auc", "average_precision", "log_loss", "brier", "calibration_slope", "calibration_intercept", "emp"):
        assert found[name]["low"] <= found[name]["value"] <= found[name]["high"], name
    assert set(found) == {*found, "ece"}


def test_it_is_json_and_the_same_every_time(evaluation: dict[str, Any]):
    again = evaluate(trained(), TEST, TRAIN, EVALUATE, run_id="0123456789ab")
    assert json.dumps(again, allow_nan=False) == json.dumps(evaluation, allow_nan=False)


def test_it_beats_the_simple_rules_on_rows_made_with_more_than_they_see(evaluation: dict[str, Any]):
    assert [rule["name"] for rule in evaluation["baselines"]] == ["recency", "frequency", "rfm_logistic"]
    assert all(rule["auc_gain"]["low"] > 0 for rule in evaluation["baselines"])
    assert evaluation["baselines"][2]["log_loss_gain"]["value"] > 0
    assert evaluation["baselines"][0]["log_loss"] is None
    assert verdict(evaluation, "ranking")["holds"]
    assert verdict(evaluation, "enough_data")["holds"]


def test_dates_are_judged_one_by_one():
    two = churn_rows(("2024-03-01", "2024-04-01"), seed=3)
    by_date = evaluate(trained(), two, TRAIN, EVALUATE)["by_as_of"]
    assert [date["as_of"] for date in by_date] == ["2024-03-01", "2024-04-01"]
    assert [date["snapshots"] for date in by_date] == [300, 300]
    first = two[two["as_of"] == "2024-03-01"]
    assert by_date[0]["auc"]["value"] == pytest.approx(roc_auc_score(first["churned"], trained().log_odds(first)))


def test_shuffled_answers_give_an_auc_near_a_half_and_a_verdict_that_says_so():
    drawing = np.random.default_rng(8)
    shuffled, later = (rows.assign(churned=drawing.permutation(rows["churned"])) for rows in (TRAIN, TEST))
    found = evaluate(train(shuffled)[0], later, shuffled, EVALUATE)
    assert found["metrics"]["auc"]["value"] == pytest.approx(0.5, abs=0.07)
    assert not verdict(found, "ranking")["holds"]
    assert "no better than the best simple rule" in verdict(found, "ranking")["sentence"]


def test_rules_whose_columns_are_not_there_fall_away():
    columns = BaselineColumns(money="not_there")
    found = evaluate(trained(), TEST, TRAIN, EVALUATE, columns=columns)
    assert [rule["name"] for rule in found["baselines"]] == ["recency", "frequency"]
    none = evaluate(trained(), TEST, TRAIN, EVALUATE, columns=BaselineColumns("no", "nor", "this"))
    assert "better than chance" in verdict(none, "ranking")["sentence"]


@pytest.mark.parametrize(("answer", "who"), [(False, "nobody"), (True, "everybody")])
def test_one_answer_for_all_cannot_be_judged(answer: bool, who: str):
    with pytest.raises(TooLittleDataError, match=f"{who} of 600 snapshots churned"):
        evaluate(trained(), TEST.assign(churned=answer), TRAIN, EVALUATE)


def test_few_churners_are_called_too_few_with_the_number_that_is_missing():
    few = pd.concat([TEST[~TEST["churned"]], TEST[TEST["churned"]].head(7)], ignore_index=True)
    found = verdict(evaluate(trained(), few, TRAIN, EVALUATE), "enough_data")
    assert not found["holds"]
    assert "43 more churners are needed" in found["sentence"]


def figures(slope: tuple[float, float, float], ece: float, level: float = 0.0) -> dict[str, Any]:
    intercept = {"value": level, "low": level - 0.1, "high": level + 0.1}
    estimate = dict(zip(("value", "low", "high"), slope, strict=True))
    day = {"snapshots": 100, "churners": 20, "mean_probability": 0.21}
    auc = {"value": 0.8, "low": 0.7, "high": 0.9}
    return {
        "metrics": {
            "auc": auc,
            "calibration_slope": estimate,
            "calibration_intercept": intercept,
            "ece": {"value": ece},
        },
        "baselines": [],
        "rows": {"test": {"snapshots": 1000, "churners": 200}},
        "by_as_of": [day],
    }


@pytest.mark.parametrize(
    ("slope", "level", "ece", "holds"),
    [
        ((1.1, 0.9, 1.3), 0.0, 0.2, True),
        ((1.1, 0.9, 1.3), 0.5, 0.2, False),
        ((1.2, 1.1, 1.3), 0.0, 0.02, True),
        ((1.2, 1.1, 1.3), 0.0, 0.05, False),
    ],
)
def test_calibration_holds_by_level_and_slope_or_by_a_small_error(slope: tuple, level: float, ece: float, holds: bool):
    found = verdicts(figures(slope, ece, level))[2]
    assert found["holds"] is holds
    assert "21.0% were expected to churn and 20.0% did" in found["sentence"]


def test_where_few_churn_an_error_must_be_smaller_to_be_small():
    rare = figures((1.2, 1.1, 1.3), 0.02)
    rare["by_as_of"][0]["churners"] = 4
    assert not verdicts(rare)[2]["holds"]


@pytest.mark.parametrize(
    ("slope", "said"),
    [
        ((1.1, 0.9, 1.3), "1 is right)."),
        ((1.2, 1.1, 1.3), "high risks are somewhat understated and low ones overstated."),
        ((0.8, 0.7, 0.9), "high risks are somewhat overstated and low ones understated."),
    ],
)
def test_a_bent_calibration_says_which_way(slope: tuple, said: str):
    assert verdicts(figures(slope, 0.01))[2]["sentence"].endswith(said)
