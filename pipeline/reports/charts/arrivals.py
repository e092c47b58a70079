"""The rows of a log day by day."""

from markupsafe import Markup

from pipeline.reports.charts.frames import SMALL
from pipeline.reports.shown import Facts
from pipeline.reports.svg import Frame, label, line, picture, tag

GAP_PX = 0.8


def daily(facts: Facts) -> Markup:
    """Draw a bar a day with a dash at what is usual; a thin day is warm, and what it lacks pale."""
    bars, heights = facts["bars"], facts["ticks"]
    frame = Frame(SMALL, 150, 40, 4, 10, 22, (0, len(bars)), (0.0, heights[-1]["value"]))
    parts = [line((frame.left, frame.y(at["value"])), (frame.end, frame.y(at["value"])), "line") for at in heights]
    missing = [_bar(frame, place, one["usual"]) for place, one in enumerate(bars) if one["thin"]]
    there = [
        [_bar(frame, at, one["rows"]) for at, one in enumerate(bars) if one["thin"] == thin] for thin in (False, True)
    ]
    for colour, drawn in (("risk-soft", missing), ("g4", there[0]), ("risk", there[1])):
        parts += [tag("path", d="".join(drawn), class_=f"f-{colour}")] if drawn else []
    dashes = "".join(_dash(frame, place, one["usual"]) for place, one in enumerate(bars))
    parts.append(tag("path", d=dashes, fill="none", class_="s-ink", stroke_width=1.4))
    parts += [label(34, frame.y(at["value"]) + 4, at["shown"], "ink-3", anchor="end") for at in heights]
    parts += [
        label(frame.left, 146, facts["first"], "ink-3"),
        label(frame.end, 146, facts["last"], "ink-3", anchor="end"),
    ]
    return picture(SMALL, 150, f"{facts['title']}, rows a day. {facts['caption']}", parts)


def _bar(frame: Frame, place: int, rows: float) -> str:
    left, right, top = frame.x(place) + GAP_PX, frame.x(place + 1) - GAP_PX, frame.y(rows)
    return f"M{left:.1f} {frame.floor:.1f}V{top:.1f}H{right:.1f}V{frame.floor:.1f}Z"


def _dash(frame: Frame, place: int, usual: float) -> str:
    return f"M{frame.x(place):.1f} {frame.y(usual):.1f}H{frame.x(place + 1):.1f}"
