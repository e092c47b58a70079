"""The simple rules a model has to beat: recency, frequency, and a regression on recency, frequency and money."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.model.inputs import Floats, Inputs
from pipeline.training.members import fit_regression
from pipeline.training.preflight import Ready

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


def baselines(train: pd.DataFrame, test: pd.DataFrame, columns: BaselineColumns) -> list[Baseline]:
    """Return the rules that the features allow; a rule whose columns are not there falls away.

    Both frames hold `churned` and the features; only `train` is learnt from.
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
    return found


def rfm_log_odds(train: pd.DataFrame, test: pd.DataFrame, columns: BaselineColumns) -> Floats:
    """Fit the regression on the training rows and return the log-odds of the test rows."""
    inputs = Inputs((columns.recency, columns.frequency, columns.money))
    answers = train["churned"].to_numpy(dtype=np.float64)
    fitted = fit_regression(
        Ready(inputs.matrix(train), answers, train["customer_id"], inputs, (0, 0, 0), ()), RFM_PENALTY
    )
    return np.asarray(fitted.base + fitted.contributions(inputs.matrix(test)).sum(axis=1))


def _worst_if_missing(risk: pd.Series) -> Floats:
    numbers = risk.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isnan(numbers), np.inf, numbers)
