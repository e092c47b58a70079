"""What a kept customer is worth."""

from datetime import date

import numpy as np
import pytest

from pipeline.params import ValueParams
from pipeline.value.margin import rate_value, shrunken_rate

AS_OF = date(2025, 3, 1)
A_YEAR = ValueParams(horizon_days=365, margin_share=0.25, yearly_discount=0.1, history_days=182, shrinkage_days=28)


def test_a_year_of_margin_agrees_with_the_closed_form_of_an_annuity():
    daily = 1.1 ** (-1 / 365)
    annuity = daily * (1 - daily**365) / (1 - daily)
    value = rate_value(np.array([18_200]), np.array([182]), A_YEAR)
    assert value == pytest.approx([0.25 * annuity], rel=1e-12)


def test_shrinkage_keeps_the_order_of_equally_old_customers_and_the_total_of_them():
    spend = np.array([0, 100, 5000, 90_000])
    rates = shrunken_rate(spend, np.full(4, 100), 28)
    assert (np.diff(rates) > 0).all()
    assert rates.sum() * 100 == pytest.approx(spend.sum())


def test_who_returned_more_than_he_bought_is_worth_nothing_and_not_less():
    none = A_YEAR.model_copy(update={"shrinkage_days": 0})
    assert rate_value(np.array([-500, 500]), np.array([10, 10]), none)[0] == 0


def test_no_customers_is_no_value():
    assert rate_value(np.array([], dtype=np.int64), np.array([], dtype=np.int64), A_YEAR).shape == (0,)
