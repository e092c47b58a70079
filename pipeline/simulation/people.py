"""Who the customers of the made-up business are: drawn once, never changing, and mostly hidden from its tables."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.simulation import business
from pipeline.simulation.business import ACTIONS, PLANS

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Words = npt.NDArray[np.str_]


@dataclass(frozen=True)
class People:
    """Traits of a block of customers, one value each.

    `joined` is in weeks from the first day, negative for who was there before. `keenness` is use against the usual;
    `usage` and `orders` are what they do in a week when nothing is wrong, `basket` what they spend at a time against the
    usual. `frailty` and the sensitivities are hidden. `response` is what each action does to the log-hazard of each:
    above zero it drives the customer away.
    """

    joined: Floats
    region: Whole
    acquired_by: Whole
    plan: Whole
    yearly: Flags
    method: Whole
    permission: Flags
    channel: Whole
    keenness: Floats
    usage: Floats
    orders: Floats
    basket: Floats
    favourite: Whole
    frailty: Floats
    price_sensitivity: Floats
    service_sensitivity: Floats
    poor_start: Flags
    card_expires: Floats
    response: Floats

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.joined)


def draw_people(chance: np.random.Generator, size: int, weeks: int, uses_per_week: float) -> People:
    """Draw a block of customers."""
    price, service = (np.exp(chance.normal(-0.06, 0.35, size)) for _ in range(2))
    keenness = np.exp(chance.normal(0, 0.6, size))
    return People(
        joined=_joined(chance, size, weeks),
        region=chance.integers(len(business.REGIONS), size=size),
        acquired_by=chance.choice(len(business.ACQUIRED_BY), size, p=business.ACQUIRED_SHARES),
        plan=chance.choice(len(PLANS), size, p=[plan.share for plan in PLANS]),
        yearly=chance.random(size) < business.YEARLY_SHARE,
        method=chance.choice(len(business.METHODS), size, p=business.METHOD_SHARES),
        permission=chance.random(size) < business.PERMISSION_SHARE,
        channel=chance.choice(len(business.CHANNELS), size, p=business.CHANNEL_SHARES),
        keenness=keenness,
        usage=uses_per_week * keenness,
        orders=0.2 * keenness**0.5 * np.exp(chance.normal(0, 0.5, size)),
        basket=np.exp(chance.normal(0, 0.4, size)),
        favourite=chance.integers(len(business.CATEGORIES), size=size),
        frailty=chance.normal(0, 0.3, size),
        price_sensitivity=price,
        service_sensitivity=service,
        poor_start=chance.random(size) < 0.3,
        card_expires=chance.uniform(0, 2 * business.YEAR_WEEKS, size),
        response=_response(chance, price, service),
    )


def _joined(chance: np.random.Generator, size: int, weeks: int) -> Floats:
    scale, oldest = business.OLD_TENURE_WEEKS, 4 * business.YEAR_WEEKS
    before = scale * np.log(1 - chance.random(size) * (1 - np.exp(-oldest / scale)))
    within = chance.uniform(0, weeks, size)
    return np.where(chance.random(size) < business.OLD_CUSTOMER_SHARE, before, within)


def _response(chance: np.random.Generator, price: Floats, service: Floats) -> Floats:
    """Draw what each action does to each customer: who feels prices answers to vouchers, who feels service to a call."""
    typical = np.array([action.log_hazard for action in ACTIONS])[:, None]
    felt = np.stack([price**2, service**2, np.ones(len(price))])
    return np.asarray(typical * felt + chance.normal(0, 0.15, felt.shape))
