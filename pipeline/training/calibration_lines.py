"""How probabilities are off, for many weightings of the same rows at once: the slope and the intercept of a calibration.

Both are logistic regressions by Newton's method. The first step is the same sum for all replicates; what then goes through all
rows is compiled, and each replicate is counted by itself, so that threads change nothing.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numba import njit, prange

from pipeline.model.inputs import Floats
from pipeline.training.metrics import Weights

MOST_STEPS = 60
CLOSE_ENOUGH = 1e-5
"""The last step is taken, too, and each step of Newton's squares what is missing: what is left is about 1e-10."""
TINY = 1e-12
LONG_STEP = 0.5
"""As a share of the slope: a longer step of Newton's is tried before it is taken."""
LONGEST_SHIFT = 1.0


@dataclass(frozen=True)
class CalibrationLines:
    """Answers and log-odds, and where the search of every replicate starts: at the line of all rows."""

    churned: Floats
    log_odds: Floats

    def slopes(self, weights: Weights) -> Floats:
        """Return the slope of the logistic regression of the answer on the log-odds: below 1 where risks are overstated."""
        starts = self._first_lines(weights)
        return np.asarray(_slopes(weights.drawn, weights.customers, self.churned, self.log_odds, starts))

    def intercepts(self, weights: Weights) -> Floats:
        """Return what must be added to the log-odds for as many to churn as expected: 0 where right on average."""
        start, pulls = self._shift
        missed, spread = weights.sums(pulls).T
        starts = start + np.clip(missed / (spread + TINY), -LONGEST_SHIFT, LONGEST_SHIFT)
        return np.asarray(_offsets(weights.drawn, weights.customers, self.churned, self.log_odds, starts))

    @cached_property
    def _line(self) -> tuple[Floats, Floats]:
        """Return slope and offset of the line of all rows, and how each row pulls at it."""
        # From a flat line, which every row pulls at; where all risks are extreme none does.
        found = np.array(_line(np.ones(len(self.churned)), self.churned, self.log_odds, 0.0, 0.0))
        missed, spread = _pulls(self.churned, found[0] * self.log_odds + found[1]).T
        at = self.log_odds
        return found, np.column_stack([missed, missed * at, spread, spread * at, spread * at**2])

    @cached_property
    def _shift(self) -> tuple[float, Floats]:
        """Return the intercept of all rows, and how each row pulls at it."""
        start = _offset(np.ones(len(self.churned)), self.churned, self.log_odds, 0.0)
        return start, _pulls(self.churned, self.log_odds + start)

    def _first_lines(self, weights: Weights) -> Floats:
        """Return each replicate's line after one step of Newton's, (replicates, 2).

        At the line of all rows all replicates share the chances, so that the step is a product; a long one is left to be cut
        later.
        """
        start, pulls = self._line
        g0, g1, s0, s1, s2 = weights.sums(pulls).T
        scale = s0 * s2 - s1 * s1 + TINY
        steps = np.column_stack([s0 * g1 - s1 * g0, s2 * g0 - s1 * g1]) / scale[:, None]
        short = np.abs(steps[:, 0]) <= LONG_STEP * abs(start[0])
        return np.asarray(start + np.where(short[:, None], steps, 0.0))


def _pulls(churned: Floats, margins: Floats) -> Floats:
    """Return how far each row is off, and how much that changes with its margin, (rows, 2)."""
    chance = 1 / (1 + np.exp(-margins))
    return np.column_stack([churned - chance, chance * (1 - chance)])


@njit(parallel=True, cache=True)
def _slopes(drawn: Any, customers: Any, churned: Any, log_odds: Any, starts: Any) -> Any:
    found = np.empty(len(drawn))
    for one in prange(len(drawn)):
        found[one] = _line(drawn[one][customers], churned, log_odds, starts[one, 0], starts[one, 1])[0]
    return found


@njit(parallel=True, cache=True)
def _offsets(drawn: Any, customers: Any, churned: Any, log_odds: Any, starts: Any) -> Any:
    found = np.empty(len(drawn))
    for one in prange(len(drawn)):
        found[one] = _offset(drawn[one][customers], churned, log_odds, starts[one])
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
