"""Work on several things at once, in threads, with the results in the order of the things."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

AT_ONCE = 2
"""Two: while one waits for the interpreter or the disk the other works; more would need memory and bring little."""


def side_by_side(work: Callable[[Item], Result], items: Iterable[Item], at_once: int = AT_ONCE) -> Iterator[Result]:
    """Yield what `work` returns of each item, in order; at most `at_once` are in work or waiting to be taken.

    >>> list(side_by_side(abs, [-3, 2, -1]))
    [3, 2, 1]
    """
    with ThreadPoolExecutor(at_once) as pool:
        started: deque[Future[Result]] = deque()
        for item in items:
            started.append(pool.submit(work, item))
            if len(started) == at_once:
                yield started.popleft().result()
        while started:
            yield started.popleft().result()
