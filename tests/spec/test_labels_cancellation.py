"""Who ended the last subscription, and how: every rule of the label `cancellation`, drawn.

As of 1 March 2025, with a gap of 7 and a horizon of 28 days, the label window is [8 March, 5 April).
"""

from collections.abc import Callable
from datetime import date

import pytest

from pipeline.params import SnapshotsParams
from pipeline.snapshots.calendar import Calendar
from pipeline.snapshots.label import snapshots

AS_OF = date(2025, 3, 1)
MONTHLY = SnapshotsParams(
    label="cancellation",
    decline_share=0.5,
    at_risk_days=60,
    gap_days=7,
    horizon_days=28,
    history_days=60,
    step_days=28,
    newest_as_of="newest",
    test_dates=1,
    max_train_dates=3,
)
KEPT, LEFT, MADE_TO, EARLY = (False, None), (True, "voluntary"), (None, "involuntary"), (None, "in_gap")


@pytest.fixture
def answers(table: Callable) -> Callable[..., dict]:
    """Ask who had left, and how."""

    def asked(spells: str, payments: str | None = None, role: str = "test", **changes: object) -> dict:
        tables = {"subscriptions": table(spells)} | ({"payments": table(payments)} if payments else {})
        planned = Calendar((), (AS_OF,), date(2026, 1, 1)) if role == "test" else Calendar((), (), AS_OF)
        rows = snapshots(tables, planned, MONTHLY.model_copy(update=changes)).to_pyarrow().to_pylist()
        return {row["customer_id"]: (row["churned"], row["left_as"]) for row in rows if row["role"] == role}

    return asked


def test_gone_is_who_has_no_subscription_left_when_the_half_open_window_closes(answers):
    spells = """
        customer_id | event_day  | ended_day
        stays       | 2024-01-01 |
        later       | 2024-01-01 | 2025-04-05
        last_day    | 2024-01-01 | 2025-04-04
        first_day   | 2024-01-01 | 2025-03-08
        in_the_gap  | 2024-01-01 | 2025-03-07
        as_of_day   | 2024-01-01 | 2025-03-01
    """
    assert answers(spells) == {
        "stays": KEPT,
        "later": KEPT,
        "last_day": LEFT,
        "first_day": LEFT,
        "in_the_gap": EARLY,
        "as_of_day": EARLY,
    }


def test_without_a_gap_the_window_begins_on_the_as_of_day(answers):
    spells = """
        customer_id | event_day  | ended_day
        as_of_day   | 2024-01-01 | 2025-03-01
    """
    assert answers(spells, gap_days=0) == {"as_of_day": LEFT}


def test_only_who_has_a_subscription_on_the_day_before_is_at_risk(answers):
    spells = """
        customer_id | event_day  | ended_day
        gone_before | 2024-01-01 | 2025-02-28
        begins_then | 2025-03-01 |
        begun       | 2025-02-28 |
    """
    assert answers(spells) == {"begun": KEPT}


def test_a_change_of_plan_is_no_churn_even_where_the_new_plan_begins_after_the_close(answers):
    spells = """
        customer_id | event_day  | ended_day  | end_reason
        upgrades    | 2024-01-01 | 2025-03-15 | changed
        upgrades    | 2025-03-15 |            |
        at_the_edge | 2024-01-01 | 2025-04-04 | changed
        at_the_edge | 2025-04-05 |            |
        then_leaves | 2024-01-01 | 2025-03-10 | changed
        then_leaves | 2025-03-10 | 2025-03-30 | voluntary
    """
    assert answers(spells) == {"upgrades": KEPT, "at_the_edge": KEPT, "then_leaves": LEFT}


def test_who_holds_two_subscriptions_leaves_with_the_last_of_them(answers):
    spells = """
        customer_id | event_day  | ended_day  | end_reason
        keeps_one   | 2024-01-01 | 2025-03-15 | voluntary
        keeps_one   | 2024-06-01 |            |
        ends_both   | 2024-01-01 | 2025-03-03 | involuntary
        ends_both   | 2024-06-01 | 2025-03-20 | voluntary
        same_day    | 2024-01-01 | 2025-03-20 | involuntary
        same_day    | 2024-06-01 | 2025-03-20 | voluntary
    """
    assert answers(spells) == {"keeps_one": KEPT, "ends_both": LEFT, "same_day": LEFT}


def test_who_comes_back_before_the_close_has_not_left(answers):
    spells = """
        customer_id | event_day  | ended_day  | end_reason
        back        | 2024-01-01 | 2025-03-03 | voluntary
        back        | 2025-04-04 |            |
        too_late    | 2024-01-01 | 2025-03-15 | voluntary
        too_late    | 2025-04-05 |            |
    """
    assert answers(spells) == {"back": KEPT, "too_late": LEFT}


SPELLS = """
    customer_id | event_day  | ended_day  | end_reason
    by_reason   | 2024-01-01 | 2025-03-20 | involuntary
    card_failed | 2024-01-01 | 2025-03-20 |
    paid_again  | 2024-01-01 | 2025-03-20 |
    same_day    | 2024-01-01 | 2025-03-20 |
    said_so     | 2024-01-01 | 2025-03-20 | voluntary
    refunded    | 2024-01-01 | 2025-03-20 |
    long_ago    | 2024-01-01 | 2025-03-20 |
    afterwards  | 2024-01-01 | 2025-03-20 |
    never_asked | 2024-01-01 | 2025-03-20 |
"""
PAYMENTS = """
    customer_id | event_day  | status
    card_failed | 2025-02-10 | paid
    card_failed | 2025-03-10 | failed
    card_failed | 2025-03-17 | failed
    paid_again  | 2025-03-10 | failed
    paid_again  | 2025-03-12 | paid
    same_day    | 2025-03-10 | failed
    same_day    | 2025-03-10 | paid
    said_so     | 2025-03-10 | failed
    refunded    | 2025-03-10 | paid
    refunded    | 2025-03-20 | refunded
    long_ago    | 2025-01-16 | failed
    afterwards  | 2025-03-10 | paid
    afterwards  | 2025-03-21 | failed
"""


def test_an_end_is_involuntary_by_its_reason_or_where_it_gives_none_by_a_last_payment_that_failed(answers):
    """A refund is no attempt, an attempt after the end explains nothing, and 62 days after a failure it is forgotten."""
    assert answers(SPELLS, PAYMENTS) == {
        "by_reason": MADE_TO,
        "card_failed": MADE_TO,
        "paid_again": LEFT,
        "same_day": LEFT,
        "said_so": LEFT,
        "refunded": LEFT,
        "long_ago": LEFT,
        "afterwards": LEFT,
        "never_asked": LEFT,
    }


def test_a_failure_counts_for_62_days(answers):
    spells = """
        customer_id | event_day  | ended_day
        just        | 2024-01-01 | 2025-03-20
    """
    payments = """
        customer_id | event_day  | status
        just        | 2025-01-17 | failed
    """
    assert answers(spells, payments) == {"just": MADE_TO}


def test_without_payments_an_end_without_a_reason_is_voluntary(answers):
    assert answers(SPELLS)["card_failed"] == LEFT


def test_an_end_that_became_known_late_leaves_the_customer_at_risk_until_then_and_teaches_nothing(answers):
    """`late` ended on 20 February, which became known on 10 March: the list of 1 March had him, too late to act."""
    spells = """
        customer_id | event_day  | ended_day  | visible_day | replaced_day
        late        | 2024-01-01 |            | 2024-01-01  | 2025-03-10
        late        | 2024-01-01 | 2025-02-20 | 2025-03-10  |
        in_time     | 2024-01-01 |            | 2024-01-01  | 2025-02-25
        in_time     | 2024-01-01 | 2025-02-20 | 2025-02-25  |
        unseen      | 2025-02-20 |            | 2025-03-05  |
    """
    assert answers(spells) == {"late": EARLY}


def test_on_the_score_date_a_notice_already_given_is_not_known_and_nobody_has_an_answer(answers):
    spells = """
        customer_id | event_day  | ended_day  | end_reason
        notice      | 2024-01-01 | 2025-03-20 | voluntary
        stays       | 2024-01-01 |            |
    """
    assert answers(spells, role="score") == {"notice": (None, None), "stays": (None, None)}
