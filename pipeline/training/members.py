"""How each member learns, and what it says of customers it has not seen."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import xgboost as xgb

from pipeline.model.inputs import Floats
from pipeline.model.logistic import LogisticMember, design, learn_terms
from pipeline.model.trees import TreeMember, tree_matrix
from pipeline.params import TrainParams
from pipeline.training.newton import fit_logistic, log_losses
from pipeline.training.preflight import Ready

ROUND_STEP = 10
PENALTIES = (3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)

Folds = npt.NDArray[np.int64]
Report = Callable[[int], None]


@dataclass(frozen=True)
class Tried:
    """One setting after another: the margins of unseen rows (settings, rows) and their mean log losses."""

    settings: tuple[float, ...]
    margins: Floats
    losses: Floats

    @property
    def best(self) -> int:
        """Return the place of the setting with the least loss; of equals the first."""
        return int(np.argmin(self.losses))


@dataclass(frozen=True)
class _Reporter(xgb.callback.TrainingCallback):
    report: Report

    def after_iteration(self, model: xgb.Booster, epoch: int, evals_log: object) -> bool:  # noqa: ARG002
        self.report(epoch + 1)
        return False


def fit_trees(rows: Ready, params: TrainParams, rounds: int, threads: int, report: Report) -> TreeMember:
    """Fit the trees on all rows; the same bits for any number of threads."""
    settings = {
        "objective": "binary:logistic",
        "tree_method": "hist",
        "seed": params.seed,
        "nthread": threads,
        **params.xgboost.model_dump(),
    }
    learnt_from = tree_matrix(rows.matrix, rows.inputs, rows.churned)
    booster = xgb.train(settings, learnt_from, num_boost_round=rounds, callbacks=[_Reporter(report)])
    return TreeMember.of(booster, rows.inputs)


def fit_regression(rows: Ready, penalty: float) -> LogisticMember:
    """Fit the logistic regression on all rows."""
    terms = learn_terms(rows.matrix, rows.inputs)
    fitted = fit_logistic(design(terms, rows.matrix, rows.inputs), rows.churned, penalty)
    learnt = zip(terms, fitted.coefficients.tolist(), strict=True)
    return LogisticMember(
        rows.inputs, tuple(replace(term, coefficient=value) for term, value in learnt), fitted.intercept
    )


def try_rounds(rows: Ready, folds: Folds, params: TrainParams, threads: int, report: Report) -> Tried:
    """Return the unseen rows' margins after every ten rounds of trees."""
    steps = range(ROUND_STEP, params.max_rounds + 1, ROUND_STEP)
    margins = np.empty((len(steps), len(folds)))
    for done, (seen, unseen) in enumerate(split(rows, folds)):
        fitted = fit_trees(seen, params, params.max_rounds, threads, _onwards(report, done * params.max_rounds))
        held = tree_matrix(rows.matrix[unseen], rows.inputs)
        for place, rounds in enumerate(steps):
            margins[place, unseen] = fitted.booster.predict(held, output_margin=True, iteration_range=(0, rounds))
    return tried(steps, margins, rows.churned)


def try_penalties(rows: Ready, folds: Folds) -> Tried:
    """Return the unseen rows' margins under every penalty."""
    margins = np.empty((len(PENALTIES), len(folds)))
    for seen, unseen in split(rows, folds):
        for place, penalty in enumerate(PENALTIES):
            fitted = fit_regression(seen, penalty)
            margins[place, unseen] = fitted.base + fitted.contributions(rows.matrix[unseen]).sum(axis=1)
    return tried(PENALTIES, margins, rows.churned)


def _onwards(report: Report, before: int) -> Report:
    return lambda rounds: report(before + rounds)


def tried(settings: Sequence[float], margins: Floats, churned: Floats) -> Tried:
    """Return settings with their margins and mean log losses."""
    return Tried(tuple(settings), margins, np.array([log_losses(row, churned).mean() for row in margins]))


def split(rows: Ready, folds: Folds) -> Iterator[tuple[Ready, npt.NDArray[np.bool_]]]:
    """Yield, fold by fold, the rows outside it and a mask of the rows inside."""
    for fold in range(int(folds.max()) + 1):
        unseen = folds == fold
        seen = replace(rows, matrix=rows.matrix[~unseen], churned=rows.churned[~unseen])
        yield seen, unseen
