"""Daily volumes on the page: what is usual of a weekday, which days are thin, and what a sparse log cannot tell."""

from datetime import date, timedelta

import ibis
import pandas as pd
import pytest

from pipeline.contract.summary import Days
from pipeline.monitoring.feed import Volume, daily_volumes, volumes
from pipeline.reports.arrivals import arrivals
from pipeline.reports.charts.arrivals import daily
from pipeline.reports.shown import Facts

AS_OF = date(2024, 3, 4)  # a Monday


def log(**rows: int) -> list[Volume]:
    """Return fourteen weeks of 100 rows a weekday and 40 a Saturday, closed on Sundays; `d3=0` sets the third day before."""
    days = [AS_OF - timedelta(days=back) for back in range(1, 99)]
    usual = {day: {5: 40, 6: 0}.get(day.weekday(), 100) for day in days}
    other = {AS_OF - timedelta(days=int(name[1:])): count for name, count in rows.items()}
    return volumes(Days(usual | other), AS_OF)


def picture(found: list[Volume]) -> Facts:
    told = arrivals({"purchases": found})
    assert told is not None
    [only] = told["pictures"]
    return dict(only)


def test_four_weeks_are_shown_each_day_beside_the_median_of_its_weekday():
    drawn = picture(log(d2=55))
    assert (drawn["first"], drawn["last"]) == ("5 February", "3 March")
    assert [one["usual"] for one in drawn["bars"]] == [100, 100, 100, 100, 100, 40, 0] * 4
    assert drawn["bars"][-2] == {"rows": 55, "usual": 40, "thin": False}
    assert drawn["numbers"]["rows"][-2] == ["2 March 2024", "55", "40", "no"]


def test_the_newest_day_is_told_beside_what_is_usual():
    assert picture(log(d1=0, d2=0))["caption"] == "0 rows on Sunday 3 March, usually 0. Thin: 2 March."
    assert picture(log(d1=1))["caption"] == "1 row on Sunday 3 March, usually 0. No day is thin."


def test_thin_days_are_named_the_first_three_of_them():
    assert picture(log(d3=19, d5=20))["caption"].endswith(" Thin: 1 March.")
    many = picture(log(d3=0, d4=0, d5=0, d6=0, d7=0))
    assert many["caption"].endswith(" Thin: 26 February, 27 February, 28 February and 2 more.")
    assert [one["thin"] for one in many["bars"]].count(True) == 5


def test_a_log_of_few_rows_a_day_says_that_silence_tells_nothing():
    sparse = volumes(Days({AS_OF - timedelta(days=back): 3 for back in range(5, 99, 7)}), AS_OF)
    assert picture(sparse)["caption"].endswith("So few are usual that a day without any says nothing.")


def test_an_outage_is_drawn_at_its_full_height_although_it_has_no_rows():
    assert "f-risk-soft" in daily(picture(log(d3=0)))
    assert "f-risk" not in daily(picture(log()))


def test_the_largest_log_comes_first_and_a_table_without_days_not_at_all():
    day = [date(2024, 3, 1)]
    dated = {
        kind: ibis.memtable(pd.DataFrame({"customer_id": ["a"] * rows, "event_day": day * rows}))
        for kind, rows in (("contacts", 1), ("usage", 3))
    }
    undated = ibis.memtable(pd.DataFrame({"customer_id": ["a"]}))
    told = arrivals(daily_volumes({**dated, "customers": undated}, AS_OF))
    assert told is not None
    assert [one["title"] for one in told["pictures"]] == ["Usage", "Contacts"]
    assert arrivals(daily_volumes({"customers": undated}, AS_OF)) is None


@pytest.mark.parametrize(("most", "shown"), [(100, "100"), (900, "1,000"), (45_000, "50k"), (1_400_000, "1.5M")])
def test_the_axis_reaches_over_the_fullest_day_in_few_letters(most, shown):
    assert picture(log(d1=most))["ticks"][-1]["shown"] == shown
