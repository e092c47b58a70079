"""The evaluation has every figure the page shows, and says plainly when a model is no good."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from churn_rows import EVALUATE, TASK, churn_rows, later_rows, train, train_rows, trained
from sklearn.metrics import log_loss, roc_auc_score

from pipeline.errors import TooLittleDataError
from pipeline.training.baselines import BaselineColumns
from pipeline.training.evaluate import evaluate
from pipeline.training.profits import Economics, expected_maximum_profit
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
    expected = expected_maximum_profit(TEST["churned"].to_numpy(float), chance, Economics()).value
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
    day = {"snapshots": 1000, "churners": 200, "mean_probability": 0.21}
    auc = {"value": 0.8, "low": 0.7, "high": 0.9}
    return {
        "task": {"label": "inactivity"},
        "as_of": {"train": ["2024-01-01", "2024-02-01"]},
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
    found = verdicts(figures(slope, ece, level))[-1]
    assert found["holds"] is holds
    assert "21.0% were expected to churn and 20.0% did" in found["sentence"]


def test_where_few_churn_an_error_must_be_smaller_to_be_small():
    rare = figures((1.2, 1.1, 1.3), 0.02)
    rare["by_as_of"][0]["churners"] = 60
    assert not verdicts(rare)[-1]["holds"]


@pytest.mark.parametrize(
    ("slope", "said"),
    [
        ((1.1, 0.9, 1.3), "1 is right)."),
        ((1.2, 1.1, 1.3), "high risks are somewhat understated and low ones overstated."),
        ((0.8, 0.7, 0.9), "high risks are somewhat overstated and low ones understated."),
        ((0.3, 0.2, 0.4), "high risks are far overstated and low ones understated."),
    ],
)
def test_a_bent_calibration_says_which_way(slope: tuple, said: str):
    assert verdicts(figures(slope, 0.01))[-1]["sentence"].endswith(said)


def test_from_a_few_churners_nothing_is_known_of_probabilities():
    thin = figures((2.82, -33.56, 29.09), 0.01)
    thin["by_as_of"][0] |= {"churners": 4}
    found = verdicts(thin)[-1]
    assert not found["holds"]
    assert found["sentence"].startswith("Whether probabilities can be read as they stand cannot be known yet: ")
    assert "2.82 (\N{MINUS SIGN}33.56 to 29.09; 1 is right)." in found["sentence"]


def test_a_ranking_that_may_be_chance_is_no_better_than_chance_whatever_it_beats():
    found = figures((1.0, 0.9, 1.1), 0.01)
    found["metrics"]["auc"] = {"value": 0.52, "low": 0.46, "high": 0.58}
    rule = {"value": 0.45, "low": 0.4, "high": 0.5}
    gain = {"value": 0.07, "low": 0.01, "high": 0.12}
    found["baselines"] = [{"name": "recency", "words": "longest silence", "auc": rule, "auc_gain": gain}]
    ranking = verdict({"verdicts": verdicts(found)}, "ranking")
    assert not ranking["holds"]
    assert ranking["sentence"].startswith("The model ranks customers no better than chance: AUC 0.520")


def test_one_training_date_is_too_short_a_history_and_a_table_of_given_answers_has_none():
    one = figures((1.0, 0.9, 1.1), 0.01)
    one["as_of"]["train"] = ["2024-01-01"]
    assert not verdict({"verdicts": verdicts(one)}, "enough_history")["holds"]
    one["task"]["label"] = "given"
    assert [found["key"] for found in verdicts(one)] == ["enough_data", "ranking", "calibration"]


def test_a_constant_scores_profit_stands_beside_the_models(evaluation: dict[str, Any]):
    found, churned = evaluation["metrics"], TEST["churned"].to_numpy(float)
    assert found["emp_constant"]["value"] == pytest.approx(
        expected_maximum_profit(churned, np.zeros(len(churned)), Economics()).value
    )
    assert found["emp_gain"]["value"] == pytest.approx(found["emp"]["value"] - found["emp_constant"]["value"])
    assert found["mp"]["value"] <= found["emp"]["value"]
    highest = max(point["profit"] for point in evaluation["profit_curve"])
    assert highest == pytest.approx(found["mp"]["value"], rel=0.02)


@pytest.mark.parametrize(("curve", "name"), [("gain_curve", "found_share"), ("profit_curve", "profit")])
def test_every_point_of_a_curve_lies_in_its_interval(evaluation: dict[str, Any], curve: str, name: str):
    points = evaluation[curve]
    assert len(points) == 51
    assert all(point["low"] - 1e-9 <= point[name] <= point["high"] + 1e-9 for point in points)
    assert max(point["high"] - point["low"] for point in points) > 0


def test_the_rule_beside_the_gain_curve_is_the_one_that_ranks_best(evaluation: dict[str, Any]):
    best = max(evaluation["baselines"], key=lambda rule: rule["auc"]["value"])
    assert evaluation["rule_curve"]["words"] == best["words"]
    assert evaluation["rule_curve"]["gain_curve"][-1]["found_share"] == pytest.approx(1)


def test_new_customers_have_their_row_everywhere_also_where_they_are_few():
    days = np.where(np.arange(len(TEST)) < 60, 10, 400)
    few = np.where(np.arange(len(TEST)) < 6, 10, 400)
    for told, shown in ((days, True), (few, False)):
        found = evaluate(trained(), TEST.assign(days_as_customer=told), TRAIN, EVALUATE)
        rows = [
            found["by_tenure"][0],
            found["by_value"][0],
            found["by_as_of"][0]["new_customers"],
            found["new_customers"],
        ]
        assert {row["snapshots"] for row in rows} == {60 if shown else 6}
        assert all(("auc" in row) is shown for row in rows)
        assert bool(found["new_customers"]["baselines"]) is shown


def test_a_table_without_purchases_has_no_new_customers_and_no_rules(evaluation: dict[str, Any]):
    assert evaluation["new_customers"] is None
    assert evaluation["by_tenure"] == []


def test_each_member_is_judged_alone_and_by_what_it_brings():
    model, facts = train(TRAIN)
    found = evaluate(model, TEST, TRAIN, EVALUATE, learnt=facts)["members"]
    assert [member["name"] for member in found] == ["trees", "logistic"]
    for member, margins in zip(found, model.margins(TEST), strict=True):
        assert member["auc"]["value"] == pytest.approx(roc_auc_score(TEST["churned"], margins))
        assert member["log_loss_gain"]["low"] <= member["log_loss_gain"]["value"] <= member["log_loss_gain"]["high"]
        assert member["oof_log_loss_without"] > 0


def test_how_the_share_that_leaves_moves_is_told_date_by_date(evaluation: dict[str, Any]):
    dates = evaluation["rates"]["dates"]
    assert [(date["as_of"], date["role"]) for date in dates] == [
        ("2024-01-01", "train"),
        ("2024-02-01", "train"),
        ("2024-03-01", "test"),
    ]
    assert dates[0]["churn_share"] == TRAIN[TRAIN["as_of"] == "2024-01-01"]["churned"].mean()
    assert "On the dates it learnt from" in evaluation["rates"]["sentence"]
