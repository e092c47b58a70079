"""What each member of the model brings: what it says alone, and what the others say without it, on the same rows."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from pipeline.model.churn_model import ChurnModel
from pipeline.model.inputs import Floats
from pipeline.training.bootstrap import Bootstrap, Draws, Statistic
from pipeline.training.judged import Judged, auc_of, mean_of
from pipeline.training.newton import log_losses

WORDS = {"trees": "Boosted trees", "logistic": "Logistic regression", "rhythm": "BG/NBD"}

Facts = dict[str, Any]


def brought(
    model: ChurnModel, test: pd.DataFrame, judged: Judged, learnt: Mapping[str, Facts], replicates: int
) -> list[Facts]:
    """Return what each member says of the test rows alone, and what the model gains by having it; nothing is learnt here.

    `learnt` is what `members_apart` returned in training; a gain is paired over the same draws of customers.
    """
    kinds, margins = model.kinds, model.margins(test)
    statistics = _measures("model", judged.log_odds, judged.churned)
    for place, kind in enumerate(kinds):
        alone, without = (learnt[kind][which] for which in ("alone", "without"))
        statistics |= _measures(f"{kind} alone", _line(alone, margins[place]), judged.churned)
        if without is not None:
            others = np.delete(margins, place, axis=0).mean(axis=0)
            statistics |= _measures(f"{kind} without", _line(without, others), judged.churned)
    draws = Bootstrap(judged.customers, replicates).measure(statistics)
    return [_told(kind, draws, learnt[kind]) for kind in kinds]


def _line(learnt: Facts, margins: Floats) -> Floats:
    return np.asarray(learnt["slope"] * margins + learnt["offset"])


def _measures(who: str, log_odds: Floats, churned: Floats) -> dict[str, Statistic]:
    return {f"{who} auc": auc_of(churned, log_odds), f"{who} log_loss": mean_of(log_losses(log_odds, churned))}


def _told(kind: str, draws: Mapping[str, Draws], learnt: Facts) -> Facts:
    alone = {key: draws[f"{kind} alone {key}"].interval() for key in ("auc", "log_loss")}
    unseen = {
        "oof_log_loss": learnt["alone"]["oof_log_loss"],
        "oof_log_loss_without": None,
        "oof_log_loss_model": learnt["oof_log_loss_model"],
    }
    gains: Facts = {"auc_gain": None, "log_loss_gain": None}
    if learnt["without"] is not None:
        unseen["oof_log_loss_without"] = learnt["without"]["oof_log_loss"]
        gains["auc_gain"] = (draws["model auc"] - draws[f"{kind} without auc"]).interval()
        gains["log_loss_gain"] = (draws[f"{kind} without log_loss"] - draws["model log_loss"]).interval()
    return {"name": kind, "words": WORDS[kind], **alone, **gains, **unseen}
