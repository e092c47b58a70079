"""What is measured, for many weightings of the same rows at once: each replicate draws customers, with all their rows.

Every function takes what it needs already sorted where sorting matters, and returns one number a replicate. What has to go
through all rows in order is compiled; each replicate is counted by itself, so that threads change nothing.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from numba import njit, prange

from pipeline.model.inputs import Floats

Places = npt.NDArray[np.int64]

MOST_STEPS = 60
CLOSE_ENOUGH = 1e-9
TINY = 1e-12
LONG_STEP = 0.5
"""As a share of the slope: a longer step of Newton's is tried before it is taken."""
LONGEST_SHIFT = 1.0


@dataclass(frozen=True)
class Weights:
    """How often each customer is drawn, (replicates, customers), and whose each row is."""

    drawn: Floats
    customers: Places

    @classmethod
    def once(cls, rows: int) -> Self:
        """Return one replicate in which every row counts once."""
        return cls(np.ones((1, rows)), np.arange(rows))

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
    return np.asarray(_found_shares(*ranking.counted(weights), top_share))


def means(values: Floats, weights: Weights) -> Floats:
    """Return the weighted mean of a number each row has, such as its log loss."""
    return np.asarray(weights.sums(values) / weights.sums(np.ones(len(values))))


def calibration_slopes(churned: Floats, log_odds: Floats, weights: Weights) -> Floats:
    """Return the slope of the logistic regression of the answer on the log-odds: below 1 where risks are overstated."""
    # From a flat line, which every row pulls at; where all risks are extreme none does.
    start = _line(np.ones(len(churned)), churned, log_odds, 0.0, 0.0)
    return np.asarray(_slopes(weights.drawn, weights.customers, churned, log_odds, *start))


def calibration_intercepts(churned: Floats, log_odds: Floats, weights: Weights) -> Floats:
    """Return what must be added to the log-odds for as many to churn as expected: 0 where right on average."""
    start = _offset(np.ones(len(churned)), churned, log_odds, 0.0)
    return np.asarray(_offsets(weights.drawn, weights.customers, churned, log_odds, start))


def calibration_errors(churned: Floats, chance: Floats, weights: Weights, bins: int = 10) -> Floats:
    """Return the expected calibration error: |mean probability - churn share| averaged over bins of equal count."""
    order, starts = equal_bins(chance, bins)
    missed = np.zeros((len(chance), len(starts)))
    missed[order, np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(order))))] = (chance - churned)[order]
    return np.asarray(np.abs(weights.sums(missed)).sum(axis=1) / weights.sums(np.ones(len(chance))))


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
def _found_shares(drawn: Any, customers: Any, churned: Any, ends: Any, top_share: float) -> Any:
    found = np.empty(len(drawn))
    for one in prange(len(drawn)):
        size, churners = 0.0, 0.0
        for row in range(len(customers)):
            size += drawn[one, customers[row]]
            churners += drawn[one, customers[row]] * churned[row]
        room, hits, row = top_share * size, 0.0, 0
        for end in ends:
            there, of_them = 0.0, 0.0
            while row < end:
                times = drawn[one, customers[row]]
                there += times
                of_them += times * churned[row]
                row += 1
            hits += of_them * (min(room, there) / there if there > 0 else 0.0)
            room -= min(room, there)
            if room <= 0:
                break
        found[one] = hits / churners if churners > 0 else np.nan
    return found


@njit(parallel=True, cache=True)
def _slopes(drawn: Any, customers: Any, churned: Any, log_odds: Any, slope: float, offset: float) -> Any:
    found = np.empty(len(drawn))
    for one in prange(len(drawn)):
        found[one] = _line(drawn[one][customers], churned, log_odds, slope, offset)[0]
    return found


@njit(parallel=True, cache=True)
def _offsets(drawn: Any, customers: Any, churned: Any, log_odds: Any, offset: float) -> Any:
    found = np.empty(len(drawn))
    for one in prange(len(drawn)):
        found[one] = _offset(drawn[one][customers], churned, log_odds, offset)
    return found


@njit(cache=True)
def _line(times: Any, churned: Any, log_odds: Any, slope: float, offset: float) -> Any:
    """Return the slope and offset at which Newton's method ends, long steps cut until the loss falls: alone it can fly off."""
    for _ in range(MOST_STEPS):
        s0, s1, s2, g0, g1 = 0.0, 0.0, 0.0, 0.0, 0.0
        for row in range(len(times)):
            if times[row] > 0:
                at = log_odds[row]
                chance = 1 / (1 + np.exp(-(slope * at + offset)))
                missed, spread = times[row] * (churned[row] - chance), times[row] * chance * (1 - chance)
                g0, g1 = g0 + missed, g1 + missed * at
                s0, s1, s2 = s0 + spread, s1 + spread * at, s2 + spread * at * at
        scale = s0 * s2 - s1 * s1 + TINY
        step, shift = (s0 * g1 - s1 * g0) / scale, (s2 * g0 - s1 * g1) / scale
        if abs(step) > LONG_STEP * abs(slope):
            before = _loss(times, churned, log_odds, slope, offset)
            while abs(step) > CLOSE_ENOUGH and _loss(times, churned, log_odds, slope + step, offset + shift) > before:
                step, shift = step / 2, shift / 2
        slope, offset = slope + step, offset + shift
        if not abs(step) >= CLOSE_ENOUGH:
            break
    return slope, offset


@njit(cache=True)
def _offset(times: Any, churned: Any, log_odds: Any, offset: float) -> float:
    """Return the shift at which Newton's method ends."""
    for _ in range(MOST_STEPS):
        missed, spread = 0.0, 0.0
        for row in range(len(times)):
            if times[row] > 0:
                chance = 1 / (1 + np.exp(-(log_odds[row] + offset)))
                missed += times[row] * (churned[row] - chance)
                spread += times[row] * chance * (1 - chance)
        step = min(max(missed / (spread + TINY), -LONGEST_SHIFT), LONGEST_SHIFT)
        offset += step
        if not abs(step) >= CLOSE_ENOUGH:
            break
    return offset


@njit(cache=True)
def _loss(times: Any, churned: Any, log_odds: Any, slope: float, offset: float) -> float:
    """Return the summed log loss of a line."""
    summed = 0.0
    for row in range(len(times)):
        margin = slope * log_odds[row] + offset
        summed += times[row] * (max(margin, 0.0) + np.log1p(np.exp(-abs(margin))) - churned[row] * margin)
    return summed
