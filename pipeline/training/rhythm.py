"""Learning the buying rhythm: the four numbers of BG/NBD under which the histories that were seen are most likely."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import digamma, gammaln

from pipeline.model.inputs import Floats, Inputs
from pipeline.model.rhythm import Ahead, Histories, Rhythm, RhythmMember
from pipeline.training.calibrate import calibrated_loss, fit_platt
from pipeline.training.folds import Folds
from pipeline.training.preflight import Ready

PENALTIES = (0.0, 0.001, 0.01, 0.1)
"""Tried in turn until the search ends inside its bounds; each shrinks the logarithms of the four numbers to 0."""

BOUND = float(np.log(1000.0))
FEWEST_WHO_CAME_BACK = 20


@dataclass(frozen=True)
class RhythmTried:
    """The member fitted on all customers, its margins of unseen ones, and the log loss of the mean of all members' margins."""

    member: RhythmMember
    margins: Floats
    loss: float


def try_rhythm(rows: Ready, folds: Folds, task: Mapping[str, Any], others: Sequence[Floats]) -> RhythmTried | None:
    """Try every way of telling a rhythm beside the others' margins and return the best; None where none can be fitted.

    BG/NBD is fitted on the newest date, once outside each fold and once on everybody: the histories of a date hold those
    of the dates before it, and each customer counts once.
    """
    found = [_try(reads, rows, folds, Ahead.of(task), others) for reads in rows.pasts]
    return min((tried for tried in found if tried), key=lambda tried: tried.loss, default=None)


def _try(
    reads: tuple[str, ...], rows: Ready, folds: Folds, ahead: Ahead, others: Sequence[Floats]
) -> RhythmTried | None:
    past = rows.pasts[reads]
    whole, unseen = fit_rhythm(past.part(rows.newest)), _unseen(past, rows.newest, folds, ahead)
    if whole is None or unseen is None:
        return None
    slope = fit_platt(unseen, rows.churned).slope
    centre = float(np.nanmean(whole.silent_log_odds(past, ahead)))
    member, margins = RhythmMember(Inputs(reads), whole, ahead, slope, centre), slope * unseen
    return RhythmTried(member, margins, calibrated_loss(np.mean([*others, margins], axis=0), rows.churned))


def _unseen(past: Histories, newest: npt.NDArray[np.bool_], folds: Folds, ahead: Ahead) -> Floats | None:
    """Return the log-odds of each fold's customers, told by the others; the mean for who never bought."""
    log_odds = np.empty(len(folds))
    for fold in range(int(folds.max()) + 1):
        fitted = fit_rhythm(past.part(newest & (folds != fold)))
        if fitted is None:
            return None
        log_odds[folds == fold] = fitted.silent_log_odds(past.part(folds == fold), ahead)
    return np.where(np.isnan(log_odds), np.nanmean(log_odds), log_odds)


def fit_rhythm(past: Histories) -> Rhythm | None:
    """Fit BG/NBD to histories, one a customer; None where hardly anybody came back, or no penalty leads to an end."""
    if (past.repeats > 0).sum() < FEWEST_WHO_CAME_BACK:
        return None
    together = np.column_stack([past.repeats, past.last_weeks, past.age_weeks])
    different, counts = np.unique(together[~np.isnan(together).any(axis=1)], axis=0, return_counts=True)
    found = (_search(_Problem(Histories(*different.T), counts / counts.sum(), penalty)) for penalty in PENALTIES)
    return next((rhythm for rhythm in found if rhythm), None)


def log_likelihoods(rhythm: Rhythm, past: Histories) -> Floats:
    """Return the log-likelihood of each history (Fader, Hardie and Lee 2005, equation 6)."""
    r, alpha, a, b, x = rhythm.r, rhythm.alpha, rhythm.a, rhythm.b, past.repeats
    buying = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    staying = gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    return np.asarray(buying + staying + np.logaddexp(*_ways_of_silence(rhythm, past)))


def slopes(rhythm: Rhythm, past: Histories) -> Floats:
    """Return (4, rows): the derivatives of the log-likelihoods in r, alpha, a and b."""
    r, alpha, a, b, x = rhythm.r, rhythm.alpha, rhythm.a, rhythm.b, past.repeats
    still, gone = _ways_of_silence(rhythm, past)
    left = np.exp(gone - np.logaddexp(still, gone))
    now, last = alpha + past.age_weeks, alpha + past.last_weeks
    mean_log = (1 - left) * np.log(now) + left * np.log(last)
    either = digamma(a + b) - digamma(a + b + x)
    return np.array(
        [
            digamma(r + x) - digamma(r) + np.log(alpha) - mean_log,
            r / alpha - (r + x) * ((1 - left) / now + left / last),
            either + left / a,
            either + digamma(b + x) - digamma(b) - left / (b + np.maximum(x, 1) - 1),
        ]
    )


def _ways_of_silence(rhythm: Rhythm, past: Histories) -> tuple[Floats, Floats]:
    """Return the log-weights of having been silent since the last purchase alive, and of having left after it."""
    shape = rhythm.r + past.repeats
    still = -shape * np.log(rhythm.alpha + past.age_weeks)
    leaving = np.log(rhythm.a) - np.log(rhythm.b + np.maximum(past.repeats, 1) - 1)
    gone = np.where(past.repeats > 0, leaving - shape * np.log(rhythm.alpha + past.last_weeks), -np.inf)
    return still, gone


@dataclass(frozen=True)
class _Problem:
    """Different histories, the share of customers with each, and how much to shrink."""

    past: Histories
    shares: Floats
    penalty: float

    def __call__(self, logs: Floats) -> tuple[float, Floats]:
        """Return the mean loss and its slope in the logarithms of the four numbers."""
        rhythm = Rhythm(*np.exp(logs).tolist())
        loss = self.penalty * (logs**2).sum() - (log_likelihoods(rhythm, self.past) * self.shares).sum()
        likelier = (slopes(rhythm, self.past) * self.shares).sum(axis=1) * np.exp(logs)
        return float(loss), 2 * self.penalty * logs - likelier


def _search(problem: _Problem) -> Rhythm | None:
    options = {"gtol": 1e-8, "ftol": 1e-13}
    found = minimize(problem, np.zeros(4), jac=True, method="L-BFGS-B", bounds=[(-BOUND, BOUND)] * 4, options=options)
    ended = found.success and np.abs(found.x).max() < BOUND
    return Rhythm(*np.exp(found.x).tolist()) if ended else None
