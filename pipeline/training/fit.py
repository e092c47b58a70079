"""Learning: choose rounds and penalty on unseen customers, calibrate on the same margins, then fit all rows."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from pipeline.features.behaviour import Feature
from pipeline.model.churn_model import ChurnModel, Member
from pipeline.model.inputs import Floats, Inputs
from pipeline.params import TrainParams
from pipeline.snapshots.enough import refuse_too_few
from pipeline.training.calibrate import calibrated_loss, fit_platt, members_apart
from pipeline.training.folds import Folds, customer_folds
from pipeline.training.members import (
    ROUND_STEP,
    Tried,
    fit_regression,
    fit_trees,
    try_penalties,
    try_rounds,
    useful_threads,
)
from pipeline.training.metrics import CHANCE, auc
from pipeline.training.newton import log_losses
from pipeline.training.preflight import Ready, ready
from pipeline.training.rhythm import try_rhythm

Progress = Callable[[str, float], None]

MOST_DIRECTIONS_MAY_COST = 0.003
"""As a share of the log loss: less does not matter, and directions keep a model sane outside its data."""
SURE = 3.0
"""In standard errors."""

LEFT_OUT = "The buying rhythm takes no part"


def train(  # noqa: PLR0913, PLR0917
    frame: pd.DataFrame,
    churned: np.ndarray,
    customers: pd.Series,
    features: Sequence[Feature],
    params: TrainParams,
    task: Mapping[str, Any],
    threads: int = 1,
    progress: Progress = lambda what, share: None,  # noqa: ARG005
    tell: Callable[[str], None] = lambda sentence: None,  # noqa: ARG005
) -> tuple[ChurnModel, dict[str, Any]]:
    """Return the model and the facts of its training.

    `frame` holds a row per snapshot, with `as_of` and the columns of `features`, whose directions the model keeps. The
    same rows give the same bytes in any order and on any number of threads. `tell` hears, before anything is learnt, of columns
    that look as if they held the answer. Raises TooLittleDataError where there are too
    few churners to learn from.
    """
    families = {feature.name: feature.family for feature in features}
    refuse_too_few(churned, customers, params.min_churners)
    rows = ready(frame, churned, customers, features, params.trusted_columns)
    for suspect in rows.suspects:
        tell(suspect.sentence)
    folds = customer_folds(rows.customers, params.folds, params.seed)
    tried = _two_tried(rows, folds, params, threads, progress)
    rows, rounds, penalties = tried.rows, tried.rounds, tried.penalties
    third = _third(rows, folds, task, tried.margins)
    two = _fit_all(rows, params, int(rounds.settings[rounds.best]), penalties.settings[penalties.best], threads)
    members, margins = (*two, *third.members), (*tried.margins, *third.margins)
    inputs = _inputs(rows, members)
    model = ChurnModel(
        inputs,
        tuple(families[name] for name in inputs.features),
        members,
        fit_platt(np.mean(margins, axis=0), rows.churned),
        _task(frame, task),
    )
    facts = _facts(rows, model, rounds, penalties, np.mean(margins, axis=0))
    return model, {
        **facts,
        **third.facts,
        "suspects": [{"name": one.name, "auc": one.auc, "left_out": one.left_out} for one in rows.suspects],
        "members": members_apart(model.kinds, margins, rows.churned),
        "notes": [*rows.notes, *tried.notes, *third.notes, *_cut_short(rounds, params), *_no_order(facts["oof_auc"])],
    }


def partners(
    rows: Ready, folds: Folds, task: Mapping[str, Any], params: TrainParams, threads: int
) -> tuple[Ready, list[Floats]]:
    """Return the rows with the directions they keep, and the margins of unseen customers of all members but the trees."""
    tried = _two_tried(rows, folds, params, threads, lambda what, share: None)  # noqa: ARG005
    third = _third(tried.rows, folds, task, tried.margins)
    return tried.rows, [*tried.margins[1:], *third.margins]


@dataclass(frozen=True)
class _Two:
    """Trees and regression as tried on unseen customers, and the rows with the directions they kept."""

    rows: Ready
    rounds: Tried
    penalties: Tried
    notes: tuple[str, ...] = ()

    @property
    def margins(self) -> list[Floats]:
        """Return the unseen customers' margins of either, at the best setting."""
        return [self.rounds.margins[self.rounds.best], self.penalties.margins[self.penalties.best]]

    def losses(self) -> Floats:
        """Return the calibrated loss of their mean, row by row."""
        mean = np.mean(self.margins, axis=0)
        platt = fit_platt(mean, self.rows.churned)
        return log_losses(platt.slope * mean + platt.offset, self.rows.churned)


def _two_tried(rows: Ready, folds: Folds, params: TrainParams, threads: int, progress: Progress) -> _Two:
    """Try trees and regression with the catalogue's directions and without: they go where they cost unseen customers."""

    def tried(asked: Ready) -> _Two:
        with ThreadPoolExecutor(1) as beside:
            penalties = beside.submit(try_penalties, asked, folds)
            if useful_threads(threads, asked) == threads:
                wait([penalties])  # The trees keep all threads busy, and two at once would need the memory of both.
            rounds = try_rounds(
                asked, folds, params, threads, lambda done, _: progress("rounds tried", done / params.max_rounds)
            )
        return _Two(asked, rounds, penalties.result())

    kept = tried(rows)
    if not any(rows.directions):
        return kept
    free = tried(replace(rows, directions=(0,) * len(rows.directions)))
    with_them, without = kept.losses(), free.losses()
    if not _costs(with_them - without, float(without.mean()), rows.customers):
        return kept
    cost = f"log loss of unseen customers is {with_them.mean():.4f} with them and {without.mean():.4f} without"
    return replace(free, notes=(f"The catalogue's directions do not hold for this question: {cost}.",))


def _costs(more: Floats, loss: float, customers: pd.Series) -> bool:
    """Say whether so much more loss is surely more, and enough to matter; the rows of a customer count as one."""
    each = pd.Series(more).groupby(pd.factorize(customers)[0]).mean().to_numpy()
    noise = each.std(ddof=1) / np.sqrt(len(each)) if len(each) > 1 else np.inf
    return bool(more.mean() > MOST_DIRECTIONS_MAY_COST * loss and each.mean() > SURE * noise)


@dataclass(frozen=True)
class _Third:
    """The third member and its margins of unseen customers, if it takes part, and what trying it showed."""

    members: tuple[Member, ...] = ()
    margins: tuple[Floats, ...] = ()
    facts: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def _third(rows: Ready, folds: Folds, task: Mapping[str, Any], two: Sequence[Floats]) -> _Third:
    """Try the buying rhythm beside the margins of two: it takes part unless unseen customers are told worse with it."""
    if not rows.pasts:
        return _Third(notes=(f"{LEFT_OUT}: there are no purchases that it could be read from.",))
    tried = try_rhythm(rows, folds, task, two)
    if tried is None:
        return _Third(notes=(f"{LEFT_OUT}: BG/NBD could not be fitted to these purchases.",))
    loss = calibrated_loss(np.mean(two, axis=0), rows.churned)
    facts = {"oof_log_loss_with_rhythm": tried.loss, "oof_log_loss_without_rhythm": loss}
    if tried.loss > loss:
        why = f"log loss of unseen customers is {loss:.4f} without it and {tried.loss:.4f} with it"
        return _Third((), (), facts, (f"{LEFT_OUT}: {why}.",))
    return _Third((tried.member,), (tried.margins,), facts)


def _inputs(rows: Ready, members: Sequence[Member]) -> Inputs:
    """Return the columns that all members read together, those of the trees first."""
    more = dict.fromkeys(name for member in members for name in member.inputs.features)
    return Inputs(tuple(dict.fromkeys([*rows.inputs.features, *more])), rows.inputs.categories)


def _fit_all(rows: Ready, params: TrainParams, rounds: int, penalty: float, threads: int) -> tuple[Member, ...]:
    return fit_trees(rows, params, rounds, threads), fit_regression(rows, penalty)


def _task(frame: pd.DataFrame, task: Mapping[str, Any]) -> dict[str, Any]:
    dates = sorted({str(day) for day in frame["as_of"]}) if "as_of" in frame.columns else []
    return {**task, "train_as_of": dates}


def _facts(rows: Ready, model: ChurnModel, rounds: Tried, penalties: Tried, margins: Floats) -> dict[str, Any]:
    return {
        "rows": len(rows.churned),
        "customers": int(rows.customers.nunique()),
        "churners": int(rows.churned.sum()),
        "features": len(model.features),
        "rounds": int(rounds.settings[rounds.best]),
        "directions_kept": any(rows.directions),
        "penalty": penalties.settings[penalties.best],
        "platt_slope": model.platt.slope,
        "platt_offset": model.platt.offset,
        "oof_log_loss": calibrated_loss(margins, rows.churned),
        "oof_auc": auc(rows.churned, margins),
        "oof_log_loss_trees": float(rounds.losses.min()),
        "oof_log_loss_logistic": float(penalties.losses.min()),
    }


def _cut_short(rounds: Tried, params: TrainParams) -> list[str]:
    if rounds.settings[rounds.best] + ROUND_STEP <= params.max_rounds:
        return []
    return [f"The trees were still getting better after {params.max_rounds} rounds: raise train.max_rounds."]


def _no_order(oof_auc: float) -> list[str]:
    if oof_auc > CHANCE:
        return []
    return [
        f"Unseen customers are told apart no better than by a coin (AUC {oof_auc:.3f}): all get about the same probability."
    ]
