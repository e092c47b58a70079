"""What contacting a customer is worth under an offer."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

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
    with np.errstate(over="ignore"):  # a gain next to nothing: from infinity on, as it should be
        return np.where(pays, (given_away + offer.contact_cost) / np.where(pays, gain_per_probability, 1.0), np.inf)


def expected_cost(probability: Floats, offer: Offer) -> Floats:
    """Return what contacting each customer is expected to cost: the contact, and the offer where it is taken.

    >>> expected_cost(np.array([0.5]), Offer(save_rate=0.3, redemption_share=1, offer_cost=10, contact_cost=1))
    array([7.5])
    """
    taken = probability * offer.save_rate + (1 - probability) * offer.redemption_share
    return offer.contact_cost + offer.offer_cost * taken
