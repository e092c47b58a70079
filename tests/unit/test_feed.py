"""A feed that stopped is refused with the date it ends; a closed day is not."""

from datetime import date, timedelta

import pytest

from pipeline.contract.summary import Days
from pipeline.errors import ContractError
from pipeline.monitoring.feed import refuse_gaps, refuse_stopped

AS_OF = date(2024, 3, 1)


def days(**rows: int) -> Days:
    """Return ten weeks of 100 rows a day, closed on Sundays; `d3=0` sets the day three before the as-of date."""
    usual = {AS_OF - timedelta(days=back): 100 for back in range(1, 71)}
    open_days = {day: count for day, count in usual.items() if day.weekday() != 6}
    return Days(open_days | {AS_OF - timedelta(days=int(name[1:])): count for name, count in rows.items()})


def test_a_list_beyond_the_end_of_the_data_is_refused_with_the_date_the_data_ends():
    with pytest.raises(ContractError, match=r"end before 2024-02-27.*3 days are missing.*--as-of 2024-02-27"):
        refuse_stopped(date(2024, 2, 27), AS_OF)


def test_a_list_at_the_end_of_the_data_or_before_is_not_refused():
    refuse_stopped(AS_OF, AS_OF)
    refuse_stopped(AS_OF, AS_OF - timedelta(days=30))


def test_a_last_day_with_a_fifth_of_its_weekdays_rows_is_refused_and_named():
    with pytest.raises(ContractError, match=r"2024-02-29: 19 rows, usually 100"):
        refuse_gaps("purchases", days(d1=19), AS_OF)
    refuse_gaps("purchases", days(d1=20), AS_OF)


def test_two_thin_days_in_the_last_seven_are_refused():
    with pytest.raises(ContractError, match=r"2024-02-27: 0 rows.*2024-02-28: 5 rows"):
        refuse_gaps("purchases", days(d3=0, d2=5), AS_OF)


def test_one_thin_day_further_back_is_a_holiday():
    refuse_gaps("purchases", days(d5=0), AS_OF)


def test_a_weekday_that_is_always_closed_is_no_gap():
    sunday = next(back for back in range(1, 8) if (AS_OF - timedelta(days=back)).weekday() == 6)
    refuse_gaps("purchases", days(**{f"d{sunday}": 0}), AS_OF)
    refuse_gaps("purchases", days(), AS_OF - timedelta(days=sunday - 1))
