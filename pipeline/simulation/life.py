"""How things stand with a block of customers in one week of their lives."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.simulation import business
from pipeline.simulation.business import ACTIONS, MONTH_WEEKS, PLANS, YEAR_WEEKS
from pipeline.simulation.causes import CAUSES, Cause
from pipeline.simulation.happenings import Happenings
from pipeline.simulation.people import Flags, Floats, People, Whole

NEVER = np.inf


@dataclass
class Life:
    """The state of every customer of a block, moved on week by week.

    Times are weeks from the first day. `begins` and `until` are the part of the present week in which somebody is a
    customer; `leaving` are those who leave in it of their own will. `pressure` holds what each cause adds to the log-hazard
    now, a row each; `soothed` the same of each action.
    """

    people: People
    chance: np.random.Generator
    competitor: Flags
    weeks: int
    log: Happenings
    week: int
    active: Flags
    since: Floats
    spell_began: Floats
    plan: Whole
    price: Whole
    term_end: Floats
    next_bill: Floats
    attempts: Whole
    card_expires: Floats
    engagement: Floats
    engagement_goal: Floats
    raised_at: Floats
    pressure: Floats
    soothed: Floats
    back_at: Floats
    begins: Floats
    until: Floats
    main_cause: Whole
    leaving: Flags

    def struck(self, cause: Cause, who: Whole, strength: Floats | float = 1.0) -> None:
        """Let a cause strike customers, each once, from next week on."""
        self.pressure[CAUSES.index(cause), who] += cause.log_hazard * strength
        self.log.add("strikes", who=who, at=self.week + 1.0, cause=cause.name)

    def there(self, share: npt.NDArray[np.floating] | float = 1.0) -> Whole:
        """Draw among those who are customers all week long: each with a chance of `share`."""
        drawn = self.chance.random(len(self.people)) < share
        return np.flatnonzero(self.active & drawn & (self.begins == self.week) & (self.until == self.week + 1))

    def moments(self, who: Whole) -> Floats:
        """Draw a moment of this week for each of some customers who are there all week."""
        return self.week + self.chance.random(len(who))


def born(people: People, chance: np.random.Generator, competitor: Flags) -> Life:
    """Return the lives of a block on the first day: who had joined before is a customer already."""
    size, old = len(people), people.joined < 0
    zeros = np.zeros(size)
    terms = np.ceil(np.maximum(-people.joined, 0) / YEAR_WEEKS) * YEAR_WEEKS
    months = np.ceil(np.maximum(-people.joined, 0) / MONTH_WEEKS) * MONTH_WEEKS
    term_end = np.where(people.yearly, people.joined + terms, NEVER)
    return Life(
        people=people,
        chance=chance,
        competitor=competitor,
        weeks=len(competitor),
        log=Happenings(),
        week=0,
        active=old.copy(),
        since=people.joined.copy(),
        spell_began=np.where(people.yearly & old, term_end - YEAR_WEEKS, people.joined),
        plan=people.plan.copy(),
        price=price_of(people.plan, people.yearly),
        term_end=term_end,
        next_bill=np.where(people.yearly, term_end, people.joined + months),
        attempts=np.zeros(size, np.int64),
        card_expires=people.card_expires.copy(),
        engagement=np.ones(size),
        engagement_goal=np.ones(size),
        raised_at=np.full(size, -NEVER),
        pressure=np.zeros((len(CAUSES), size)),
        soothed=np.zeros((len(ACTIONS), size)),
        back_at=np.where(old, NEVER, people.joined),
        begins=zeros.copy(),
        until=zeros.copy(),
        main_cause=np.full(size, -1),
        leaving=np.zeros(size, np.bool_),
    )


def price_of(plan: Whole, yearly: Flags) -> Whole:
    """Return what one payment of a plan costs in cents by the price list."""
    monthly = np.array([plan.monthly_cents for plan in PLANS])[plan]
    return np.where(yearly, business.YEARLY_MONTHS * monthly, monthly)
