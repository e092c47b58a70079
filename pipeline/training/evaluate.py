"""Judging a model on dates it has not seen: every figure with an interval, beside the simple rules on the same rows."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from pipeline.errors import TooLittleDataError
from pipeline.model.churn_model import ChurnModel
from pipeline.model.inputs import Floats
from pipeline.params import EvaluateParams
from pipeline.profit import Economics, expected_maximum_profit
from pipeline.snapshots.label import TASK_FACTS
from pipeline.training import metrics
from pipeline.training.baselines import Baseline, BaselineColumns, baselines
from pipeline.training.bootstrap import Bootstrap, Draws, Statistic
from pipeline.training.curves import gain_curve, reliability
from pipeline.training.judged import Judged, auc_of, mean_of, part_facts
from pipeline.training.newton import log_losses
from pipeline.training.slices import by_tenure, by_value
from pipeline.training.verdicts import verdicts

PROFIT_REPLICATES = 200
PROFIT_CUTS = 2_000


def evaluate(
    model: ChurnModel,
    test: pd.DataFrame,
    train: pd.DataFrame,
    params: EvaluateParams,
    *,
    run_id: str = "",
    columns: BaselineColumns | None = None,
) -> dict[str, Any]:
    """Return evaluation.json.

    Both frames hold `customer_id`, `as_of`, `churned` and the features; `train` only fits the simple rules. A gain is
    how much better the model is than the rule, so a positive `log_loss_gain` is a smaller loss. Raises
    TooLittleDataError where the test dates hold only one answer.
    """
    judged = Judged(test["customer_id"], test["churned"].to_numpy(dtype=np.float64), model.log_odds(test))
    _refuse_one_answer(judged.churned)
    with threadpool_limits(1, user_api="blas"):
        figures = {
            **_figures(judged, params),
            "baselines": _compared(judged, baselines(train, test, columns or BaselineColumns(), model.task), params),
            "by_as_of": _by_as_of(judged, test["as_of"], params),
            "by_tenure": by_tenure(judged, test),
            "by_value": by_value(judged, test),
        }
    described = {**_described(model, test, train, run_id), **figures}
    return {**described, "verdicts": verdicts(described)}


def _refuse_one_answer(churned: Floats) -> None:
    if churned.min(initial=1) == churned.max(initial=0):
        who = "nobody" if not churned.any() else "everybody"
        raise TooLittleDataError(
            f"On the test dates {who} of {len(churned):,} snapshots churned, so no ranking can be judged. "
            "Add history, or change snapshots.horizon_days or snapshots.test_dates."
        )


def _described(model: ChurnModel, test: pd.DataFrame, train: pd.DataFrame, run_id: str) -> dict[str, Any]:
    parts = {"train": train, "test": test}
    return {
        "model_version": model.version,
        "run_id": run_id,
        "task": {key: model.task.get(key) for key in TASK_FACTS},
        "as_of": {role: sorted({str(day) for day in part["as_of"]}) for role, part in parts.items()},
        "rows": {role: _counted(part) for role, part in parts.items()},
    }


def _counted(part: pd.DataFrame) -> dict[str, int]:
    customers = int(part["customer_id"].nunique())
    return {"snapshots": len(part), "customers": customers, "churners": int(part["churned"].astype(bool).sum())}


def _figures(judged: Judged, params: EvaluateParams) -> dict[str, Any]:
    ranking = metrics.Ranking.of(judged.churned, judged.log_odds)
    lifts = {f"lift {share}": _lift(ranking, share) for share in params.top_shares}
    draws = Bootstrap(judged.customers, params.replicates).measure({**_all_statistics(judged, ranking), **lifts})
    estimates = {name: drawn.interval() for name, drawn in draws.items()}
    found = [{"top_share": share, **estimates.pop(f"lift {share}")} for share in params.top_shares]
    return {
        "metrics": {**estimates, "emp": _profit(judged, params).interval()},
        "lift": found,
        "reliability": reliability(judged.churned, judged.chance),
        "gain_curve": gain_curve(ranking),
    }


def _all_statistics(judged: Judged, ranking: metrics.Ranking) -> dict[str, Statistic]:
    churned, log_odds, chance = judged.churned, judged.log_odds, judged.chance
    return {
        **judged.statistics(),
        "average_precision": lambda weights: metrics.average_precisions(ranking, weights),
        "brier": mean_of((chance - churned) ** 2),
        "calibration_slope": lambda weights: metrics.calibration_slopes(churned, log_odds, weights),
        "calibration_intercept": lambda weights: metrics.calibration_intercepts(churned, log_odds, weights),
        "ece": lambda weights: metrics.calibration_errors(churned, chance, weights),
    }


def _compared(judged: Judged, rules: Sequence[Baseline], params: EvaluateParams) -> list[dict[str, Any]]:
    statistics = dict(judged.statistics())
    for rule in rules:
        statistics[f"auc {rule.name}"] = auc_of(judged.churned, rule.scores)
        if rule.gives_probability:
            statistics[f"log_loss {rule.name}"] = mean_of(log_losses(rule.scores, judged.churned))
    draws = Bootstrap(judged.customers, params.replicates).measure(statistics)
    return [_beside(rule, draws) for rule in rules]


def _beside(rule: Baseline, draws: Mapping[str, Draws]) -> dict[str, Any]:
    auc, log_loss = draws[f"auc {rule.name}"], draws.get(f"log_loss {rule.name}")
    return {
        "name": rule.name,
        "words": rule.words,
        "auc": auc.interval(),
        "log_loss": log_loss.interval() if log_loss else None,
        "auc_gain": (draws["auc"] - auc).interval(),
        "log_loss_gain": (log_loss - draws["log_loss"]).interval() if log_loss else None,
    }


def _by_as_of(judged: Judged, as_of: pd.Series, params: EvaluateParams) -> list[dict[str, Any]]:
    days = as_of.astype(str).to_numpy()
    return [{"as_of": day, **part_facts(judged.part(days == day), params.replicates)} for day in sorted(set(days))]


def _profit(judged: Judged, params: EvaluateParams) -> Draws:
    """Measure the expected maximum profit, in the replicates on a ranking of at most 2,000 steps, to save time."""
    churned = judged.churned > 0
    ranks = np.argsort(np.argsort(judged.log_odds, kind="stable"), kind="stable")
    steps = (ranks * min(PROFIT_CUTS, len(ranks)) // len(ranks)).astype(np.float64)
    replicates = min(params.replicates, PROFIT_REPLICATES)
    drawn = [row.astype(np.int64) for block in Bootstrap(judged.customers, replicates).weights() for row in block]
    again = [
        expected_maximum_profit(np.repeat(churned, row), np.repeat(steps, row), Economics()).value for row in drawn
    ]
    return Draws(expected_maximum_profit(churned, judged.log_odds, Economics()).value, np.array(again))


def _lift(ranking: metrics.Ranking, share: float) -> Statistic:
    return lambda weights: metrics.lifts(ranking, weights, share)
