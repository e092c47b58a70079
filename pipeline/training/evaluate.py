"""Judging a model on dates it has not seen: every figure with an interval, beside the simple rules on the same rows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from pipeline.model.churn_model import ChurnModel
from pipeline.model.inputs import Floats
from pipeline.params import EvaluateParams
from pipeline.snapshots.enough import refuse_one_answer
from pipeline.snapshots.label import TASK_FACTS
from pipeline.training import metrics
from pipeline.training.baselines import Baseline, BaselineColumns, baselines
from pipeline.training.bootstrap import Bootstrap, Draws, Statistic
from pipeline.training.brought import brought
from pipeline.training.curves import curves, gain_curve, reliability
from pipeline.training.judged import Judged, auc_of, mean_of, part_facts
from pipeline.training.newton import log_losses
from pipeline.training.rates import rates
from pipeline.training.slices import REPLICATES, by_as_of, by_tenure, by_value, new_customers
from pipeline.training.verdicts import told_of_new_customers, verdicts


def evaluate(  # noqa: PLR0913
    model: ChurnModel,
    test: pd.DataFrame,
    train: pd.DataFrame,
    params: EvaluateParams,
    *,
    run_id: str = "",
    columns: BaselineColumns | None = None,
    learnt: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return evaluation.json.

    Both frames hold `customer_id`, `as_of`, `churned` and the features; `train` only fits the simple rules. `learnt` holds
    the facts of the training. A gain is how much better the model is than the rule, or than without a member, so
    a positive `log_loss_gain` is a smaller loss. Raises TooLittleDataError where the test dates hold only one answer.
    """
    judged = Judged(test["customer_id"], test["churned"].to_numpy(dtype=np.float64), model.log_odds(test))
    refuse_one_answer(judged.churned)
    with threadpool_limits(1, user_api="blas"):
        rules = baselines(train, test, columns or BaselineColumns(), model.task)
        figures = {
            **_headline(judged, rules, params),
            "rule_curve": _rule_curve(judged, rules),
            "members": brought(model, test, judged, learnt["members"], REPLICATES) if learnt else [],
            "by_as_of": by_as_of(judged, test, REPLICATES),
            "by_tenure": by_tenure(judged, test),
            "by_value": by_value(judged, test),
            "new_customers": _new(judged, rules, test),
        }
    described = {**_described(model, test, train, run_id), "rates": rates(train, figures["by_as_of"]), **figures}
    return {**described, "verdicts": verdicts(described, (learnt or {}).get("suspects", []))}


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


def _headline(judged: Judged, rules: Sequence[Baseline], params: EvaluateParams) -> dict[str, Any]:
    """Return the figures of all test rows: the model's and the rules', all from the same draws."""
    ranking = metrics.Ranking.of(judged.churned, judged.log_odds)
    lifts = {f"lift {share}": _lift(ranking, share) for share in params.top_shares}
    statistics = {**judged.statistics(), **lifts, **_of_rules(rules, judged.churned)}
    draws = Bootstrap(judged.customers, params.replicates).measure(statistics)
    return {
        "metrics": judged.told(draws),
        "lift": [{"top_share": share, **draws[f"lift {share}"].interval()} for share in params.top_shares],
        "reliability": reliability(judged.churned, judged.chance),
        **curves(ranking, Bootstrap(judged.customers, REPLICATES)),
        "baselines": [_beside(rule, draws) for rule in rules],
    }


def _compared(judged: Judged, rules: Sequence[Baseline], replicates: int) -> list[dict[str, Any]]:
    ours = {"auc": auc_of(judged.churned, judged.log_odds), "log_loss": _loss_of(judged.log_odds, judged.churned)}
    draws = Bootstrap(judged.customers, replicates).measure({**ours, **_of_rules(rules, judged.churned)})
    return [_beside(rule, draws) for rule in rules]


def _of_rules(rules: Sequence[Baseline], churned: Floats) -> dict[str, Statistic]:
    statistics = {}
    for rule in rules:
        statistics[f"auc {rule.name}"] = auc_of(churned, rule.scores)
        if rule.gives_probability:
            statistics[f"log_loss {rule.name}"] = _loss_of(rule.scores, churned)
    return statistics


def _rule_curve(judged: Judged, rules: Sequence[Baseline]) -> dict[str, Any] | None:
    """Return the gain curve of the simple rule with the highest AUC, to lie beside the model's; None without rules."""
    rankings = [metrics.Ranking.of(judged.churned, rule.scores) for rule in rules]
    if not rankings:
        return None
    once = metrics.Weights.once(len(judged.churned))
    best = int(np.argmax([float(metrics.aucs(ranking, once)[0]) for ranking in rankings]))
    return {"words": rules[best].words, "gain_curve": gain_curve(rankings[best])}


def _loss_of(log_odds: Floats, churned: Floats) -> Statistic:
    return mean_of(log_losses(log_odds, churned))


def _new(judged: Judged, rules: Sequence[Baseline], rows: pd.DataFrame) -> dict[str, Any] | None:
    """Return the figures of new customers beside the rules; None where no feature tells who is new."""
    new = new_customers(rows)
    if new is None:
        return None
    part = judged.part(new)
    facts = part_facts(part, REPLICATES)
    both = facts.get("auc") is not None
    theirs = [replace(rule, scores=rule.scores[new]) for rule in rules]
    told = {**facts, "baselines": _compared(part, theirs, REPLICATES) if both else []}
    return {"sentence": told_of_new_customers(told), **told}


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


def _lift(ranking: metrics.Ranking, share: float) -> Statistic:
    return lambda weights: metrics.lifts(ranking, weights, share)
