"""How customers buy: the four numbers of BG/NBD under which the histories that were seen are most likely."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import digamma, gammaln

from pipeline.model.inputs import Floats
from pipeline.model.rhythm import Histories, Rhythm

PENALTIES = (0.0, 0.001, 0.01, 0.1)
"""Tried in turn until the search ends inside its bounds; each shrinks the logarithms of the four numbers to 0."""

BOUND = float(np.log(1000.0))
FEWEST_WHO_CAME_BACK = 20


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
