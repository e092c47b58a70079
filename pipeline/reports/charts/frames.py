"""What all figures share: their widths, and grids whose labels come from the facts."""

from collections.abc import Sequence

from pipeline.reports.shown import Facts
from pipeline.reports.svg import Frame, label, line

WIDE, NARROW = 470, 318
SMALL = 292
LETTER_PX = 7.5
MOST_LETTERS = 29


def upright_grid(frame: Frame, ticks: Sequence[Facts], unit: str) -> list[str]:
    """Draw upright lines with their values and the unit below."""
    lines = [line((frame.x(tick["value"]), frame.top), (frame.x(tick["value"]), frame.floor), "line") for tick in ticks]
    texts = [label(frame.x(tick["value"]), frame.floor + 16, tick["shown"], "ink-3", anchor="middle") for tick in ticks]
    return [*lines, *texts, label((frame.left + frame.end) / 2, frame.floor + 34, unit, "ink-3", anchor="middle")]


def grid(frame: Frame, across: Sequence[Facts], up: Sequence[Facts], names: tuple[str, str]) -> list[str]:
    """Draw level lines, the values of both axes, and the names of the axes: across below, up above."""
    lines = [line((frame.left, frame.y(tick["value"])), (frame.end, frame.y(tick["value"])), "line") for tick in up]
    beside = [label(frame.left - 8, frame.y(tick["value"]) + 4, tick["shown"], "ink-3", anchor="end") for tick in up]
    below = [
        label(frame.x(tick["value"]), frame.floor + 17, tick["shown"], "ink-3", anchor="middle") for tick in across
    ]
    told = [
        label(0, 12, names[1], "ink-3"),
        label((frame.left + frame.end) / 2, frame.floor + 35, names[0], "ink-3", anchor="middle"),
    ]
    return [*lines, *beside, *below, *told]


def is_long(rows: Sequence[Facts]) -> bool:
    """Return whether some name needs a line of its own above its row."""
    return any(len(row["words"]) > MOST_LETTERS for row in rows)


def within(frame: Frame, x: float, shown: str) -> tuple[float, str]:
    """Return where a label beside a place begins or ends, so that it stays in the picture: right of it where it fits."""
    room = LETTER_PX * len(shown)
    return (x + 10, "start") if x + 10 + room <= frame.width else (max(x - 10, room), "end")
