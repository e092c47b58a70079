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

MOST_STEPS = 20
CLOSE_ENOUGH = 1e-9
TINY = 1e-12


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


def calibration_slopes(churned: Floats, log_odds: Floats, weights: Counts) -> Floats:
    """Return the slope of the logistic regression of the answer on the log-odds: below 1 where risks are overstated."""
    slope, offset = np.ones(len(weights)), np.zeros(len(weights))
    for _ in range(MOST_STEPS):
        chance = probability(slope[:, None] * log_odds + offset[:, None])
        missed, spread = weights * (churned - chance), weights * chance * (1 - chance)
        s0, s1, s2 = spread.sum(axis=1), spread @ log_odds, spread @ log_odds**2
        g0, g1 = missed.sum(axis=1), missed @ log_odds
        scale = s0 * s2 - s1**2 + TINY
        step = (s0 * g1 - s1 * g0) / scale
        slope, offset = slope + step, offset + (s2 * g0 - s1 * g1) / scale
        if np.nanmax(np.abs(step)) < CLOSE_ENOUGH:
            break
    return slope


def calibration_intercepts(churned: Floats, log_odds: Floats, weights: Counts) -> Floats:
    """Return what must be added to the log-odds for as many to churn as expected: 0 where right on average."""
    offset = np.zeros(len(weights))
    for _ in range(MOST_STEPS):
        chance = probability(log_odds + offset[:, None])
        step = (weights * (churned - chance)).sum(axis=1) / ((weights * chance * (1 - chance)).sum(axis=1) + TINY)
        offset = offset + step
        if np.nanmax(np.abs(step)) < CLOSE_ENOUGH:
            break
    return offset


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
