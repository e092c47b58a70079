"""Who is at risk and who has gone: the only definitions of churn, a drawn table each."""

from collections.abc import Callable
from datetime import date, timedelta

import pyarrow as pa
import pytest

from pipeline.params import SnapshotsParams
from pipeline.snapshots.calendar import Calendar
from pipeline.snapshots.label import snapshots

AS_OF = date(2025, 3, 1)
MONTHLY = SnapshotsParams(
    label="inactivity",
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

BOUGHT = """
    customer_id | event_day  | amount
    back        | 2025-02-20 | 1000
    back        | 2025-03-08 |  100
    last_day    | 2025-02-28 | 1000
    last_day    | 2025-04-04 |  100
    in_the_gap  | 2025-02-10 | 1000
    in_the_gap  | 2025-03-07 | 1000
    too_late    | 2025-02-10 | 1000
    too_late    | 2025-04-05 | 1000
    long_gone   | 2024-12-30 | 1000
    newcomer    | 2025-03-01 | 1000
    half        | 2025-02-10 | 1000
    half        | 2025-03-10 |  500
    less        | 2025-02-10 | 1000
    less        | 2025-03-10 |  499
"""


@pytest.fixture
def answers(table: Callable) -> Callable[..., dict]:
    """Ask who churned as of 1 March 2025; the label window is [8 March, 5 April)."""

    def asked(**changes: object) -> dict:
        params = MONTHLY.model_copy(update=changes)
        planned = Calendar((), (AS_OF,), AS_OF + timedelta(days=400))
        rows = snapshots({"purchases": table(BOUGHT)}, planned, params).to_pyarrow().to_pylist()
        return {row["customer_id"]: row["churned"] for row in rows}

    return asked


def test_inactivity_is_no_purchase_in_the_half_open_label_window(answers):
    assert answers() == {
        "back": False,
        "last_day": False,
        "in_the_gap": True,
        "too_late": True,
        "half": False,
        "less": False,
    }


def test_only_who_bought_in_the_days_before_is_at_risk(answers):
    """`long_gone` bought 61 days before; `newcomer` on the as-of day, which is the future."""
    assert not {"long_gone", "newcomer"} & answers().keys()
    assert "long_gone" in answers(at_risk_days=61)


def test_without_a_gap_the_label_window_begins_on_the_as_of_day(answers):
    assert answers(gap_days=0)["in_the_gap"] is False


def test_decline_is_spending_below_the_share_of_the_usual(answers):
    """Usual is what was spent in the 28 days before; exactly half is no decline."""
    assert answers(label="decline") == {
        "back": True,
        "last_day": True,
        "in_the_gap": True,
        "too_late": True,
        "half": False,
        "less": True,
    }


def test_who_spent_nothing_usual_cannot_decline(table):
    bought = """
        customer_id | event_day  | amount
        returner    | 2025-02-10 |  -500
        earlier     | 2025-01-10 |  1000
    """
    params = MONTHLY.model_copy(update={"label": "decline"})
    rows = snapshots({"purchases": table(bought)}, Calendar((), (AS_OF,), date(2026, 1, 1)), params).to_pyarrow()
    assert rows.num_rows == 0


def test_the_score_date_has_no_answer_yet(table):
    rows = snapshots({"purchases": table(BOUGHT)}, Calendar((), (), AS_OF), MONTHLY).to_pyarrow()
    assert rows["churned"].null_count == rows.num_rows == 6
    assert rows.schema.field("churned").type == pa.bool_()


def test_who_uses_the_product_is_as_active_as_who_buys(table):
    """Churned: neither bought nor used in the label window; at risk: did either in the 60 days before."""
    bought = """
        customer_id | event_day  | amount
        buyer       | 2025-02-10 |   1000
        buyer       | 2025-03-10 |   1000
        silent      | 2025-02-10 |   1000
        user        | 2025-02-10 |   1000
    """
    used = """
        customer_id | event_day
        user        | 2025-03-10
        only_uses   | 2025-02-20
    """
    tables = {"purchases": table(bought), "usage": table(used)}
    rows = snapshots(tables, Calendar((), (AS_OF,), date(2026, 1, 1)), MONTHLY).to_pyarrow().to_pylist()
    assert {row["customer_id"]: row["churned"] for row in rows if row["role"] == "test"} == {
        "buyer": False,
        "silent": True,
        "user": False,
        "only_uses": True,
    }


def test_a_training_answer_is_read_as_it_was_known_when_the_first_test_date_was_scored(table):
    """The purchase of 10 March became known on 20 April: a model of 5 April learnt `churned`, a test of it says no."""
    bought = """
        customer_id | event_day  | amount | visible_day
        late        | 2025-02-10 |   1000 | 2025-02-10
        late        | 2025-03-10 |   1000 | 2025-04-20
        on_time     | 2025-02-10 |   1000 | 2025-02-10
        on_time     | 2025-03-10 |   1000 | 2025-03-10
    """
    planned = Calendar((), (AS_OF, date(2025, 4, 5)), date(2026, 1, 1))
    rows = snapshots({"purchases": table(bought)}, planned, MONTHLY).to_pyarrow().to_pylist()
    later = snapshots({"purchases": table(bought)}, Calendar((AS_OF,), (date(2025, 4, 5),), date(2026, 1, 1)), MONTHLY)
    learnt = {row["customer_id"]: row["churned"] for row in later.to_pyarrow().to_pylist() if row["role"] == "train"}
    tested = {row["customer_id"]: row["churned"] for row in rows if row["role"] == "test" and row["as_of"] == AS_OF}
    assert learnt == {"late": True, "on_time": False}
    assert tested == {"late": False, "on_time": False}


def test_a_corrected_row_is_seen_in_the_version_known_then_and_answered_in_the_last(table):
    """Known on 2 February as 900, corrected on 10 March to 100: in March usual is 900, and the answer reads 100."""
    bought = """
        customer_id | event_day  | amount | visible_day | replaced_day
        ann         | 2025-02-01 |    900 | 2025-02-02  | 2025-03-10
        ann         | 2025-02-01 |    100 | 2025-03-10  |
        ann         | 2025-03-10 |    800 | 2025-03-10  | 2025-04-01
        ann         | 2025-03-10 |    100 | 2025-04-01  |
    """
    params = MONTHLY.model_copy(update={"label": "decline"})
    rows = snapshots({"purchases": table(bought)}, Calendar((), (AS_OF,), date(2026, 1, 1)), params).to_pyarrow()
    assert rows["churned"].to_pylist() == [True]
