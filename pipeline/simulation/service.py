"""Tickets, messages and offers, and the answers to surveys."""

import numpy as np

from pipeline.simulation import business
from pipeline.simulation.business import ACTIONS
from pipeline.simulation.causes import BAD_TICKET, COMPETITOR
from pipeline.simulation.life import NEVER, Life
from pipeline.simulation.people import Floats, Whole

_TICKET_SHARE = 0.015
_TICKETS_WHEN_FAILING = 4
_BAD_WEEKS, _GOOD_WEEKS = (1.2, 3.6), (0.02, 0.45)
_BAD_SCORES, _GOOD_SCORES = (1, 3), (3, 6)
_ANSWERED_SHARE = 0.7
_NEWSLETTER_SHARE, _OPENED_SHARE, _CLICKED_SHARE = 0.12, 0.35, 0.25
_OFFER_OPENED_SHARE, _REDEEMED_SHARE = 0.5, 0.25
_SURVEY_SHARE = 0.03
_FIRST_CAMPAIGN_WEEK = 3


def complain(life: Life) -> None:
    """Open tickets: most are settled soon, some slowly and badly."""
    bad = life.there(BAD_TICKET.weekly_share)
    life.struck(BAD_TICKET, bad, life.people.service_sensitivity[bad])
    _tickets(life, bad, _BAD_WEEKS, _BAD_SCORES)
    usual = life.there(np.where(life.attempts > 0, _TICKETS_WHEN_FAILING, 1) * _TICKET_SHARE)
    _tickets(life, usual, _GOOD_WEEKS, _GOOD_SCORES)


def write(life: Life) -> None:
    """Send newsletters, and every few weeks offers to customers drawn at random."""
    _newsletter(life)
    if life.week % business.CAMPAIGN_EVERY_WEEKS == _FIRST_CAMPAIGN_WEEK:
        _campaign(life)


def rival(life: Life) -> None:
    """Let a competitor campaign in the regions drawn for this week; nothing in the tables tells of it."""
    is_there = life.competitor[life.week][life.people.region]
    who = np.flatnonzero(life.active & is_there & (life.until == life.week + 1))
    life.struck(COMPETITOR, who, life.people.price_sensitivity[who])


def ask(life: Life) -> None:
    """Ask some whether they would recommend us, and whether they are content."""
    mood = 1.5 * life.pressure.sum(axis=0) + 1.5 * life.people.frailty
    for survey, most, usual, spread in (("nps", 10, 8.6, 1.5), ("csat", 5, 4.4, 0.8)):
        who = life.there(_SURVEY_SHARE / 2)
        answer = usual - mood[who] * most / 10 + life.chance.normal(0, spread, len(who))
        score = np.clip(np.round(answer), most // 10, most).astype(np.int64)
        life.log.add("surveys", who=who, at=life.moments(who), survey=survey, score=score)


def _tickets(life: Life, who: Whole, weeks: tuple[float, float], scores: tuple[int, int]) -> None:
    at, chance = life.moments(who), life.chance
    closed = at + chance.uniform(*weeks, len(who))
    answered = chance.random(len(who)) < _ANSWERED_SHARE
    is_closed = closed < life.weeks
    life.log.add(
        "tickets",
        who=who,
        at=at,
        closed=np.where(is_closed, closed, NEVER),
        priority=chance.choice(["low", "normal", "high", "urgent"], len(who), p=(0.2, 0.5, 0.2, 0.1)),
        topic=chance.integers(len(business.TOPICS), size=len(who)),
        satisfaction=np.where(answered & is_closed, chance.integers(*scores, size=len(who)), 0),
    )


def _newsletter(life: Life) -> None:
    who = life.there(_NEWSLETTER_SHARE * life.people.permission)
    at = life.moments(who)
    _sent(life, who, at, "newsletter", business.CHANNELS[0])
    opens = life.chance.random(len(who)) < _OPENED_SHARE * life.engagement[who]
    _followed(life, who[opens], at[opens], "opened", "newsletter")
    clicks = life.chance.random(len(who)) < _CLICKED_SHARE
    _followed(life, who[opens & clicks], at[opens & clicks], "clicked", "newsletter")


def _campaign(life: Life) -> None:
    who = life.there(business.CAMPAIGN_SHARE * life.people.permission)
    drawn, at = life.chance.integers(len(ACTIONS), size=len(who)), life.moments(who)
    for number, action in enumerate(ACTIONS):
        mine = drawn == number
        name = f"{action.name} {life.week // business.CAMPAIGN_EVERY_WEEKS + 1}"
        life.soothed[number, who[mine]] = life.people.response[number, who[mine]]
        _sent(life, who[mine], at[mine], name, action.channel)
        answers = life.chance.random(len(who)) < _OFFER_OPENED_SHARE
        _followed(life, who[mine & answers], at[mine & answers], "opened", name)
        takes = life.chance.random(len(who)) < _REDEEMED_SHARE * life.people.price_sensitivity[who]
        if number == 0:
            _followed(life, who[mine & takes], at[mine & takes], "redeemed", name)


def _sent(life: Life, who: Whole, at: Floats, campaign: str, channel: str) -> None:
    life.log.add("contacts", who=who, at=at, event="sent", campaign=campaign, channel=channel)


def _followed(life: Life, who: Whole, at: Floats, event: str, campaign: str) -> None:
    """Let something follow a message within the same week."""
    later = at + (life.week + 1 - at) * life.chance.random(len(who))
    life.log.add("contacts", who=who, at=later, event=event, campaign=campaign, channel=business.CHANNELS[0])
