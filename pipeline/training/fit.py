"""Learning: choose rounds and penalty on unseen customers, calibrate on the same margins, then fit all rows."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pipeline.features.catalogue import Feature
from pipeline.model.churn_model import ChurnModel, Member
from pipeline.model.inputs import Floats
from pipeline.params import TrainParams
from pipeline.training.calibrate import fit_platt
from pipeline.training.folds import customer_folds
from pipeline.training.members import ROUND_STEP, Tried, fit_regression, fit_trees, try_penalties, try_rounds
from pipeline.training.metrics import auc
from pipeline.training.newton import log_losses
from pipeline.training.preflight import Ready, ready, refuse_too_few

Progress = Callable[[str, float], None]


def train(  # noqa: PLR0913, PLR0917
    frame: pd.DataFrame,
    churned: np.ndarray,
    customers: pd.Series,
    features: Sequence[Feature],
    params: TrainParams,
    task: Mapping[str, Any],
    threads: int = 1,
    progress: Progress = lambda what, share: None,  # noqa: ARG005
) -> tuple[ChurnModel, dict[str, Any]]:
    """Return the model and the facts of its training.

    `frame` holds a row per snapshot, with `as_of` and the columns of `features`, whose directions the model keeps. The
    same rows give the same bytes in any order and on any number of threads. Raises TooLittleDataError where there are too
    few churners to learn from.
    """
    families = {feature.name: feature.family for feature in features}
    refuse_too_few(churned, params.min_churners, "training")
    rows = ready(frame, churned, customers, features)
    folds = customer_folds(rows.customers, params.folds, params.seed)
    rounds = try_rounds(rows, folds, params, threads, lambda done: progress("rounds tried", done / params.max_rounds))
    penalties = try_penalties(rows, folds)
    margins = (rounds.margins[rounds.best] + penalties.margins[penalties.best]) / 2
    fitted = _fit_all(rows, params, int(rounds.settings[rounds.best]), penalties.settings[penalties.best], threads)
    model = ChurnModel(
        rows.inputs,
        tuple(families[name] for name in rows.inputs.features),
        fitted,
        fit_platt(margins, rows.churned),
        _task(frame, task),
    )
    facts = _facts(rows, model, rounds, penalties, margins)
    return model, {**facts, "notes": [*rows.notes, *_cut_short(rounds, params)]}


def _fit_all(rows: Ready, params: TrainParams, rounds: int, penalty: float, threads: int) -> tuple[Member, ...]:
    return fit_trees(rows, params, rounds, threads), fit_regression(rows, penalty)


def _task(frame: pd.DataFrame, task: Mapping[str, Any]) -> dict[str, Any]:
    dates = sorted({str(day) for day in frame["as_of"]}) if "as_of" in frame.columns else []
    return {**task, "train_as_of": dates}


def _facts(rows: Ready, model: ChurnModel, rounds: Tried, penalties: Tried, margins: Floats) -> dict[str, Any]:
    calibrated = model.platt.slope * margins + model.platt.offset
    return {
        "rows": len(rows.churned),
        "customers": int(rows.customers.nunique()),
        "churners": int(rows.churned.sum()),
        "features": len(rows.inputs.features),
        "rounds": int(rounds.settings[rounds.best]),
        "penalty": penalties.settings[penalties.best],
        "platt_slope": model.platt.slope,
        "platt_offset": model.platt.offset,
        "oof_log_loss": float(log_losses(calibrated, rows.churned).mean()),
        "oof_auc": auc(rows.churned, margins),
        "oof_log_loss_trees": float(rounds.losses.min()),
        "oof_log_loss_logistic": float(penalties.losses.min()),
    }


def _cut_short(rounds: Tried, params: TrainParams) -> list[str]:
    if rounds.settings[rounds.best] + ROUND_STEP <= params.max_rounds:
        return []
    return [f"The trees were still getting better after {params.max_rounds} rounds: raise train.max_rounds."]
