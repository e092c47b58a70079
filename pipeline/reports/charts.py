"""The figures of the page, drawn at the width they are shown, from facts that already hold every label."""

from collections.abc import Sequence

from markupsafe import Markup

from pipeline.reports.shown import Facts
from pipeline.reports.svg import Frame, Point, area, dot, label, line, path, picture, rectangle, tag

WIDE, NARROW, SMALL = 470, 318, 292
LETTER_PX = 7.5


def meter(share: float, colour: str = "ink") -> Markup:
    """Draw a share of a whole as a bar."""
    parts = [rectangle((0, 0), (100, 6), "g2"), rectangle((0, 0), (100 * share, 6), colour)]
    drawn = tag(
        "svg", "".join(parts), viewBox="0 0 100 6", class_="meter", preserveAspectRatio="none", aria_hidden="true"
    )
    return Markup(drawn)  # noqa: S704 - numbers only


def net_value(facts: Facts, width: float) -> Markup:
    """Draw what the list is worth over a band of save rates, with zero in sight."""
    low, mid, high = (facts[name]["value"] for name in ("low", "mid", "high"))
    span = min(0.0, low), max(0.0, high)
    frame = Frame(width, 92, 14, 18, 26, 30, span, (0, 1))
    parts = [
        line((frame.x(0), 22), (frame.x(0), frame.floor), "line-2"),
        rectangle((frame.x(low), 34), (frame.x(high), 50), "safe-soft", radius=2),
        dot((frame.x(mid), 42), 5.5, "ink"),
        label(frame.x(mid), 20, facts["mid"]["shown"], "ink", anchor="middle", bold=True),
        _below_zero(frame, facts),
    ]
    parts += [label(frame.x(at["value"]), 20, at["shown"], anchor=anchor) for at, anchor in _apart(frame, facts)]
    return picture(
        width,
        92,
        _told(facts),
        parts,
    )


def _told(facts: Facts) -> str:
    low, mid, high = (facts[name]["shown"] for name in ("low", "mid", "high"))
    return f"{facts['title']}: {mid}, from {low} to {high}"


def _below_zero(frame: Frame, facts: Facts) -> str:
    middle = frame.x(0) > frame.width / 2
    return label(frame.x(0), 80, facts["zero"]["shown"], "ink-3", anchor="end" if middle else "start")


def _apart(frame: Frame, facts: Facts) -> list[tuple[Facts, str]]:
    """Return the ends of the band that stand far enough from the middle for a label of their own."""
    ends = ((facts["low"], "middle"), (facts["high"], "end"))
    middle = frame.x(facts["mid"]["value"])
    return [
        (end, anchor)
        for end, anchor in ends
        if abs(frame.x(end["value"]) - middle) > 8 * len(facts["mid"]["shown"]) + 12
    ]


def spark(facts: Facts) -> Markup:
    """Draw twelve months as a line, broken where a month is not known and dotted where its answer is still pending."""
    values: Sequence[float | None] = facts["values"]
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    if not known:
        return picture(200, 46, facts["label"], [], "spark")
    months = len(values) + facts["pending"]
    heights = [value for _, value in known]
    frame = Frame(200, 46, 4, 6, 8, 8, (0, max(months - 1, 1)), (min(heights), max(heights)))
    parts = [path([frame.at(*point) for point in run], "ink") for run in _runs(known) if len(run) > 1]
    newest = frame.at(*known[-1])
    if facts["pending"]:
        parts.append(line(newest, (frame.x(months - 1), newest[1]), "ink-3", width=1.4, dash="2 4"))
    return picture(200, 46, facts["label"], [*parts, dot(newest, 3.4, "ink")], "spark")


def _runs(known: Sequence[tuple[int, float]]) -> list[list[tuple[int, float]]]:
    """Return the stretches of neighbouring months.

    >>> _runs([(0, 0.1), (1, 0.2), (4, 0.3)])
    [[(0, 0.1), (1, 0.2)], [(4, 0.3)]]
    """
    runs: list[list[tuple[int, float]]] = []
    for point in known:
        if runs and point[0] == runs[-1][-1][0] + 1:
            runs[-1].append(point)
        else:
            runs.append([point])
    return runs


def bars(facts: Facts, width: float) -> Markup:
    """Draw two bars a family: everyone's average size, and the push on the list."""
    rows, ticks = facts["rows"], facts["ticks"]
    stacked = width < WIDE
    step = 50 if stacked else 34
    left = 22 if stacked else 182
    span = ticks[0]["value"], ticks[-1]["value"]
    frame = Frame(width, 40 + step * len(rows) + 40, left, 46, 40, 40, span)
    parts = [
        label(frame.x(0) + 2, 13, facts["everyone"], "ink-3"),
        label(frame.x(0) + 2, 29, facts["list"], "risk", bold=True),
    ]
    parts += _upright_grid(frame, ticks, facts["unit"])
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


def _upright_grid(frame: Frame, ticks: Sequence[Facts], unit: str) -> list[str]:
    lines = [line((frame.x(tick["value"]), frame.top), (frame.x(tick["value"]), frame.floor), "line") for tick in ticks]
    texts = [label(frame.x(tick["value"]), frame.floor + 16, tick["shown"], "ink-3", anchor="middle") for tick in ticks]
    return [*lines, *texts, label((frame.left + frame.end) / 2, frame.floor + 34, unit, "ink-3", anchor="middle")]


def spread(facts: Facts, width: float) -> Markup:
    """Draw, a family a row, how many customers it moves how far: warm where it raises, blue where it lowers."""
    rows, ticks = facts["rows"], facts["ticks"]
    stacked = width < WIDE
    step = 46 if stacked else 34
    left = 12 if stacked else 182
    frame = Frame(width, 40 + step * len(rows) + 40, left, 14, 40, 40, (ticks[0]["value"], ticks[-1]["value"]))
    parts = _upright_grid(frame, ticks, facts["unit"])
    parts += [
        label(frame.x(0) - 6, 20, facts["lowers"], "safe", anchor="end"),
        label(frame.x(0) + 6, 20, facts["raises"], "risk"),
    ]
    parts.append(line((frame.x(0), frame.top), (frame.x(0), frame.floor), "line-2"))
    for place, row in enumerate(rows):
        top = frame.top + place * step
        middle = top + (31 if stacked else 17)
        name = label(0, top + 14, row["words"], "ink") if stacked else label(0, middle + 4, row["words"], "ink")
        parts += [*_violin(frame, facts, row["shares"], middle), name]
    return picture(width, frame.height, facts["title"], parts)


def _violin(frame: Frame, facts: Facts, shares: Sequence[float], middle: float) -> list[str]:
    """Draw both sides of zero; thickness goes with the square root, so that a few customers stay visible."""
    edges = [facts["first_bin"] + facts["bin_points"] * (at - 0.5) for at in range(len(shares) + 1)]
    sides: dict[str, list[str]] = {"safe": [], "risk": []}
    for opens, closes, share in zip(edges, edges[1:], shares, strict=False):
        tall = max(15 * share**0.5, 1.0) if share else 0.0
        for colour, span in (("safe", (opens, min(closes, 0.0))), ("risk", (max(opens, 0.0), closes))):
            if tall and span[1] > span[0]:
                sides[colour].append(_block(frame, span, middle, tall))
    return [tag("path", d="".join(blocks), class_=f"f-{colour}") for colour, blocks in sides.items() if blocks]


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


def reliability(facts: Facts, width: float) -> Markup:
    """Draw what was said against what happened, with intervals; warm where the two do not agree."""
    frame = _square(facts, width)
    high = facts["ticks"][-1]["value"]
    parts = _grid(frame, facts)
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
    parts = _grid(frame, facts)
    parts.append(line(frame.at(0, 0), frame.at(1, 1), "g3", width=1.4, dash="5 4"))
    parts.append(label(frame.x(0.62), frame.y(0.5), facts["random"], "ink-3"))
    parts.append(path([frame.at(*point) for point in facts["points"]], "ink", width=2.2))
    parts.append(_on_curve(frame, facts))
    parts += _mark(frame, facts["mark"]) if facts["mark"] else []
    return picture(width, frame.height, f"{facts['title']}. {facts['caption']}", parts)


def _mark(frame: Frame, mark: Facts) -> list[str]:
    x, y = frame.at(mark["x"], mark["y"])
    room = LETTER_PX * len(mark["shown"])
    right, left = (min(x + 10, frame.width - room), "start"), (max(x - 10, frame.left + room), "end")
    beside, anchor = right if mark["x"] < 0.5 else left
    return [
        line((x, frame.floor), (x, y), "risk", width=2),
        dot((x, y), 5, "risk"),
        label(beside, frame.y(0.06), mark["shown"], "risk", anchor=anchor, bold=True),
    ]


def _on_curve(frame: Frame, facts: Facts) -> str:
    beyond = next((point for point in facts["points"] if point[1] >= 0.9), facts["points"][-1])
    x, y = frame.at(*beyond)
    return label(max(x - 8, frame.left + 74), y - 10, facts["curve"], "ink", anchor="end", bold=True)


def _square(facts: Facts, width: float) -> Frame:
    high = facts["ticks"][-1]["value"]
    return Frame(width, 0.66 * width + 30, 44, 16, 28, 42, (0, high), (0, high))


def _grid(frame: Frame, facts: Facts) -> list[str]:
    high = [tick["value"] for tick in facts["ticks"]]
    lines = [line((frame.left, frame.y(at)), (frame.end, frame.y(at)), "line") for at in high]
    lows = [
        label(frame.left - 8, frame.y(tick["value"]) + 4, tick["shown"], "ink-3", anchor="end")
        for tick in facts["ticks"]
    ]
    below = [
        label(frame.x(tick["value"]), frame.floor + 17, tick["shown"], "ink-3", anchor="middle")
        for tick in facts["ticks"]
    ]
    names = [
        label(0, 12, facts["y"], "ink-3"),
        label((frame.left + frame.end) / 2, frame.floor + 35, facts["x"], "ink-3", anchor="middle"),
    ]
    return [*lines, *lows, *below, *names]


def risk_map(facts: Facts, width: float) -> Markup:
    """Draw counts of customers in cells of risk and value; the cells of today's list are outlined."""
    frame = Frame(width, 0.5 * width if width > WIDE else 0.9 * width, 62, 24, 34, 42)
    side = ((frame.end - frame.left) / facts["columns"], (frame.floor - frame.top) / facts["rows"])
    parts = [
        line((frame.left, frame.y(tick["value"])), (frame.end, frame.y(tick["value"])), "line")
        for tick in facts["y_ticks"]
    ]
    for shade in range(6):
        blocks = [_cell(frame, side, cell, 0.5) for cell in facts["cells"] if cell["shade"] == shade]
        parts += [tag("path", d="".join(blocks), class_=f"f-g{shade + 1}")] if blocks else []
    outlined = [_cell(frame, side, cell, 1.2) for cell in facts["cells"] if cell["listed"]]
    parts += [tag("path", d="".join(outlined), fill="none", class_="s-risk", stroke_width=1.6)] if outlined else []
    parts += [
        label(frame.left - 8, frame.y(tick["value"]) + 4, tick["shown"], "ink-3", anchor="end")
        for tick in facts["y_ticks"]
    ]
    parts += [
        label(frame.x(tick["value"]), frame.floor + 17, tick["shown"], "ink-3", anchor="middle")
        for tick in facts["x_ticks"]
    ]
    parts += [
        label(0, 12, facts["y"], "ink-3"),
        label((frame.left + frame.end) / 2, frame.floor + 35, facts["x"], "ink-3", anchor="middle"),
        label(frame.end, 28 if width < WIDE else 12, facts["outlined"], "risk", anchor="end", bold=True),
    ]
    return picture(width, frame.height, facts["title"], parts, "chart wide")


def _cell(frame: Frame, side: Point, cell: Facts, inset: float) -> str:
    x, y = frame.left + cell["column"] * side[0], frame.floor - (cell["row"] + 1) * side[1]
    wide, tall = side[0] - 2 * inset, side[1] - 2 * inset
    return f"M{x + inset:.1f} {y + inset:.1f}h{wide:.1f}v{tall:.1f}h{-wide:.1f}Z"
