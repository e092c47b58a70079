"""What drift says, as values a page and a log can show: every column by its words, the score beside them, a verdict."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.features.catalogue import feature_named
from pipeline.monitoring.drift import Shift, shifts
from pipeline.monitoring.estimate import BLIND, expected_auc
from pipeline.monitoring.profile import Profile
from pipeline.params import DriftParams

SCORE = "churn_probability"

Floats = npt.NDArray[np.float64]


def learnt_profile(frame: pd.DataFrame, features: Sequence[str], chance: Floats) -> Profile:
    """Return what to compare later rows with: the model's columns and its probabilities on the rows it learnt from.

    Columns that count from the very first row are left out: they move with the calendar.
    """
    steady = [name for name in features if feature_named(name).is_steady]
    return Profile.of(frame[["customer_id", *steady]].assign(**{SCORE: chance}), [*steady, SCORE])


def drift_facts(profile: Profile, frame: pd.DataFrame, chance: Floats, params: DriftParams) -> dict[str, Any]:
    """Return drift.json without its cohorts: `verdict`, `features` (most moved first), `score`, `estimate` and sizes."""
    found = shifts(profile, frame.assign(**{SCORE: chance}), params)
    columns = [_facts(one, params) for one in found if one.name != SCORE]
    [score] = [_facts(one, params) for one in found if one.name == SCORE]
    return {
        "verdict": verdict(columns, score),
        "learnt_from": {"snapshots": profile.rows, "customers": profile.customers},
        "compared": {"customers": len(frame)},
        "false_alarm_share": params.false_alarm_share,
        "features": columns,
        "score": score,
        "estimate": {
            "churned_share": float(chance.mean()),
            "auc": expected_auc(chance),
            "blindness": BLIND,
        },
    }


def verdict(columns: Sequence[dict[str, Any]], score: dict[str, Any]) -> str:
    """Return the one sentence to read first."""
    moved = [column["words"] for column in columns if column["drifted"]]
    scores = "the risks themselves have moved" if score["drifted"] else "the risks themselves have not moved"
    if not moved:
        return f"No behaviour has moved since the model learned; {scores}."
    named = "; ".join(moved[:3]) + (f"; and {len(moved) - 3} more" if len(moved) > 3 else "")
    count = "1 behaviour has" if len(moved) == 1 else f"{len(moved)} behaviours have"
    return f"{count} moved since the model learned ({named}); {scores}."


def _facts(shift: Shift, params: DriftParams) -> dict[str, Any]:
    is_score = shift.name == SCORE
    return {
        "name": shift.name,
        "words": "Risk of leaving" if is_score else feature_named(shift.name).words,
        "family": None if is_score else feature_named(shift.name).family,
        "statistic": shift.stability_index,
        "threshold": max(shift.chance_allows, params.min_stability_index),
        "drifted": shift.has_moved,
        "missing_then": shift.missing_then,
        "missing_now": shift.missing_now,
    }
