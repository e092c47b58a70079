"""Use and purchases: as often as a customer's habit of the moment has it."""

import numpy as np

from pipeline.simulation import business
from pipeline.simulation.causes import DECLINING_USAGE
from pipeline.simulation.hazard import low
from pipeline.simulation.life import Life
from pipeline.simulation.people import Floats, Whole

_FIRST_MONTH_WEEKS, _POOR_USE = 4.5, 0.2
_RECOVERY_SHARE = 0.06
_CATEGORY_LOYALTY = 0.6
_USUAL_CENTS, _LINE_SPREAD, _LINES = 2200, 0.5, (0.55, 0.3, 0.15)
_PRODUCTS = 40
_OFFER_SHARE, _OFFER_CUT = 0.15, 0.2
_RETURN_SHARE, _RETURN_WEEKS = 0.03, (0.5, 2.5)


def habits(life: Life) -> Floats:
    """Return the use of each customer this week as a multiple of his usual: less in a poor first month, or in decline."""
    is_poor = life.people.poor_start & (life.since == life.people.joined)
    in_first_month = life.week - life.since < _FIRST_MONTH_WEEKS
    there = np.where(life.active, life.until - life.begins, 0)
    return np.asarray(there * life.engagement * np.where(is_poor & in_first_month, _POOR_USE, 1))


def drift(life: Life) -> None:
    """Let some lose the habit, and some find it again."""
    who = life.there(DECLINING_USAGE.weekly_share * (life.engagement_goal == 1))
    again = life.there(_RECOVERY_SHARE * (life.engagement_goal < 1))
    life.engagement_goal[who] = low(len(who))
    life.engagement_goal[again] = 1
    life.log.add("strikes", who=who, at=life.week + 1.0, cause=DECLINING_USAGE.name)


def use(life: Life, habit: Floats) -> None:
    """Draw this week's use."""
    who, at = _acts(life, life.people.usage * habit)
    life.log.add(
        "usage",
        who=who,
        at=at,
        event=life.chance.choice(len(business.EVENTS), len(who), p=(0.6, 0.2, 0.12, 0.08)),
        quantity=1 + life.chance.poisson(18, len(who)),
        channel=life.chance.integers(len(business.USAGE_CHANNELS), size=len(who)),
    )


def buy(life: Life, habit: Floats) -> None:
    """Draw this week's orders, each of one to three lines, a few of which come back."""
    buyers, moments = _acts(life, life.people.orders * habit)
    line = np.repeat(np.arange(len(buyers)), life.chance.choice(3, len(buyers), p=_LINES) + 1)
    who, at = buyers[line], moments[line]
    price, cut = _prices(life, who)
    rows = {
        "order": life.week * 100_000 + line,
        "category": _categories(life, who),
        "product": life.chance.integers(_PRODUCTS, size=len(who)),
    }
    life.log.add("purchases", who=who, at=at, amount=price - cut, discount=cut, **rows)
    back = at + life.chance.uniform(*_RETURN_WEEKS, len(who))
    returned = (life.chance.random(len(who)) < _RETURN_SHARE) & (back < life.weeks)
    rows = {name: values[returned] for name, values in rows.items()}
    paid = (cut - price)[returned]
    life.log.add("purchases", who=who[returned], at=back[returned], amount=paid, discount=0 * paid, **rows)


def _prices(life: Life, who: Whole) -> tuple[Whole, Whole]:
    """Draw what each line costs and what an offer takes off, in cents."""
    spread = np.exp(life.chance.normal(0, _LINE_SPREAD, len(who)))
    price = np.round(_USUAL_CENTS * life.people.basket[who] * spread)
    cut = np.where(life.chance.random(len(who)) < _OFFER_SHARE, np.round(price * _OFFER_CUT), 0)
    return price.astype(np.int64), cut.astype(np.int64)


def _categories(life: Life, who: Whole) -> Whole:
    likes = life.chance.random(len(who)) < _CATEGORY_LOYALTY
    any_other = life.chance.integers(len(business.CATEGORIES), size=len(who))
    return np.where(likes, life.people.favourite[who], any_other)


def usual_order_cents(basket: Floats) -> Floats:
    """Return what an order is expected to bring, offers and returns taken off."""
    lines = sum(share * (number + 1) for number, share in enumerate(_LINES))
    kept = (1 - _OFFER_SHARE * _OFFER_CUT) * (1 - _RETURN_SHARE)
    return np.asarray(_USUAL_CENTS * basket * np.exp(_LINE_SPREAD**2 / 2) * lines * kept)


def _acts(life: Life, expected: Floats) -> tuple[Whole, Floats]:
    """Draw who acts and when, within the part of the week in which each is a customer."""
    who = np.repeat(np.arange(len(expected)), life.chance.poisson(expected))
    return who, life.begins[who] + life.chance.random(len(who)) * (life.until - life.begins)[who]
