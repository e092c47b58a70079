"""What customers spend when they buy: the Gamma-Gamma model.

Fader, Hardie and Lee (2005), "RFM and CLV", Journal of Marketing Research 42(4): amounts vary about each customer's own mean,
Gamma(p, his rate), and the rates over all are Gamma(q, gamma). Whose few amounts are known is pulled towards everyone's mean.
How much and how often are taken to have nothing to do with each other.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import digamma, gammaln

from pipeline.model.inputs import Floats

BOUND = float(np.log(1000.0))
LEAST_Q = 1.5
"""Near 1 the mean amount runs away to infinity, and with it what somebody who came once is said to spend."""
FLAT = 1e-5
FEWEST_WHO_CAME_BACK = 20


@dataclass(frozen=True)
class Spending:
    """The three numbers of Gamma-Gamma; `gamma` is in the unit of the amounts."""

    p: float
    q: float
    gamma: float

    @property
    def usual(self) -> float:
        """Return the mean amount of a customer of whom nothing is known.

        >>> round(Spending(p=6.25, q=3.74, gamma=15.45).usual, 2)
        35.24
        """
        return self.p * self.gamma / (self.q - 1)

    def expected(self, purchases: Floats, average: Floats) -> Floats:
        """Return the mean amount of customers of whom so many purchases of such an average are known.

        >>> Spending(p=6.25, q=3.74, gamma=15.45).expected(np.array([2.0]), np.array([22.35])).round(2)  # 24.66 unrounded
        array([24.67])
        """
        return np.asarray(self.p * (self.gamma + average * purchases) / (self.p * purchases + self.q - 1))


def fit_spending(purchases: Floats, average: Floats) -> Spending | None:
    """Fit Gamma-Gamma to customers' numbers of purchases and their average amounts, above 0.

    None where hardly anybody came back, or where the search does not end: all spend alike, say.
    """
    bought = (purchases > 0) & (average > 0)
    if bought.sum() < FEWEST_WHO_CAME_BACK:
        return None
    unit = float(average[bought].mean())
    different, counts = np.unique(
        np.column_stack([purchases[bought], average[bought] / unit]), axis=0, return_counts=True
    )
    x, amounts = different.T
    shares = counts / counts.sum()

    def loss(logs: Floats) -> tuple[float, Floats]:
        one = Spending(*np.exp(logs).tolist())
        likelier = (slopes(one, x, amounts) * shares).sum(axis=1) * np.exp(logs)
        return float(-(log_likelihoods(one, x, amounts) * shares).sum()), -likelier

    bounds = [(-BOUND, BOUND), (float(np.log(LEAST_Q)), BOUND), (-BOUND, BOUND)]
    options = {"gtol": 1e-8, "ftol": 1e-13}
    found = minimize(loss, np.array([0.0, 1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    at_least_q = found.x[1] == bounds[1][0]
    slope = np.delete(found.jac, 1) if at_least_q else found.jac
    # A search that could not get any flatter says that it failed, and has found what there was to find.
    if np.abs(slope).max() > FLAT or np.abs(found.x).max() >= BOUND:
        return None
    p, q, gamma = np.exp(found.x).tolist()
    return Spending(p, q, gamma * unit)


def log_likelihoods(spending: Spending, purchases: Floats, average: Floats) -> Floats:
    """Return the log-likelihood of each customer's average amount."""
    p, q, gamma = spending.p, spending.q, spending.gamma
    shape = p * purchases
    ways = gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(gamma)
    amounts = (shape - 1) * np.log(average) + shape * np.log(purchases)
    return np.asarray(ways + amounts - (shape + q) * np.log(gamma + average * purchases))


def slopes(spending: Spending, purchases: Floats, average: Floats) -> Floats:
    """Return (3, customers): the derivatives of the log-likelihoods in p, q and gamma."""
    p, q, gamma = spending.p, spending.q, spending.gamma
    shape, scale = p * purchases, gamma + average * purchases
    both = digamma(shape + q) - np.log(scale)
    return np.array(
        [
            purchases * (both - digamma(shape) + np.log(average) + np.log(purchases)),
            both - digamma(q) + np.log(gamma),
            q / gamma - (shape + q) / scale,
        ]
    )
