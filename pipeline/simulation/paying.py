"""Collecting money: bills, cards that expire, and attempts that fail until they succeed or the company gives up."""

import numpy as np

from pipeline.simulation import business
from pipeline.simulation.business import MONTH_WEEKS, YEAR_WEEKS
from pipeline.simulation.causes import FAILED_PAYMENTS
from pipeline.simulation.life import Life
from pipeline.simulation.membership import made_to_leave
from pipeline.simulation.people import Flags, Floats, Whole

GIVES_UP_AFTER = 4
"""The company ends a subscription after so many failed attempts, a week apart."""

_CARD = business.METHODS.index("card")
_NEW_CARD_WEEKS = 2 * YEAR_WEEKS
_FAILS = 0.03
_EXPIRED_FAILS = 0.35
_RETRY_FAILS, _EXPIRED_RETRY_FAILS = 0.5, 0.75
_DAY = 1 / 7


def collect(life: Life) -> None:
    """Attempt to collect what is due this week, and end what has failed for good."""
    who = np.flatnonzero(life.active & (life.next_bill < life.week + 1) & (life.next_bill < life.until))
    at = life.next_bill[who]
    fails = _fails(life, who, at)
    _record(life, who, at, fails)
    _settle(life, who[~fails], at[~fails])
    life.attempts[who[fails]] += 1
    life.next_bill[who[fails]] = at[fails] + 1
    life.struck(FAILED_PAYMENTS, who[fails])
    given_up = who[fails & (life.attempts[who] >= GIVES_UP_AFTER)]
    # Who had decided to leave later this week is too late: the company ends it first.
    given_up = given_up[life.until[given_up] == life.week + 1]
    life.until[given_up] = np.minimum(life.next_bill[given_up] - 1 + _DAY, life.week + 0.999)
    made_to_leave(life, given_up)


def _fails(life: Life, who: Whole, at: Floats) -> Flags:
    is_expired = (life.people.method[who] == _CARD) & (life.card_expires[who] <= at)
    again = life.attempts[who] > 0
    likely = np.where(
        again, np.where(is_expired, _EXPIRED_RETRY_FAILS, _RETRY_FAILS), np.where(is_expired, _EXPIRED_FAILS, _FAILS)
    )
    return np.asarray(life.chance.random(len(who)) < likely)


def _settle(life: Life, who: Whole, at: Floats) -> None:
    """Move the next bill on by a period from when this one was due, and let a new card be known."""
    life.next_bill[who] = at - life.attempts[who] + np.where(life.people.yearly[who], YEAR_WEEKS, MONTH_WEEKS)
    life.attempts[who] = 0
    old = who[life.card_expires[who] <= at]
    life.card_expires[old] = life.week + _NEW_CARD_WEEKS


def _record(life: Life, who: Whole, at: Floats, fails: Flags) -> None:
    is_card = life.people.method[who] == _CARD
    life.log.add(
        "payments",
        who=who,
        at=at,
        status=np.where(fails, "failed", "paid"),
        amount=life.price[who],
        method=life.people.method[who],
        card_expires=np.where(is_card, life.card_expires[who], np.inf),
    )
