"""Things worked on at once come in their order, few are in hand, and what goes wrong is not lost."""

import threading
import time
from collections.abc import Iterator

import pytest

from pipeline.side_by_side import side_by_side


def test_results_come_in_the_order_of_the_things_however_long_each_takes():
    assert list(side_by_side(lambda n: time.sleep(n % 3 / 100) or n, range(9), at_once=3)) == list(range(9))


def test_two_are_worked_on_at_the_same_time():
    meeting = threading.Barrier(2, timeout=30)
    assert len(list(side_by_side(lambda _: meeting.wait(), range(4)))) == 4


def test_no_more_things_are_fetched_than_are_in_hand():
    fetched: list[int] = []

    def things() -> Iterator[int]:
        for n in range(10):
            fetched.append(n)
            yield n

    taken = side_by_side(lambda n: n, things(), at_once=2)
    assert next(taken) == 0
    assert fetched == [0, 1]


def test_an_error_is_raised_where_its_result_would_have_come():
    taken = side_by_side(lambda n: 1 // n, [2, 1, 0, 1])
    assert [next(taken), next(taken)] == [0, 1]
    with pytest.raises(ZeroDivisionError):
        next(taken)
