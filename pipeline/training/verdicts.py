"""What the figures amount to, in sentences: is there enough data, is it better than a simple rule, is it calibrated."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pipeline.training.metrics import CHANCE

ENOUGH_CHURNERS = 50
SMALL_CALIBRATION_ERROR = 0.03
SMALL_ERROR_OF_RARER = 0.2
"""A small error is also small beside the rarer of leaving and staying, as a share of it."""

DAYS_OF_A_YEAR = 365

NAMES = {
    "recency": "recency",
    "frequency": "frequency",
    "use_recency": "recency",
    "use_frequency": "frequency",
    "tenure": "tenure",
    "rfm_logistic": "a plain regression",
    "use_logistic": "a plain regression",
    "bg_nbd": "BG/NBD",
    "sbg": "sBG",
}

THIN = "Whether probabilities can be read as they stand cannot be known yet"
FAR_OFF = (0.5, 2.0)
"""Between these slopes of the calibration risks are off somewhat, beyond them far."""

NOBODY_NEW = "Nobody on the test dates was in his first month as a customer."

Verdict = dict[str, Any]
Estimate = Mapping[str, float]


def verdicts(evaluation: Mapping[str, Any], suspects: Sequence[Mapping[str, Any]] = ()) -> list[Verdict]:
    """Return one verdict a question: its key, whether it holds, and the sentence with the numbers behind it.

    `suspects` are the columns that training found to tell the answer almost alone.
    """
    metrics, baselines = evaluation["metrics"], evaluation["baselines"]
    test = evaluation["rows"]["test"]
    return [
        _enough_data(test["snapshots"], test["churners"], metrics["auc"]),
        *([] if evaluation["task"]["label"] == "given" else [_enough_history(evaluation["as_of"]["train"])]),
        _better_ranking(metrics["auc"], baselines) if baselines else _any_ranking(metrics["auc"]),
        _calibration(metrics, evaluation["by_as_of"]),
        *([_no_leak(suspects)] if suspects else []),
    ]


def best_baseline(baselines: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the simple rule with the highest AUC."""
    return max(baselines, key=lambda rule: rule["auc"]["value"])


def _enough_data(snapshots: int, churners: int, auc: Estimate) -> Verdict:
    missing = ENOUGH_CHURNERS - min(churners, snapshots - churners)
    who = "churners" if churners <= snapshots - churners else "customers who stayed"
    enough = f"enough to know the AUC to within ±{(auc['high'] - auc['low']) / 2:.3f}"
    short = f"too few to judge by: {missing:,} more {who} are needed, and no figure is firm yet"
    found = f"On the test dates {churners:,} of {snapshots:,} snapshots churned"
    return _verdict("enough_data", f"{found}, {short if missing > 0 else enough}.", holds=missing <= 0)


def _enough_history(dates: Sequence[str]) -> Verdict:
    """Ask for a second training date: the least from which anything can be known about how things move."""
    first, last = (date.fromisoformat(day) for day in (min(dates), max(dates)))
    days = (last - first).days
    if not days:
        sentence = (
            f"It learnt from one as-of date, {first}: how things move from date to date cannot be known. At least "
            "snapshots.step_days more days of history are needed."
        )
        return _verdict("enough_history", sentence, holds=False)
    missing = DAYS_OF_A_YEAR - days
    seasons = f"a whole year, to know the seasons, would take {missing} days more" if missing > 0 else "a year or more"
    sentence = f"It learnt from {len(dates)} as-of dates over {days} days; {seasons}."
    return _verdict("enough_history", sentence, holds=True)


def _better_ranking(auc: Estimate, baselines: Sequence[Mapping[str, Any]]) -> Verdict:
    holds, told = _than_rules(auc, baselines)
    if holds and auc["low"] <= CHANCE:
        return _any_ranking(auc)
    return _verdict("ranking", f"The model ranks customers {told}", holds=holds)


def _than_rules(auc: Estimate, baselines: Sequence[Mapping[str, Any]]) -> tuple[bool, str]:
    """Return whether a ranking is surely better than the best rule's, and the end of a sentence that says so."""
    rule = best_baseline(baselines)
    gain = rule["auc_gain"]
    is_worse = "worse" if gain["high"] < 0 else "no better"
    numbers = f"AUC {auc['value']:.3f} against {rule['auc']['value']:.3f}; the difference is {signed(gain)}"
    name = NAMES.get(rule["name"], rule["words"])
    better = "better" if gain["low"] > 0 else is_worse
    return gain["low"] > 0, f"{better} than {name}, the best simple rule ({rule['words']}): {numbers}."


def _any_ranking(auc: Estimate) -> Verdict:
    holds, told = _than_chance(auc)
    return _verdict("ranking", f"The model ranks customers {told}", holds=holds)


def _than_chance(auc: Estimate) -> tuple[bool, str]:
    holds = auc["low"] > CHANCE
    numbers = f"AUC {auc['value']:.3f} ({auc['low']:.3f} to {auc['high']:.3f}); tossing a coin gives 0.5"
    return holds, f"{'better' if holds else 'no better'} than chance: {numbers}."


def told_of_new_customers(new: Mapping[str, Any]) -> str:
    """Say how well the model ranks customers in their first month, beside the rule that is best among them.

    >>> told_of_new_customers({"snapshots": 17})
    '17 answers are of customers in their first month: too few to judge the model by.'
    """
    many = f"{new['snapshots']:,} answers are of customers in their first month"
    if "churn_share" not in new:
        return f"{many}: too few to judge the model by." if new["snapshots"] else NOBODY_NEW
    if new["auc"] is None:
        return f"{many}; {'all' if new['churners'] else 'none'} of them left, so there is no order to judge."
    _, told = _than_rules(new["auc"], new["baselines"]) if new["baselines"] else _than_chance(new["auc"])
    return f"{many}. Among them the model ranks {told}"


def _no_leak(suspects: Sequence[Mapping[str, Any]]) -> Verdict:
    """Say which columns look as if they held the answer; what was left out does no harm."""
    kept = [one for one in suspects if not one["left_out"]]
    named = ", ".join(
        f"{one['name']} (AUC {one['auc']:.3f}{', left out' if one['left_out'] else ''})" for one in suspects
    )
    sentence = f"Columns that tell who churned almost alone, as if written after the answer: {named}."
    return _verdict("no_leak", sentence, holds=not kept)


def _calibration(metrics: Mapping[str, Any], dates: Sequence[Mapping[str, Any]]) -> Verdict:
    """Probabilities hold where neither level nor slope is surely off, or where what is off is small."""
    slope, level, error = metrics["calibration_slope"], metrics["calibration_intercept"], metrics["ece"]["value"]
    right = slope["low"] <= 1 <= slope["high"] and level["low"] <= 0 <= level["high"]
    holds = (right or error <= _small_error(dates)) and not _is_thin(dates)
    can = "can" if holds else "cannot"
    opening = THIN if _is_thin(dates) else f"Probabilities {can} be read as they stand"
    numbers = (
        f"{_foretold(dates)}, the typical error is {100 * error:.1f} points, and the calibration slope is "
        f"{_two_digits(slope['value'])} ({_two_digits(slope['low'])} to {_two_digits(slope['high'])}; 1 is right)"
        f"{'' if _is_thin(dates) else _bent(slope)}"
    )
    return _verdict("calibration", f"{opening}: {numbers}.", holds=holds)


def _is_thin(dates: Sequence[Mapping[str, Any]]) -> bool:
    """Say whether too few left, or stayed, to know anything of probabilities: an interval may then hold everything."""
    churners, snapshots = (sum(date[name] for date in dates) for name in ("churners", "snapshots"))
    return bool(min(churners, snapshots - churners) < ENOUGH_CHURNERS)


def _two_digits(number: float) -> str:
    return f"{number:.2f}".replace("-", "\N{MINUS SIGN}")


def _bent(slope: Estimate) -> str:
    if slope["low"] <= 1 <= slope["high"]:
        return ""
    high, low = ("overstated", "understated") if slope["high"] < 1 else ("understated", "overstated")
    how = "somewhat" if FAR_OFF[0] <= slope["value"] <= FAR_OFF[1] else "far"
    return f", so high risks are {how} {high} and low ones {low}"


def _small_error(dates: Sequence[Mapping[str, Any]]) -> float:
    happened = _churn_share(dates)
    return min(SMALL_CALIBRATION_ERROR, SMALL_ERROR_OF_RARER * min(happened, 1 - happened))


def _churn_share(dates: Sequence[Mapping[str, Any]]) -> float:
    return float(sum(date["churners"] for date in dates) / sum(date["snapshots"] for date in dates))


def _foretold(dates: Sequence[Mapping[str, Any]]) -> str:
    snapshots = sum(date["snapshots"] for date in dates)
    expected = sum(date["mean_probability"] * date["snapshots"] for date in dates) / snapshots
    happened = _churn_share(dates)
    return f"{expected:.1%} were expected to churn and {happened:.1%} did"


def signed(gain: Estimate) -> str:
    """Return a difference with its interval.

    >>> signed({"value": 0.0123, "low": 0.004, "high": 0.02})
    '+0.012 (95% interval +0.004 to +0.020)'
    """
    numbers = f"{gain['value']:+.3f} (95% interval {gain['low']:+.3f} to {gain['high']:+.3f})"
    return numbers.replace("-", "\N{MINUS SIGN}")


def _verdict(key: str, sentence: str, *, holds: bool) -> Verdict:
    return {"key": key, "holds": bool(holds), "sentence": sentence}
