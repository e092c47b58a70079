"""How families move risk: bars, spreads and small multiples."""

from collections.abc import Sequence

from markupsafe import Markup

from pipeline.reports.charts.frames import SMALL, WIDE, is_long, upright_grid
from pipeline.reports.shown import Facts
from pipeline.reports.svg import Frame, area, label, line, path, picture, rectangle, tag


def bars(facts: Facts, width: float) -> Markup:
    """Draw two bars a family: everyone's average size, and the push on the list."""
    rows, ticks = facts["rows"], facts["ticks"]
    stacked = width < WIDE or is_long(rows)
    step = 50 if stacked else 34
    left = 22 if stacked else 182
    span = ticks[0]["value"], ticks[-1]["value"]
    frame = Frame(width, 40 + step * len(rows) + 40, left, 46, 40, 40, span)
    parts = [
        label(frame.x(0) + 2, 13, facts["everyone"], "ink-3"),
        label(frame.x(0) + 2, 29, facts["list"], "risk", bold=True),
    ]
    parts += upright_grid(frame, ticks, facts["unit"])
    for place, row in enumerate(rows):
        top = frame.top + place * step + (20 if stacked else 0)
        name = label(0, top, row["words"], "ink") if stacked else label(0, top + 17, row["words"], "ink")
        parts += [name, *_pair(frame, row, top + 5)]
    parts.append(line((frame.x(0), frame.top), (frame.x(0), frame.floor), "line-2"))
    return picture(width, frame.height, facts["title"], parts)


def _pair(frame: Frame, row: Facts, top: float) -> list[str]:
    zero, everyone, mine = frame.x(0), frame.x(row["everyone"]["value"]), frame.x(row["list"]["value"])
    pushes = row["list"]["value"]
    colour = "risk" if pushes > 0 else "safe"
    return [
        rectangle((zero, top), (everyone, top + 8), "g3"),
        rectangle((zero, top + 10), (mine, top + 18), colour),
        label(max(mine, zero) + 5, top + 18, row["list"]["shown"]),
    ]


def spread(facts: Facts, width: float) -> Markup:
    """Draw, a family a row, how many customers it moves how far, and whether its behaviour is high or low there."""
    rows, ticks = facts["rows"], facts["ticks"]
    stacked = width < WIDE or is_long(rows)
    step = 46 if stacked else 34
    left = 12 if stacked else 182
    frame = Frame(width, 40 + step * len(rows) + 40, left, 14, 40, 40, (ticks[0]["value"], ticks[-1]["value"]))
    parts = upright_grid(frame, ticks, facts["unit"])
    parts += [
        label(frame.x(0) - 6, 20, facts["lowers"], "safe", anchor="end"),
        label(frame.x(0) + 6, 20, facts["raises"], "risk"),
    ]
    parts.append(line((frame.x(0), frame.top), (frame.x(0), frame.floor), "line-2"))
    for place, row in enumerate(rows):
        top = frame.top + place * step
        middle = top + (31 if stacked else 17)
        name = label(0, top + 14, row["words"], "ink") if stacked else label(0, middle + 4, row["words"], "ink")
        parts += [*_violin(frame, facts, row, middle), name]
    return picture(width, frame.height, facts["title"], parts)


def _violin(frame: Frame, facts: Facts, row: Facts, middle: float) -> list[str]:
    """Draw a family, a bin a block; thickness goes with the square root, so that a few customers stay visible."""
    edges = [facts["first_bin"] + facts["bin_points"] * (at - 0.5) for at in range(len(row["shares"]) + 1)]
    blocks: dict[int, list[str]] = {}
    for opens, closes, share, shade in zip(edges, edges[1:], row["shares"], row["shades"], strict=False):
        if share:
            blocks.setdefault(shade, []).append(_block(frame, (opens, closes), middle, max(14 * share**0.5, 1.2)))
    return [tag("path", d="".join(parts), class_=f"f-g{shade + 2}") for shade, parts in sorted(blocks.items())]


def _block(frame: Frame, span: tuple[float, float], middle: float, tall: float) -> str:
    x1, x2 = (frame.x(value) for value in span)
    return f"M{x1:.1f} {middle - tall:.1f}H{x2:.1f}V{middle + tall:.1f}H{x1:.1f}Z"


def move(facts: Facts, heights: Sequence[Facts]) -> Markup:
    """Draw how the points of one behaviour go with its value, above the customers who have it."""
    span = facts["low"], facts["high"]
    frame = Frame(SMALL, 190, 40, 12, 14, 30, span, (heights[0]["value"], heights[-1]["value"]))
    step = (frame.end - frame.left) / len(facts["bars"])
    lefts = [frame.left + step * place for place in range(len(facts["bars"]))]
    parts = [line((frame.left, frame.y(at["value"])), (frame.end, frame.y(at["value"])), "line") for at in heights]
    parts += [
        rectangle((left + 0.5, frame.floor), (left + step - 0.5, frame.floor - 26 * tall), "g2")
        for left, tall in zip(lefts, facts["bars"], strict=True)
        if tall
    ]
    parts.append(line((frame.left, frame.y(0)), (frame.end, frame.y(0)), "line-2"))
    there = [frame.at(group["at"], group["high"]) for group in facts["groups"]]
    back = [frame.at(group["at"], group["low"]) for group in reversed(facts["groups"])]
    parts.append(area([*there, *back], "band"))
    parts.append(path([frame.at(group["at"], group["middle"]) for group in facts["groups"]], "ink", width=2))
    parts += [label(34, frame.y(at["value"]) + 4, at["shown"], "ink-3", anchor="end") for at in heights]
    parts.append(label(frame.left, 184, facts["left"], "ink-3"))
    parts.append(label(frame.end, 184, facts["right"], "ink-3", anchor="end"))
    return picture(SMALL, 190, f"{facts['title']}. {facts['caption']}", parts)
