"""How far columns and scores have moved since the model learned, judged by a limit that knows how many were looked at.

A fixed limit on the population stability index is wrong at most sizes: of 100 customers in ten bins, chance alone exceeds
the customary 0.25 more often than not, and of 10,000 never. Here a column has moved only where Pearson's two-sample
chi-squared says so, corrected over all columns (Holm 1979), and the index is also large enough to matter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import chi2

from pipeline.monitoring.profile import Profile
from pipeline.params import DriftParams

Counts = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Shift:
    """How far one column has moved: its index, what chance alone allows, and whether both say that it moved."""

    name: str
    stability_index: float
    chance_allows: float
    p_value: float
    missing_then: float
    missing_now: float
    has_moved: bool = False

    def facts(self) -> dict[str, Any]:
        """Return the shift as JSON-able values."""
        return asdict(self)


def shifts(profile: Profile, frame: pd.DataFrame, params: DriftParams) -> list[Shift]:
    """Compare every column of a profile with a frame of today, one row a customer; the most moved come first.

    The family-wise chance of naming any column where nothing moved is `params.false_alarm_share`.
    """
    found = [_shift(name, profile, frame[name], params.false_alarm_share) for name in profile.columns]
    significant = _holm([one.p_value for one in found], params.false_alarm_share)
    judged = [
        _judged(one, is_sure and one.stability_index >= params.min_stability_index)
        for one, is_sure in zip(found, significant, strict=True)
    ]
    return sorted(judged, key=lambda one: (not one.has_moved, -one.stability_index, one.name))


def stability_index(then: Counts, now: Counts) -> float:
    """Return Σ(a − b)·ln(a / b) over the shares of two counts, half a case added to every bin.

    >>> round(stability_index(np.array([50.0, 50.0]), np.array([80.0, 20.0])), 2)
    0.41
    """
    before, after = _shares(then), _shares(now)
    return float(((before - after) * np.log(before / after)).sum())


def _shift(name: str, profile: Profile, today: pd.Series, false_alarm_share: float) -> Shift:
    binning, counted = profile.columns[name]
    then, now = np.array(counted), binning.counts(today)
    # Rows of one customer on many dates tell less than as many customers: they count as one customer each.
    then = then * profile.customers / max(profile.rows, 1)
    statistic, freedom = _pearson(then, now)
    limit = chi2.isf(false_alarm_share / len(profile.columns), max(freedom, 1))
    return Shift(
        name,
        stability_index(then, now),
        float(limit * (1 / max(then.sum(), 1) + 1 / max(now.sum(), 1))),
        float(chi2.sf(statistic, freedom)) if freedom else 1.0,
        _share(then),
        _share(now),
    )


def _judged(shift: Shift, has_moved: bool) -> Shift:
    return Shift(**{**asdict(shift), "has_moved": has_moved})


def _pearson(then: Counts, now: Counts) -> tuple[float, int]:
    """Return the two-sample chi-squared and its degrees of freedom, bins too empty for it joined to their neighbour."""
    table = _filled(np.stack([then, now]))
    if table.shape[1] < 2 or not table.sum(axis=1).all():
        return 0.0, 0
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    return float(((table - expected) ** 2 / expected).sum()), table.shape[1] - 1


def _filled(table: Counts, least: float = 5.0) -> Counts:
    total = max(table.sum(), 1.0)
    smaller = table.sum(axis=1).min() / total
    columns: list[Counts] = []
    for column in table.T:
        if columns and min(columns[-1].sum(), column.sum()) * smaller < least:
            columns[-1] = columns[-1] + column
        else:
            columns.append(column.copy())
    return np.stack(columns, axis=1)


def _holm(p_values: Sequence[float], level: float) -> list[bool]:
    """Return which hypotheses Holm's step-down rejects at a family-wise level.

    >>> _holm([0.001, 0.04, 0.03], 0.05)
    [True, False, False]
    """
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    rejected = [False] * len(p_values)
    for step, place in enumerate(order):
        if p_values[place] > level / (len(order) - step):
            break
        rejected[place] = True
    return rejected


def _shares(counts: Counts) -> Counts:
    smoothed = counts + 0.5
    return np.asarray(smoothed / smoothed.sum())


def _share(counts: Counts) -> float:
    return float(counts[-1] / max(counts.sum(), 1))


def moved(found: Sequence[Shift]) -> list[str]:
    """Return the names of the columns that moved."""
    return [one.name for one in found if one.has_moved]


def summary(found: Sequence[Shift]) -> Mapping[str, Any]:
    """Return the shifts as JSON-able values, with how many moved."""
    return {"columns": len(found), "moved": len(moved(found)), "features": [one.facts() for one in found]}
