"""What contacting is worth: per customer under an offer, and for a whole ranking (MPC and EMPC)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import betainc

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Offer:
    """What is assumed of an action: the share of leavers it keeps, of stayers who take it too, and its two costs."""

    save_rate: float
    redemption_share: float
    offer_cost: float
    contact_cost: float


def net_value(probability: Floats, value: Floats, offer: Offer) -> Floats:
    """Return what contacting each customer brings, all costs paid, in the currency of the value.

    Of would-be leavers the saved share brings the value less the offer; of stayers some take the offer for nothing.

    >>> offer = Offer(save_rate=0.3, redemption_share=1, offer_cost=10, contact_cost=1)
    >>> net_value(np.array([0.1, 0.2, 0.5]), np.array([200.0, 200.0, 10.0]), offer)
    array([-4.3,  2.4, -6. ])
    """
    saved = probability * offer.save_rate * (value - offer.offer_cost)
    given_away = (1 - probability) * offer.redemption_share * offer.offer_cost
    return saved - given_away - offer.contact_cost


def break_even_probability(value: Floats, offer: Offer) -> Floats:
    """Return the churn probability from which on contacting pays; infinite where it cannot pay at any.

    >>> offer = Offer(save_rate=0.3, redemption_share=1, offer_cost=10, contact_cost=1)
    >>> break_even_probability(np.array([200.0, -30.0]), offer).round(6)
    array([0.164179,      inf])
    """
    given_away = offer.redemption_share * offer.offer_cost
    gain_per_probability = offer.save_rate * (value - offer.offer_cost) + given_away
    pays = gain_per_probability > 0
    return np.where(pays, (given_away + offer.contact_cost) / np.where(pays, gain_per_probability, 1.0), np.inf)


def expected_cost(probability: Floats, offer: Offer) -> Floats:
    """Return what contacting each customer is expected to cost: the contact, and the offer where it is taken.

    >>> expected_cost(np.array([0.5]), Offer(save_rate=0.3, redemption_share=1, offer_cost=10, contact_cost=1))
    array([7.5])
    """
    taken = probability * offer.save_rate + (1 - probability) * offer.redemption_share
    return offer.contact_cost + offer.offer_cost * taken


@dataclass(frozen=True)
class Economics:
    """One campaign's money for judging a ranking: one value for all, and a Beta belief about the save rate.

    The defaults are the published ones (Verbraken, Verbeke and Baesens 2013): a mean save rate of 0.3.
    """

    customer_value: float = 200.0
    offer_cost: float = 10.0
    contact_cost: float = 1.0
    save_alpha: float = 6.0
    save_beta: float = 14.0


@dataclass(frozen=True)
class RankingProfit:
    """Profit per customer of contacting the best share of a ranking, and that share."""

    value: float
    contacted_share: float


def maximum_profit(churned: Flags, score: Floats, economics: Economics) -> RankingProfit:
    """Return the MPC: the profit per customer at the best cut, at the mean save rate. Equal scores are never cut apart.

    >>> maximum_profit(np.array([False, False, True, False]), np.array([0.34, 0.44, 0.67, 0.83]), Economics())
    RankingProfit(value=11.25, contacted_share=0.5)
    """
    leavers, stayers = _shares_found(churned, score)
    gain, loss, contact = _money(economics)
    mean_rate = economics.save_alpha / (economics.save_alpha + economics.save_beta)
    profit = (gain * mean_rate - contact) * leavers - loss * stayers
    best = int(np.argmax(profit))
    return RankingProfit(float(profit[best]), float(leavers[best] + stayers[best]))


def expected_maximum_profit(churned: Flags, score: Floats, economics: Economics) -> RankingProfit:
    """Return the EMPC: the best cut's profit per customer, averaged over the belief about the save rate; closed form.

    Between two neighbouring switch rates one corner of the ROC hull is best, so the integral is a sum of incomplete
    betas. It is no zero for a useless ranking: at high save rates contacting everyone pays.

    >>> profit = expected_maximum_profit(np.arange(1000) < 157, np.zeros(1000), Economics())
    >>> round(profit.value, 6), round(profit.contacted_share, 4)
    (0.987243, 0.4132)
    """
    leavers, stayers = _hull(*_shares_found(churned, score))
    gain, loss, contact = _money(economics)
    alpha, beta = economics.save_alpha, economics.save_beta
    switch = np.concatenate([[0.0], _switch_rates(leavers, stayers, economics), [1.0]])
    chance = np.diff(betainc(alpha, beta, switch))
    saved = alpha / (alpha + beta) * np.diff(betainc(alpha + 1, beta, switch))
    profit = gain * leavers * saved - (contact * leavers + loss * stayers) * chance
    return RankingProfit(float(np.sum(profit)), float(np.sum((leavers + stayers) * chance)))


def _money(economics: Economics) -> tuple[float, float, float]:
    """Return the gain per saved leaver, the loss per contacted stayer, and the cost of a contact."""
    loss = economics.offer_cost + economics.contact_cost
    return economics.customer_value - economics.offer_cost, loss, economics.contact_cost


def _shares_found(churned: Flags, score: Floats) -> tuple[Floats, Floats]:
    """Return, cut by cut from nobody to everybody, leavers and stayers contacted as shares of all customers."""
    order = np.argsort(-score, kind="stable")
    ranked, flags = score[order], churned[order]
    last_of_equals = np.flatnonzero(np.append(np.diff(ranked) != 0, True))
    leavers = np.cumsum(flags)[last_of_equals] / len(score)
    stayers = np.cumsum(~flags)[last_of_equals] / len(score)
    return np.insert(leavers, 0, 0.0), np.insert(stayers, 0, 0.0)


def _hull(leavers: Floats, stayers: Floats) -> tuple[Floats, Floats]:
    """Return the corners of the concave hull of the cuts: no other cut is ever the best one."""
    corners: list[tuple[float, float]] = []
    for cut in zip(leavers.tolist(), stayers.tolist(), strict=True):
        while len(corners) > 1 and not _bends_right(corners[-2], corners[-1], cut):
            corners.pop()
        corners.append(cut)
    hull = np.array(corners)
    return hull[:, 0], hull[:, 1]


def _bends_right(start: tuple[float, float], middle: tuple[float, float], end: tuple[float, float]) -> bool:
    before = (middle[0] - start[0]) * (end[1] - middle[1])
    after = (end[0] - middle[0]) * (middle[1] - start[1])
    return before > after


def _switch_rates(leavers: Floats, stayers: Floats, economics: Economics) -> Floats:
    """Return the save rate at which each corner of the hull begins to beat the one before it."""
    gain, loss, contact = _money(economics)
    more_leavers, more_stayers = np.diff(leavers), np.diff(stayers)
    pays = (more_leavers > 0) & (gain > 0)
    rates = (loss * more_stayers + contact * more_leavers) / np.where(pays, gain * more_leavers, 1.0)
    return np.clip(np.where(pays, rates, 1.0), 0.0, 1.0)
