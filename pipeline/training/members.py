"""How each member learns, and what it says of customers it has not seen."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import xgboost as xgb

from pipeline.model.inputs import Floats
from pipeline.model.logistic import LogisticMember, Term, design, learn_terms
from pipeline.model.trees import TreeMember, tree_matrix
from pipeline.params import TrainParams
from pipeline.training.folds import Folds
from pipeline.training.newton import fit_logistic, fit_penalties, log_losses
from pipeline.training.preflight import Ready

ROUND_STEP = 10
PATIENCE_STEPS = 10
ROWS_WORTH_A_THREAD = 50_000
PENALTIES = (3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)

Report = Callable[[int, float], None]


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


class _Learner:
    """Trees that grow, and the rows they are tried on."""

    def __init__(self, seen: Ready, held: xgb.DMatrix, params: TrainParams, threads: int) -> None:
        self.rows = tree_matrix(seen.matrix, seen.inputs, seen.churned)
        self.held = held
        self.booster = xgb.Booster(_settings(params, seen, threads), [self.rows, held])

    def margins_after(self, rounds: int) -> Floats:
        """Grow to so many rounds and return the margins of the rows held back."""
        for grown in range(self.booster.num_boosted_rounds(), rounds):
            self.booster.update(self.rows, grown)
        return np.asarray(self.booster.predict(self.held, output_margin=True), dtype=np.float64)


def fit_trees(rows: Ready, params: TrainParams, rounds: int, threads: int) -> TreeMember:
    """Fit the trees on all rows; the same bits for any number of threads."""
    learnt_from = tree_matrix(rows.matrix, rows.inputs, rows.churned)
    settings = _settings(params, rows, threads)
    return TreeMember.of(xgb.train(settings, learnt_from, num_boost_round=rounds), rows.inputs)


def fit_regression(rows: Ready, penalty: float) -> LogisticMember:
    """Fit the logistic regression on all rows."""
    terms = learn_terms(rows.matrix, rows.inputs)
    fitted = fit_logistic(design(terms, rows.matrix, rows.inputs), rows.churned, penalty, _signs(rows, terms))
    learnt = zip(terms, fitted.coefficients.tolist(), strict=True)
    return LogisticMember(
        rows.inputs, tuple(replace(term, coefficient=value) for term, value in learnt), fitted.intercept
    )


def _signs(rows: Ready, terms: Sequence[Term]) -> Floats:
    """Return the direction of each term's feature; flags of missing values and levels are free."""
    directions = dict(zip(rows.inputs.features, rows.directions, strict=True))
    return np.array([directions[term.feature] if term.kind == "value" else 0 for term in terms], dtype=np.float64)


def try_rounds(rows: Ready, folds: Folds, params: TrainParams, threads: int, report: Report) -> Tried:
    """Return the unseen rows' margins after every ten rounds of trees, until they have long stopped getting better."""
    parts = list(split(rows, folds))
    learners = [
        _Learner(seen, tree_matrix(rows.matrix[unseen], rows.inputs), params, threads) for seen, unseen in parts
    ]
    margins: list[Floats] = []
    losses: list[float] = []
    for rounds in range(ROUND_STEP, params.max_rounds + 1, ROUND_STEP):
        margins.append(np.empty(len(folds)))
        for learner, (_, unseen) in zip(learners, parts, strict=True):
            margins[-1][unseen] = learner.margins_after(rounds)
        losses.append(float(log_losses(margins[-1], rows.churned).mean()))
        report(rounds, losses[-1])
        if len(losses) - int(np.argmin(losses)) > PATIENCE_STEPS:
            break
    return Tried(
        tuple(float(ROUND_STEP * step) for step in range(1, len(losses) + 1)), np.array(margins), np.array(losses)
    )


def try_penalties(rows: Ready, folds: Folds) -> Tried:
    """Return the unseen rows' margins under every penalty."""
    margins = np.empty((len(PENALTIES), len(folds)))
    for seen, unseen in split(rows, folds):
        terms = learn_terms(seen.matrix, seen.inputs)
        learnt_from = design(terms, seen.matrix, seen.inputs)
        asked = design(terms, rows.matrix[unseen], rows.inputs)
        fitted = fit_penalties(learnt_from, seen.churned, PENALTIES, _signs(seen, terms))
        margins[:, unseen] = [one.margins(asked) for one in fitted]
    return Tried(PENALTIES, margins, np.array([log_losses(row, rows.churned).mean() for row in margins]))


def split(rows: Ready, folds: Folds) -> Iterator[tuple[Ready, npt.NDArray[np.bool_]]]:
    """Yield, fold by fold, the rows outside it and a mask of the rows inside."""
    for fold in range(int(folds.max()) + 1):
        unseen = folds == fold
        seen = replace(rows, matrix=rows.matrix[~unseen], churned=rows.churned[~unseen])
        yield seen, unseen


def useful_threads(threads: int, rows: Ready) -> int:
    """Return how many threads of a booster are worth their waiting for each other: on few rows they cost more than they bring."""
    return min(threads, 1 + len(rows.churned) // ROWS_WORTH_A_THREAD)


def _settings(params: TrainParams, rows: Ready, threads: int) -> dict[str, Any]:
    return {
        "objective": "binary:logistic",
        "tree_method": "hist",
        "seed": params.seed,
        # XGBoost draws from one generator for all boosters of a process; seeded anew, no booster disturbs another.
        "seed_per_iteration": True,
        "nthread": useful_threads(threads, rows),
        "monotone_constraints": rows.directions,
        **params.xgboost.model_dump(),
    }
