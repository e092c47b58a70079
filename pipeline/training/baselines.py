"""The simple rules a model has to beat: recency, frequency, a plain regression on them, BG/NBD and sBG.

Which of them there are depends on the tables: of purchases, of usage, of subscriptions.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.features.unseen_windows import name_in
from pipeline.model.inputs import Floats, Inputs
from pipeline.model.rhythm import MOST_LOG_ODDS, WAYS, Ahead, Histories, Rhythm
from pipeline.training.members import fit_regression
from pipeline.training.newton import log_losses
from pipeline.training.preflight import Ready
from pipeline.value.buying import fit_rhythm
from pipeline.value.lifetime import fit_lifetime

PENALTY = 1.0


@dataclass(frozen=True)
class BaselineColumns:
    """The feature columns that simple rules read: of purchases, of usage, and of subscriptions."""

    recency: str = "days_since_purchase"
    frequency: str = "orders_182d"
    money: str = "spend_182d"
    use_recency: str = "days_since_use"
    use_frequency: str = "use_days_91d"
    tenure: str = "days_subscribed"


@dataclass(frozen=True)
class Baseline:
    """A rule's scores of the test rows, highest risk highest; log-odds where the rule gives probabilities."""

    name: str
    words: str
    scores: Floats
    gives_probability: bool


ORDERS = (
    ("recency", "longest since the last purchase", 1),
    ("frequency", "fewest purchases", -1),
    ("use_recency", "longest since the last use", 1),
    ("use_frequency", "fewest days with a use", -1),
    ("tenure", "newest subscribers", -1),
)
"""Rules that put customers in order: the column, in words, and whether a high or a low value means risk."""

REGRESSIONS = (
    ("rfm_logistic", "logistic regression on recency, frequency and money", ("recency", "frequency", "money")),
    ("use_logistic", "logistic regression on recency and frequency of use", ("use_recency", "use_frequency")),
)


def baselines(
    train: pd.DataFrame, test: pd.DataFrame, columns: BaselineColumns, task: Mapping[str, Any]
) -> list[Baseline]:
    """Return the rules that the features allow; a rule whose columns are not there falls away.

    Both frames hold `churned`, `as_of` and the features; only `train` is learnt from. BG/NBD answers one question, whether
    there will be a purchase, and sBG another, whether the subscription ends: neither is a rule for any other.
    """
    there = {
        one.name: name
        for one in fields(columns)
        if (name := name_in(test.columns, getattr(columns, one.name))) is not None
    }
    return [*_orders(test, there), *_regressions(train, test, there), *_models(train, test, there, task)]


def _orders(test: pd.DataFrame, there: Mapping[str, str]) -> Iterator[Baseline]:
    for name, words, sign in ORDERS:
        if name in there:
            yield Baseline(name, words, _worst_if_missing(sign * test[there[name]]), gives_probability=False)


def _regressions(train: pd.DataFrame, test: pd.DataFrame, there: Mapping[str, str]) -> Iterator[Baseline]:
    for name, words, asked in REGRESSIONS:
        if set(asked) <= set(there):
            told = regression_log_odds(train, test, [there[one] for one in asked])
            yield Baseline(name, words, told, gives_probability=True)


def _models(
    train: pd.DataFrame, test: pd.DataFrame, there: Mapping[str, str], task: Mapping[str, Any]
) -> Iterator[Baseline]:
    if task.get("label") == "inactivity":
        told = bg_nbd_log_odds(train, test, task)
        if told is not None:
            yield Baseline("bg_nbd", "BG/NBD on the purchase history", told, gives_probability=True)
    if task.get("label") == "cancellation" and "tenure" in there:
        told = sbg_log_odds(train, test, there["tenure"], task)
        if told is not None:
            yield Baseline("sbg", "sBG on the time subscribed", told, gives_probability=True)


def regression_log_odds(train: pd.DataFrame, test: pd.DataFrame, columns: list[str]) -> Floats:
    """Fit a logistic regression on a few columns of the training rows and return the log-odds of the test rows."""
    inputs = Inputs(tuple(columns))
    answers = train["churned"].to_numpy(dtype=np.float64)
    fitted = fit_regression(
        Ready(inputs.matrix(train), answers, train["customer_id"], inputs, {}, _newest(train), (0,) * len(columns), ()),
        PENALTY,
    )
    return np.asarray(fitted.base + fitted.contributions(inputs.matrix(test)).sum(axis=1))


def sbg_log_odds(train: pd.DataFrame, test: pd.DataFrame, tenure: str, task: Mapping[str, Any]) -> Floats | None:
    """Fit sBG to the training rows and return the log-odds of the test rows; None where it cannot be fitted.

    A period is as long as the horizon. Whose tenure is not known counts as new.
    """
    seen, asked = (_periods(rows[tenure], task["horizon_days"]) for rows in (train, test))
    lifetime = fit_lifetime(seen, train["churned"].to_numpy(dtype=np.float64))
    if lifetime is None:
        return None
    chance = lifetime.leaving(asked)
    return np.asarray(np.log(chance / (1 - chance)))


def _periods(days: pd.Series, length: int) -> Floats:
    known = np.nan_to_num(days.to_numpy(dtype=np.float64, na_value=0.0))
    return np.asarray(np.maximum(known, 0.0) // length + 1)


def bg_nbd_log_odds(train: pd.DataFrame, test: pd.DataFrame, task: Mapping[str, Any]) -> Floats | None:
    """Fit BG/NBD to the newest training date and return the log-odds of the test rows; None where it cannot be fitted.

    Of the ways of telling a rhythm it is given the one with the least log loss on the training rows.
    """
    answers = train["churned"].to_numpy(dtype=np.float64)
    ways = [Inputs(reads) for reads in WAYS if set(reads) <= set(test.columns)]
    found = [(inputs, rhythm) for inputs in ways if (rhythm := _rhythm(inputs, train[_newest(train)]))]
    told = [[_silent(rhythm, inputs, rows, task) for rows in (train, test)] for inputs, rhythm in found]
    best = min(told, key=lambda scores: log_losses(scores[0], answers).mean(), default=None)
    return None if best is None else best[1]


def _rhythm(inputs: Inputs, rows: pd.DataFrame) -> Rhythm | None:
    return fit_rhythm(Histories.of(inputs.matrix(rows)))


def _silent(rhythm: Rhythm, inputs: Inputs, rows: pd.DataFrame, task: Mapping[str, Any]) -> Floats:
    log_odds = rhythm.silent_log_odds(Histories.of(inputs.matrix(rows)), Ahead.of(task))
    return np.nan_to_num(log_odds, nan=MOST_LOG_ODDS)


def _newest(rows: pd.DataFrame) -> npt.NDArray[np.bool_]:
    days = rows["as_of"].astype(str)
    return np.asarray(days == days.max())


def _worst_if_missing(risk: pd.Series) -> Floats:
    numbers = risk.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isnan(numbers), np.inf, numbers)
