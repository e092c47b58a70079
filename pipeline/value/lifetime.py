"""How long subscribers stay, by how long they have stayed: the shifted-beta-geometric model (sBG).

Fader and Hardie (2007), "How to Project Customer Retention", Journal of Interactive Marketing 21(1). Each subscriber leaves
after a period with his own chance, Beta(alpha, beta) over all. The sure leavers go first, so those who are left stay ever
more surely although nobody changes.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import betaln

Floats = npt.NDArray[np.float64]
Wholes = npt.NDArray[np.int64]

BOUND = float(np.log(10_000.0))


@dataclass(frozen=True)
class Lifetime:
    """The two numbers of sBG; periods are counted from 1, the one after somebody became a subscriber."""

    alpha: float
    beta: float

    def leaving(self, period: Floats) -> Floats:
        """Return the chance that who is there in a period leaves at its end.

        >>> Lifetime(alpha=0.668, beta=3.806).leaving(np.array([1.0, 2.0, 7.0])).round(3)
        array([0.149, 0.122, 0.064])
        """
        return np.asarray(self.alpha / (self.alpha + self.beta + period - 1))

    def survival(self, periods: Floats) -> Floats:
        """Return the share that is still there after so many periods.

        >>> Lifetime(alpha=0.668, beta=3.806).survival(np.array([0.0, 1.0, 8.0])).round(3)
        array([1.   , 0.851, 0.46 ])
        """
        return np.asarray(np.exp(betaln(self.alpha, self.beta + periods) - betaln(self.alpha, self.beta)))

    def still_there(self, period: Floats, later: npt.NDArray[np.int64]) -> Floats:
        """Return the chance that who stays at the end of a period is there so many periods later.

        >>> Lifetime(alpha=0.668, beta=3.806).still_there(np.array([1.0]), np.array([0, 1, 2, 3])).round(3)
        array([1.   , 1.   , 0.878, 0.787])
        """
        return np.asarray(self.survival(period + np.maximum(later - 1, 0)) / self.survival(period))


def fit_lifetime(period: Floats, left: Floats) -> Lifetime | None:
    """Fit sBG to who was there in which period and whether he left at its end; None where nobody left, or nobody stayed.

    Rows may come from any periods of any subscribers: those who were not watched from the start count too.
    """
    periods, place = np.unique(period, return_inverse=True)
    leavers, stayers = (np.bincount(place, weights).astype(float) for weights in (left, 1 - left))
    return _fitted(periods, leavers, stayers)


def fit_lifetime_to_watched(first: Wholes, stayed: Wholes, left: npt.NDArray[np.bool_]) -> Lifetime | None:
    """Fit sBG to subscribers, one a row: as above, to the same numbers, from far fewer rows.

    Of each: the first period he was watched in, the last one he stayed in, and whether he left at the end of the next.

    >>> fit_lifetime_to_watched(np.array([1, 1, 4]), np.array([0, 3, 6]), np.array([True, False, True])) == fit_lifetime(
    ...     np.array([1.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]), np.array([1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0])
    ... )
    True
    """
    size = int(stayed.max(initial=0)) + 2
    seen = stayed >= first
    begun, over = np.bincount(first[seen], minlength=size), np.bincount(stayed[seen] + 1, minlength=size)
    leaves = stayed[left & (stayed + 1 >= first)] + 1
    return _fitted(
        np.arange(1.0, size),
        np.bincount(leaves, minlength=size)[1:].astype(float),
        np.cumsum(begun - over)[1:].astype(float),
    )


def _fitted(periods: Floats, left: Floats, stayed: Floats) -> Lifetime | None:
    """Fit sBG to how many left, and how many stayed, at the end of each period."""
    everybody = left.sum() + stayed.sum()
    if not left.sum() or not stayed.sum():
        return None
    leavers, stayers = left / everybody, stayed / everybody

    def loss(logs: Floats) -> tuple[float, Floats]:
        alpha, beta = np.exp(logs)
        stays = beta + periods - 1
        # leaving with alpha / (alpha + stays), staying with stays / (alpha + stays)
        likely = leavers * np.log(alpha / (alpha + stays)) + stayers * np.log(stays / (alpha + stays))
        both = (leavers + stayers) / (alpha + stays)
        slopes = np.array([(leavers / alpha - both).sum() * alpha, (stayers / stays - both).sum() * beta])
        return float(-likely.sum()), -slopes

    options = {"gtol": 1e-10, "ftol": 1e-15}
    found = minimize(loss, np.zeros(2), jac=True, method="L-BFGS-B", bounds=[(-BOUND, BOUND)] * 2, options=options)
    alpha, beta = np.exp(found.x).tolist()
    return Lifetime(alpha, beta)
