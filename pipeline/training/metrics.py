"""What is measured, for many weightings of the same rows at once: each replicate draws customers, with all their rows.

Every function takes what it needs already sorted where sorting matters, and returns one number a replicate. What has to go
through all rows in order is compiled; each replicate is counted by itself, so that threads change nothing.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from numba import njit, prange

from pipeline.model.inputs import Floats

Places = npt.NDArray[np.int64]


CHANCE = 0.5
"""The AUC of tossing a coin."""


@dataclass(frozen=True)
class Weights:
    """How often each customer is drawn, (replicates, customers), and whose each row is."""

    drawn: Floats
    customers: Places

    @classmethod
    def once(cls, rows: int) -> Self:
        """Return one replicate in which every row counts once."""
        return cls(np.ones((1, rows)), np.arange(rows))

    @cached_property
    def sizes(self) -> Floats:
        """Return how many rows each replicate has."""
        return self.sums(np.ones(len(self.customers)))

    def sums(self, values: Floats) -> Floats:
        """Return the sum of a number each row has, (replicates,); of several, (replicates, numbers)."""
        return np.asarray(self.drawn @ _by_customer(values, self.customers, self.drawn.shape[1]))


@dataclass(frozen=True)
class Ranking:
    """Rows from highest to lowest score, equal scores together: `ends` says where each group of equals ends."""

    order: Places
    ends: Places
    churned: Floats

    @classmethod
    def of(cls, churned: Floats, scores: Floats) -> Self:
        """Rank rows by score."""
        order = np.argsort(-scores, kind="stable")
        ranked = scores[order]
        ends = np.flatnonzero(np.r_[ranked[1:] != ranked[:-1], True]) + 1
        return cls(order, ends, churned[order])

    def left(self, weights: Weights) -> Floats:
        """Return how many churners each replicate has."""
        churned = np.empty(len(self.order))
        churned[self.order] = self.churned
        return weights.sums(churned)

    def counted(self, weights: Weights) -> tuple[Floats, Places, Floats, Places]:
        """Return what the compiled counting takes: draws, customers and answers in order, and the ends of equals."""
        return weights.drawn, weights.customers[self.order], self.churned, self.ends


def aucs(ranking: Ranking, weights: Weights) -> Floats:
    """Return the chance that a churner scores higher than another, ties counted half."""
    return np.asarray(_aucs(*ranking.counted(weights)))


def average_precisions(ranking: Ranking, weights: Weights) -> Floats:
    """Return precision averaged over the churners found, as scores go down."""
    return np.asarray(_average_precisions(*ranking.counted(weights)))


def lifts(ranking: Ranking, weights: Weights, top_share: float) -> Floats:
    """Return the churn share among the top, over the churn share of all."""
    return found_shares(ranking, weights, top_share) / top_share


def found_shares(ranking: Ranking, weights: Weights, top_share: float) -> Floats:
    """Return the share of churners found in the top; equal scores at the edge are found in proportion."""
    return found_in_tops(ranking, weights, np.array([top_share]))[:, 0]


def found_in_tops(ranking: Ranking, weights: Weights, top_shares: Floats) -> Floats:
    """Return the shares of churners found in several tops, smallest first, (replicates, tops)."""
    return np.asarray(_found_in_tops(*ranking.counted(weights), weights.sizes, ranking.left(weights), top_shares))


def means(values: Floats, weights: Weights) -> Floats:
    """Return the weighted mean of a number each row has, such as its log loss."""
    return np.asarray(weights.sums(values) / weights.sizes)


@dataclass(frozen=True)
class CalibrationBins:
    """How far what was said is from what happened, row by row, (rows, bins), each row in its bin of equal count."""

    missed: Floats

    @classmethod
    def of(cls, churned: Floats, chance: Floats, bins: int = 10) -> Self:
        """Put rows into bins by their probability."""
        order, starts = equal_bins(chance, bins)
        missed = np.zeros((len(chance), len(starts)))
        missed[order, np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(order))))] = (chance - churned)[
            order
        ]
        return cls(missed)

    def errors(self, weights: Weights) -> Floats:
        """Return the expected calibration error: |mean probability - churn share| averaged over the bins."""
        return np.asarray(np.abs(weights.sums(self.missed)).sum(axis=1) / weights.sizes)


def equal_bins(chance: Floats, bins: int) -> tuple[Places, Places]:
    """Return rows from lowest to highest probability, and where each of up to `bins` bins of equal count starts."""
    order = np.argsort(chance, kind="stable")
    starts = np.unique(np.arange(bins) * len(order) // bins)
    return order, starts[starts < len(order)]


def auc(churned: Floats, scores: Floats) -> float:
    """Return the area under the ROC curve.

    >>> auc(np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.1, 0.4, 0.35, 0.8]))
    0.75
    """
    return float(aucs(Ranking.of(churned, scores), Weights.once(len(scores)))[0])


def _by_customer(values: Floats, customers: Places, count: int) -> Floats:
    if values.ndim == 1:
        return np.bincount(customers, values, count).astype(np.float64)
    return np.stack([np.bincount(customers, column, count) for column in values.T], axis=1)


@njit(parallel=True, cache=True)
def _aucs(drawn: Any, customers: Any, churned: Any, ends: Any) -> Any:
    found = np.empty(len(drawn))
    for one in prange(len(drawn)):
        above, outside, ordered, row = 0.0, 0.0, 0.0, 0
        for end in ends:
            churners, others = 0.0, 0.0
            while row < end:
                times = drawn[one, customers[row]]
                churners += times * churned[row]
                others += times * (1 - churned[row])
                row += 1
            ordered += others * (above + 0.5 * churners)
            above += churners
            outside += others
        found[one] = ordered / (above * outside) if above * outside > 0 else np.nan
    return found


@njit(parallel=True, cache=True)
def _average_precisions(drawn: Any, customers: Any, churned: Any, ends: Any) -> Any:
    found = np.empty(len(drawn))
    for one in prange(len(drawn)):
        hits, contacted, gathered, row = 0.0, 0.0, 0.0, 0
        for end in ends:
            before = hits
            while row < end:
                times = drawn[one, customers[row]]
                hits += times * churned[row]
                contacted += times
                row += 1
            if hits > before:
                gathered += (hits - before) * hits / contacted
        found[one] = gathered / hits if hits > 0 else np.nan
    return found


@njit(parallel=True, cache=True)
def _found_in_tops(  # noqa: PLR0913, PLR0917
    drawn: Any, customers: Any, churned: Any, ends: Any, sizes: Any, left: Any, top_shares: Any
) -> Any:
    found = np.empty((len(drawn), len(top_shares)))
    for one in prange(len(drawn)):
        contacted, hits, row, top = 0.0, 0.0, 0, 0
        for end in ends:
            there, of_them = 0.0, 0.0
            while row < end:
                times = drawn[one, customers[row]]
                there += times
                of_them += times * churned[row]
                row += 1
            while top < len(top_shares) and there > 0 and top_shares[top] * sizes[one] <= contacted + there:
                found[one, top] = hits + of_them * (top_shares[top] * sizes[one] - contacted) / there
                top += 1
            contacted += there
            hits += of_them
            if top == len(top_shares):
                break
        found[one, top:] = hits
        found[one] /= left[one] if left[one] > 0 else np.nan
    return found
