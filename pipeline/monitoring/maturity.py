"""What became of those who were scored: counted where the answer is in, pending until a date where it is not."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.monitoring.estimate import expected_auc
from pipeline.params import SnapshotsParams
from pipeline.snapshots.calendar import answered_on

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Cohort:
    """Customers scored on one as-of date that the model did not learn from; `churned` is NaN where nobody knows yet."""

    as_of: date
    chance: Floats
    churned: Floats

    @property
    def is_answered(self) -> bool:
        """Return whether every answer is in."""
        return not bool(np.isnan(self.churned).any())


def maturity(cohorts: Iterable[Cohort], params: SnapshotsParams) -> list[dict[str, Any]]:
    """Return what each cohort was expected to do and did, oldest first."""
    return [_facts(cohort, params) for cohort in sorted(cohorts, key=lambda cohort: cohort.as_of)]


def _facts(cohort: Cohort, params: SnapshotsParams) -> dict[str, Any]:
    expected = {
        "as_of": str(cohort.as_of),
        "customers": len(cohort.chance),
        "expected_share": float(cohort.chance.mean()),
        "expected_auc": expected_auc(cohort.chance),
    }
    if not cohort.is_answered:
        return expected | {"pending_until": str(answered_on(cohort.as_of, params))}
    return expected | {"churned_share": float(cohort.churned.mean()), "auc": _auc(cohort)}


def _auc(cohort: Cohort) -> float | None:
    """Return the AUC of what happened: the same weighted pairs, with answers in the place of probabilities."""
    order = np.argsort(cohort.chance, kind="stable")
    values, places = np.unique(cohort.chance[order], return_inverse=True)
    leave = np.bincount(places, weights=cohort.churned[order], minlength=len(values))
    stay = np.bincount(places, weights=1 - cohort.churned[order], minlength=len(values))
    pairs = leave.sum() * stay.sum()
    return float((leave * (np.cumsum(stay) - stay / 2)).sum() / pairs) if pairs else None
