"""What each measure of states, spells and first days means: rows drawn as a table in, a value a customer out.

As of 1 March 2025. What happens on that day, or is known only then, is the future.
"""

from collections.abc import Callable
from datetime import date

import ibis
import pytest

from pipeline.features.catalogue import feature_named
from pipeline.features.cube import build_cube, features_at

AS_OF = date(2025, 3, 1)


@pytest.fixture
def told(table: Callable, keep: Callable) -> Callable[..., dict]:
    """Tell a feature of every customer who is in a drawn table, and of zoe, who is in none."""

    def of(name: str, as_of: date = AS_OF, **drawings: str) -> dict:
        tables = {kind: table(drawing) for kind, drawing in drawings.items()}
        feature = feature_named(name)
        assert feature.behaviour.is_in(tables)
        names = {
            line.split("|")[0].strip() for drawing in drawings.values() for line in drawing.strip().splitlines()[1:]
        }
        people = ibis.memtable({"customer_id": sorted(names | {"zoe"})})
        rows = features_at(build_cube(tables, [feature], keep), people, as_of).to_pyarrow().to_pylist()
        return {row["customer_id"]: row[feature.name] for row in rows}

    return of


SPELLS = """
    customer_id | event_day  | ended_day  | end_reason | plan  | price | billing_days | term_ends_day
    ann         | 2024-03-01 | 2024-06-01 | changed    | basic |  1000 | 30           |
    ann         | 2024-06-01 | 2024-12-01 | changed    | basic |  1200 | 30           |
    ann         | 2024-12-01 |            |            | plus  |  2000 | 30           | 2025-03-06
    bob         | 2024-02-01 | 2024-05-01 | voluntary  | plus  |  2000 | 30           |
    bob         | 2025-02-28 | 2025-03-20 | voluntary  | basic | 12000 | 365          | 2025-02-27
    cat         | 2025-01-01 | 2025-02-28 | voluntary  | basic |  1000 | 30           |
    dan         | 2025-03-01 |            |            | basic |  1000 | 30           |
"""


@pytest.mark.parametrize(
    ("feature", "answer"),
    [
        ("plan", {"ann": "plus", "bob": "basic", "cat": None, "dan": None, "zoe": None}),
        ("plan_price", {"ann": 2000, "bob": 12000, "cat": None, "dan": None, "zoe": None}),
        ("monthly_price", {"ann": 2000.0, "bob": 360000 / 365, "cat": None, "dan": None, "zoe": None}),
        ("billing_days", {"ann": 30, "bob": 365, "cat": None, "dan": None, "zoe": None}),
        # 90 days after 1 December three payments of 30 days are used up: the next is due today.
        ("days_to_renewal", {"ann": 0, "bob": 364, "cat": None, "dan": None, "zoe": None}),
        ("days_to_term_end", {"ann": 5, "bob": -2, "cat": None, "dan": None, "zoe": None}),
        ("days_on_plan", {"ann": 90, "bob": 1, "cat": None, "dan": None, "zoe": None}),
        ("days_subscribed", {"ann": 365, "bob": 394, "cat": 59, "dan": None, "zoe": None}),
        # Bob's notice, given for 20 March, is not known before that day.
        ("running_spells", {"ann": 1, "bob": 1, "cat": 0, "dan": 0, "zoe": 0}),
        ("spells_ended", {"ann": 2, "bob": 1, "cat": 1, "dan": 0, "zoe": 0}),
        ("cancellations", {"ann": 0, "bob": 1, "cat": 1, "dan": 0, "zoe": 0}),
        # Prices compare by the day: 12,000 a year is less than 2,000 a month, and on another plan.
        ("upgrades_182d", {"ann": 1, "bob": 0, "cat": 0, "dan": 0, "zoe": 0}),
        ("downgrades_182d", {"ann": 0, "bob": 1, "cat": 0, "dan": 0, "zoe": 0}),
        ("price_rises_365d", {"ann": 1, "bob": 0, "cat": 0, "dan": 0, "zoe": 0}),
        ("days_since_price_rise", {"ann": 273, "bob": None, "cat": None, "dan": None, "zoe": None}),
        (
            "price_change",
            {"ann": 2 / 3, "bob": pytest.approx(12000 * 30 / (2000 * 365) - 1), "cat": None, "dan": None, "zoe": None},
        ),
    ],
)
def test_plan_and_contract_are_those_held_on_the_day_before(told, feature, answer):
    assert told(feature, subscriptions=SPELLS) == answer


def test_a_subscription_held_beside_another_is_no_change_of_plan(told):
    spells = """
        customer_id | event_day  | ended_day  | plan  | price
        ann         | 2024-03-01 |            | basic |  1000
        ann         | 2025-01-01 |            | plus  |  2000
    """
    assert told("upgrades_182d", subscriptions=spells)["ann"] == 0
    assert told("running_spells", subscriptions=spells)["ann"] == 2
    assert told("plan", subscriptions=spells)["ann"] == "plus"


PAYMENTS = """
    customer_id | event_day  | status   | amount | method  | card_expires_day
    ann         | 2024-12-01 | failed   |   1000 | card    | 2025-03-06
    ann         | 2025-01-01 | paid     |   1000 | card    | 2025-03-06
    ann         | 2025-02-01 | failed   |   1000 | card    | 2025-03-06
    ann         | 2025-02-27 | failed   |   1000 | card    | 2025-03-06
    ann         | 2025-02-28 | failed   |   1000 |         |
    bob         | 2025-01-31 | failed   |    500 | invoice |
    bob         | 2025-02-10 | failed   |    500 | invoice |
    bob         | 2025-02-10 | paid     |    500 | invoice |
    bob         | 2025-02-11 | refunded |   -500 | invoice |
    cat         | 2025-03-01 | failed   |    500 | card    | 2025-03-31
"""


@pytest.mark.parametrize(
    ("feature", "answer"),
    [
        # The 28 days before 1 March begin on 1 February.
        ("failed_payments_28d", {"ann": 3, "bob": 1, "cat": 0, "zoe": 0}),
        # Who paid on the day of a failure has paid.
        ("failed_run", {"ann": 3, "bob": 0, "cat": 0, "zoe": 0}),
        ("failed_share_182d", {"ann": 4 / 5, "bob": 2 / 3, "cat": None, "zoe": None}),
        ("days_since_failed", {"ann": 1, "bob": 19, "cat": None, "zoe": None}),
        ("days_since_paid", {"ann": 59, "bob": 19, "cat": None, "zoe": None}),
        ("payments_made_182d", {"ann": 1, "bob": 1, "cat": 0, "zoe": 0}),
        ("paid_182d", {"ann": 1000, "bob": 500, "cat": 0, "zoe": 0}),
        ("refunds_182d", {"ann": 0, "bob": 1, "cat": 0, "zoe": 0}),
        ("refunded_182d", {"ann": 0, "bob": 500, "cat": 0, "zoe": 0}),
        # Of the newest row that says so.
        ("card_expires_in", {"ann": 5, "bob": None, "cat": None, "zoe": None}),
        ("payment_method", {"ann": "card", "bob": "invoice", "cat": None, "zoe": None}),
    ],
)
def test_payments_count_up_to_the_day_before(told, feature, answer):
    assert told(feature, payments=PAYMENTS) == answer


TICKETS = """
    customer_id | event_day  | closed_day | priority | topic | satisfaction
    ann         | 2025-01-10 | 2025-01-13 | high     | bill  | 4
    ann         | 2025-02-01 | 2025-02-28 | urgent   | bill  | 1
    ann         | 2025-02-20 | 2025-03-01 | normal   | bug   | 5
    bob         | 2024-08-31 | 2024-09-01 | high     | bug   | 2
    bob         | 2025-02-28 |            | low      |       |
    cat         | 2025-03-01 |            | high     | bug   |
"""


@pytest.mark.parametrize(
    ("feature", "answer"),
    [
        ("tickets_28d", {"ann": 2, "bob": 1, "cat": 0, "zoe": 0}),
        ("urgent_tickets_91d", {"ann": 2, "bob": 0, "cat": 0, "zoe": 0}),
        # 182 days before 1 March 2025 is 31 August 2024: the first day of the window.
        ("urgent_tickets_182d", {"ann": 2, "bob": 1, "cat": 0, "zoe": 0}),
        ("days_since_ticket", {"ann": 9, "bob": 1, "cat": None, "zoe": None}),
        # A ticket closed on the as-of day is still open, and nobody knows how it will be rated.
        ("open_tickets", {"ann": 1, "bob": 1, "cat": 0, "zoe": 0}),
        ("days_waiting", {"ann": 9, "bob": 1, "cat": None, "zoe": None}),
        ("days_to_close_182d", {"ann": 15.0, "bob": 1.0, "cat": None, "zoe": None}),
        ("slowest_close_182d", {"ann": 27, "bob": 1, "cat": None, "zoe": None}),
        ("satisfaction_182d", {"ann": 2.5, "bob": 2.0, "cat": None, "zoe": None}),
        ("worst_satisfaction_182d", {"ann": 1, "bob": 2, "cat": None, "zoe": None}),
        ("last_satisfaction", {"ann": 1, "bob": 2, "cat": None, "zoe": None}),
        ("topics_182d", {"ann": 2, "bob": 1, "cat": 0, "zoe": 0}),
        ("main_topic_182d", {"ann": "bill", "bob": "bug", "cat": None, "zoe": None}),
    ],
)
def test_a_ticket_is_as_it_stood_on_the_day_before(told, feature, answer):
    assert told(feature, tickets=TICKETS) == answer


SURVEYS = """
    customer_id | event_day  | survey | score
    ann         | 2024-03-01 | nps    | 3
    ann         | 2024-06-01 | nps    | 9
    ann         | 2025-02-28 | nps    | 4
    ann         | 2025-01-01 | csat   | 5
    bob         | 2025-01-01 | nps    | 7
    bob         | 2025-02-01 | nps    |
    cat         | 2025-03-01 | nps    | 0
"""


@pytest.mark.parametrize(
    ("feature", "answer"),
    [
        ("nps", {"ann": 4, "bob": 7, "cat": None, "zoe": None}),
        ("nps_change", {"ann": -5, "bob": None, "cat": None, "zoe": None}),
        ("days_since_nps", {"ann": 1, "bob": 59, "cat": None, "zoe": None}),
        ("csat", {"ann": 5, "bob": None, "cat": None, "zoe": None}),
        ("csat_change", {"ann": None, "bob": None, "cat": None, "zoe": None}),
        ("worst_nps_365d", {"ann": 3, "bob": 7, "cat": None, "zoe": None}),
        ("survey_answers_365d", {"ann": 4, "bob": 1, "cat": 0, "zoe": 0}),
    ],
)
def test_the_last_answer_with_a_score_counts(told, feature, answer):
    assert told(feature, surveys=SURVEYS) == answer


def test_the_first_days_are_told_once_they_have_passed(told):
    """Ann began 30 days ago, so her first 30 days are over; Bob began 29 days ago."""
    usage = """
        customer_id | event_day
        ann         | 2025-01-30
        ann         | 2025-01-30
        ann         | 2025-02-28
        bob         | 2025-01-31
        cat         | 2024-01-31
        cat         | 2024-03-01
        cat         | 2024-02-29
    """
    assert told("first_month_uses", usage=usage) == {"ann": 3, "bob": None, "cat": 2, "zoe": None}
    assert told("first_month_use_days", usage=usage) == {"ann": 2, "bob": None, "cat": 2, "zoe": None}


def test_a_leap_day_and_a_day_of_23_hours_are_days_like_others(told):
    usage = """
        customer_id | event_day
        ann         | 2024-02-29
        bob         | 2024-03-31
    """
    assert told("days_since_use", date(2024, 3, 1), usage=usage) == {"ann": 1, "bob": None, "zoe": None}
    assert told("days_since_use", date(2024, 4, 1), usage=usage) == {"ann": 32, "bob": 1, "zoe": None}
    assert told("use_days_28d", date(2024, 3, 28), usage=usage) == {"ann": 1, "bob": 0, "zoe": 0}
    assert told("use_days_28d", date(2024, 3, 29), usage=usage) == {"ann": 0, "bob": 0, "zoe": 0}


def test_who_joins_later_has_not_joined(told):
    joined = """
        customer_id | joined_day
        ann         | 2025-02-28
        bob         | 2025-03-01
        cat         |
    """
    assert told("days_since_joined", customers=joined) == {"ann": 1, "bob": None, "cat": None, "zoe": None}


def test_a_version_counts_until_it_was_replaced(told):
    """Ann's failure was corrected on the as-of day, Bob's the day before."""
    payments = """
        customer_id | event_day  | visible_day | replaced_day | status
        ann         | 2025-02-01 | 2025-02-01  | 2025-03-01   | failed
        ann         | 2025-02-01 | 2025-03-01  |              | paid
        bob         | 2025-02-01 | 2025-02-01  | 2025-02-28   | failed
        bob         | 2025-02-01 | 2025-02-28  |              | paid
    """
    assert told("failed_run", payments=payments) == {"ann": 1, "bob": 0, "zoe": 0}
    assert told("failed_payments_28d", payments=payments) == {"ann": 1, "bob": 0, "zoe": 0}
