"""Logistic regression by Newton's method in float64: few steps, no setting, the same bits each time."""

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
        held = (self.signs != 0) & (at == 0) & (slope * self.signs >= 0)
        curvature = (self.inputs * (chance * (1 - chance))[:, None]).T @ self.inputs + np.diag(self.ridge + 1e-12)
        free = np.flatnonzero(~held)
        step = np.zeros(len(at))
        step[free] = np.linalg.solve(curvature[np.ix_(free, free)], slope[free])
        return step


def fit_logistic(design: Floats, targets: Floats, penalty: float, signs: Floats | None = None) -> Fitted:
    """Fit targets in [0, 1] on (rows, inputs), shrinking all coefficients but the intercept by `penalty` (L2).

    `signs` holds 1 or -1 where a coefficient must not be negative or positive, 0 where it is free. Runs on one thread,
    because sums on several differ in their last bits.
    """
    inputs = np.column_stack([np.ones(len(design)), design])
    ridge = np.full(inputs.shape[1], penalty)
    ridge[0] = 0.0
    kept = np.zeros(inputs.shape[1])
    kept[1:] = 0.0 if signs is None else signs
    with threadpool_limits(1, user_api="blas"):
        found = _minimise(_Problem(inputs, targets, ridge, kept))
    return Fitted(float(found[0]), found[1:])


def log_losses(margins: Floats, targets: Floats) -> Floats:
    """Return each row's log loss in nats: log(1 + exp(margin)) - target * margin."""
    return np.asarray(np.logaddexp(0.0, margins) - targets * margins)


def _minimise(problem: _Problem) -> Floats:
    at = np.zeros(problem.inputs.shape[1])
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
