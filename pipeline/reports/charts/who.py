"""Risk against value."""

from markupsafe import Markup

from pipeline.reports.charts.frames import WIDE, within
from pipeline.reports.shown import Facts
from pipeline.reports.svg import Frame, Point, label, line, path, picture, tag


def risk_map(facts: Facts, width: float) -> Markup:
    """Draw counts of customers in cells of risk and value; the cells of today's list are outlined."""
    frame = Frame(
        width, 0.5 * width if width > WIDE else 0.9 * width, 62, 24, 34, 42, (0.0, facts["x_ticks"][-1]["value"])
    )
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
    parts += _break_even(frame, facts["line"]) if facts["line"] else []
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


def _break_even(frame: Frame, facts: Facts) -> list[str]:
    """Draw the line left of which no action pays, told on the rightmost point of it."""
    points = [frame.at(*point) for point in facts["points"]]
    x, y = max(points)
    beside, anchor = within(frame, x, facts["shown"])
    return [path(points, "ink", width=1.6, dash="5 4"), label(beside, y - 6, facts["shown"], "ink", anchor=anchor)]


def _cell(frame: Frame, side: Point, cell: Facts, inset: float) -> str:
    x, y = frame.left + cell["column"] * side[0], frame.floor - (cell["row"] + 1) * side[1]
    wide, tall = side[0] - 2 * inset, side[1] - 2 * inset
    return f"M{x + inset:.1f} {y + inset:.1f}h{wide:.1f}v{tall:.1f}h{-wide:.1f}Z"
