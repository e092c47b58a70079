"""The two pictures of how good it is: whether chances come true, and how many leavers a list of some length holds."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pipeline.reports.findings import Findings
from pipeline.reports.shown import Facts, count, percent, percent_ticks

SOME_LIST = 0.1  # shown where nobody is contacted
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
        "caption": f"{len(bins)} groups of customers with 95% intervals. "
        f"{agree} of {len(bins)} agree; the average gap is {gap}.",
        "points": [_point(one) for one in bins],
        "ticks": percent_ticks(min(highest, 1.0)),
        "x": "chance of leaving the page gave",
        "y": "share that left",
        "diagonal": "on the line: said = happened",
        "numbers": {"heads": ["Said", "Left", "95% interval", "Customers"], "rows": [_row(one) for one in bins]},
    }


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
    """Return how many of all leavers the riskiest customers hold, with a list as long as the one of today marked."""
    curve = found.evaluation["gain_curve"]
    contacted, reached = ([point[name] for point in curve] for name in ("contacted_share", "found_share"))
    place = len(found.contacted()) / len(found.scores) or SOME_LIST
    here = float(np.interp(place, contacted, reached))
    rows = [[percent(share), percent(float(np.interp(share, contacted, reached)))] for share in GAIN_SHARES]
    return {
        "title": f"The riskiest {percent(place)} hold {percent(here)} of all who leave",
        "caption": f"In the test, by a list of that length; a random one would have held {percent(place)}.",
        "points": [[round(x, 4), round(y, 4)] for x, y in zip(contacted, reached, strict=True)],
        "mark": {"x": round(place, 4), "y": round(here, 4), "shown": f"this list: {percent(here)}"},
        "curve": "this model",
        "random": "at random",
        "ticks": percent_ticks(1.0),
        "x": "share of customers contacted, riskiest first",
        "y": "share of leavers found",
        "numbers": {"heads": ["Contacted", "Leavers found"], "rows": rows},
    }
