"""Test rows with their answers and what the model said: what every figure is measured on."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.model.churn_model import probability
from pipeline.model.inputs import Floats
from pipeline.training import metrics
from pipeline.training.bootstrap import Bootstrap, Statistic
from pipeline.training.newton import log_losses


@dataclass(frozen=True)
class Judged:
    """Test rows with their answers and the model's log-odds."""

    customers: pd.Series
    churned: Floats
    log_odds: Floats

    @property
    def chance(self) -> Floats:
        """Return the probabilities."""
        return probability(self.log_odds)

    def part(self, rows: npt.NDArray[np.bool_]) -> Self:
        """Return some of the rows."""
        return type(self)(self.customers[rows].reset_index(drop=True), self.churned[rows], self.log_odds[rows])

    def statistics(self) -> dict[str, Statistic]:
        """Return what can be measured quickly, by name."""
        return {
            "auc": auc_of(self.churned, self.log_odds),
            "log_loss": mean_of(log_losses(self.log_odds, self.churned)),
        }


def part_facts(judged: Judged, replicates: int) -> dict[str, Any]:
    """Return what a part of the rows says: how many, how many left, what was foretold, AUC and log loss with intervals."""
    draws = Bootstrap(judged.customers, replicates).measure(judged.statistics())
    both = judged.churned.min() < judged.churned.max()
    return {
        "snapshots": len(judged.churned),
        "churners": int(judged.churned.sum()),
        "churn_share": float(judged.churned.mean()),
        "mean_probability": float(judged.chance.mean()),
        "auc": draws["auc"].interval() if both else None,
        "log_loss": draws["log_loss"].interval(),
    }


def auc_of(churned: Floats, scores: Floats) -> Statistic:
    """Return the statistic that measures how often a churner scores higher."""
    ranking = metrics.Ranking.of(churned, scores)
    return lambda weights: metrics.aucs(ranking, weights)


def mean_of(values: Floats) -> Statistic:
    """Return the statistic that averages one value a row."""
    return lambda weights: metrics.means(values, weights)
