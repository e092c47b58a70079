"""What a kept customer is worth."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from pipeline.params import ValueParams
from pipeline.value import customer_value, past_spending, shrunken_rate

AS_OF = date(2025, 3, 1)
A_YEAR = ValueParams(horizon_days=365, margin_share=0.25, yearly_discount=0.1, history_days=182, shrinkage_days=28)


def rows(table):
    return {row["customer_id"]: row for row in table.to_pyarrow().to_pylist()}


def test_spending_counts_the_half_open_window_and_the_first_day_counts_all_of_the_past(table):
    bought = table("""
        customer_id | event_day  | amount
        edge        | 2025-02-01 |   9000
        edge        | 2025-02-19 |    700
        edge        | 2025-02-20 |     50
        edge        | 2025-02-28 |      3
        edge        | 2025-03-01 |  10000
        returned    | 2025-02-19 |    100
        returned    | 2025-02-21 |    100
        returned    | 2025-02-25 |   -100
        long_ago    | 2024-01-01 |    900
        newcomer    | 2025-03-01 |    900
    """)
    found = rows(past_spending(bought, AS_OF, days=9))
    assert {name: (row["spend_minor"], row["first_day"]) for name, row in found.items()} == {
        "edge": (53, date(2025, 2, 1)),
        "returned": (0, date(2025, 2, 19)),
        "long_ago": (0, date(2024, 1, 1)),
    }


def test_a_purchase_not_yet_known_on_the_as_of_date_is_not_spending(table):
    bought = table("""
        customer_id | event_day  | visible_day | amount
        a           | 2025-02-01 | 2025-02-01  |    700
        a           | 2025-02-20 | 2025-02-28  |    100
        a           | 2025-02-21 | 2025-03-01  |    900
        late        | 2025-02-21 | 2025-03-02  |    900
    """)
    found = rows(past_spending(bought, AS_OF, days=28))
    assert {name: row["spend_minor"] for name, row in found.items()} == {"a": 100}


def test_what_was_spent_on_the_first_day_is_no_rate_of_spending(table):
    bought = table("""
        customer_id | event_day  | amount
        newcomer    | 2025-02-27 |   5000
        newcomer    | 2025-02-27 |    500
        newcomer    | 2025-02-28 |     20
    """)
    assert rows(past_spending(bought, AS_OF, days=28))["newcomer"]["spend_minor"] == 20


def test_money_stays_whole_cents(table):
    bought = table("""
        customer_id | event_day  | amount
        a           | 2025-02-20 |    100
    """)
    assert past_spending(bought, AS_OF, days=28).to_pyarrow().schema.field("spend_minor").type == pa.int64()


def test_a_year_of_margin_agrees_with_the_closed_form_of_an_annuity():
    daily = 1.1 ** (-1 / 365)
    annuity = daily * (1 - daily**365) / (1 - daily)
    value = customer_value(np.array([18_200]), np.array([182]), A_YEAR)
    assert value == pytest.approx([0.25 * annuity], rel=1e-12)


def test_shrinkage_keeps_the_order_of_equally_old_customers_and_the_total_of_them():
    spend = np.array([0, 100, 5000, 90_000])
    rates = shrunken_rate(spend, np.full(4, 100), 28)
    assert (np.diff(rates) > 0).all()
    assert rates.sum() * 100 == pytest.approx(spend.sum())


def test_who_returned_more_than_he_bought_is_worth_nothing_and_not_less():
    none = A_YEAR.model_copy(update={"shrinkage_days": 0})
    assert customer_value(np.array([-500, 500]), np.array([10, 10]), none)[0] == 0


def test_no_customers_is_no_value():
    assert customer_value(np.array([], dtype=np.int64), np.array([], dtype=np.int64), A_YEAR).shape == (0,)
