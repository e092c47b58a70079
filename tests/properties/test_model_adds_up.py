"""Whatever a customer's values are, the reasons add up to the score."""

import numpy as np
import pandas as pd
import pytest
from churn_rows import later_rows, trained
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.model.churn_model import probability

whole = st.integers(-(2**52), 2**52)
real = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False, width=32))
customer = st.fixed_dictionaries(
    {
        "days_since_purchase": st.integers(0, 4000),
        "orders_182d": whole,
        "spend_182d": whole,
        "order_value_28d": real,
        "main_category_91d": st.sampled_from(["bread", "fish", "fruit", "caviar", "", None]),
    }
)


@settings(max_examples=60, deadline=None)
@given(st.lists(customer, min_size=1, max_size=20))
def test_base_and_contributions_add_up_for_any_values(customers: list[dict]):
    rows = pd.DataFrame(customers).astype({"order_value_28d": float, "main_category_91d": object})
    added, log_odds = trained().contributions(rows), trained().log_odds(rows)
    assert np.isfinite(added).all()
    assert np.abs(trained().base_log_odds + added.sum(axis=1) - log_odds).max() <= 1e-9
    assert ((probability(log_odds) >= 0) & (probability(log_odds) <= 1)).all()


@pytest.mark.parametrize(("name", "worse"), [("days_since_purchase", 1), ("orders_182d", -1), ("spend_182d", -1)])
def test_a_more_worrying_value_never_lowers_the_risk(name, worse):
    """The catalogue says which values worry; neither the trees nor the regression may learn the opposite."""
    rows = later_rows()
    moved = rows.assign(**{name: np.maximum(rows[name] + worse * (rows[name].std() * np.linspace(0, 2, len(rows))), 0)})
    assert (trained().log_odds(moved) >= trained().log_odds(rows) - 1e-5).all()
