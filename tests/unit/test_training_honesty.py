"""What must not be learnt is not learnt, and it is said: chance, the answer itself, thirty churners."""

import numpy as np
import pandas as pd
import pytest
from churn_rows import EVALUATE, FEATURES, TASK, TRAIN, churn_rows, later_rows, train, train_rows

from pipeline.errors import TooLittleDataError
from pipeline.features.catalogue import attribute, features_of
from pipeline.training import fit
from pipeline.training.evaluate import evaluate
from pipeline.training.suspects import SUSPICIOUS, alone

SEEN, LATER = train_rows(), later_rows()
SPOILER = features_of([attribute("spoiler")])


def told(rows: pd.DataFrame, params=TRAIN):
    heard: list[str] = []
    model, facts = fit.train(
        rows, rows["churned"].to_numpy(), rows["customer_id"], [*FEATURES, *SPOILER], params, TASK, tell=heard.append
    )
    return model, facts, heard


def test_shuffled_answers_give_an_auc_within_three_standard_errors_of_a_half_and_no_better_than_a_rule():
    drawing = np.random.default_rng(8)
    shuffled, later = (rows.assign(churned=drawing.permutation(rows["churned"])) for rows in (SEEN, LATER))
    found = evaluate(train(shuffled)[0], later, shuffled, EVALUATE)
    left, stayed = (len(later[later["churned"] == churned]) for churned in (True, False))
    error = np.sqrt((left + stayed + 1) / (12 * left * stayed))
    assert abs(found["metrics"]["auc"]["value"] - 0.5) < 3 * error
    verdict = next(one for one in found["verdicts"] if one["key"] == "ranking")
    assert not verdict["holds"]
    assert "ranks customers no better than" in verdict["sentence"]


@pytest.mark.parametrize(
    "leak",
    [
        lambda churned: churned.astype(float),
        lambda churned: np.where(churned, "closed", "open"),
        lambda churned: np.where(churned, 12.0, np.nan),
        lambda churned: np.where(churned, (-1.0) ** np.arange(len(churned)), 0.1),
    ],
    ids=["a number", "a name", "there or missing", "a number of two arms"],
)
def test_a_planted_answer_is_named_before_training_and_not_learnt(leak):
    model, facts, heard = told(SEEN.assign(attribute_spoiler=leak(SEEN["churned"].to_numpy())))
    assert len(heard) == 1
    assert heard[0].startswith("attribute_spoiler alone tells who churned (AUC 1.000)")
    assert heard[0] in facts["notes"]
    assert "attribute_spoiler" not in model.features


def test_a_column_that_is_nearly_the_answer_is_named_and_kept():
    noise = np.random.default_rng(3).normal(0, 0.5, len(SEEN))
    model, facts, heard = told(SEEN.assign(attribute_spoiler=2.2 * SEEN["churned"] * 0.6 + noise))
    assert SUSPICIOUS <= facts["suspects"][0]["auc"] < 0.99
    assert "it was kept" in heard[0]
    assert "attribute_spoiler" in model.features


def test_a_trusted_column_is_learnt_from_without_a_word():
    trusted = TRAIN.model_copy(update={"trusted_columns": ("attribute_spoiler",)})
    model, _, heard = told(SEEN.assign(attribute_spoiler=SEEN["churned"].astype(float)), trusted)
    assert not heard
    assert "attribute_spoiler" in model.features


def test_a_leak_stands_among_the_verdicts():
    rows = [frame.assign(attribute_spoiler=frame["churned"].astype(float)) for frame in (SEEN, LATER)]
    model, facts, _ = told(rows[0])
    last = evaluate(model, rows[1], rows[0], EVALUATE, learnt=facts)["verdicts"][-1]
    assert last["key"] == "no_leak"
    assert "attribute_spoiler (AUC 1.000, left out)" in last["sentence"]


def test_chance_is_no_suspect_even_where_few_churn():
    drawing = np.random.default_rng(4)
    churned = (np.arange(3000) < 60).astype(float)
    names = pd.Series(drawing.integers(0, 100, 3000).astype(str))
    numbers = pd.Series(drawing.normal(size=3000))
    assert alone(names, churned) < SUSPICIOUS
    assert alone(numbers, churned) < SUSPICIOUS


def test_thirty_churners_give_the_verdict_and_no_model():
    rows = churn_rows(("2024-01-01", "2024-02-01"), customers=1000)
    few = pd.concat([rows[~rows["churned"]], rows[rows["churned"]].head(30)], ignore_index=True)
    with pytest.raises(TooLittleDataError, match=r"hold 30 churners .* a model needs 50, so 20 more") as refusal:
        train(few, TRAIN.model_copy(update={"min_churners": 50}))
    assert refusal.value.exit_code == 4
