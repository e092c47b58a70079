"""Which model leads: the challenger only if it is surely better, on the same rows, than the one that leads now."""

from collections.abc import Iterator, Mapping
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

NEEDED_VERDICTS = ("enough_data", "calibration")


@dataclass(frozen=True)
class Promotion:
    """Whether a model takes the lead, and why, in a sentence."""

    promoted: bool
    sentence: str
    forced_because: str | None = None

    @classmethod
    def refused(cls, *reasons: str) -> "Promotion":
        """Return a refusal with all its reasons."""
        return cls(promoted=False, sentence=" ".join(("Not promoted.", *reasons)))

    def forced(self, reason: str) -> "Promotion":
        """Return a promotion all the same, that says what spoke against it."""
        against = self.sentence.removeprefix("Not promoted. ")
        sentence = f"Forced to lead ({reason}). What spoke against it: {against}"
        return Promotion(promoted=True, sentence=sentence, forced_because=reason)


def first_champion(evaluation: Mapping[str, Any]) -> Promotion:
    """Decide where nobody leads yet: enough data, probabilities that hold, and no simple rule that is surely better."""
    against = [*_bad_verdicts(evaluation), *_better_rule(evaluation)]
    if against:
        return Promotion.refused(*against)
    reason = "its probabilities hold and no simple rule is surely better"
    return Promotion(promoted=True, sentence=f"Promoted as the first champion: {reason}.")


def against_champion(
    challenger: ChurnModel,
    champion: ChurnModel,
    test: pd.DataFrame,
    evaluation: Mapping[str, Any],
    params: EvaluateParams,
) -> Promotion:
    """Decide by the paired gain in log loss on rows that neither model learnt from, and by the challenger's verdicts.

    `test` holds `customer_id`, `as_of`, `churned` and the features of both. Raises ParamsError where the models cannot be
    compared: they answer different questions, or the champion reads columns that are gone, or has learnt from the rows.
    """
    _refuse_other_question(challenger, champion)
    _refuse_lost_columns(champion, test)
    _refuse_learnt_rows(champion, test)
    gain = _gain(challenger, champion, test, params)
    against = [*_no_gain(gain, champion), *_bad_verdicts(evaluation)]
    if against:
        return Promotion.refused(*against)
    sentence = f"Promoted: it lowers the log loss of the champion, model {champion.version}, by {signed(gain)}."
    return Promotion(promoted=True, sentence=sentence)


def _bad_verdicts(evaluation: Mapping[str, Any]) -> Iterator[str]:
    for verdict in evaluation["verdicts"]:
        if verdict["key"] in NEEDED_VERDICTS and not verdict["holds"]:
            yield verdict["sentence"]


def _better_rule(evaluation: Mapping[str, Any]) -> Iterator[str]:
    rule = best_baseline(evaluation["baselines"]) if evaluation["baselines"] else None
    if rule and rule["auc_gain"]["high"] < 0:
        yield f"A simple rule ({rule['words']}) ranks better: its AUC differs by {signed(rule['auc_gain'])}."


def _no_gain(gain: Mapping[str, float], champion: ChurnModel) -> Iterator[str]:
    if gain["low"] <= 0:
        why = "the interval includes zero" if gain["high"] >= 0 else "it is surely worse"
        yield f"It lowers the log loss of the champion, model {champion.version}, by {signed(gain)}: {why}."


def _refuse_other_question(challenger: ChurnModel, champion: ChurnModel) -> None:
    for key in TASK_FACTS:
        new, old = challenger.task.get(key), champion.task.get(key)
        if new != old:
            raise ParamsError(
                f"The champion was trained with {key} {old} and this model with {new}: they answer different questions "
                f"and cannot be compared. Set snapshots.{key} back to {old}, or say why with --force."
            )


def _refuse_lost_columns(champion: ChurnModel, test: pd.DataFrame) -> None:
    lost = [name for name in champion.features if name not in test.columns]
    if lost:
        raise ParamsError(
            f"The champion reads {', '.join(lost)}, which the features no longer have, so nothing can be compared with it. "
            "Bring the table back, or say why with --force."
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
