"""Whom to contact under a budget and a number of places: the best set, or one within a bound of it that is printed.

The best set solves a knapsack problem with a limit on the number of items. A price of money (a Lagrange multiplier)
makes it easy: at any price, the best `places` customers by net value less price times cost give an upper bound, and at
the lowest price where their cost fits the budget they are a set to start from, which filling and swapping improve.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.profit import Flags, Floats

# Costs are compared in whole millionths, so that sums are exact and equal in any order.
MILLIONTHS = 1_000_000
_HALVINGS = 60
_NEAR_THE_CUT = 200

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Candidates:
    """Customers worth contacting, sorted by lot, which breaks ties: what each brings, and costs in millionths."""

    net_value: Floats
    cost: Integers

    def reduced(self, money_price: float) -> Floats:
        """Return net values less what their money costs at a price."""
        return self.net_value - money_price * (self.cost / MILLIONTHS)


@dataclass(frozen=True)
class Limits:
    """The money, in millionths, and the places that a list may use."""

    money: int
    places: int


@dataclass(frozen=True)
class Choice:
    """The chosen, a total net value that no set exceeds, and the prices that make the cut.

    Who brings more than `money_price` times his cost plus `place_price` is above the cut; that can be asked of
    customers that did not compete as well, such as controls. `full`: every place is taken.
    """

    chosen: Flags
    upper_bound: float
    money_price: float
    place_price: float
    full: bool

    def above_cut(self, others: Candidates) -> Flags:
        """Return who of some other customers would have been above the cut."""
        reduced = others.reduced(self.money_price)
        return np.asarray((reduced > 0) & (reduced >= self.place_price), dtype=np.bool_)


def choose(candidates: Candidates, limits: Limits) -> Choice:
    """Choose the candidates with the highest total net value whose costs and number fit the limits.

    Exact where the budget does not bind or all costs are equal; else within `upper_bound`. Every candidate left out of
    a list that is not full costs more than what is left of the money.
    """
    places = min(limits.places, _payable(candidates.cost, limits.money))
    best = _best(candidates.net_value, places)
    if _cost(candidates, best) <= limits.money:
        bound, place_price = math.fsum(candidates.net_value[best]), _place_price(candidates.net_value, places)
        chosen = _flags(best, candidates.net_value)
        return Choice(chosen, bound, money_price=0.0, place_price=place_price, full=len(best) >= limits.places)
    return _bounded(candidates, limits)


def _payable(cost: Integers, money: int) -> int:
    """Return how many candidates the money pays for where all cost the same, else all of them."""
    if len(cost) and cost.min() == cost.max() > 0:
        return min(len(cost), money // int(cost[0]))
    return len(cost)


def _bounded(candidates: Candidates, limits: Limits) -> Choice:
    low, high = _money_prices(candidates, limits)
    reduced = candidates.reduced(high)
    filled = _filled(candidates, _flags(_best(reduced, limits.places), reduced), reduced, limits)
    chosen = _filled(candidates, _swapped(candidates, filled, reduced, limits), reduced, limits)
    bound = min(_bound(candidates, price, limits) for price in (low, high))
    return Choice(chosen, bound, high, _place_price(reduced, limits.places), full=int(chosen.sum()) >= limits.places)


def _best(reduced: Floats, places: int) -> Integers:
    """Return who has the highest reduced values above zero; of equals at the cut the earlier, that is the lower lot."""
    worth = np.flatnonzero(reduced > 0)
    if len(worth) <= places:
        return worth
    if places == 0:
        return worth[:0]
    amounts = reduced[worth]
    cut = np.partition(amounts, len(worth) - places)[len(worth) - places]
    above, equal = worth[amounts > cut], worth[amounts == cut]
    return np.sort(np.concatenate([above, equal[: places - len(above)]]))


def _money_prices(candidates: Candidates, limits: Limits) -> tuple[float, float]:
    """Return two neighbouring prices: at the lower the best set is too dear, at the higher it fits the budget."""
    costly = candidates.cost > 0
    low, high = 0.0, float(np.max(candidates.net_value[costly] / candidates.cost[costly])) * MILLIONTHS * 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        fits = _cost(candidates, _best(candidates.reduced(middle), limits.places)) <= limits.money
        low, high = (low, middle) if fits else (middle, high)
    return low, high


def _bound(candidates: Candidates, money_price: float, limits: Limits) -> float:
    reduced = candidates.reduced(money_price)
    return money_price * limits.money / MILLIONTHS + math.fsum(reduced[_best(reduced, limits.places)])


def _filled(candidates: Candidates, chosen: Flags, reduced: Floats, limits: Limits) -> Flags:
    """Add, best first, whoever still fits."""
    filled = chosen.copy()
    left, free = limits.money - _cost(candidates, chosen), limits.places - int(chosen.sum())
    fitting = np.flatnonzero(~chosen & (candidates.cost <= left))
    for place in fitting[np.argsort(-reduced[fitting], kind="stable")].tolist():
        if free > 0 and candidates.cost[place] <= left:
            filled[place] = True
            left, free = left - int(candidates.cost[place]), free - 1
    return filled


def _swapped(candidates: Candidates, chosen: Flags, reduced: Floats, limits: Limits) -> Flags:
    """Exchange one of the chosen for a better one that the money left over pays for, the best exchange first."""
    swapped = chosen.copy()
    inside = _nearest(np.flatnonzero(chosen), reduced)
    outside = _nearest(np.flatnonzero(~chosen), -reduced)
    left = limits.money - _cost(candidates, chosen)
    while len(inside) and len(outside):
        gain = candidates.net_value[outside] - candidates.net_value[inside, None]
        extra = candidates.cost[outside] - candidates.cost[inside, None]
        out, new = np.unravel_index(np.argmax(np.where(extra <= left, gain, 0.0)), gain.shape)
        if extra[out, new] > left or not gain[out, new] > 0:
            break
        left -= int(extra[out, new])
        inside[out], outside[new] = outside[new], inside[out]
        swapped[[inside[out], outside[new]]] = True, False
    return swapped


def _nearest(places: Integers, distance: Floats) -> Integers:
    return places[np.argsort(distance[places], kind="stable")[:_NEAR_THE_CUT]]


def _place_price(reduced: Floats, places: int) -> float:
    """Return the reduced value of the last one on the list, zero where nobody waits for a place."""
    waiting = np.sort(reduced[reduced > 0])[::-1]
    if len(waiting) <= places:
        return 0.0
    return float(waiting[max(places - 1, 0)])


def _cost(candidates: Candidates, chosen: Integers | Flags) -> int:
    return int(candidates.cost[chosen].sum())


def _flags(places: Integers, like: Floats) -> Flags:
    flags = np.zeros(len(like), dtype=np.bool_)
    flags[places] = True
    return flags
