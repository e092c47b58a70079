"""Columns that tell the answer almost alone: no honest column does, so it was probably written after the answer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from pipeline.model.inputs import Floats
from pipeline.training.metrics import auc

SUSPICIOUS = 0.95
"""The AUC of one column alone from which on it is named."""
TOO_GOOD = 0.99
"""From here on it is also left out, unless it is trusted."""

BINS = 20
PULL = 10
"""As if each group held so many rows more, with the churn share of all."""


@dataclass(frozen=True)
class Suspect:
    """A column, and how well it alone tells the training rows' answers apart."""

    name: str
    auc: float

    @property
    def left_out(self) -> bool:
        """Return whether it is too good to learn from."""
        return self.auc >= TOO_GOOD

    @property
    def sentence(self) -> str:
        """Say what was found and what to do."""
        what = "it was left out" if self.left_out else "it was kept"
        way_out = (
            "If it truly is known before the as-of date, add it to train.trusted_columns."
            if self.left_out
            else "Make sure that it is known before the as-of date."
        )
        return f"{self.name} alone tells who churned (AUC {self.auc:.3f}), as if written after the answer: {what}. {way_out}"


def suspects(frame: pd.DataFrame, churned: Floats, names: Sequence[str], trusted: Sequence[str] = ()) -> list[Suspect]:
    """Return the columns that are suspiciously good, the best first; trusted ones are not looked at."""
    asked = [name for name in names if name not in trusted and name in frame.columns]
    found = [Suspect(name, alone(frame[name], churned)) for name in asked]
    return sorted((one for one in found if one.auc >= SUSPICIOUS), key=lambda one: (-one.auc, one.name))


def alone(column: pd.Series, churned: Floats) -> float:
    """Return the AUC of a column alone, whatever its shape: its groups are ranked by their share of churners.

    Numbers are put in up to twenty groups of equal count, missing ones in their own; names are their own groups. Shares of
    small groups are pulled towards that of all, so that many of them tell little by chance.

    >>> alone(pd.Series([1.0, 1.0, None, None] * 10), np.array([0.0, 0.0, 1.0, 1.0] * 10))
    1.0
    """
    groups = _groups(column)
    count, left = np.bincount(groups), np.bincount(groups, churned)
    shares = (left + PULL * churned.mean()) / (count + PULL)
    return auc(churned, shares[groups])


def _groups(column: pd.Series) -> np.ndarray:
    if not is_numeric_dtype(column):
        return pd.factorize(column, use_na_sentinel=False)[0]
    numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
    known = numbers[np.isfinite(numbers)]
    if not len(known):
        return np.zeros(len(numbers), dtype=np.int64)
    edges = np.unique(np.quantile(known, np.arange(1, BINS) / BINS))
    return np.where(np.isnan(numbers), len(edges) + 1, np.searchsorted(edges, numbers, side="left"))
