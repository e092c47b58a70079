"""Folds belong to customers."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from pipeline.training.folds import customer_folds

some_customers = st.lists(st.text(min_size=1, max_size=4), min_size=1, max_size=60)


@given(some_customers, st.integers(2, 10), st.integers(0, 9))
def test_a_customer_is_in_one_fold_wherever_he_stands(names: list[str], folds: int, seed: int):
    found = customer_folds(pd.Series(names), folds, seed)
    assert set(found) <= set(range(folds))
    by_name = dict(zip(names, found, strict=True))
    assert [by_name[name] for name in names] == found.tolist()
    assert customer_folds(pd.Series(names[::-1]), folds, seed).tolist() == found.tolist()[::-1]


def test_folds_are_about_equal_and_another_seed_gives_others():
    names = pd.Series([f"customer {number}" for number in range(5000)])
    found = customer_folds(names, 5, seed=1)
    assert pd.Series(found).value_counts().between(900, 1100).all()
    assert (found != customer_folds(names, 5, seed=2)).mean() > 0.7
