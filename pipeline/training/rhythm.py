"""Learning the buying rhythm: what BG/NBD knows of customers, beside what the other members know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.model.inputs import Floats, Inputs
from pipeline.model.rhythm import Ahead, Histories, RhythmMember
from pipeline.training.calibrate import calibrated_loss, fit_platt
from pipeline.training.folds import Folds
from pipeline.training.preflight import Ready
from pipeline.value.buying import fit_rhythm


@dataclass(frozen=True)
class RhythmTried:
    """The member fitted on all customers, its margins of unseen ones, and the log loss of the mean of all members' margins."""

    member: RhythmMember
    margins: Floats
    loss: float


def try_rhythm(rows: Ready, folds: Folds, task: Mapping[str, Any], others: Sequence[Floats]) -> RhythmTried | None:
    """Try every way of telling a rhythm beside the others' margins and return the best; None where none can be fitted.

    BG/NBD is fitted on the newest date, once outside each fold and once on everybody: the histories of a date hold those
    of the dates before it, and each customer counts once.
    """
    found = [_try(reads, rows, folds, Ahead.of(task), others) for reads in rows.pasts]
    return min((tried for tried in found if tried), key=lambda tried: tried.loss, default=None)


def _try(
    reads: tuple[str, ...], rows: Ready, folds: Folds, ahead: Ahead, others: Sequence[Floats]
) -> RhythmTried | None:
    past = rows.pasts[reads]
    whole, unseen = fit_rhythm(past.part(rows.newest)), _unseen(past, rows.newest, folds, ahead)
    if whole is None or unseen is None:
        return None
    slope = fit_platt(unseen, rows.churned).slope
    centre = float(np.nanmean(whole.silent_log_odds(past, ahead)))
    member, margins = RhythmMember(Inputs(reads), whole, ahead, slope, centre), slope * unseen
    return RhythmTried(member, margins, calibrated_loss(np.mean([*others, margins], axis=0), rows.churned))


def _unseen(past: Histories, newest: npt.NDArray[np.bool_], folds: Folds, ahead: Ahead) -> Floats | None:
    """Return the log-odds of each fold's customers, told by the others; the mean for who never bought."""
    log_odds = np.empty(len(folds))
    for fold in range(int(folds.max()) + 1):
        fitted = fit_rhythm(past.part(newest & (folds != fold)))
        if fitted is None:
            return None
        log_odds[folds == fold] = fitted.silent_log_odds(past.part(folds == fold), ahead)
    return np.where(np.isnan(log_odds), np.nanmean(log_odds), log_odds)
