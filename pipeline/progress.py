"""What a stage says while it works: to standard error, so that results and progress never mix."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.markup import escape

Item = TypeVar("Item")


class Progress:
    """Says what a stage has done and how far it has come.

    On a terminal a line of progress overwrites itself; in a log file it is written at every quarter.
    """

    def __init__(self, stage: str, *, quiet: bool = False) -> None:
        """Speak for a stage; `quiet` says nothing."""
        self.stage = stage
        self._console = Console(stderr=True, quiet=quiet, highlight=False, soft_wrap=True)
        self._last = ("", -1)

    def note(self, sentence: str) -> None:
        """Say one thing that is done."""
        self._console.print(f"[bold]{self.stage:>10}[/]  {escape(sentence)}")

    def step(self, what: str, share: float) -> None:
        """Say how much of something is done, as a share from 0 to 1."""
        steps = 100 if self._console.is_terminal else 4
        reached = (what, int(share * steps))
        if reached != self._last:
            self._last = reached
            end = "\r" if self._console.is_terminal and share < 1 else "\n"
            self._console.print(f"[bold]{self.stage:>10}[/]  {escape(what)} {share:4.0%}", end=end)

    def each(self, items: Iterable[Item], what: str, count: int) -> Iterator[Item]:
        """Yield the items, saying after each how many are done."""
        for done, item in enumerate(items, start=1):
            yield item
            self.step(what, done / count)
