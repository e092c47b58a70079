"""The truth: how likely a customer is to leave of his own will, this week and in the weeks ahead."""

from dataclasses import dataclass

import numpy as np

from pipeline.simulation import business
from pipeline.simulation.business import ACTIONS, PLANS, YEAR_WEEKS
from pipeline.simulation.causes import CAUSES, DECLINING_USAGE, TELLING
from pipeline.simulation.life import Life
from pipeline.simulation.people import Floats, Whole

BASE_LOG_HAZARD = -5.15
AHEAD_WEEKS = 4
_NEWCOMER, _NEWCOMER_WEEKS = 0.7, 8
_BOUND, _RENEWAL, _RENEWAL_WEEKS = -2.5, 1.8, 3
_SEASON = 0.12
_ENGAGEMENT_STEP, _LOW = 0.35, 0.15
_USE = -0.35
_DECLINING = CAUSES.index(DECLINING_USAGE)


@dataclass(frozen=True)
class Hazard:
    """What is true of each customer at the start of a week.

    `weekly` has a row for this week and for each of the next three: the hazard of leaving in it if nothing new strikes.
    `main_cause` is the number of the strongest cause, −1 where none doubles the hazard.
    """

    weekly: Floats
    main_cause: Whole


def hazard_of(life: Life) -> Hazard:
    """Return the truth at the start of the present week: nothing that happens in it has any say."""
    life.pressure[_DECLINING] = declining(life.engagement)
    weekly = np.exp([log_hazard(life, ahead) for ahead in range(AHEAD_WEEKS)])
    main = np.where(life.pressure.max(axis=0) >= TELLING, life.pressure.argmax(axis=0), -1)
    return Hazard(weekly, main)


def log_hazard(life: Life, ahead: int) -> Floats:
    """Return the log of the weekly hazard so many weeks ahead, by what is known today."""
    people, week = life.people, life.week + ahead
    return np.asarray(
        _who_they_are(life)
        + _NEWCOMER * np.exp(-np.maximum(week - life.since, 0) / _NEWCOMER_WEEKS)
        + _SEASON * np.cos(2 * np.pi * week / YEAR_WEEKS)
        + np.where(people.yearly, _by_term(life.term_end - week), 0.0)
        + _pressure(life, ahead)
        + (life.soothed * _worn([action.half_life_weeks for action in ACTIONS], ahead)).sum(axis=0)
    )


def wear(life: Life) -> None:
    """Let a week pass over what causes and actions have left behind, and over habits."""
    life.pressure *= _worn([cause.half_life_weeks for cause in CAUSES], 1)
    life.soothed *= _worn([action.half_life_weeks for action in ACTIONS], 1)
    life.engagement = _later(life.engagement, life.engagement_goal, 1)


def declining(engagement: Floats) -> Floats:
    """Return what a fall in use adds to the log-hazard."""
    return np.asarray(DECLINING_USAGE.log_hazard * (1 - engagement) / (1 - _LOW))


def low(size: int) -> Floats:
    """Return the share of their usual use that customers fall to."""
    return np.full(size, _LOW)


def _who_they_are(life: Life) -> Floats:
    people = life.people
    plan = np.array([plan.log_hazard for plan in PLANS])[life.plan]
    acquired = np.array(list(business.ACQUIRED_BY.values()))[people.acquired_by]
    return np.asarray(BASE_LOG_HAZARD + plan + acquired + people.frailty + _USE * np.log(people.keenness))


def _by_term(weeks_left: Floats) -> Floats:
    return np.where(weeks_left <= _RENEWAL_WEEKS, _RENEWAL, _BOUND)


def _pressure(life: Life, ahead: int) -> Floats:
    worn = life.pressure * _worn([cause.half_life_weeks for cause in CAUSES], ahead)
    worn[_DECLINING] = declining(_later(life.engagement, life.engagement_goal, ahead))
    return np.asarray(worn.sum(axis=0))


def _worn(half_lives: list[float], weeks: int) -> Floats:
    return np.asarray(0.5 ** (weeks / np.array(half_lives)))[:, None]


def _later(engagement: Floats, goal: Floats, weeks: int) -> Floats:
    return np.asarray(goal + (engagement - goal) * (1 - _ENGAGEMENT_STEP) ** weeks)
