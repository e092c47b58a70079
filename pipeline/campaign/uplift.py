"""What contacting changed, told from arms drawn at random: who is kept by it, in which order, and what a rule is worth.

The Qini curve is Radcliffe's (2007), as gains: not divided by anything, so it compares with no library that divides. The
value of a rule weighs each customer by one over the chance of the arm he was in (Horvitz and Thompson 1952, Hajek 1971).
"""

from dataclasses import dataclass

import numpy as np

from pipeline.profit import Flags, Floats

FEWEST = 2


@dataclass(frozen=True)
class Trial:
    """What became of customers whose arm was drawn at random, one a row.

    `outcome` is better the more there is of it: kept is 1, or money. `propensity` is the chance each had of being treated,
    as it was logged, above 0 and below 1: never the share that happened to be.
    """

    outcome: Floats
    treated: Flags
    propensity: Floats

    def __post_init__(self) -> None:
        """Refuse outcomes that are not known, and chances under which one of the arms is never seen."""
        if np.isnan(self.outcome).any():
            unknown = int(np.isnan(self.outcome).sum())
            raise ValueError(
                f"{unknown:,} outcomes are not known: leave those customers out of both arms, or wait for them."
            )
        certain = ~((self.propensity > 0) & (self.propensity < 1))
        if certain.any():
            found = self.propensity[certain][0]
            raise ValueError(
                f"{certain.sum():,} customers had a chance of {found} of being contacted: a difference can be told only of "
                "those who might have been in either arm. Leave the others out."
            )


@dataclass(frozen=True)
class Estimate:
    """A figure and its standard error."""

    value: float
    standard_error: float


def effect(trial: Trial) -> Estimate:
    """Return what being treated added to the outcome on average: the difference of the arms' means.

    For arms in which all had the same chance; `policy_value` weighs where they had not.

    >>> trial = Trial(np.array([1.0, 1, 0, 1, 0, 0]), np.array([1, 1, 1, 0, 0, 0], bool), np.full(6, 0.5))
    >>> round(effect(trial).value, 4)
    0.3333
    """
    treated, control = trial.outcome[trial.treated], trial.outcome[~trial.treated]
    _enough(min(len(treated), len(control)), "in the smaller arm")
    variance = treated.var(ddof=1) / len(treated) + control.var(ddof=1) / len(control)
    return Estimate(float(treated.mean() - control.mean()), float(np.sqrt(variance)))


def adjusted(trial: Trial, before: Floats) -> Trial:
    """Return the trial with what was known before taken off the outcome: the same effect in expectation, with less noise.

    CUPED (Deng, Xu, Kohavi and Walker 2013): the variance falls by the squared correlation of outcome and `before`, of which a
    churn probability is the best there is. `before` must have been known when the arms were drawn.
    """
    spread = before.var()
    slope = np.mean((trial.outcome - trial.outcome.mean()) * (before - before.mean())) / spread if spread > 0 else 0.0
    return Trial(trial.outcome - slope * (before - before.mean()), trial.treated, trial.propensity)


def qini(trial: Trial, score: Floats) -> Floats:
    """Return (customers + 1,): what treating gained among the 0, 1, 2, … customers with the highest scores.

    The gain among k is the treated's outcome less the controls' times treated per control. Customers with equal scores
    come in every order at once: each counts by the mean of all of them. Where chances differ, each counts by the mean
    chance of his arm over his own. With one chance for all, the last divided by the treated is `effect`.

    >>> kept, treated = np.array([1.0, 0, 1, 0, 0, 1]), np.array([1, 0, 1, 0, 1, 0], bool)
    >>> qini(Trial(kept, treated, np.full(6, 0.5)), np.arange(6.0, 0, -1)).tolist()
    [0.0, 1.0, 1.0, 2.0, 2.0, 2.0, 1.0]
    """
    _, group, sizes = np.unique(-score, return_inverse=True, return_counts=True)
    ends = np.concatenate([[0], np.cumsum(sizes)])
    arms = [trial.treated * _evened(trial.propensity), ~trial.treated * _evened(1 - trial.propensity)]
    many, gained = (
        [
            np.interp(np.arange(len(score) + 1), ends, np.concatenate([[0], np.cumsum(np.bincount(group, weights))]))
            for weights in (arm * amounts for arm in arms)
        ]
        for amounts in (1.0, trial.outcome)
    )
    per_control = np.divide(many[0], many[1], out=np.zeros(len(score) + 1), where=many[1] > 0)
    return np.asarray(gained[0] - gained[1] * per_control)


def qini_gain(trial: Trial, score: Floats) -> float:
    """Return what the order gains over any order, a treated customer, on average over all places where a list may be cut.

    0 for an order that says nothing of whom treating changes; below 0 for one that finds those whom it drives away.
    """
    _enough(min(trial.treated.sum(), (~trial.treated).sum()), "in the smaller arm")
    curve = qini(trial, score)
    straight = curve[-1] * np.linspace(0, 1, len(curve))
    return float((curve - straight).mean() / (trial.treated * _evened(trial.propensity)).sum())


def policy_value(trial: Trial, contacts: Flags, *, normalised: bool = True) -> Estimate:
    """Return the mean outcome there would be if `contacts` said who is treated: no model, only the arms and their chances.

    Normalised (Hajek) the weights are made to add up to one, which costs a hair of bias for much less noise; else it is
    Horvitz and Thompson's unbiased mean. A rule must not have been learnt from the very customers it is judged by.
    """
    chance = np.where(contacts, trial.propensity, 1 - trial.propensity)
    _enough(int((trial.treated == contacts).sum()), "in the arm that the rule would have put them in")
    weights = (trial.treated == contacts) / chance
    if not normalised:
        weighed = trial.outcome * weights
        return Estimate(float(weighed.mean()), float(weighed.std(ddof=1) / np.sqrt(len(weighed))))
    value = float(np.average(trial.outcome, weights=weights))
    error = np.sqrt(np.sum((weights * (trial.outcome - value)) ** 2)) / weights.sum()
    return Estimate(value, float(error))


def _evened(chance: Floats) -> Floats:
    return np.asarray(chance.mean() / chance)


def _enough(customers: int, where: str) -> None:
    if customers < FEWEST:
        raise ValueError(f"{customers} customers {where}: it takes {FEWEST} to tell a figure and how sure it is.")
