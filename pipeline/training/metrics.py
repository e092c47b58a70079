"""What is measured, for many weightings of the same rows at once: each row of `weights` is one bootstrap replicate.

Every function takes what it needs already sorted where sorting matters, and returns one number a replicate.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from pipeline.model.churn_model import probability
from pipeline.model.inputs import Floats

Counts = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Ranking:
    """Rows from highest to lowest score, equal scores together."""

    order: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    churned: Floats

    @classmethod
    def of(cls, churned: Floats, scores: Floats) -> Self:
        """Rank rows by score."""
        order = np.argsort(-scores, kind="stable")
        ranked = scores[order]
        starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
        return cls(order, starts, churned[order])

    def tied(self, weights: Counts) -> tuple[Counts, Counts]:
        """Return the churners and the others of each distinct score, (replicates, scores)."""
        ranked = weights[:, self.order]
        churners = np.add.reduceat(ranked * self.churned, self.starts, axis=1)
        return churners, np.add.reduceat(ranked, self.starts, axis=1) - churners


def aucs(ranking: Ranking, weights: Counts) -> Floats:
    """Return the chance that a churner scores higher than another, ties counted half."""
    churners, others = ranking.tied(weights)
    lower = others.sum(axis=1, keepdims=True) - np.cumsum(others, axis=1)
    return np.asarray((churners * (lower + 0.5 * others)).sum(axis=1) / (churners.sum(axis=1) * others.sum(axis=1)))


def average_precisions(ranking: Ranking, weights: Counts) -> Floats:
    """Return precision averaged over the churners found, as scores go down."""
    churners, others = ranking.tied(weights)
    found, contacted = np.cumsum(churners, axis=1), np.cumsum(churners + others, axis=1)
    precision = found / np.maximum(contacted, 1)
    return np.asarray((precision * churners).sum(axis=1) / churners.sum(axis=1))


def lifts(ranking: Ranking, weights: Counts, top_share: float) -> Floats:
    """Return the churn share among the top, over the churn share of all."""
    return found_shares(ranking, weights, top_share) / top_share


def found_shares(ranking: Ranking, weights: Counts, top_share: float) -> Floats:
    """Return the share of churners found in the top; equal scores at the edge are found in proportion."""
    churners, others = ranking.tied(weights)
    size = churners + others
    before = np.cumsum(size, axis=1) - size
    room = top_share * size.sum(axis=1, keepdims=True) - before
    taken = np.clip(np.divide(room, size, out=np.zeros_like(size), where=size > 0), 0, 1)
    return np.asarray((taken * churners).sum(axis=1) / churners.sum(axis=1))


def means(values: Floats, weights: Counts) -> Floats:
    """Return the weighted mean of a number each row has, such as its log loss."""
    return np.asarray(weights @ values / weights.sum(axis=1))


def calibration_lines(churned: Floats, log_odds: Floats, weights: Counts) -> tuple[Floats, Floats]:
    """Return slope and intercept of the logistic regression of the answer on the log-odds: 1 and 0 where calibrated."""
    slope, intercept = np.ones(len(weights)), np.zeros(len(weights))
    for _ in range(12):
        chance = probability(slope[:, None] * log_odds + intercept[:, None])
        missed, spread = weights * (churned - chance), weights * chance * (1 - chance)
        along = spread * log_odds
        s0, s1, s2 = spread.sum(axis=1) + 1e-12, along.sum(axis=1), (along * log_odds).sum(axis=1) + 1e-12
        g0, g1 = missed.sum(axis=1), (missed * log_odds).sum(axis=1)
        scale = s0 * s2 - s1**2 + 1e-12
        slope, intercept = slope + (s0 * g1 - s1 * g0) / scale, intercept + (s2 * g0 - s1 * g1) / scale
    return slope, intercept


def calibration_errors(churned: Floats, chance: Floats, weights: Counts, bins: int = 10) -> Floats:
    """Return the expected calibration error: |mean probability - churn share| averaged over bins of equal count."""
    order, starts = equal_bins(chance, bins)
    missed = np.add.reduceat((weights * (chance - churned))[:, order], starts, axis=1)
    return np.asarray(np.abs(missed).sum(axis=1) / weights.sum(axis=1))


def equal_bins(chance: Floats, bins: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return rows from lowest to highest probability, and where each of up to `bins` bins of equal count starts."""
    order = np.argsort(chance, kind="stable")
    starts = np.unique(np.arange(bins) * len(order) // bins)
    return order, starts[starts < len(order)]


def auc(churned: Floats, scores: Floats) -> float:
    """Return the area under the ROC curve.

    >>> auc(np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.1, 0.4, 0.35, 0.8]))
    0.75
    """
    return float(aucs(Ranking.of(churned, scores), np.ones((1, len(scores))))[0])
