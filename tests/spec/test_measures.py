"""What each measure means: a small table in, a number a customer out. Read as the manual of the catalogue."""

from collections.abc import Callable
from datetime import date

import ibis
import pytest

from pipeline.features import logs
from pipeline.features.behaviour import Behaviour, Feature
from pipeline.features.cube import build_cube, features_at
from pipeline.features.logs import PURCHASES, SENT
from pipeline.features.measures import (
    Measure,
    ValueMeasure,
    active_days,
    active_weeks,
    change,
    concentration,
    days_since_first,
    days_since_last,
    favourite,
    gap_spread,
    largest,
    longest_gap,
    mean_gap,
    monthly_days,
    overdue,
    ratio,
    share_of_both,
    silence_share,
    total,
    variety,
    weekly_slope,
)
from pipeline.features.windows import EVER, Window

AS_OF = date(2025, 3, 1)
WEEK = Window(7)

BOUGHT = """
    customer_id | event_day  | order_id | amount | discount | weekday | category
    ann         | 2025-02-01 | o1       |    500 |      0   | 5       | bread
    ann         | 2025-02-11 | o2       |   1000 |    100   | 1       | bread
    ann         | 2025-02-26 | o3       |    300 |      0   | 2       | milk
    ann         | 2025-02-26 | o3       |    200 |    300   | 2       | bread
    ann         | 2025-02-28 | o4       |   -150 |      0   | 4       | milk
    bob         | 2025-02-21 | o5       |    900 |      0   | 4       | wine
    bob         | 2025-02-22 | o6       |    100 |    100   | 5       |
    cat         | 2025-03-01 | o7       |   7700 |      0   | 5       | wine
"""
SENT_ROWS = """
    customer_id | event_day  | event
    ann         | 2025-02-27 | sent
    ann         | 2025-02-27 | redeemed
    bob         | 2025-02-20 | sent
"""


@pytest.fixture
def measured(table: Callable, keep: Callable) -> Callable[[Measure | ValueMeasure, Window], dict]:
    """Measure `BOUGHT` and `SENT_ROWS` as of 1 March 2025 for four customers, dan among them, who did nothing."""

    def measure_of(measure: Measure | ValueMeasure, window: Window) -> dict:
        tables = {"purchases": table(BOUGHT), "contacts": table(SENT_ROWS)}
        feature = Feature(Behaviour("x", "X", "count", "recency", measure, (window,), "{}"), window)
        people = ibis.memtable({"customer_id": ["ann", "bob", "cat", "dan"]})
        rows = features_at(build_cube(tables, [feature], keep), people, AS_OF).to_pyarrow().to_pylist()
        return {row["customer_id"]: row[feature.name] for row in rows}

    return measure_of


def test_total_adds_the_days_of_the_window_and_is_zero_where_nothing_happened(measured):
    assert measured(total(logs.SPEND), WEEK) == {"ann": 350, "bob": 100, "cat": 0, "dan": 0}


def test_an_order_of_several_lines_counts_once(measured):
    assert measured(total(logs.ORDERS), Window(28)) == {"ann": 4, "bob": 2, "cat": 0, "dan": 0}


def test_a_window_opens_on_its_first_day_and_closes_before_the_as_of_day(measured):
    """The 8 days before 1 March begin on 21 February; what happens on 1 March is the future."""
    assert measured(total(logs.ORDERS), Window(8))["bob"] == 2
    assert measured(total(logs.ORDERS), WEEK)["bob"] == 1
    assert measured(total(logs.ORDERS), Window(None))["cat"] == 0


def test_a_skipped_window_ends_where_the_skip_begins(measured):
    assert measured(total(logs.ORDERS), Window(7, skip=2)) == {"ann": 1, "bob": 2, "cat": 0, "dan": 0}


def test_active_days_count_days_not_rows(measured):
    assert measured(active_days(PURCHASES), Window(28)) == {"ann": 4, "bob": 2, "cat": 0, "dan": 0}


def test_active_weeks_are_sevens_of_days_that_end_at_the_as_of_day(measured):
    assert measured(active_weeks(PURCHASES), Window(28)) == {"ann": 3, "bob": 2, "cat": 0, "dan": 0}


def test_a_row_on_the_day_before_is_one_day_ago_and_no_row_is_no_record(measured):
    assert measured(days_since_last(PURCHASES), EVER[0]) == {"ann": 1, "bob": 7, "cat": None, "dan": None}


def test_days_since_first_look_no_further_back_than_the_window(measured):
    assert measured(days_since_first(PURCHASES), EVER[0])["ann"] == 28
    assert measured(days_since_first(PURCHASES), WEEK)["ann"] == 3


def test_ratio_is_unknown_where_the_whole_is_zero(measured):
    assert measured(ratio(logs.SPEND, logs.ORDERS), WEEK) == {"ann": 175.0, "bob": 100.0, "cat": None, "dan": None}


def test_share_of_both_divides_by_what_would_have_been_paid(measured):
    """Ann saved 400 and paid 1850; without offers she would have paid 2250."""
    assert measured(share_of_both(logs.DISCOUNT, logs.SPEND), Window(28))["ann"] == 400 / 2250


def test_change_compares_with_the_window_before(measured):
    """Ann's last 14 days hold 2 orders, the 14 before that 2; bob had none before, so his change is unknown."""
    assert measured(change(logs.ORDERS), Window(14)) == {"ann": 0.0, "bob": None, "cat": None, "dan": None}


def test_largest_takes_the_day_not_the_row(measured):
    assert measured(largest(logs.SPEND), WEEK) == {"ann": 500, "bob": 100, "cat": None, "dan": None}


def test_gaps_lie_between_active_days(measured):
    """Ann bought on 1, 11, 26 and 28 February: gaps of 10, 15 and 2 days."""
    assert measured(mean_gap(PURCHASES), Window(28)) == {"ann": 9.0, "bob": 1.0, "cat": None, "dan": None}
    assert measured(longest_gap(PURCHASES), Window(28))["ann"] == 15


def test_gap_spread_is_a_sample_standard_deviation_and_needs_two_gaps(measured):
    spread = measured(gap_spread(PURCHASES), Window(28))
    assert spread["ann"] == pytest.approx(((1 + 36 + 49) / 2) ** 0.5)
    assert spread["bob"] is None


def test_overdue_is_silence_in_units_of_the_own_gap(measured):
    """Bob has been silent for 7 days and usually is for 1."""
    assert measured(overdue(PURCHASES), Window(28))["bob"] == 7.0


def test_weekly_slope_is_the_least_squares_line_through_all_days_silent_ones_too(measured):
    """Bob's week holds one order on its first day: slope = 49 * (7*0 - 21*1) / (7*91 - 21**2)."""
    assert measured(weekly_slope(logs.ORDERS), WEEK)["bob"] == 49 * -21 / 196


def test_variety_counts_values_and_leaves_missing_ones_out(measured):
    assert measured(variety(PURCHASES, "category"), Window(28)) == {"ann": 2, "bob": 1, "cat": 0, "dan": 0}


def test_concentration_is_the_share_of_the_most_frequent_value(measured):
    assert measured(concentration(PURCHASES, "category"), Window(28))["ann"] == 0.6


def test_favourite_is_the_most_frequent_value_and_the_first_by_name_of_equals(measured):
    assert measured(favourite(PURCHASES, "category"), Window(28)) == {
        "ann": "bread",
        "bob": "wine",
        "cat": None,
        "dan": None,
    }
    assert measured(favourite(PURCHASES, "category"), WEEK)["ann"] == "milk"


def test_a_log_of_one_event_sees_no_other_event(measured):
    assert measured(total(logs.MESSAGES), WEEK) == {"ann": 1, "bob": 0, "cat": 0, "dan": 0}
    assert measured(days_since_last(SENT), EVER[0]) == {"ann": 2, "bob": 9, "cat": None, "dan": None}


def test_the_share_of_silence_is_the_days_since_the_last_purchase_by_those_since_the_first(measured):
    # ann first bought 28 days ago and last 1 day ago; bob 8 and 7 days ago.
    assert measured(silence_share(PURCHASES), Window(None)) == {"ann": 1 / 28, "bob": 7 / 8, "cat": None, "dan": None}


def test_monthly_days_are_the_days_with_a_purchase_in_every_30_since_the_first(measured):
    # ann bought on 4 days in 28, bob on 2 in 8.
    assert measured(monthly_days(PURCHASES), Window(None)) == {"ann": 120 / 28, "bob": 60 / 8, "cat": None, "dan": None}
