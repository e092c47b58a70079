"""Which model leads: the challenger only if it is surely better, on the same rows, than the one that leads now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from pipeline.errors import ParamsError
from pipeline.model.churn_model import ChurnModel
from pipeline.params import EvaluateParams
from pipeline.snapshots.label import TASK_FACTS
from pipeline.training.bootstrap import Bootstrap
from pipeline.training.metrics import means
from pipeline.training.newton import log_losses
from pipeline.training.verdicts import best_baseline, signed


@dataclass(frozen=True)
class Promotion:
    """Whether a model takes the lead, and why, in a sentence."""

    promoted: bool
    sentence: str


def first_champion(evaluation: Mapping[str, Any]) -> Promotion:
    """Decide where nobody leads yet: probabilities must hold, and no simple rule may be surely better."""
    for verdict in evaluation["verdicts"]:
        if verdict["key"] in {"enough_data", "calibration"} and not verdict["holds"]:
            return Promotion(promoted=False, sentence=f"Not promoted, and no model leads yet. {verdict['sentence']}")
    rule = best_baseline(evaluation["baselines"]) if evaluation["baselines"] else None
    if rule and rule["auc_gain"]["high"] < 0:
        worse = f"its AUC differs by {signed(rule['auc_gain'])}"
        sentence = f"Not promoted: a simple rule ({rule['words']}) ranks better; {worse}."
        return Promotion(promoted=False, sentence=sentence)
    reason = "its probabilities hold and no simple rule is surely better"
    return Promotion(promoted=True, sentence=f"Promoted as the first champion: {reason}.")


def against_champion(
    challenger: ChurnModel, champion: ChurnModel, test: pd.DataFrame, params: EvaluateParams
) -> Promotion:
    """Decide by the paired gain in log loss on rows that neither model learnt from.

    `test` holds `customer_id`, `churned` and the features of both. Raises ParamsError where the models answer different
    questions, because their losses cannot be compared then.
    """
    if challenger.version == champion.version:
        return Promotion(promoted=False, sentence=f"Model {champion.version} leads already.")
    _refuse_other_question(challenger, champion)
    _refuse_learnt_rows(champion, test)
    gain = _gain(challenger, champion, test, params)
    if gain["low"] > 0:
        return Promotion(promoted=True, sentence=f"Promoted: it lowers the champion's log loss by {signed(gain)}.")
    why = "the interval includes zero" if gain["high"] >= 0 else "it is surely worse"
    sentence = f"Not promoted: it lowers the champion's log loss by {signed(gain)}; {why}."
    return Promotion(promoted=False, sentence=sentence)


def _refuse_other_question(challenger: ChurnModel, champion: ChurnModel) -> None:
    for key in TASK_FACTS:
        new, old = challenger.task.get(key), champion.task.get(key)
        if new != old:
            raise ParamsError(
                f"The champion was trained with {key} {old} and this model with {new}: they answer different questions "
                f"and cannot be compared. Set snapshots.{key} back to {old}, or take the alias off the champion first."
            )


def _refuse_learnt_rows(champion: ChurnModel, test: pd.DataFrame) -> None:
    """Raise ParamsError where the champion learnt answers that were not in on the first test date."""
    answer_days = int(champion.task["gap_days"] or 0) + int(champion.task["horizon_days"] or 0)
    learnt = date.fromisoformat(max(champion.task["train_as_of"])) + timedelta(days=answer_days)
    first = date.fromisoformat(min(str(day)[:10] for day in test["as_of"]))
    if learnt > first:
        raise ParamsError(
            f"The champion learnt from answers up to {learnt}, the test begins on {first}: comparing them there would favour it. "
            "Judge on later dates (snapshots.newest_as_of), or on fewer (snapshots.test_dates)."
        )


def _gain(challenger: ChurnModel, champion: ChurnModel, test: pd.DataFrame, params: EvaluateParams) -> dict[str, float]:
    churned = test["churned"].to_numpy(dtype=np.float64)
    saved = log_losses(champion.log_odds(test), churned) - log_losses(challenger.log_odds(test), churned)
    with threadpool_limits(1, user_api="blas"):
        draws = Bootstrap(test["customer_id"], params.replicates).measure(
            {"gain": lambda weights: means(saved, weights)}
        )
    return draws["gain"].interval()
