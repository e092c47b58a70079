"""Over any calendar: no answer that the model learns from reaches past the first date that judges it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ParamsError, TooLittleDataError
from pipeline.params import SnapshotsParams
from pipeline.snapshots.calendar import answered_on, plan_calendar

START = date(2023, 1, 1)
settings = st.fixed_dictionaries(
    {
        "gap_days": st.integers(0, 60),
        "horizon_days": st.integers(1, 120),
        "history_days": st.integers(1, 400),
        "step_days": st.integers(1, 60),
        "test_dates": st.integers(1, 4),
        "max_train_dates": st.integers(1, 20),
    }
)


def params_of(changes: dict) -> SnapshotsParams:
    """Fill in what no calendar depends on."""
    fixed = {
        "label": "inactivity",
        "decline_share": 0.5,
        "at_risk_days": 90,
        "newest_as_of": "newest",
        "max_train_dates": 9,
    }
    return SnapshotsParams.model_validate(fixed | changes)


@given(changes=settings, days=st.integers(1, 1500))
def test_training_answers_end_before_the_first_test_date(changes, days):
    params = params_of(changes)
    end = START + timedelta(days=days)
    try:
        planned = plan_calendar(params, "newest", START, end)
    except (TooLittleDataError, ParamsError):
        return
    assert max(answered_on(day, params) for day in planned.train) <= min(planned.test)
    assert all(answered_on(day, params) <= end for day in planned.test)
    assert min(planned.train) >= START + timedelta(days=params.history_days)
    assert len(planned.test) == params.test_dates
    assert planned.score == end


@given(changes=settings, days=st.integers(400, 1500), back=st.integers(0, 600))
def test_an_earlier_score_date_learns_from_nothing_after_it(changes, days, back):
    params = params_of(changes)
    end = START + timedelta(days=days)
    score = end - timedelta(days=back)
    try:
        planned = plan_calendar(params, score, START, end)
    except (TooLittleDataError, ParamsError):
        return
    assert max(answered_on(day, params) for day in (*planned.train, *planned.test)) <= planned.score == score


@given(changes=settings, days=st.integers(1, 1500))
def test_a_date_is_left_out_only_because_it_overlaps_or_is_too_old(changes, days):
    params = params_of(changes | {"max_train_dates": 10_000})
    end = START + timedelta(days=days)
    try:
        planned = plan_calendar(params, "newest", START, end)
    except (TooLittleDataError, ParamsError):
        return
    step = timedelta(days=params.step_days)
    assert answered_on(planned.train[-1] + step, params) > planned.test[0]
    assert planned.train[0] - step < START + timedelta(days=params.history_days)


def test_a_date_beyond_the_data_is_refused_with_the_latest_possible_one():
    params = params_of({"gap_days": 7, "horizon_days": 60, "history_days": 90, "step_days": 30, "test_dates": 1})
    asked = params.model_copy(update={"newest_as_of": date(2025, 6, 1)})
    with pytest.raises(
        ParamsError, match=r"known only on 2025-08-07 .* can be used until 2025-07-20\. Choose 2025-05-14"
    ):
        plan_calendar(asked, "newest", date(2024, 1, 1), date(2025, 7, 20))
    with pytest.raises(
        ParamsError, match=r"score\.as_of is 2025-08-01, but the data can be scored from .* to 2025-07-20"
    ):
        plan_calendar(params, date(2025, 8, 1), date(2024, 1, 1), date(2025, 7, 20))


def test_too_little_history_says_how_many_days_are_missing():
    params = params_of({"gap_days": 0, "horizon_days": 28, "history_days": 182, "step_days": 28, "test_dates": 1})
    with pytest.raises(TooLittleDataError, match=r"need 238\. Wait 38 days"):
        plan_calendar(params, "newest", START, START + timedelta(days=200))
    plan_calendar(params, "newest", START, START + timedelta(days=238))
