"""How good it is: judged on the newest answers, with intervals, beside simple rules."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.reports.endurance import leads, steady
from pipeline.reports.findings import Findings
from pipeline.reports.parts import by_date, parts
from pipeline.reports.proof import earned, gain, reliability
from pipeline.reports.shown import (
    MINUS,
    NOTHING,
    Facts,
    count,
    counted,
    day,
    fact,
    listed,
    percent,
    signed,
)
from pipeline.scoring.wording import upper_first

Estimate = Mapping[str, Any]

METRICS = {
    "auc": ("AUC", "how often a leaver is ranked above a stayer; chance is 0.5"),
    "average_precision": (
        "Average precision",
        "precision averaged over all list lengths; chance is the share who left",
    ),
    "log_loss": ("Log loss", "cost of wrong chances, sure mistakes dearest; lower is better"),
    "brier": ("Brier score", "mean squared error of the chances; lower is better"),
    "calibration_slope": ("Calibration slope", "1 is right; below 1 the chances are too extreme"),
    "calibration_intercept": ("Calibration intercept", "0 is right; above 0 more leave than said"),
    "ece": ("Calibration error", "average gap between what was said and what happened"),
    "lift": ("Lift among the riskiest tenth", "how many times as many left there as among all"),
    "mp": ("Maximum profit", "per customer at the best list length, for the published standard costs"),
    "emp": ("Expected maximum profit", "the same where the share an offer keeps is uncertain"),
    "emp_constant": (
        "Expected maximum profit of a score that is the same for all",
        "what to compare the line above with",
    ),
    "emp_gain": ("Expected maximum profit, gained", "what telling customers apart brings"),
}


def verdict(evaluation: Mapping[str, Any]) -> Facts:
    """Return the one line that says whether today's numbers can be acted on."""
    failed = [check for check in evaluation["verdicts"] if not check["holds"]]
    if not failed:
        return {"flag": "Good enough to act on.", "holds": True, "sentence": _reach(evaluation)}
    flags = {
        "no_leak": "A column may hold the answer.",
        "enough_data": "Too little data to act on.",
        "enough_history": "Too short a history to know how things move.",
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
        f"Of the {percent(lift['top_share'])} it ranked riskiest in the test, "
        f"{percent(min(lift['value'] * everyone, 1.0))} left; of all customers, {percent(everyone)}."
    )


def quality(found: Findings) -> Facts:
    """Return the figures, tables and verdicts of the evaluation."""
    evaluation = found.evaluation
    return {
        "head": "How good is it?",
        "lead": _lead(evaluation),
        "verdicts": [
            dict(check) | {"word": "Holds" if check["holds"] else "Does not hold"} for check in evaluation["verdicts"]
        ],
        "reliability": reliability(found),
        "gain": gain(found),
        "earned": earned(found),
        "rules": _rules(evaluation),
        "leads": leads(evaluation),
        "lift": _lift(evaluation["lift"]),
        "steady": steady(evaluation),
        "by_date": None if evaluation.get("about_time") else by_date(evaluation),
        "parts": parts(evaluation),
        "metrics": _metrics(evaluation["metrics"]),
    }


def _lead(evaluation: Mapping[str, Any]) -> str:
    dates = listed([day(one) for one in evaluation["as_of"]["test"]])
    holds = sum(check["holds"] for check in evaluation["verdicts"])
    learnt, tested = (_answers(evaluation["rows"][role]) for role in ("train", "test"))
    checks = f"It learnt from {learnt}. **{holds} of {len(evaluation['verdicts'])} checks hold.**"
    if evaluation.get("about_time"):
        return f"Tested on {tested}, none of which it had seen. {checks} {evaluation['about_time']}"
    return f"Tested on {tested}, on dates it had never seen: {dates}. {checks}"


def _answers(rows: Mapping[str, int]) -> str:
    of = f"{counted(rows['snapshots'], 'answer', 'answers')} of {counted(rows['customers'], 'customer', 'customers')}"
    return f"{of} ({count(rows['churners'])} left)"


def _rules(evaluation: Mapping[str, Any]) -> Facts:
    metrics = evaluation["metrics"]
    ours = {
        "words": "This model",
        "ours": True,
        "cells": [_estimate(metrics["auc"]), None, _estimate(metrics["log_loss"]), None],
    }
    rest = [
        {
            "words": upper_first(rule["words"]),
            "ours": False,
            "cells": [
                _estimate(rule["auc"]),
                _gained(rule["auc_gain"]),
                _estimate(rule["log_loss"]),
                _gained(rule["log_loss_gain"]),
            ],
        }
        for rule in evaluation["baselines"]
    ]
    return {
        "title": "Against simple rules, on the same customers",
        "caption": "AUC: how often a leaver is ranked above a stayer. Log loss: what wrong chances cost. "
        "Below each, its 95% interval; a gain counts only where the interval leaves out zero.",
        "heads": ["Rule", "AUC", "This model gains", "Log loss", "This model gains"],
        "rows": [ours, *rest],
    }


def _lift(rows: Sequence[Mapping[str, Any]]) -> Facts:
    return {
        "title": "How many more leave among the riskiest",
        "caption": "Lift: how many times as many of them left in the test as of all customers.",
        "heads": ["Customers", "Lift", "95% interval"],
        "rows": [
            [
                f"Riskiest {percent(row['top_share'])}",
                f"{row['value']:.1f} times",
                f"{row['low']:.1f} to {row['high']:.1f}",
            ]
            for row in rows
        ],
    }


def _estimate(estimate: Estimate | None) -> Facts | None:
    if estimate is None:
        return None
    return fact(estimate["value"], f"{estimate['value']:.3f}") | {
        "interval": f"{estimate['low']:.3f} to {estimate['high']:.3f}"
    }


def _gained(gain: Estimate | None) -> Facts | None:
    if gain is None:
        return None
    counts = gain["low"] > 0 or gain["high"] < 0
    interval = f"{signed(gain['low'], 3)} to {signed(gain['high'], 3)}"
    return fact(gain["value"], signed(gain["value"], 3)) | {"interval": interval, "counts": counts}


def _metrics(metrics: Mapping[str, Estimate]) -> Facts:
    rows = [
        [words, _plain(metrics[key]), _span(metrics[key]), meaning]
        for key, (words, meaning) in METRICS.items()
        if metrics.get(key)
    ]
    return {"title": "All measures", "heads": ["Measure", "Value", "95% interval", "What it says"], "rows": rows}


def _plain(estimate: Estimate) -> str:
    return f"{estimate['value']:.3f}".replace("-", MINUS)


def _span(estimate: Estimate) -> str:
    if estimate.get("low") is None:
        return NOTHING
    return f"{estimate['low']:.3f} to {estimate['high']:.3f}".replace("-", MINUS)
