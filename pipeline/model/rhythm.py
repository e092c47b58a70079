"""The member that knows how buying works: BG/NBD's chance of no purchase in the label window.

Fader, Hardie and Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2): while alive a customer buys
at random at his own rate, and after each purchase he may leave for good. The unit of time is the week.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy.special import hyp2f1

from pipeline.model.inputs import Floats, Inputs

DAYS_BOUGHT, SILENCE, AGE = "days_bought", "days_since_purchase", "days_as_customer"
READS = (DAYS_BOUGHT, SILENCE, AGE)
DAYS_PER_WEEK = 7.0
MOST_LOG_ODDS = 10.0
"""Beyond this BG/NBD is surer than any evidence of it: one customer in 22,000."""


@dataclass(frozen=True)
class Histories:
    """What BG/NBD needs to know of each customer: repeat purchase days, and in weeks his age then and now."""

    repeats: Floats
    last_weeks: Floats
    age_weeks: Floats

    @classmethod
    def of(cls, matrix: Floats) -> Self:
        """Return the histories for columns in the order of `READS`; a customer who never bought has NaN."""
        bought, silence, age = matrix.T
        return cls(bought - 1, (age - silence) / DAYS_PER_WEEK, age / DAYS_PER_WEEK)

    def part(self, rows: Any) -> Self:
        """Return some of the customers."""
        return type(self)(self.repeats[rows], self.last_weeks[rows], self.age_weeks[rows])


@dataclass(frozen=True)
class Rhythm:
    """BG/NBD's four numbers: rates of buying are Gamma(r, alpha), chances of leaving after a purchase Beta(a, b)."""

    r: float
    alpha: float
    a: float
    b: float

    def alive(self, past: Histories) -> Floats:
        """Return the chance that each customer has not left; 1 before a second purchase, a quirk of the model.

        >>> cdnow = Rhythm(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> cdnow.alive(Histories(np.array([2.0]), np.array([30.43]), np.array([38.86]))).round(4).tolist()
        [0.7266]
        """
        odds = self.a / (self.b + np.maximum(past.repeats, 1) - 1)
        stretched = (self.alpha + past.age_weeks) / (self.alpha + past.last_weeks)
        gone = np.where(past.repeats > 0, odds * stretched ** (self.r + past.repeats), 0.0)
        return np.asarray(1 / (1 + gone))

    def silent(self, past: Histories, gap_weeks: float, horizon_weeks: float) -> Floats:
        """Return the chance of no purchase in (gap, gap + horizon] from now.

        Who is alive leaves at his rate of buying times p, his chance of leaving after a purchase, so with rate l he buys
        in the window with chance exp(-l p gap) (1 - exp(-l horizon)). What he did so far makes l Gamma(r + x, alpha + T)
        and p Beta(a, b + x); the mean over both is a difference of two terms, each a power times a hypergeometric
        function, which is 1 where there is no gap.
        """
        later = self._still_buying(past, gap_weeks, 0.0) - self._still_buying(past, gap_weeks, horizon_weeks)
        alive = self.alive(past)
        return np.asarray((1 - alive) + alive * (1 - later))

    def _still_buying(self, past: Histories, gap_weeks: float, silent_weeks: float) -> Floats:
        """Return the mean of exp(-l p gap - l silent) over what rates and chances can be after such a past."""
        shape, age = self.r + past.repeats, self.alpha + past.age_weeks
        power = (age / (age + silent_weeks)) ** shape
        if not gap_weeks:
            return np.asarray(power)
        return np.asarray(
            power * hyp2f1(shape, self.a, self.a + self.b + past.repeats, -gap_weeks / (age + silent_weeks))
        )

    def silent_log_odds(self, past: Histories, gap_weeks: float, horizon_weeks: float) -> Floats:
        """Return the log-odds of no purchase in the window, kept within `MOST_LOG_ODDS` of even."""
        most = 1 / (1 + np.exp(-MOST_LOG_ODDS))
        chance = np.clip(self.silent(past, gap_weeks, horizon_weeks), 1 - most, most)
        return np.asarray(np.log(chance / (1 - chance)))


@dataclass(frozen=True)
class RhythmMember:
    """BG/NBD's log-odds, counted from their mean over the training rows and all in the one column that tells them."""

    inputs: Inputs
    rhythm: Rhythm
    gap_days: int
    horizon_days: int
    base: float = 0.0

    def margins(self, matrix: Floats) -> Floats:
        """Return each customer's log-odds; the mean where he has no history."""
        weeks = self.gap_days / DAYS_PER_WEEK, self.horizon_days / DAYS_PER_WEEK
        log_odds = self.rhythm.silent_log_odds(Histories.of(matrix), *weeks)
        return np.where(np.isnan(log_odds), self.base, log_odds)

    def contributions(self, matrix: Floats) -> Floats:
        """Return (rows, features) in log-odds."""
        added = np.zeros(matrix.shape)
        added[:, self.inputs.features.index(DAYS_BOUGHT)] = self.margins(matrix) - self.base
        return added

    def document(self) -> dict[str, Any]:
        """Return the member as JSON-able values."""
        return {
            "kind": "rhythm",
            "bg_nbd": asdict(self.rhythm),
            "gap_days": self.gap_days,
            "horizon_days": self.horizon_days,
            "base": self.base,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any], inputs: Inputs) -> Self:
        """Return the member that `document` made, equal to the last bit."""
        rhythm = Rhythm(**document["bg_nbd"])
        return cls(inputs, rhythm, document["gap_days"], document["horizon_days"], document["base"])
