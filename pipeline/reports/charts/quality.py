"""How good it is: said against happened, and leavers found."""

from collections.abc import Sequence

from markupsafe import Markup

from pipeline.reports.charts.frames import WIDE, grid, is_long, upright_grid, within
from pipeline.reports.shown import Facts
from pipeline.reports.svg import Frame, area, dot, label, line, path, picture


def reliability(facts: Facts, width: float) -> Markup:
    """Draw what was said against what happened, with intervals; warm where the two do not agree."""
    frame = _square(facts, width)
    high = facts["ticks"][-1]["value"]
    parts = _axes(frame, facts)
    parts.append(line(frame.at(0, 0), frame.at(high, high), "g3", width=1.4, dash="5 4"))
    parts.append(label(frame.x(high) - 4, frame.y(0) - 12, facts["diagonal"], "ink-3", anchor="end"))
    for point in facts["points"]:
        colour = "ink" if point["agrees"] else "risk"
        x = frame.x(point["said"])
        parts += [
            line((x, frame.y(point["low"])), (x, frame.y(point["high"])), colour, width=1.6),
            dot((x, frame.y(point["left"])), 4, colour),
        ]
    return picture(width, frame.height, f"{facts['title']}. {facts['caption']}", parts)


def gain(facts: Facts, width: float) -> Markup:
    """Draw the share of leavers found against the share contacted, with the length of today's list marked."""
    frame = _square(facts, width)
    parts = _axes(frame, facts)
    parts.append(line(frame.at(0, 0), frame.at(1, 1), "g3", width=1.4, dash="5 4"))
    parts.append(label(frame.x(0.62), frame.y(0.5), facts["random"], "ink-3"))
    parts += _shade(frame, facts["band"])
    if facts["rule"]:
        parts.append(path([frame.at(*point) for point in facts["rule"]["points"]], "ink-3", width=1.4))
        parts.append(label(frame.x(0.34), frame.y(0.66), facts["rule"]["words"], "ink-3"))
    parts.append(path([frame.at(*point) for point in facts["points"]], "ink", width=2.2))
    parts.append(_on_curve(frame, facts))
    parts += _mark(frame, facts["mark"]) if facts["mark"] else []
    return picture(width, frame.height, f"{facts['title']}. {facts['caption']}", parts)


def _shade(frame: Frame, band: Sequence[Sequence[float]]) -> list[str]:
    """Draw the interval of a curve as a shade behind it."""
    above = [frame.at(x, high) for x, _, high in band]
    below = [frame.at(x, low) for x, low, _ in reversed(band)]
    return [area([*above, *below], "band")] if band else []


def earned(facts: Facts, width: float) -> Markup:
    """Draw what a list of some length would have earned, with the best length marked."""
    across, up = facts["across"], facts["up"]
    frame = Frame(
        width, 0.66 * width + 30, 44, 16, 28, 42, (0.0, across[-1]["value"]), (up[0]["value"], up[-1]["value"])
    )
    x, y = frame.at(facts["mark"]["x"], facts["mark"]["y"])
    beside, anchor = within(frame, x, facts["mark"]["shown"])
    parts = [
        *grid(frame, across, up, (facts["x"], facts["y"])),
        *_shade(frame, facts["band"]),
        line((frame.left, frame.y(0)), (frame.end, frame.y(0)), "line-2"),
        path([frame.at(*point) for point in facts["points"]], "ink", width=2.2),
        dot((x, y), 4, "ink"),
        label(beside, max(y - 12, frame.top + 4), facts["mark"]["shown"], "ink", anchor=anchor, bold=True),
    ]
    return picture(width, frame.height, f"{facts['title']}. {facts['caption']}", parts)


def _mark(frame: Frame, mark: Facts) -> list[str]:
    x, y = frame.at(mark["x"], mark["y"])
    beside, anchor = within(frame, x, mark["shown"])
    return [
        line((x, frame.floor), (x, y), "risk", width=2),
        dot((x, y), 5, "risk"),
        label(beside, frame.floor - 10, mark["shown"], "risk", anchor=anchor, bold=True),
    ]


def _on_curve(frame: Frame, facts: Facts) -> str:
    beyond = next((point for point in facts["points"] if point[1] >= 0.9), facts["points"][-1])
    x, y = frame.at(*beyond)
    return label(max(x - 8, frame.left + 74), y - 10, facts["curve"], "ink", anchor="end", bold=True)


def _square(facts: Facts, width: float) -> Frame:
    high = facts["ticks"][-1]["value"]
    return Frame(width, 0.66 * width + 30, 44, 16, 28, 42, (0, high), (0, high))


def _axes(frame: Frame, facts: Facts) -> list[str]:
    return grid(frame, facts["ticks"], facts["ticks"], (facts["x"], facts["y"]))


def leads(facts: Facts, width: float) -> Markup:
    """Draw how well leaving is told so many days ahead, with intervals; what is not known yet is dotted in words."""
    ticks = facts["ticks"]
    span = 0.0, float(facts["days"][-1]["value"]) or 1.0
    frame = Frame(width, 0.66 * width + 30, 44, 30, 28, 42, span, (ticks[0]["value"], ticks[-1]["value"]))
    parts = grid(frame, facts["days"], ticks, (facts["x"], facts["y"]))
    parts.append(path([frame.at(one["days"], one["value"]) for one in facts["points"]], "ink", width=2))
    for one in facts["points"]:
        parts += _with_interval(frame, one)
    parts += [
        label(
            frame.x(one["days"]), frame.y(ticks[0]["value"]) - 8 - 15 * (place % 2), one["shown"], "ink-3", anchor="end"
        )
        for place, one in enumerate(facts["pending"])
    ]
    return picture(width, frame.height, f"{facts['title']}. {facts['caption']}", parts)


def _with_interval(frame: Frame, one: Facts) -> list[str]:
    x, y = frame.at(one["days"], one["value"])
    beside, anchor = within(frame, x, one["shown"])
    return [
        line((x, frame.y(one["low"])), (x, frame.y(one["high"])), "ink", width=1.6),
        dot((x, y), 4, "ink"),
        label(beside, y - 8, one["shown"], "ink", anchor=anchor),
    ]


def dots(facts: Facts, width: float) -> Markup:
    """Draw a row a subject: how far a figure reaches, with a line that it should reach, or must not pass."""
    rows, ticks = facts["rows"], facts["ticks"]
    stacked = width < WIDE or is_long(rows)
    step, left = (40, 12) if stacked else (30, 196)
    frame = Frame(width, 44 + step * len(rows) + 40, left, 44, 32, 40, (ticks[0]["value"], ticks[-1]["value"]))
    limit = frame.x(facts["limit"]["value"])
    beside, anchor = (limit + 4, "start") if limit < width / 2 else (limit - 4, "end")
    parts = upright_grid(frame, ticks, facts["unit"])
    parts.append(line((limit, frame.top - 6), (limit, frame.floor), "ink-3", width=1.4, dash="5 4"))
    parts.append(label(beside, 18, facts["limit"]["shown"], "ink-3", anchor=anchor))
    for place, row in enumerate(rows):
        y = frame.top + step * place + (28 if stacked else 17)
        parts += _reach(frame, row, y, name_y=y - 12 if stacked else y + 4)
    return picture(width, frame.height, f"{facts['title']}. {facts['caption']}", parts)


def _reach(frame: Frame, row: Facts, y: float, name_y: float) -> list[str]:
    colour = "risk" if row["bad"] else "ink"
    x = frame.x(row["value"])
    return [
        label(0, name_y, row["words"], "ink"),
        line((frame.left, y), (x, y), "g3", width=1.6),
        dot((x, y), 4, colour),
        label(x + 8, y + 4, row["shown"], colour if row["bad"] else "ink-2"),
    ]
