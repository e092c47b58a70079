"""The model adds up, survives saving, and reads its columns by name."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xgboost as xgb
from churn_rows import FAMILIES, later_rows, train_rows, trained

from pipeline.errors import IntegrityError
from pipeline.model.churn_model import ChurnModel
from pipeline.model.inputs import Inputs
from pipeline.model.logistic import LogisticMember
from pipeline.model.trees import TreeMember, tree_matrix

ROWS = later_rows()


def member(kind: type) -> TreeMember | LogisticMember:
    return next(found for found in trained().members if isinstance(found, kind))


def test_log_odds_are_the_base_plus_the_sum_of_contributions_to_the_last_bit():
    model = trained()
    added = model.contributions(ROWS)
    assert added.shape == (len(ROWS), len(model.features))
    assert np.array_equal(model.log_odds(ROWS), model.base_log_odds + added.sum(axis=1))


def test_log_odds_are_the_calibrated_mean_of_the_members_margins():
    model, matrix = trained(), trained().inputs.matrix(ROWS)
    trees, regression = member(TreeMember), member(LogisticMember)
    tree_margin = trees.booster.predict(tree_matrix(matrix, model.inputs), output_margin=True)
    margin = (tree_margin + regression.base + regression.contributions(matrix).sum(axis=1)) / 2
    expected = model.platt.slope * margin + model.platt.offset
    assert model.log_odds(ROWS) == pytest.approx(expected, abs=5e-5)


def test_the_regression_equals_its_terms_worked_out_by_hand():
    regression = member(LogisticMember)
    days = np.sign(ROWS["days_since_purchase"]) * np.log1p(ROWS["days_since_purchase"].abs())
    (term,) = [term for term in regression.terms if term.feature == "days_since_purchase"]
    by_hand = term.coefficient * ((days + np.clip(days, term.low, term.high)) / 2 - term.centre) / term.scale
    position = regression.inputs.features.index("days_since_purchase")
    found = regression.contributions(regression.inputs.matrix(ROWS))[:, position]
    assert found == pytest.approx(by_hand.to_numpy(), abs=1e-9)


def test_beyond_the_numbers_learnt_from_a_step_counts_half():
    regression = member(LogisticMember)
    longest = float(train_rows()["days_since_purchase"].max())
    position = regression.inputs.features.index("days_since_purchase")
    (term,) = [term for term in regression.terms if term.feature == "days_since_purchase"]
    further = np.expm1(np.log1p(longest) + 0.5)
    frames = (ROWS.head(1).assign(days_since_purchase=days) for days in (longest, further))
    last, far = (regression.contributions(regression.inputs.matrix(frame))[0, position] for frame in frames)
    assert far - last == pytest.approx(0.25 * term.coefficient / term.scale)


def test_the_regression_counts_from_the_average_training_row():
    regression = member(LogisticMember)
    added = regression.contributions(regression.inputs.matrix(train_rows()))
    assert added.mean(axis=0) == pytest.approx(np.zeros(added.shape[1]), abs=1e-9)


def test_the_trees_part_is_xgboosts_own_with_missing_values_and_categories():
    trees, matrix = member(TreeMember), trained().inputs.matrix(ROWS)
    assert np.isnan(matrix).any()
    assert trees.inputs.categories
    together = trees.booster.predict(tree_matrix(matrix, trees.inputs), pred_contribs=True)
    assert trees.contributions(matrix) == pytest.approx(together[:, :-1], abs=5e-5)
    assert trees.base == pytest.approx(together[0, -1], abs=5e-5)


@pytest.mark.slow
def test_the_trees_part_is_what_shap_says_with_missing_values_and_categories():
    shap = pytest.importorskip("shap")
    trees, matrix = member(TreeMember), trained().inputs.matrix(ROWS)
    said = shap.TreeExplainer(trees.booster).shap_values(tree_matrix(matrix, trees.inputs))
    assert trees.contributions(matrix) == pytest.approx(said, abs=5e-5)


def test_a_customer_alone_gets_the_numbers_he_gets_among_others():
    model = trained()
    alone = np.concatenate([model.contributions(ROWS.iloc[[place]]) for place in range(20)])
    assert np.array_equal(alone, model.contributions(ROWS)[:20])
    assert np.array_equal(model.log_odds(ROWS.iloc[[3]])[0], model.log_odds(ROWS)[3])


def test_no_customers_give_no_rows():
    assert trained().contributions(ROWS.iloc[:0]).shape == (0, len(FAMILIES))
    assert trained().log_odds(ROWS.iloc[:0]).shape == (0,)


def test_every_feature_has_its_family():
    assert dict(zip(trained().features, trained().families, strict=True)) == FAMILIES


def test_a_saved_model_comes_back_the_same_to_the_last_bit(tmp_path: Path):
    trained().save(tmp_path / "churn")
    loaded = ChurnModel.load(tmp_path / "churn")
    assert loaded.version == trained().version
    assert len(loaded.version) == 12
    assert loaded.task == trained().task
    assert np.array_equal(loaded.contributions(ROWS), trained().contributions(ROWS))
    loaded.save(tmp_path / "again")
    assert (tmp_path / "again/model.json").read_bytes() == (tmp_path / "churn/model.json").read_bytes()


def test_a_changed_file_is_refused_before_anything_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    trained().save(tmp_path / "churn")
    file = tmp_path / "churn/model.json"
    file.write_text(file.read_text().replace('"offset"', '"0ffset"'))
    monkeypatch.setattr(xgb.Booster, "load_model", lambda *_: pytest.fail("read a file that was changed"))
    with pytest.raises(IntegrityError, match=r"model\.json is not the file that was written"):
        ChurnModel.load(tmp_path / "churn")


def test_a_model_of_another_format_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("pipeline.model.churn_model.FORMAT", 99)
    trained().save(tmp_path / "churn")
    monkeypatch.undo()
    with pytest.raises(IntegrityError, match="has format 99, this version reads 2"):
        ChurnModel.load(tmp_path / "churn")


def test_an_unseen_level_is_missing_and_counted():
    strange, missing = ROWS.assign(main_category_91d="caviar"), ROWS.assign(main_category_91d=None)
    assert trained().unseen_categories(strange) == {"main_category_91d": len(ROWS)}
    assert trained().unseen_categories(missing) == {}
    assert trained().unseen_categories(ROWS) == {}
    assert np.array_equal(trained().log_odds(strange), trained().log_odds(missing))


def test_columns_are_read_by_name_whatever_their_order_and_company():
    shuffled = ROWS[sorted(ROWS.columns)].assign(other="x", infinite=np.inf)
    assert np.array_equal(trained().log_odds(shuffled), trained().log_odds(ROWS))


def test_a_category_column_may_come_as_pandas_categories():
    assert np.array_equal(trained().log_odds(ROWS.astype({"main_category_91d": "category"})), trained().log_odds(ROWS))


def test_missing_columns_are_refused_by_name():
    with pytest.raises(IntegrityError, match="orders_182d, spend_182d are not among the features"):
        trained().log_odds(ROWS.drop(columns=["orders_182d", "spend_182d"]))


def test_text_where_a_number_was_learnt_is_refused_by_name():
    with pytest.raises(IntegrityError, match="reads spend_182d as a number"):
        trained().log_odds(ROWS.astype({"spend_182d": str}))


def test_an_infinity_is_refused_by_name():
    with pytest.raises(IntegrityError, match="order_value_28d holds an infinity"):
        trained().log_odds(ROWS.assign(order_value_28d=[-np.inf] + [1.0] * (len(ROWS) - 1)))


def test_whole_numbers_with_nulls_may_come_in_pandas_own_type():
    some = ROWS["orders_182d"].astype("Int64").mask(ROWS.index < 5)
    floats = ROWS["orders_182d"].astype(float).mask(ROWS.index < 5)
    assert np.array_equal(
        trained().log_odds(ROWS.assign(orders_182d=some)), trained().log_odds(ROWS.assign(orders_182d=floats))
    )


def test_the_given_frame_is_left_as_it_was():
    before = ROWS.copy(deep=True)
    trained().log_odds(ROWS)
    pd.testing.assert_frame_equal(ROWS, before)


def test_another_member_joins_with_the_columns_it_reads():
    @dataclass(frozen=True)
    class Line:
        inputs: Inputs
        base: float = -1.5

        def contributions(self, matrix: np.ndarray) -> np.ndarray:
            return 0.01 * matrix

        def document(self) -> dict:
            return {"kind": "line"}

    two, three = trained(), replace(trained(), members=(*trained().members, Line(Inputs(("spend_182d",)))))
    margins = (two.log_odds(ROWS) - two.platt.offset) / two.platt.slope * 2
    line = -1.5 + 0.01 * ROWS["spend_182d"].to_numpy()
    expected = three.platt.slope * (margins + line) / 3 + three.platt.offset
    assert three.log_odds(ROWS) == pytest.approx(expected, abs=1e-9)
    assert three.version != two.version
