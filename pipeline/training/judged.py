"""Test rows with their answers and what the model said: what every figure is measured on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.model.churn_model import probability
from pipeline.model.inputs import Floats
from pipeline.training import metrics, profits
from pipeline.training.bootstrap import Bootstrap, Draws, Shared, Statistic
from pipeline.training.calibration_lines import CalibrationLines
from pipeline.training.newton import log_losses

TOP_SHARE = 0.1
"""The share of customers with the highest risk whose lift every part tells."""

FEWEST_ROWS = 20
"""A part with fewer rows is counted, no more: its figures would be about persons."""

NAMES = (
    *("auc", "log_loss", "average_precision", "brier", "calibration_slope", "calibration_intercept", "ece"),
    *("lift", "mp", "emp", "emp_constant"),
)
"""The figures that are measured, in the order in which they are told."""

NEED_BOTH_ANSWERS = (
    "auc",
    "average_precision",
    "calibration_slope",
    "calibration_intercept",
    "lift",
    "mp",
    "emp",
    "emp_gain",
)


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
        """Return every figure by name."""
        churned, log_odds, chance = self.churned, self.log_odds, self.chance
        ranking, money = metrics.Ranking.of(churned, log_odds), profits.Economics()
        lines = CalibrationLines(churned, log_odds)
        hulls = Shared(lambda weights: profits.hulls(ranking, weights))
        return {
            "auc": lambda weights: metrics.aucs(ranking, weights),
            "log_loss": mean_of(log_losses(log_odds, churned)),
            "average_precision": lambda weights: metrics.average_precisions(ranking, weights),
            "brier": mean_of((chance - churned) ** 2),
            "calibration_slope": lines.slopes,
            "calibration_intercept": lines.intercepts,
            "ece": metrics.CalibrationBins.of(churned, chance).errors,
            "lift": lambda weights: metrics.lifts(ranking, weights, TOP_SHARE),
            "mp": lambda weights: profits.maximum_profits(hulls(weights), money),
            "emp": lambda weights: profits.expected_maximum_profits(hulls(weights), money),
            "emp_constant": lambda weights: profits.expected_maximum_profits(
                profits.hulls_of_all_alike(churned, weights), money
            ),
        }

    def figures(self, replicates: int) -> dict[str, Any]:
        """Return every figure with its interval; None where it needs both answers and there is one.

        `emp_constant` is what a score that tells nobody apart would bring, and `emp_gain` how much more the model does.
        """
        return self.told(Bootstrap(self.customers, replicates).measure(self.statistics()))

    def told(self, draws: Mapping[str, Draws]) -> dict[str, Any]:
        """Return the same figures from draws that may hold others too."""
        mine = {name: draws[name] for name in NAMES}
        return intervals({**mine, "emp_gain": draws["emp"] - draws["emp_constant"]}, self.churned)


def intervals(draws: Mapping[str, Draws], churned: Floats) -> dict[str, Any]:
    """Return the intervals of figures, None where one needs both answers and there is only one."""
    one_answer = churned.min() == churned.max()
    return {
        name: None if one_answer and name in NEED_BOTH_ANSWERS else drawn.interval() for name, drawn in draws.items()
    }


def part_facts(judged: Judged, replicates: int, fewest: int = FEWEST_ROWS) -> dict[str, Any]:
    """Return what a part of the rows says: how many, how many left, what was foretold, and every figure with its interval.

    Of a part with fewer than `fewest` rows only the number is told.
    """
    if len(judged.churned) < fewest:
        return {"snapshots": len(judged.churned)}
    return {
        "snapshots": len(judged.churned),
        "churners": int(judged.churned.sum()),
        "churn_share": float(judged.churned.mean()),
        "mean_probability": float(judged.chance.mean()),
        **judged.figures(replicates),
    }


def auc_of(churned: Floats, scores: Floats) -> Statistic:
    """Return the statistic that measures how often a churner scores higher."""
    ranking = metrics.Ranking.of(churned, scores)
    return lambda weights: metrics.aucs(ranking, weights)


def mean_of(values: Floats) -> Statistic:
    """Return the statistic that averages one value a row."""
    return lambda weights: metrics.means(values, weights)
