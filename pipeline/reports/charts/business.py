"""A figure over twelve months."""

from collections.abc import Sequence

from markupsafe import Markup

from pipeline.reports.shown import Facts
from pipeline.reports.svg import Frame, dot, line, path, picture


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
