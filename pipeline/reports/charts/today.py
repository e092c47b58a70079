"""What the list is worth, and shares of a whole."""

from markupsafe import Markup

from pipeline.reports.shown import Facts
from pipeline.reports.svg import Frame, dot, label, line, picture, rectangle, tag

EDGE_PX = 28


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
    span = min(0.0, low, high), max(0.0, low, high)
    frame = Frame(width, 92, 14, 18, 26, 30, span, (0, 1))
    parts = [
        line((frame.x(0), 22), (frame.x(0), frame.floor), "line-2"),
        rectangle((frame.x(low), 34), (frame.x(high), 50), "safe-soft", radius=2),
        dot((frame.x(mid), 42), 5.5, "ink"),
        label(frame.x(mid), 20, facts["mid"]["shown"], "ink", anchor=_anchor(frame, mid), bold=True),
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


def _anchor(frame: Frame, value: float) -> str:
    """Return how a label stands on a value, so that it stays in the picture."""
    x = frame.x(value)
    return "start" if x < frame.left + EDGE_PX else "end" if x > frame.end - EDGE_PX else "middle"


def _below_zero(frame: Frame, facts: Facts) -> str:
    middle = frame.x(0) > frame.width / 2
    return label(frame.x(0), 80, facts["zero"]["shown"], "ink-3", anchor="end" if middle else "start")


def _apart(frame: Frame, facts: Facts) -> list[tuple[Facts, str]]:
    """Return the ends of the band that stand far enough from the middle for a label of their own."""
    ends = [(facts[name], _anchor(frame, facts[name]["value"])) for name in ("low", "high")]
    middle = frame.x(facts["mid"]["value"])
    return [
        (end, anchor)
        for end, anchor in ends
        if abs(frame.x(end["value"]) - middle) > 8 * len(facts["mid"]["shown"]) + 12
    ]
