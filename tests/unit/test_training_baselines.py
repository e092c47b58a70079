"""Whatever tables there are, a model has a simple rule to beat: of purchases, of usage, or of subscriptions."""

import io

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata

from pipeline.training.baselines import Baseline, BaselineColumns, baselines

KEPT = {"label": "inactivity", "horizon_days": 28, "gap_days": 0}
SUBSCRIBED = {"label": "cancellation", "horizon_days": 28, "gap_days": 0}


def drawn(text: str) -> pd.DataFrame:
    """Read rows drawn with `|` between the columns; an empty cell is null."""
    rows = pd.read_csv(io.StringIO(text), sep="|", skipinitialspace=True)
    rows.columns = [name.strip() for name in rows.columns]
    return rows.assign(as_of="2024-03-01", churned=rows["churned"].str.strip() == "yes")


USED = drawn("""customer_id | days_since_use | use_days_91d | churned
                ann         | 1              | 60           | no
                bob         | 5              | 40           | no
                cat         | 5              | 3            | yes
                dan         | 40             | 12           | yes
                eve         | 90             | 1            | yes
                new         |                | 0            | yes
""")

SPELLS = drawn("""customer_id | days_subscribed | churned
                  first_week  | 6               | yes
                  month_end   | 27              | no
                  second      | 28              | yes
                  second_too  | 55              | no
                  a_year      | 365             | no
                  unknown     |                 | yes
""")


def rules(rows: pd.DataFrame, task: dict) -> dict[str, Baseline]:
    return {rule.name: rule for rule in baselines(rows, rows, BaselineColumns(), task)}


def riskiest_first(rule: Baseline, rows: pd.DataFrame) -> list[str]:
    order = np.argsort(-rule.scores, kind="stable")
    return [str(name).strip() for name in rows["customer_id"].to_numpy()[order]]


def test_a_table_of_usage_alone_has_recency_frequency_and_a_regression_on_them():
    found = rules(USED, KEPT)
    assert list(found) == ["use_recency", "use_frequency", "use_logistic"]
    assert riskiest_first(found["use_recency"], USED) == ["new", "eve", "dan", "bob", "cat", "ann"]
    assert riskiest_first(found["use_frequency"], USED) == ["new", "eve", "cat", "dan", "bob", "ann"]
    assert [rule.gives_probability for rule in found.values()] == [False, False, True]


def test_the_regression_on_usage_has_the_long_silent_and_the_seldom_here_riskier():
    told = rules(USED, KEPT)["use_logistic"].scores
    assert np.isfinite(told).all()
    assert told[4] == max(told[:5])
    assert told[0] == min(told)


def test_a_table_of_subscriptions_alone_has_tenure_and_sbg():
    found = rules(SPELLS, SUBSCRIBED)
    assert list(found) == ["tenure", "sbg"]
    order = ["unknown", "first_week", "month_end", "second", "second_too", "a_year"]
    assert riskiest_first(found["tenure"], SPELLS) == order
    assert riskiest_first(found["sbg"], SPELLS)[-1] == "a_year"


def test_sbg_counts_tenure_in_whole_horizons_and_takes_an_unknown_one_for_new():
    told = rules(SPELLS, SUBSCRIBED)["sbg"].scores
    ranks = rankdata(-told, method="dense").tolist()
    assert ranks == [1, 1, 2, 2, 3, 1]


def test_sbg_is_no_rule_for_another_question_nor_where_nobody_left():
    assert list(rules(SPELLS, KEPT)) == ["tenure"]
    assert list(rules(SPELLS.assign(churned=False), SUBSCRIBED)) == ["tenure"]


def test_sbg_foretells_the_share_that_leaves_where_chances_to_leave_are_as_it_has_them():
    drawing = np.random.default_rng(1)
    chance = drawing.beta(0.7, 3.8, 40_000)
    period = drawing.integers(1, 9, 40_000)
    stayed = drawing.random(40_000) < (1 - chance) ** (period - 1)
    there = pd.DataFrame({"customer_id": np.arange(40_000), "as_of": "2024-03-01", "days_subscribed": 28 * period - 1})
    rows = there.assign(churned=drawing.random(40_000) < chance)[stayed]
    told = 1 / (1 + np.exp(-rules(rows, SUBSCRIBED)["sbg"].scores))
    for month in (1, 4, 8):
        them = (rows["days_subscribed"] == 28 * month - 1).to_numpy()
        assert told[them].mean() == pytest.approx(rows["churned"][them].mean(), abs=0.01)


def test_purchases_and_usage_together_give_the_rules_of_both():
    both = USED.assign(days_since_purchase=[3, 4, 9, 60, 90, 120], orders_182d=[9, 9, 3, 2, 1, 1], spend_182d=100)
    names = list(rules(both, KEPT))
    assert names == ["recency", "frequency", "use_recency", "use_frequency", "rfm_logistic", "use_logistic"]
