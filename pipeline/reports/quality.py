"""How good it is: judged on the newest answers, with intervals, beside simple rules."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pipeline.reports.findings import Findings
from pipeline.reports.shown import Facts, count, counted, day, fact, listed, percent, percent_ticks, signed

Estimate = Mapping[str, Any]

METRICS = {
    "auc": ("AUC", "how often a leaver is ranked above a stayer; chance is 0.5"),
    "average_precision": ("Average precision", "precision averaged over all list lengths; chance is the share who left"),
    "log_loss": ("Log loss", "cost of wrong chances, sure mistakes dearest; lower is better"),
    "brier": ("Brier score", "mean squared error of the chances; lower is better"),
    "calibration_slope": ("Calibration slope", "1 is right; below 1 the chances are too extreme"),
    "calibration_intercept": ("Calibration intercept", "0 is right; above 0 more leave than said"),
    "ece": ("Calibration error", "average gap between what was said and what happened"),
    "emp": ("Expected maximum profit", "per customer, for the published standard costs"),
}


def verdict(evaluation: Mapping[str, Any]) -> Facts:
    """Return the one line that says whether today's numbers can be acted on."""
    failed = [check for check in evaluation["verdicts"] if not check["holds"]]
    if not failed:
        return {"flag": "Good enough to act on.", "holds": True, "sentence": _reach(evaluation)}
    flags = {
        "enough_data": "Too little data to act on.",
        "ranking": "No better than a simple rule.",
        "calibration": "Trust the order, not the chances.",
    }
    first = next(key for key in flags if any(check["key"] == key for check in failed))
    return {"flag": flags[first], "holds": False, "sentence": " ".join(check["sentence"] for check in failed)}


def _reach(evaluation: Mapping[str, Any]) -> str:
    test = evaluation["rows"]["test"]
    lift = min(evaluation["lift"], key=lambda one: abs(one["top_share"] - 0.1))
    everyone = test["churners"] / test["snapshots"]
    return (
        f"Of the {percent(lift['top_share'])} it ranked riskiest in the test, {percent(min(lift['value'] * everyone, 1.0))} left; "
        f"of all customers, {percent(everyone)}."
    )


def quality(found: Findings) -> Facts:
    """Return the figures, tables and verdicts of the evaluation."""
    evaluation = found.evaluation
    return {
        "head": "How good is it?",
        "lead": _lead(evaluation),
        "verdicts": [dict(check) | {"word": "Holds" if check["holds"] else "Does not hold"} for check in evaluation["verdicts"]],
        "reliability": _reliability(found),
        "gain": _gain(found),
        "rules": _rules(evaluation),
        "by_date": _by_date(evaluation["by_as_of"]),
        "metrics": _metrics(evaluation["metrics"]),
    }


def _lead(evaluation: Mapping[str, Any]) -> str:
    test = evaluation["rows"]["test"]
    dates = listed([day(one) for one in evaluation["as_of"]["test"]])
    holds = sum(check["holds"] for check in evaluation["verdicts"])
    tested = f"Tested on answers it had never seen: {counted(test['snapshots'], 'customer', 'customers')} as of {dates}, of whom {count(test['churners'])} left."
    return f"{tested} **{holds} of {len(evaluation['verdicts'])} checks hold.**"


def _reliability(found: Findings) -> Facts:
    bins = found.evaluation["reliability"]
    agree = sum(one["low"] <= one["mean_probability"] <= one["high"] for one in bins)
    contacted = found.contacted()["churn_probability"]
    typical = float(contacted.mean()) if len(contacted) else 1.0
    near = min(bins, key=lambda one: abs(one["mean_probability"] - typical))
    gap = found.evaluation["metrics"]["ece"]["value"]
    high = max(max(one["high"], one["mean_probability"]) for one in bins)
    return {
        "title": f"When it says {percent(near['mean_probability'])}, {percent(near['churn_share'])} leave",
        "caption": f"{len(bins)} groups of customers with 95% intervals. {agree} of {len(bins)} agree; the average gap is {percent(gap, 1)}.",
        "points": [
            {
                "said": round(one["mean_probability"], 4),
                "left": round(one["churn_share"], 4),
                "low": round(one["low"], 4),
                "high": round(one["high"], 4),
                "agrees": one["low"] <= one["mean_probability"] <= one["high"],
            }
            for one in bins
        ],
        "ticks": percent_ticks(min(high, 1.0)),
        "x": "chance of leaving the page gave",
        "y": "share that left",
        "diagonal": "said = happened",
        "numbers": {
            "heads": ["Said", "Left", "95% interval", "Customers"],
            "rows": [[percent(one["mean_probability"], 1), percent(one["churn_share"], 1), f"{percent(one['low'], 1)} to {percent(one['high'], 1)}", count(one["snapshots"])] for one in bins],
        },
    }


def _gain(found: Findings) -> Facts:
    curve = found.evaluation["gain_curve"]
    contacted, reached = ([point[name] for point in curve] for name in ("contacted_share", "found_share"))
    place = len(found.contacted()) / len(found.scores)
    here = float(np.interp(place, contacted, reached))
    return {
        "title": f"The riskiest {percent(place)} hold {percent(here)} of all who leave",
        "caption": f"{percent(place)} is the length of today’s list. In the test, contacting at random would have reached {percent(place)} of them.",
        "points": [[round(x, 4), round(y, 4)] for x, y in zip(contacted, reached, strict=True)],
        "mark": {"x": round(place, 4), "y": round(here, 4), "shown": f"today’s places: {percent(here)}"},
        "curve": "this model",
        "random": "at random",
        "ticks": percent_ticks(1.0),
        "x": "share of customers contacted, riskiest first",
        "y": "share of leavers found",
        "numbers": {
            "heads": ["Contacted", "Leavers found"],
            "rows": [[percent(share), percent(float(np.interp(share, contacted, reached)))] for share in (0.05, 0.1, 0.2, 0.3, 0.5)],
        },
    }


def _rules(evaluation: Mapping[str, Any]) -> Facts:
    metrics = evaluation["metrics"]
    ours = {"words": "This model", "ours": True, "cells": [_estimate(metrics["auc"]), None, _estimate(metrics["log_loss"]), None]}
    rest = [
        {
            "words": rule["words"],
            "ours": False,
            "cells": [_estimate(rule["auc"]), _gained(rule["auc_gain"]), _estimate(rule["log_loss"]), _gained(rule["log_loss_gain"])],
        }
        for rule in evaluation["baselines"]
    ]
    return {
        "title": "Against simple rules, on the same customers",
        "caption": "AUC: how often a leaver is ranked above a stayer. Log loss: what wrong chances cost. Below each, its 95% interval; a gain counts only where the interval leaves out zero.",
        "heads": ["Rule", "AUC", "This model gains", "Log loss", "This model gains"],
        "rows": [ours, *rest],
    }


def _estimate(estimate: Estimate | None) -> Facts | None:
    if estimate is None:
        return None
    return fact(estimate["value"], f"{estimate['value']:.3f}") | {"interval": f"{estimate['low']:.3f} to {estimate['high']:.3f}"}


def _gained(gain: Estimate | None) -> Facts | None:
    if gain is None:
        return None
    counts = gain["low"] > 0 or gain["high"] < 0
    interval = f"{signed(gain['low'], 3)} to {signed(gain['high'], 3)}"
    return fact(gain["value"], signed(gain["value"], 3)) | {"interval": interval, "counts": counts}


def _by_date(rows: Sequence[Mapping[str, Any]]) -> Facts:
    return {
        "title": "Date by date",
        "caption": "The same model on each date of the test: what it said on average, and what happened.",
        "heads": ["As of", "Customers", "Left", "Share that left", "Said on average", "AUC, 95% interval"],
        "rows": [
            [
                day(row["as_of"]),
                count(row["snapshots"]),
                count(row["churners"]),
                percent(row["churn_share"], 1),
                percent(row["mean_probability"], 1),
                f"{row['auc']['value']:.3f} ({row['auc']['low']:.3f} to {row['auc']['high']:.3f})",
            ]
            for row in rows
        ],
    }


def _metrics(metrics: Mapping[str, Estimate]) -> Facts:
    rows = [[words, _plain(metrics[key]), _span(metrics[key]), meaning] for key, (words, meaning) in METRICS.items() if metrics.get(key)]
    return {"title": "All measures", "heads": ["Measure", "Value", "95% interval", "What it says"], "rows": rows}


def _plain(estimate: Estimate) -> str:
    return f"{estimate['value']:.3f}".replace("-", "−")


def _span(estimate: Estimate) -> str:
    if estimate.get("low") is None:
        return "–"
    return f"{estimate['low']:.3f} to {estimate['high']:.3f}".replace("-", "−")
