"""The map from margin to probability: Platt's line, fitted on margins of rows that the members had not seen."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.model.churn_model import Platt
from pipeline.model.inputs import Floats
from pipeline.training.metrics import auc
from pipeline.training.newton import fit_logistic, log_losses

SMALLEST_SLOPE = 0.01
"""Where margins say nothing, or the opposite, the line stays rising: a calibration must not reverse a ranking."""


def fit_platt(margins: Floats, churned: Floats) -> Platt:
    """Return the line with the least log loss, its slope above 0.

    Targets are Platt's (1999), a little inside 0 and 1, so that rows which margins separate perfectly have a line too.

    >>> line = fit_platt(np.array([-2.0, -1.0, 1.0, 2.0] * 100), np.array([0.0, 0.0, 1.0, 0.0] * 100))
    >>> line.slope > 0
    True
    """
    targets = smoothed(churned)
    line = fit_logistic(margins[:, None], targets, penalty=0.0)
    slope = float(line.coefficients[0])
    if slope >= SMALLEST_SLOPE:
        return Platt(slope, line.intercept)
    return Platt(SMALLEST_SLOPE, _offset(SMALLEST_SLOPE * margins, targets))


def calibrated_loss(margins: Floats, churned: Floats) -> float:
    """Return the mean log loss of margins once they are calibrated on these same rows."""
    line = fit_platt(margins, churned)
    return float(log_losses(line.slope * margins + line.offset, churned).mean())


def members_apart(kinds: Sequence[str], margins: Sequence[Floats], churned: Floats) -> dict[str, dict[str, Any]]:
    """Return, member by member, how good unseen customers' margins are alone and without it, each calibrated by itself.

    `margins` holds the out-of-fold margins of each member, (rows,); the lines found here judge the members on later dates.
    """
    model, found = _calibrated(np.mean(margins, axis=0), churned)["oof_log_loss"], {}
    for place, kind in enumerate(kinds):
        others = [one for other, one in enumerate(margins) if other != place]
        without = _calibrated(np.mean(others, axis=0), churned) if others else None
        alone = _calibrated(margins[place], churned)
        found[kind] = {"alone": alone, "without": without, "oof_log_loss_model": model}
    return found


def _calibrated(margins: Floats, churned: Floats) -> dict[str, float]:
    line = fit_platt(margins, churned)
    log_odds = line.slope * margins + line.offset
    losses = {"oof_log_loss": float(log_losses(log_odds, churned).mean()), "oof_auc": auc(churned, log_odds)}
    return {"slope": line.slope, "offset": line.offset, **losses}


def smoothed(churned: Floats) -> Floats:
    """Return (n1 + 1) / (n1 + 2) for churners and 1 / (n0 + 2) for the others."""
    churners = churned.sum()
    return np.asarray(np.where(churned > 0, (churners + 1) / (churners + 2), 1 / (len(churned) - churners + 2)))


def _offset(margins: Floats, targets: Floats) -> float:
    """Return the shift that gives `margins` the mean of the targets, by bisection: the mean rises with the shift."""
    low, high = -50.0, 50.0
    for _ in range(200):
        middle = (low + high) / 2
        too_low = (1 / (1 + np.exp(-(margins + middle)))).mean() < targets.mean()
        low, high = (middle, high) if too_low else (low, middle)
    return (low + high) / 2
