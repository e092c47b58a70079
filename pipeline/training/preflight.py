"""What is checked before learning: enough churners, readable numbers, and columns that say something."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import is_numeric_dtype

from pipeline.features.behaviour import Feature
from pipeline.model.inputs import Floats, Inputs, learn_inputs
from pipeline.model.rhythm import WAYS, Histories
from pipeline.training.suspects import Suspect, suspects

MOST_LEVELS = 100


@dataclass(frozen=True)
class Ready:
    """Training rows as numbers, in a total order, and what was left out on the way.

    `matrix` holds what trees and regression learn from, `pasts` the buying histories by the columns that tell them, and
    `newest` marks the rows of the last date.
    """

    matrix: Floats
    churned: Floats
    customers: pd.Series
    inputs: Inputs
    pasts: Mapping[tuple[str, ...], Histories]
    newest: npt.NDArray[np.bool_]
    directions: tuple[int, ...]
    notes: tuple[str, ...]
    suspects: tuple[Suspect, ...] = ()


def ready(
    frame: pd.DataFrame,
    churned: Sequence[bool] | np.ndarray,
    customers: pd.Series,
    features: Sequence[Feature],
    trusted: Sequence[str] = (),
) -> Ready:
    """Check training rows and put them in order of date and customer, whatever order they come in.

    A column that tells the answer almost alone is named, and left out where it is too good, unless it is `trusted`. Raises
    IntegrityError for a column that is missing or holds an infinity.
    """
    dates, names = _dates(frame), {feature.name for feature in features}
    order = np.lexsort((customers.astype(str).to_numpy(dtype=object), dates))
    ordered = frame.iloc[order]
    dropped = {
        feature.name: why for feature in features if not feature.grows and (why := _useless(ordered, feature.name))
    }
    answers = np.asarray(churned, dtype=np.float64)[order]
    readable = [feature for feature in features if not (feature.grows or feature.name in dropped)]
    named = suspects(ordered, answers, [feature.name for feature in readable], trusted)
    too_good = {suspect.name for suspect in named if suspect.left_out}
    kept = [feature for feature in readable if feature.name not in too_good]
    inputs = learn_inputs(ordered, [feature.name for feature in kept])
    directions = tuple(feature.direction for feature in kept)
    notes = [*(one.sentence for one in named), *(f"{name} {why}: left out." for name, why in dropped.items())]
    return Ready(
        inputs.matrix(ordered),
        answers,
        customers.iloc[order].reset_index(drop=True),
        inputs,
        {reads: Histories.of(Inputs(reads).matrix(ordered)) for reads in WAYS if set(reads) <= names},
        dates[order] == dates[order[-1]],
        directions,
        tuple(notes),
        tuple(named),
    )


def _dates(frame: pd.DataFrame) -> npt.NDArray[np.str_]:
    return np.asarray(
        frame["as_of"].astype(str) if "as_of" in frame.columns else np.full(len(frame), ""), dtype=np.str_
    )


def _useless(frame: pd.DataFrame, name: str) -> str:
    if name not in frame.columns:
        return ""
    levels = frame[name].nunique(dropna=False)
    if levels <= 1:
        return "is the same for everyone"
    if not is_numeric_dtype(frame[name]) and levels > MOST_LEVELS:
        return f"has {levels:,} different values, more than the {MOST_LEVELS} that can be learnt"
    return ""
