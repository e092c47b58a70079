"""Fitting BG/NBD: the four numbers under which the customers' histories are most likely."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import digamma, gammaln

from pipeline.model.inputs import Floats
from pipeline.model.rhythm import Histories, Rhythm

PENALTIES = (0.0, 0.001, 0.01, 0.1)
"""Tried in turn until the search ends at numbers that can be believed; each shrinks the numbers' logarithms to 0."""

LARGEST = float(np.log(1000.0))
FEWEST_CUSTOMERS = 20


@dataclass(frozen=True)
class _Problem:
    """Different histories, how many customers share each, and how much to shrink."""

    past: Histories
    counts: Floats
    penalty: float

    def __call__(self, logs: Floats) -> tuple[float, Floats]:
        """Return the mean loss and its slope in the logarithms of r, alpha, a and b."""
        rhythm = Rhythm(*np.exp(logs).tolist())
        share = self.counts / self.counts.sum()
        likely, slopes = log_likelihoods(rhythm, self.past)
        slope = (slopes * share).sum(axis=1) * np.exp(logs)
        return (
            float(self.penalty * (logs**2).sum() - (likely * share).sum()),
            2 * self.penalty * logs - slope,
        )


def log_likelihoods(rhythm: Rhythm, past: Histories) -> tuple[Floats, Floats]:
    """Return each history's log-likelihood and its slopes (4, rows) in r, alpha, a and b.

    Fader, Hardie and Lee (2005), equation 6, with its two ways of having fallen silent: still alive, or gone since the
    last purchase.
    """
    r, alpha, a, b, x = rhythm.r, rhythm.alpha, rhythm.a, rhythm.b, past.repeats
    now, last = alpha + past.age_weeks, alpha + past.last_weeks
    still = -(r + x) * np.log(now)
    gone = np.where(x > 0, np.log(a) - np.log(b + np.maximum(x, 1) - 1) - (r + x) * np.log(last), -np.inf)
    either = np.logaddexp(still, gone)
    buying = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    staying = gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    left = np.exp(gone - either)
    mean_log = (1 - left) * np.log(now) + left * np.log(last)
    mean_share = (1 - left) / now + left / last
    both = digamma(a + b) - digamma(a + b + x)
    slopes = [
        digamma(r + x) - digamma(r) + np.log(alpha) - mean_log,
        r / alpha - (r + x) * mean_share,
        both + left / a,
        both + digamma(b + x) - digamma(b) - left / (b + np.maximum(x, 1) - 1),
    ]
    return buying + staying + either, np.array(slopes)


def fit_rhythm(past: Histories) -> Rhythm | None:
    """Fit BG/NBD to customers, one history each; None where too few came back, or no penalty leads to an end."""
    if (past.repeats > 0).sum() < FEWEST_CUSTOMERS:
        return None
    different, counts = np.unique(np.column_stack([past.repeats, past.last_weeks, past.age_weeks]), axis=0, return_counts=True)
    unique = Histories(*different.T)
    for penalty in PENALTIES:
        found = minimize(
            _Problem(unique, counts, penalty), np.zeros(4), jac=True, method="L-BFGS-B", bounds=[(-LARGEST, LARGEST)] * 4,
            options={"gtol": 1e-8, "ftol": 1e-13},
        )
        if found.success and np.abs(found.x).max() < LARGEST:
            return Rhythm(*np.exp(found.x).tolist())
    return None
