"""Dates far from all others: one mistyped year must not move the first or the last day of the data."""

from datetime import date, timedelta

import pytest
from shop import Shop

from pipeline.errors import ContractError

HEAD = "Customer,When,Total\n"
FIRST = date(2024, 1, 1)


def _shop(tmp_path, *more, days=200, every=1):
    usual = [FIRST + timedelta(days=number * every) for number in range(days)]
    lines = "".join(f"c{number},{day},1\n" for number, day in enumerate([*usual, *more]))
    return Shop(tmp_path).file("orders.csv", HEAD + lines).orders()


STRAYS = {
    "2099-12-31": "27,559 days or more after every row of the rest, 2024-01-01 to 2024-07-18",
    "2014-03-01": "3,593 days or more before every row of the rest, 2024-01-01 to 2024-07-18",
}


@pytest.mark.parametrize("value", STRAYS)
def test_a_mistyped_year_at_either_end_stops_with_where_it_stands_and_how_far_it_is(tmp_path, value):
    with pytest.raises(ContractError) as refusal:
        _shop(tmp_path, value).check()
    said = str(refusal.value)
    assert f'orders: orders.csv line 202, column "When": "{value}" lies {STRAYS[value]}' in said
    assert "1 rows do. Correct the date, or leave such rows out of the file" in said


def test_both_ends_are_said_at_once_and_a_placeholder_of_many_rows_is_one_day(tmp_path):
    with pytest.raises(ContractError) as refusal:
        _shop(tmp_path, *["2099-12-31"] * 90, "1990-01-01").check()
    before, after = str(refusal.value).splitlines()
    assert 'line 292, column "When": "1990-01-01"' in before
    assert "90 rows do" in after


HONEST = {
    "a season's pause": {"more": ["2025-08-01"]},
    "few purchases, far apart": {"days": 30, "every": 150, "more": ["2037-12-31"]},
    "fewer days than can be judged": {"days": 10, "more": ["2030-01-01"]},
    "a reopening after two years": {"more": [str(date(2026, 8, 1) + timedelta(days=day)) for day in range(5)]},
}


@pytest.mark.parametrize("case", HONEST)
def test_honest_pauses_pass(tmp_path, case):
    found = HONEST[case]
    summary = _shop(tmp_path, *found["more"], days=found.get("days", 200), every=found.get("every", 1)).check().summary
    assert summary["data_end"] == str(date.fromisoformat(found["more"][-1]) + timedelta(days=1))
