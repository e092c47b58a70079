"""The simple rules a model has to beat: recency, frequency, a regression on both and money, and BG/NBD."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.model.inputs import Floats, Inputs
from pipeline.model.rhythm import MOST_LOG_ODDS, WAYS, Ahead, Histories, Rhythm
from pipeline.training.members import fit_regression
from pipeline.training.newton import log_losses
from pipeline.training.preflight import Ready
from pipeline.training.rhythm import fit_rhythm

RFM_PENALTY = 1.0


@dataclass(frozen=True)
class BaselineColumns:
    """The feature columns that hold recency, frequency and money."""

    recency: str = "days_since_purchase"
    frequency: str = "orders_182d"
    money: str = "spend_182d"


@dataclass(frozen=True)
class Baseline:
    """A rule's scores of the test rows, highest risk highest; log-odds where the rule gives probabilities."""

    name: str
    words: str
    scores: Floats
    gives_probability: bool


def baselines(
    train: pd.DataFrame, test: pd.DataFrame, columns: BaselineColumns, task: Mapping[str, Any]
) -> list[Baseline]:
    """Return the rules that the features allow; a rule whose columns are not there falls away.

    Both frames hold `churned`, `as_of` and the features; only `train` is learnt from. BG/NBD answers one question, whether
    there will be a purchase, and is no rule for any other.
    """
    there, found = set(test.columns), []
    if columns.recency in there:
        scores = _worst_if_missing(test[columns.recency])
        found.append(Baseline("recency", "longest since the last purchase", scores, gives_probability=False))
    if columns.frequency in there:
        scores = _worst_if_missing(-test[columns.frequency])
        found.append(Baseline("frequency", "fewest purchases", scores, gives_probability=False))
    if {columns.recency, columns.frequency, columns.money} <= there:
        words = "logistic regression on recency, frequency and money"
        found.append(Baseline("rfm_logistic", words, rfm_log_odds(train, test, columns), gives_probability=True))
    if task.get("label") == "inactivity":
        told = bg_nbd_log_odds(train, test, task)
        if told is not None:
            found.append(Baseline("bg_nbd", "BG/NBD on the purchase history", told, gives_probability=True))
    return found


def rfm_log_odds(train: pd.DataFrame, test: pd.DataFrame, columns: BaselineColumns) -> Floats:
    """Fit the regression on the training rows and return the log-odds of the test rows."""
    inputs = Inputs((columns.recency, columns.frequency, columns.money))
    answers = train["churned"].to_numpy(dtype=np.float64)
    fitted = fit_regression(
        Ready(inputs.matrix(train), answers, train["customer_id"], inputs, {}, _newest(train), (0, 0, 0), ()),
        RFM_PENALTY,
    )
    return np.asarray(fitted.base + fitted.contributions(inputs.matrix(test)).sum(axis=1))


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
