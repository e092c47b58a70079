"""The pictures of how good it is: whether chances come true, what a list of some length holds, and what it earns."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pipeline.reports.findings import Findings
from pipeline.reports.shown import NOTHING, Facts, count, counted, fact, percent, percent_ticks, signed, ticks
from pipeline.scoring.wording import upper_first

GAIN_SHARES = (0.05, 0.1, 0.2, 0.3, 0.5)

Bin = Mapping[str, Any]
Curve = Sequence[Mapping[str, float]]


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
    """Return how many of all leavers the riskiest customers held in the test, beside the best simple rule.

    Where somebody is to be contacted, the riskiest customers of the same number are marked: not the list itself, which
    goes by value too.
    """
    curve, rule = found.evaluation["gain_curve"], found.evaluation.get("rule_curve")
    place = len(found.contacted()) / len(found.scores)
    here = _at(curve, "found_share", place)
    beside = (str(rule["words"]), _at(rule["gain_curve"], "found_share", place)) if rule else None
    heads = ["Contacted", "Leavers found", "95% interval", *([upper_first(rule["words"])] if rule else [])]
    return {
        **_of_length(place, here, beside),
        "points": _points(curve, "found_share"),
        "band": _band(curve),
        "curve": "this model",
        "rule": {"words": "best simple rule", "points": _points(rule["gain_curve"], "found_share")} if rule else None,
        "random": "at random",
        "ticks": percent_ticks(1.0),
        "x": "share of customers contacted, riskiest first",
        "y": "share of leavers found",
        "numbers": {"heads": heads, "rows": [_gain_row(share, curve, rule) for share in GAIN_SHARES]},
    }


def _gain_row(share: float, curve: Curve, rule: Mapping[str, Any] | None) -> list[str]:
    ends = [percent(_at(curve, end, share)) if end in curve[0] else NOTHING for end in ("low", "high")]
    row = [percent(share), percent(_at(curve, "found_share", share)), f"{ends[0]} to {ends[1]}"]
    return [*row, percent(_at(rule["gain_curve"], "found_share", share))] if rule else row


def _at(curve: Curve, name: str, share: float) -> float:
    contacted, values = ([point[one] for point in curve] for one in ("contacted_share", name))
    return float(np.interp(share, contacted, values))


def _points(curve: Curve, name: str) -> list[list[float]]:
    return [[round(point["contacted_share"], 4), round(point[name], 4)] for point in curve]


def _band(curve: Curve) -> list[list[float]]:
    """Return share, low and high of every point with an interval."""
    names = ("contacted_share", "low", "high")
    return [[round(point[name], 4) for name in names] for point in curve if "low" in point]


def _of_length(place: float, here: float, rule: tuple[str, float] | None) -> Facts:
    """Say what the riskiest customers of a share as large as today's list held; nothing is marked without a list."""
    if not place:
        caption = "In the test, against the same number of customers taken at random."
        return {"title": "How many of all who left the riskiest held", "caption": caption, "mark": None}
    beside = f"By the best simple rule ({rule[0]}) {percent(rule[1])}, at random" if rule else "At random"
    return {
        "title": f"In the test the riskiest {percent(place)} held {percent(here)} of all who left",
        "caption": "As many customers as on today's list, but the riskiest: the list also goes by value. "
        f"{beside} {percent(place)}.",
        "mark": {"x": round(place, 4), "y": round(here, 4), "shown": f"as long as today's: {percent(here)}"},
    }


def earned(found: Findings) -> Facts | None:
    """Return what contacting the riskiest of the test would have earned per customer, by the length of the list.

    In the published standard economics, so that models and businesses can be compared; None where it was not measured.
    """
    curve: Curve = found.evaluation.get("profit_curve") or []
    if not curve:
        return None
    best = max(curve, key=lambda point: float(point["profit"]))
    low, high = (
        min(one.get("low", one["profit"]) for one in curve),
        max(one.get("high", one["profit"]) for one in curve),
    )
    most = f"{percent(best['contacted_share'])}: {signed(best['profit'], 2)}"
    return {
        "title": f"A list of the riskiest {percent(best['contacted_share'])} would have earned most",
        "caption": "In the test, for each customer, at the published standard costs: a kept customer is worth 200, an offer "
        f"costs 10, a contact 1, and 30% are kept. Shade: 95% interval.{_so_far(curve, found)}",
        "points": _points(curve, "profit"),
        "band": _band(curve),
        "mark": {"x": round(best["contacted_share"], 4), "y": round(best["profit"], 4), "shown": f"most at {most}"},
        "across": percent_ticks(1.0),
        "up": [fact(at, signed(at) if at else "0") for at in ticks(min(low, 0.0), high, [1, 2, 5, 10, 20, 50])],
        "x": "share of customers contacted, riskiest first",
        "y": "earned for each customer",
        "numbers": {
            "heads": ["Contacted", "Earned for each customer", "95% interval"],
            "rows": [_earned_row(share, curve) for share in (*GAIN_SHARES, 1.0)],
        },
    }


def _so_far(curve: Curve, found: Findings) -> str:
    place = len(found.contacted()) / len(found.scores)
    return f" A list as long as today's: {signed(_at(curve, 'profit', place), 2)}." if place else ""


def _earned_row(share: float, curve: Curve) -> list[str]:
    ends = [signed(_at(curve, end, share), 2) if end in curve[0] else NOTHING for end in ("low", "high")]
    return [percent(share), signed(_at(curve, "profit", share), 2), f"{ends[0]} to {ends[1]}"]
