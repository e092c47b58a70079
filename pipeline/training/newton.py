"""Logistic regression by Newton's method in float64: few steps, no setting, the same bits each time."""

from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from pipeline.model.churn_model import probability
from pipeline.model.inputs import Floats

MOST_STEPS = 50
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


def fit_logistic(design: Floats, targets: Floats, penalty: float) -> Fitted:
    """Fit targets in [0, 1] on (rows, inputs), shrinking all coefficients but the intercept by `penalty` (L2).

    Runs on one thread, because sums on several differ in their last bits.
    """
    inputs = np.column_stack([np.ones(len(design)), design])
    ridge = np.full(inputs.shape[1], penalty)
    ridge[0] = 0.0
    with threadpool_limits(1, user_api="blas"):
        found = _minimise(inputs, targets, ridge)
    return Fitted(float(found[0]), found[1:])


def log_losses(margins: Floats, targets: Floats) -> Floats:
    """Return each row's log loss in nats: log(1 + exp(margin)) - target * margin."""
    return np.asarray(np.logaddexp(0.0, margins) - targets * margins)


def _minimise(inputs: Floats, targets: Floats, ridge: Floats) -> Floats:
    at = np.zeros(inputs.shape[1])
    for _ in range(MOST_STEPS):
        step = _newton_step(inputs, targets, ridge, at)
        at = at - _short_enough(inputs, targets, ridge, at, step) * step
        if np.abs(step).max() < CLOSE_ENOUGH:
            break
    return at


def _newton_step(inputs: Floats, targets: Floats, ridge: Floats, at: Floats) -> Floats:
    chance = probability(inputs @ at)
    slope = inputs.T @ (chance - targets) + ridge * at
    curvature = (inputs * (chance * (1 - chance))[:, None]).T @ inputs + np.diag(ridge + 1e-12)
    return np.asarray(np.linalg.solve(curvature, slope))


def _short_enough(inputs: Floats, targets: Floats, ridge: Floats, at: Floats, step: Floats) -> float:
    before = _penalised(inputs, targets, ridge, at)
    size = 1.0
    while size > 1e-6 and _penalised(inputs, targets, ridge, at - size * step) > before:
        size /= 2
    return size


def _penalised(inputs: Floats, targets: Floats, ridge: Floats, at: Floats) -> float:
    return float(log_losses(inputs @ at, targets).sum() + 0.5 * (ridge * at**2).sum())
