"""Joining, renewing, paying more, changing plan and leaving: the spells of a subscription."""

import numpy as np

from pipeline.simulation import business
from pipeline.simulation.business import PLANS, YEAR_WEEKS
from pipeline.simulation.causes import CAUSE_NAMES, FAILED_PAYMENTS, NO_CAUSE, POOR_FIRST_MONTH, PRICE_RISE
from pipeline.simulation.life import NEVER, Life, price_of
from pipeline.simulation.people import Flags, Floats, Whole, Words

_COMEBACK_WEEKS = 8
_UNREPORTED_SHARE = 0.25
_NEW_TO_PRICES_WEEKS, _BETWEEN_RISES_WEEKS = 12, 30
_LEAST_RISE, _MOST_RISE, _USUAL_RISE = 0.1, 0.3, 0.2
_PLAN_CHANGE_SHARE = 0.002


def arrive(life: Life) -> None:
    """Let those come who join, or come back, this week."""
    who = np.flatnonzero(~life.active & (life.back_at >= life.week) & (life.back_at < life.week + 1))
    at = life.back_at[who]
    life.active[who] = True
    for began in (life.since, life.spell_began, life.begins, life.next_bill):
        began[who] = at
    life.until[who] = life.week + 1
    life.back_at[who] = NEVER
    life.term_end[who] = np.where(life.people.yearly[who], at + YEAR_WEEKS, NEVER)
    life.pressure[:, who], life.soothed[:, who] = 0, 0
    life.engagement[who], life.engagement_goal[who] = 1, 1
    life.attempts[who] = 0
    life.price[who] = price_of(life.plan[who], life.people.yearly[who])
    life.card_expires[who] = np.maximum(life.card_expires[who], at + 8)
    is_new = life.people.joined[who] == at
    life.struck(POOR_FIRST_MONTH, who[life.people.poor_start[who] & is_new])


def decide(life: Life, weekly: Floats) -> None:
    """Draw who leaves of his own will this week, among those who were there at its start."""
    draws = life.chance.random((3, len(weekly)))
    life.leaving = life.active & (draws[0] < 1 - np.exp(-weekly))
    life.until = np.where(life.leaving, life.week + draws[1], life.until)
    comes_back = np.flatnonzero(life.leaving & (draws[2] < business.COMEBACK_SHARE))
    life.back_at[comes_back] = life.until[comes_back] + 2 + life.chance.exponential(_COMEBACK_WEEKS, len(comes_back))


def made_to_leave(life: Life, who: Whole) -> None:
    """End the subscriptions of those whose payments have failed for good."""
    told = life.chance.random(len(who)) >= _UNREPORTED_SHARE
    _end(life, who, "involuntary", told, np.full(len(who), FAILED_PAYMENTS.name))


def part(life: Life) -> None:
    """Write down who leaves this week of his own will, and count nobody who left any more."""
    who = np.flatnonzero(life.leaving)
    # A reason is always told where a payment is open, so that what the tables say of an end is what is true of it.
    told = (life.attempts[who] > 0) | (life.chance.random(len(who)) >= _UNREPORTED_SHARE)
    _end(life, who, "voluntary", told, np.array([*CAUSE_NAMES, NO_CAUSE])[life.main_cause[who]])
    life.active &= life.until == life.week + 1


def renew(life: Life) -> None:
    """Begin the next term of those whose term ends this week while they are still there."""
    who = np.flatnonzero(life.active & (life.term_end < life.week + 1) & (life.term_end < life.until))
    at = life.term_end[who]
    _close(life, who, at, np.full(len(who), "changed"))
    life.spell_began[who] = at
    life.term_end[who] = at + YEAR_WEEKS


def raise_prices(life: Life) -> None:
    """Raise what some pay by the month; a term's price is fixed."""
    since = life.week - life.since > _NEW_TO_PRICES_WEEKS
    open_to_it = since & ~life.people.yearly & (life.week - life.raised_at > _BETWEEN_RISES_WEEKS)
    who = life.there(PRICE_RISE.weekly_share * open_to_it)
    at, rise = life.moments(who), life.chance.uniform(_LEAST_RISE, _MOST_RISE, len(who))
    _close(life, who, at, np.full(len(who), "changed"))
    life.spell_began[who] = at
    life.raised_at[who] = life.week
    life.price[who] = np.round(life.price[who] * (1 + rise) / 10).astype(np.int64) * 10
    life.struck(PRICE_RISE, who, life.people.price_sensitivity[who] * rise / _USUAL_RISE)
    life.log.add("contacts", who=who, at=at, event="sent", campaign="price notice", channel="e-mail")


def change_plans(life: Life) -> None:
    """Let some take a larger or a smaller plan, by the month only and not in a week in which the price rose."""
    who = life.there(_PLAN_CHANGE_SHARE * (~life.people.yearly & (life.raised_at < life.week)))
    step = np.where(life.chance.random(len(who)) < 0.5, 1, -1)
    plan = np.clip(life.plan[who] + step, 0, len(PLANS) - 1)
    who, plan = who[plan != life.plan[who]], plan[plan != life.plan[who]]
    at = life.moments(who)
    _close(life, who, at, np.full(len(who), "changed"))
    life.spell_began[who], life.plan[who] = at, plan
    life.price[who] = price_of(plan, life.people.yearly[who])


def still_running(life: Life) -> None:
    """Write down the spells that have not ended when the data does."""
    who = np.flatnonzero(life.active)
    _close(life, who, np.full(len(who), NEVER), np.full(len(who), ""))


def _end(life: Life, who: Whole, left_as: str, told: Flags, cause: Words) -> None:
    at = life.until[who]
    _close(life, who, at, np.where(told, left_as, ""))
    life.log.add("ends", who=who, at=at, left_as=left_as, cause=cause, reason_told=told)


def _close(life: Life, who: Whole, at: Floats, reason: Words) -> None:
    life.log.add(
        "subscriptions",
        who=who,
        at=life.spell_began[who],
        ended=at,
        end_reason=reason,
        plan=life.plan[who],
        price=life.price[who],
        yearly=life.people.yearly[who],
        term_end=life.term_end[who],
    )
