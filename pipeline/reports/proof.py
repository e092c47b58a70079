"""The two pictures of how good it is: whether chances come true, and how many leavers a list of some length holds."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pipeline.reports.findings import Findings
from pipeline.reports.shown import Facts, count, counted, percent, percent_ticks

GAIN_SHARES = (0.05, 0.1, 0.2, 0.3, 0.5)

Bin = Mapping[str, Any]


def reliability(found: Findings) -> Facts:
    """Return what was said against what happened, headed by the group closest to the customers of the list."""
    bins: Sequence[Bin] = found.evaluation["reliability"]
    agree = sum(map(_agrees, bins))
    near = _nearest(bins, found)
    gap = percent(found.evaluation["metrics"]["ece"]["value"], 1)
    highest = max(max(one["high"], one["mean_probability"]) for one in bins)
    return {
        "title": f"When it says {percent(near['mean_probability'])}, {percent(near['churn_share'])} leave",
        "caption": f"{counted(len(bins), 'group', 'groups')} of answers with 95% intervals{_as_if(found)}. "
        f"{agree} of {len(bins)} agree; the average gap is {gap}.",
        "points": [_point(one) for one in bins],
        "ticks": percent_ticks(min(highest, 1.0)),
        "x": "chance of leaving the page gave",
        "y": "share that left",
        "diagonal": "on the line: said = happened",
        "numbers": {"heads": ["Said", "Left", "95% interval", "Answers"], "rows": [_row(one) for one in bins]},
    }


def _as_if(found: Findings) -> str:
    """Say what the intervals take for granted where customers answered on more than one date."""
    test = found.evaluation["rows"]["test"]
    return ", as if every answer were a different customer's" if test["customers"] < test["snapshots"] else ""


def _nearest(bins: Sequence[Bin], found: Findings) -> Bin:
    contacted = found.contacted()["churn_probability"]
    usual = float(contacted.mean()) if len(contacted) else 1.0
    return min(bins, key=lambda one: abs(one["mean_probability"] - usual))


def _agrees(one: Bin) -> bool:
    return bool(one["low"] <= one["mean_probability"] <= one["high"])


def _point(one: Bin) -> Facts:
    places = {"said": "mean_probability", "left": "churn_share", "low": "low", "high": "high"}
    return {name: round(one[source], 4) for name, source in places.items()} | {"agrees": _agrees(one)}


def _row(one: Bin) -> list[str]:
    said, left, low, high = (percent(one[name], 1) for name in ("mean_probability", "churn_share", "low", "high"))
    return [said, left, f"{low} to {high}", count(one["snapshots"])]


def gain(found: Findings) -> Facts:
    """Return how many of all leavers the riskiest customers held in the test.

    Where somebody is to be contacted, the riskiest customers of the same number are marked: not the list itself, which
    goes by value too.
    """
    curve = found.evaluation["gain_curve"]
    contacted, reached = ([point[name] for point in curve] for name in ("contacted_share", "found_share"))
    place = len(found.contacted()) / len(found.scores)
    here = float(np.interp(place, contacted, reached))
    rows = [[percent(share), percent(float(np.interp(share, contacted, reached)))] for share in GAIN_SHARES]
    return {
        **_of_length(place, here),
        "points": [[round(x, 4), round(y, 4)] for x, y in zip(contacted, reached, strict=True)],
        "curve": "this model",
        "random": "at random",
        "ticks": percent_ticks(1.0),
        "x": "share of customers contacted, riskiest first",
        "y": "share of leavers found",
        "numbers": {"heads": ["Contacted", "Leavers found"], "rows": rows},
    }


def _of_length(place: float, here: float) -> Facts:
    """Say what the riskiest customers of a share as large as today's list held; nothing is marked without a list."""
    if not place:
        caption = "In the test, against the same number of customers taken at random."
        return {"title": "How many of all who left the riskiest held", "caption": caption, "mark": None}
    return {
        "title": f"In the test the riskiest {percent(place)} held {percent(here)} of all who left",
        "caption": "As many customers as on today's list, but the riskiest: the list also goes by value. "
        f"At random they would have held {percent(place)}.",
        "mark": {"x": round(place, 4), "y": round(here, 4), "shown": f"as long as today's: {percent(here)}"},
    }
