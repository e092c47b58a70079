"""A block of a thousand customers from the first week to the last."""

from dataclasses import dataclass

import numpy as np

from pipeline.params_source import SimulatedParams
from pipeline.simulation import business, membership, paying, service, using
from pipeline.simulation.happenings import Happenings
from pipeline.simulation.hazard import AHEAD_WEEKS, Hazard, hazard_of, wear
from pipeline.simulation.life import Life, born
from pipeline.simulation.people import Flags, People, draw_people

BLOCK = 1000
"""Customers who are simulated together. Each block has a seed of its own, so that no customer depends on how many there are."""

_COMPETITOR_SHARE = 0.03


@dataclass(frozen=True)
class Block:
    """What happened to a block: people, rows of every table by the moment, and the truth of each week for who was there."""

    number: int
    people: People
    log: Happenings


def simulate(number: int, params: SimulatedParams) -> Block:
    """Simulate one block; equal numbers and settings give equal blocks."""
    chance = np.random.default_rng([params.seed, 1, number])
    people = draw_people(chance, BLOCK, params.weeks, params.uses_per_week)
    life = born(people, chance, _competitor(params.seed, params.weeks))
    for week in range(params.weeks):
        _live(life, week)
    membership.still_running(life)
    return Block(number, life.people, life.log)


def _competitor(seed: int, weeks: int) -> Flags:
    """Draw the weeks in which a competitor campaigns, by region: the same for all blocks."""
    chance = np.random.default_rng([seed, 0])
    return np.asarray(chance.random((weeks, len(business.REGIONS))) < _COMPETITOR_SHARE)


def _live(life: Life, week: int) -> None:
    """Live through a week: the hazard is settled at its start, what happens in it counts from the next one on."""
    life.week = week
    life.begins[:], life.until[:] = week, week + 1
    truth = hazard_of(life)
    _remember(life, truth)
    life.main_cause = truth.main_cause
    membership.decide(life, truth.weekly[0])
    membership.arrive(life)
    membership.renew(life)
    paying.collect(life)
    habit = using.habits(life)
    using.use(life, habit)
    using.buy(life, habit)
    wear(life)
    for happens in (
        membership.raise_prices,
        membership.change_plans,
        service.complain,
        service.rival,
        service.write,
        service.ask,
        using.drift,
    ):
        happens(life)
    membership.part(life)


def _remember(life: Life, truth: Hazard) -> None:
    who = np.flatnonzero(life.active)
    hazards = {f"hazard_{ahead + 1}": truth.weekly[ahead, who] for ahead in range(AHEAD_WEEKS)}
    life.log.add("weeks", who=who, at=float(life.week), main_cause=truth.main_cause[who], **hazards)
