"""Logistic regression by Newton's method in float64: few steps, no setting, the same bits each time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from pipeline.model.churn_model import probability
from pipeline.model.inputs import Floats

MOST_STEPS = 100
CLOSE_ENOUGH = 1e-10


@dataclass(frozen=True)
class Fitted:
    """A regression: `intercept` plus `coefficients`, in log-odds."""

    intercept: float
    coefficients: Floats

    def margins(self, design: Floats) -> Floats:
        """Return the log-odds of each row."""
        with threadpool_limits(1, user_api="blas"):
            return np.asarray(self.intercept + design @ self.coefficients)


@dataclass(frozen=True)
class _Problem:
    """Rows with an intercept in front, what to fit, how much to shrink, and the sign each coefficient must keep."""

    inputs: Floats
    targets: Floats
    ridge: Floats
    signs: Floats

    def loss(self, at: Floats) -> float:
        return float(log_losses(self.inputs @ at, self.targets).sum() + 0.5 * (self.ridge * at**2).sum())

    def allowed(self, at: Floats) -> Floats:
        """Return the nearest coefficients that keep their signs."""
        return np.where(at * self.signs < 0, 0.0, at)

    def step(self, at: Floats) -> Floats:
        """Return Newton's step among the coefficients that are free to move."""
        chance = probability(self.inputs @ at)
        slope = self.inputs.T @ (chance - self.targets) + self.ridge * at
        free = np.flatnonzero((self.signs == 0) | (at != 0) | (slope * self.signs < 0))
        # A product of a matrix with itself is symmetric, and half the work.
        weighted = self.inputs[:, free] * np.sqrt(chance * (1 - chance))[:, None]
        curvature = weighted.T @ weighted + np.diag(self.ridge[free] + 1e-12)
        step = np.zeros(len(at))
        step[free] = np.linalg.solve(curvature, slope[free])
        return step


def fit_logistic(design: Floats, targets: Floats, penalty: float, signs: Floats | None = None) -> Fitted:
    """Fit targets in [0, 1] on (rows, inputs), shrinking all coefficients but the intercept by `penalty` (L2).

    `signs` holds 1 or -1 where a coefficient must not be negative or positive, 0 where it is free. Runs on one thread,
    because sums on several differ in their last bits.
    """
    return fit_penalties(design, targets, [penalty], signs)[0]


def fit_penalties(
    design: Floats, targets: Floats, penalties: Sequence[float], signs: Floats | None = None
) -> list[Fitted]:
    """Fit as `fit_logistic` does under each of several penalties; from the strongest on, each begins where the last ended."""
    inputs = np.asfortranarray(np.column_stack([np.ones(len(design)), design]))
    kept = np.zeros(inputs.shape[1])
    kept[1:] = 0.0 if signs is None else signs
    at, found = np.zeros(inputs.shape[1]), {}
    with threadpool_limits(1, user_api="blas"):
        for penalty in sorted(penalties, reverse=True):
            ridge = np.full(len(at), penalty)
            ridge[0] = 0.0
            at = _minimise(_Problem(inputs, targets, ridge, kept), at)
            found[penalty] = Fitted(float(at[0]), at[1:])
    return [found[penalty] for penalty in penalties]


def log_losses(margins: Floats, targets: Floats) -> Floats:
    """Return each row's log loss in nats: log(1 + exp(margin)) - target * margin."""
    return np.asarray(np.logaddexp(0.0, margins) - targets * margins)


def _minimise(problem: _Problem, at: Floats) -> Floats:
    for _ in range(MOST_STEPS):
        moved = _shortened(problem, at, problem.step(at))
        if np.abs(moved - at).max() < CLOSE_ENOUGH:
            break
        at = moved
    return at


def _shortened(problem: _Problem, at: Floats, step: Floats) -> Floats:
    """Go along the step as far as the loss falls, staying where the signs are kept."""
    before, size = problem.loss(at), 1.0
    while size > 1e-6 and problem.loss(problem.allowed(at - size * step)) > before:
        size /= 2
    return problem.allowed(at - size * step)
