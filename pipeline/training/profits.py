"""What a whole ranking is worth to a campaign: the maximum profit (MPC) and the expected one (EMPC), per customer.

Verbraken, Verbeke and Baesens (2013). Only corners of the concave hull of the cuts are ever the best cut, at any save rate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from scipy.special import betainc

from pipeline.model.inputs import Floats
from pipeline.training.metrics import Ranking, Weights, means


@dataclass(frozen=True)
class Economics:
    """One campaign's money for judging a ranking: one value for all, and a Beta belief about the save rate.

    The defaults are the published ones: a mean save rate of 0.3, and every loyal customer who is contacted takes the offer.
    """

    customer_value: float = 200.0
    offer_cost: float = 10.0
    contact_cost: float = 1.0
    save_alpha: float = 6.0
    save_beta: float = 14.0

    @property
    def save_rate(self) -> float:
        """Return the mean save rate."""
        return self.save_alpha / (self.save_alpha + self.save_beta)

    @property
    def gain(self) -> float:
        """Return what a saved leaver brings, before the contact is paid."""
        return self.customer_value - self.offer_cost

    @property
    def loss(self) -> float:
        """Return what contacting a stayer costs."""
        return self.offer_cost + self.contact_cost


@dataclass(frozen=True)
class RankingProfit:
    """Profit per customer of contacting the best share of a ranking, and that share."""

    value: float
    contacted_share: float


Hull = tuple[Floats, Floats]
"""Leavers and stayers contacted, as shares of all customers, at the corners from nobody to everybody."""


def maximum_profits(hulls: Sequence[Hull], economics: Economics) -> Floats:
    """Return the MPC of each replicate."""
    return np.array([_best(*hull, economics).value for hull in hulls])


def expected_maximum_profits(hulls: Sequence[Hull], economics: Economics) -> Floats:
    """Return the EMPC of each replicate."""
    return np.array([_expected(*hull, economics).value for hull in hulls])


def hulls(ranking: Ranking, weights: Weights) -> list[Hull]:
    """Return the hull of each replicate: what profits are read from."""
    drawn, customers, churned, ends = ranking.counted(weights)
    return [_hull(times, customers, churned, ends) for times in drawn]


def hulls_of_all_alike(churned: Floats, weights: Weights) -> list[Hull]:
    """Return the hull of each replicate where every score is the same: nobody, or everybody."""
    left = means(churned, weights)
    return [(np.array([0.0, share]), np.array([0.0, 1 - share])) for share in left]


def maximum_profit(churned: Floats, score: Floats, economics: Economics) -> RankingProfit:
    """Return the MPC: the profit per customer at the best cut, at the mean save rate. Equal scores are never cut apart.

    >>> maximum_profit(np.array([0.0, 0.0, 1.0, 0.0]), np.array([0.34, 0.44, 0.67, 0.83]), Economics())
    RankingProfit(value=11.25, contacted_share=0.5)
    """
    return _best(*_one_hull(churned, score), economics)


def expected_maximum_profit(churned: Floats, score: Floats, economics: Economics) -> RankingProfit:
    """Return the EMPC: the best cut's profit per customer, averaged over the belief about the save rate; closed form.

    Between two neighbouring switch rates one corner of the hull is best, so the integral is a sum of incomplete betas. It is
    no zero for a useless ranking: at high save rates contacting everyone pays.

    >>> profit = expected_maximum_profit((np.arange(1000) < 157).astype(float), np.zeros(1000), Economics())
    >>> round(profit.value, 6), round(profit.contacted_share, 4)
    (0.987243, 0.4132)
    """
    return _expected(*_one_hull(churned, score), economics)


def profit_at(leavers: Floats, stayers: Floats, economics: Economics) -> Floats:
    """Return the profit per customer of contacting these shares of all customers, at the mean save rate."""
    return (economics.gain * economics.save_rate - economics.contact_cost) * leavers - economics.loss * stayers


def _one_hull(churned: Floats, score: Floats) -> Hull:
    return hulls(Ranking.of(churned, score), Weights.once(len(churned)))[0]


def _best(leavers: Floats, stayers: Floats, economics: Economics) -> RankingProfit:
    profit = profit_at(leavers, stayers, economics)
    best = int(np.argmax(profit))
    return RankingProfit(float(profit[best]), float(leavers[best] + stayers[best]))


def _expected(leavers: Floats, stayers: Floats, economics: Economics) -> RankingProfit:
    alpha, beta = economics.save_alpha, economics.save_beta
    switch = np.concatenate([[0.0], _switch_rates(leavers, stayers, economics), [1.0]])
    chance = np.diff(betainc(alpha, beta, switch))
    saved = economics.save_rate * np.diff(betainc(alpha + 1, beta, switch))
    costs = (economics.contact_cost * leavers + economics.loss * stayers) * chance
    value = float(np.sum(economics.gain * leavers * saved - costs))
    return RankingProfit(value, float(np.sum((leavers + stayers) * chance)))


def _switch_rates(leavers: Floats, stayers: Floats, economics: Economics) -> Floats:
    """Return the save rate at which each corner of the hull begins to beat the one before it."""
    more_leavers, more_stayers = np.diff(leavers), np.diff(stayers)
    pays = (more_leavers > 0) & (economics.gain > 0)
    costs = economics.loss * more_stayers + economics.contact_cost * more_leavers
    rates = costs / np.where(pays, economics.gain * more_leavers, 1.0)
    return np.clip(np.where(pays, rates, 1.0), 0.0, 1.0)


@njit(cache=True)
def _hull(times: Any, customers: Any, churned: Any, ends: Any) -> Any:
    """Return leavers and stayers contacted, as shares of all customers, at the corners from nobody to everybody."""
    leavers, stayers = np.zeros(len(ends) + 1), np.zeros(len(ends) + 1)
    corner, row, left, stayed = 0, 0, 0.0, 0.0
    for end in ends:
        while row < end:
            left += times[customers[row]] * churned[row]
            stayed += times[customers[row]] * (1 - churned[row])
            row += 1
        while corner > 0:
            before = (leavers[corner] - leavers[corner - 1]) * (stayed - stayers[corner])
            after = (left - leavers[corner]) * (stayers[corner] - stayers[corner - 1])
            if before > after:
                break
            corner -= 1
        corner += 1
        leavers[corner], stayers[corner] = left, stayed
    size = left + stayed
    return leavers[: corner + 1] / size, stayers[: corner + 1] / size
