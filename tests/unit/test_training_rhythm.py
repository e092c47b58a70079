"""The buying rhythm is learnt as it was published, and takes part only where it helps."""

from dataclasses import replace

import numpy as np
import pytest
from cdnow_sample import histories
from churn_rows import EVALUATE, TASK, TRAIN
from rhythm_rows import rhythm_rows
from scipy.optimize import approx_fprime

from pipeline.features.catalogue import feature_named
from pipeline.model.churn_model import ChurnModel
from pipeline.model.rhythm import Histories, Rhythm, RhythmMember
from pipeline.training import fit, rhythm
from pipeline.training.baselines import BaselineColumns, baselines
from pipeline.training.evaluate import evaluate
from pipeline.training.metrics import auc
from pipeline.value import buying
from pipeline.value.buying import fit_rhythm, log_likelihoods, slopes

NAMES = ("days_since_purchase", "purchase_days_182d", "tenure_182d", "days_bought", "days_as_customer")
ROWS = rhythm_rows(1)
LATER = rhythm_rows(2)


def of_rhythm(notes: list[str]) -> list[str]:
    """Return what is noted of the rhythm: in BG/NBD's world the catalogue's directions cost something, and that is noted too."""
    return [note for note in notes if "rhythm" in note]


def train(rows, names=NAMES) -> tuple[ChurnModel, dict]:
    """Train on rows, looking at some of their columns."""
    features = [feature_named(name) for name in names]
    return fit.train(rows, rows["churned"].to_numpy(), rows["customer_id"], features, TRAIN, TASK)


@pytest.fixture(scope="module")
def trained() -> tuple[ChurnModel, dict]:
    return train(ROWS)


@pytest.fixture(scope="module")
def cdnow() -> Histories:
    return histories()


def test_cdnow_gives_the_published_numbers(cdnow: Histories):
    found = fit_rhythm(cdnow)
    assert found is not None
    assert len(cdnow.repeats) == 2357
    assert (found.r, found.alpha, found.a, found.b) == pytest.approx((0.243, 4.414, 0.793, 2.426), abs=6e-4)
    assert log_likelihoods(found, cdnow).sum() == pytest.approx(-9582.43, abs=0.005)


def test_the_slopes_are_those_of_the_likelihood(cdnow: Histories):
    at = np.array([0.5, 3.0, 0.7, 2.0])
    numeric = approx_fprime(at, lambda numbers: log_likelihoods(Rhythm(*numbers), cdnow).sum(), 1e-7)
    assert slopes(Rhythm(*at), cdnow).sum(axis=1) == pytest.approx(numeric, rel=1e-4)


def test_the_order_of_customers_does_not_matter_to_the_last_bit(cdnow: Histories):
    order = np.random.default_rng(0).permutation(len(cdnow.repeats))
    assert fit_rhythm(cdnow.part(order)) == fit_rhythm(cdnow)


def test_nobody_who_came_back_gives_no_rhythm():
    assert fit_rhythm(Histories(np.zeros(100), np.zeros(100), np.full(100, 20.0))) is None


def test_where_no_search_ends_the_two_others_remain_and_it_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(buying, "PENALTIES", ())
    model, facts = train(ROWS)
    assert len(model.members) == 2
    assert of_rhythm(facts["notes"]) == [
        "The buying rhythm takes no part: BG/NBD could not be fitted to these purchases."
    ]


def test_where_it_tells_less_of_unseen_customers_the_two_others_remain_and_it_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fit, "try_rhythm", lambda *given: replace(rhythm.try_rhythm(*given), loss=0.7))
    model, facts = train(ROWS)
    assert len(model.members) == 2
    assert facts["oof_log_loss"] == facts["oof_log_loss_without_rhythm"]
    assert of_rhythm(facts["notes"])[0].startswith(
        "The buying rhythm takes no part: log loss of unseen customers is 0."
    )
    assert of_rhythm(facts["notes"])[0].endswith(" without it and 0.7000 with it.")


def test_it_takes_part_where_customers_buy_as_it_has_it(trained: tuple[ChurnModel, dict]):
    model, facts = trained
    assert isinstance(model.members[2], RhythmMember)
    assert facts["oof_log_loss"] == facts["oof_log_loss_with_rhythm"] <= facts["oof_log_loss_without_rhythm"]
    assert of_rhythm(facts["notes"]) == []
    assert auc(LATER["churned"].to_numpy(float), model.log_odds(LATER)) > 0.75


def test_trees_and_regression_read_nothing_that_grows_with_the_calendar(trained: tuple[ChurnModel, dict]):
    for member in trained[0].members[:2]:
        assert not any(feature_named(name).grows for name in member.inputs.features)


def test_all_it_says_is_in_the_family_of_the_rhythm(trained: tuple[ChurnModel, dict]):
    model = trained[0]
    third = model.members[2].inputs.features[0]
    assert model.families[model.features.index(third)] == "rhythm"


def test_three_members_add_up_and_come_back_the_same(trained: tuple[ChurnModel, dict]):
    model = trained[0]
    again = ChurnModel.from_document(model.document())
    assert np.array_equal(again.contributions(LATER), model.contributions(LATER))
    assert np.array_equal(model.log_odds(LATER), model.base_log_odds + model.contributions(LATER).sum(axis=1))
    assert again.version == model.version


def test_its_centre_is_the_average_training_row(trained: tuple[ChurnModel, dict]):
    member = trained[0].members[2]
    added = member.contributions(member.inputs.matrix(ROWS))
    assert added.mean(axis=0) == pytest.approx(np.zeros(3), abs=1e-9)


def test_the_order_of_the_rows_does_not_matter(trained: tuple[ChurnModel, dict]):
    assert train(ROWS.sample(frac=1, random_state=4))[0].version == trained[0].version


def test_bg_nbd_stands_among_the_rules_to_beat_where_the_question_is_its_own(trained: tuple[ChurnModel, dict]):
    found = evaluate(trained[0], LATER, ROWS, EVALUATE)["baselines"]
    assert [rule["name"] for rule in found] == ["recency", "bg_nbd"]
    assert found[1]["log_loss"]["value"] < 0.6
    spent_less = baselines(ROWS, LATER, BaselineColumns(), {**TASK, "label": "decline"})
    assert [rule.name for rule in spent_less] == ["recency"]
