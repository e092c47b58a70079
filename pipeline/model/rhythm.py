"""The member that knows how buying works: BG/NBD's chance of no purchase in the label window.

Fader, Hardie and Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2): while alive a customer buys
at random at his own rate, and after each purchase he may leave for good. The unit of time is the week.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, hyp2f1

from pipeline.model.inputs import Floats, Inputs

WAYS = (
    ("purchase_days_182d", "tenure_182d", "days_since_purchase"),
    ("days_bought", "days_as_customer", "days_since_purchase"),
)
"""The columns that tell of a rhythm: days with a purchase, days since the first and since the last. Either of the last
half year, which fits where habits change, or of all time, which fits where customers come seldom."""

DAYS_PER_WEEK = 7.0
MOST_LOG_ODDS = 10.0
"""One customer in 22,000: BG/NBD says more, but nobody has seen enough of anyone to believe it."""
NEAR_ONE = 1e-6
NODES = 200
SMALLEST = 1e-300


@dataclass(frozen=True)
class Histories:
    """What BG/NBD needs to know of each customer: days of repeat purchases, and his age in weeks at the last and now."""

    repeats: Floats
    last_weeks: Floats
    age_weeks: Floats

    @classmethod
    def of(cls, columns: Floats) -> Self:
        """Return the histories that the columns of one of `WAYS` tell; NaN for who never bought.

        Whose purchases are all older than the window counts as one who bought once, at the last of them.

        >>> Histories.of(np.array([[3.0, 70.0, 14.0], [0.0, np.nan, 210.0]]))
        Histories(repeats=array([2., 0.]), last_weeks=array([8., 0.]), age_weeks=array([10., 30.]))
        """
        days_bought, age, silence = columns.T
        oldest = np.fmax(age, silence)
        return cls(np.maximum(days_bought - 1, 0), (oldest - silence) / DAYS_PER_WEEK, oldest / DAYS_PER_WEEK)

    def part(self, rows: npt.NDArray[np.bool_]) -> Self:
        """Return some of the customers."""
        return type(self)(self.repeats[rows], self.last_weeks[rows], self.age_weeks[rows])


@dataclass(frozen=True)
class Ahead:
    """The weeks in which a purchase is looked for: after the gap, until the end of the horizon."""

    gap_weeks: float
    horizon_weeks: float

    @classmethod
    def of(cls, task: Mapping[str, Any]) -> Self:
        """Return the label window of a task."""
        return cls(task["gap_days"] / DAYS_PER_WEEK, task["horizon_days"] / DAYS_PER_WEEK)


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
        >>> cdnow.alive(Histories(np.array([2.0]), np.array([30.43]), np.array([38.86]))).round(4)
        array([0.7266])
        """
        stretched = (self.alpha + past.age_weeks) / (self.alpha + past.last_weeks)
        leaving = self.a / (self.b + np.maximum(past.repeats, 1) - 1)
        gone = np.where(past.repeats > 0, leaving * stretched ** (self.r + past.repeats), 0.0)
        return np.asarray(1 / (1 + gone))

    def silent(self, past: Histories, ahead: Ahead) -> Floats:
        """Return the chance of no purchase in the weeks ahead.

        Who is alive, buys at rate l and leaves after a purchase with chance p is still alive after a gap g with chance
        exp(-l p g), and then stays silent for a horizon h with chance exp(-l h): he buys in the window with chance
        exp(-l p g) - exp(-l (p g + h)). What he did so far makes l Gamma(r + x, alpha + T) and p Beta(a, b + x).
        """
        alive = self.alive(past)
        silent_but_alive = 1 - self._mean(past, ahead.gap_weeks, 0.0)
        silent_but_alive += self._mean(past, ahead.gap_weeks, ahead.horizon_weeks)
        return np.asarray((1 - alive) + alive * silent_but_alive)

    def silent_log_odds(self, past: Histories, ahead: Ahead) -> Floats:
        """Return the log-odds of no purchase in the weeks ahead, kept within `MOST_LOG_ODDS` of even."""
        most = 1 / (1 + np.exp(-MOST_LOG_ODDS))
        chance = np.clip(self.silent(past, ahead), 1 - most, most)
        return np.asarray(np.log(chance / (1 - chance)))

    def purchases(self, past: Histories, weeks: float) -> Floats:
        """Return the purchases expected of each customer in the weeks ahead (Fader, Hardie and Lee 2005, equation 10).

        >>> cdnow = Rhythm(r=0.243, alpha=4.414, a=0.793, b=2.426)
        >>> cdnow.purchases(Histories(np.array([2.0]), np.array([30.43]), np.array([38.86])), 39).round(3)
        array([1.226])
        """
        return self.alive(past) * self._while_alive(past, weeks)

    def purchases_if_kept(self, past: Histories, weeks: float, kept_weeks: float) -> Floats:
        """Return the purchases expected in the weeks ahead of customers who buy in the first `kept_weeks` of them.

        Who buys in them is alive now. All that is expected of him then, less what is if he stays silent for so long, is what
        comes with the chance of not staying silent.
        """
        silent = self._mean(past, 0.0, kept_weeks)
        if kept_weeks >= weeks:
            return np.asarray(self._while_alive(past, weeks) / (1 - silent))
        later = Histories(past.repeats, past.last_weeks, past.age_weeks + kept_weeks)
        missed = silent * self._while_alive(later, weeks - kept_weeks)
        return np.asarray((self._while_alive(past, weeks) - missed) / (1 - silent))

    def _while_alive(self, past: Histories, weeks: float) -> Floats:
        """Return the purchases expected of who is alive now, again in the form that does not overflow."""
        x, spell = past.repeats, weeks / (self.alpha + past.age_weeks + weeks)
        # At a = 1 the formula is 0 over 0; so near to it the result is right to ten digits.
        a = self.a if abs(self.a - 1) > NEAR_ONE else 1 + NEAR_ONE
        every = a + self.b + x - 1
        with np.errstate(all="ignore"):
            left = (1 - spell) ** (a - 1) * hyp2f1(a - 1, a + self.b - 1 - self.r, every, spell)
            found = np.asarray(every / (a - 1) * (1 - left))
        # Where nearly all leave alike, a and b are hundreds, and the product is nothing times infinity.
        beyond = ~np.isfinite(found)
        found[beyond] = self._by_integral(past.part(beyond), weeks)
        return found

    def _by_integral(self, past: Histories, weeks: float) -> Floats:
        """Return the same as the mean over the chances p of leaving after a purchase, which is never beyond a float."""
        different, place = np.unique(past.repeats, return_inverse=True)
        reached = weeks / (self.alpha + past.age_weeks)
        found = np.zeros(len(place))
        for share, weight in zip(*_gauss_legendre(), strict=True):
            p = np.maximum(betaincinv(self.a, self.b + different, share), SMALLEST)[place]
            found -= weight * np.expm1(-(self.r + past.repeats) * np.log1p(p * reached)) / p
        return found

    def _mean(self, past: Histories, gap_weeks: float, silent_weeks: float) -> Floats:
        """Return the mean of exp(-l (p gap + silent)) over the rates l and chances p that such a past leaves possible.

        Over l it is a power; over p Euler's integral makes it a hypergeometric function, here in Pfaff's form, which stays
        exact where the first form overflows: at many purchases in little time.
        """
        now, then = self.alpha + past.age_weeks, self.alpha + past.age_weeks + silent_weeks
        power = (now / then) ** (self.r + past.repeats)
        if not gap_weeks:
            return np.asarray(power)
        both = self.a + self.b
        tail = hyp2f1(self.a, both - self.r, both + past.repeats, gap_weeks / (then + gap_weeks))
        return np.asarray(power * (then / (then + gap_weeks)) ** self.a * tail)


@dataclass(frozen=True)
class RhythmMember:
    """BG/NBD's log-odds times a slope, counted from their mean; all is put down to the first column it reads.

    The slope makes them as sure as they deserve to be, so that they can be averaged with the other members' margins.
    """

    inputs: Inputs
    rhythm: Rhythm
    ahead: Ahead
    slope: float
    centre: float

    @property
    def base(self) -> float:
        """Return the mean margin over the rows it was fitted on."""
        return self.slope * self.centre

    def contributions(self, matrix: Floats) -> Floats:
        """Return (rows, features) in log-odds; nothing for a customer who never bought."""
        log_odds = self.rhythm.silent_log_odds(Histories.of(matrix), self.ahead)
        added = np.zeros(matrix.shape)
        added[:, 0] = np.nan_to_num(self.slope * (log_odds - self.centre))
        return added

    def document(self) -> dict[str, Any]:
        """Return the member as JSON-able values."""
        numbers = {"bg_nbd": asdict(self.rhythm), "ahead": asdict(self.ahead)}
        return {"kind": "rhythm", **numbers, "slope": self.slope, "centre": self.centre}

    @classmethod
    def from_document(cls, document: Mapping[str, Any], inputs: Inputs) -> Self:
        """Return the member that `document` made, equal to the last bit."""
        rhythm, ahead = Rhythm(**document["bg_nbd"]), Ahead(**document["ahead"])
        return cls(inputs, rhythm, ahead, document["slope"], document["centre"])


def _gauss_legendre() -> tuple[Floats, Floats]:
    """Return the nodes between 0 and 1, and their weights, that a mean over a share is told by."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return (nodes + 1) / 2, weights / 2
