"""What a training and its evaluation leave in the diary: settings, facts and identities, and no customer."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.tracking.store import Tracker, continued_run, new_run, open_tracker
from pipeline.tracking.surroundings import surroundings

Warn = Callable[[str], None]


@dataclass(frozen=True)
class TrainingRun:
    """What a training is known by: identities, settings and facts, and no customer."""

    run_id: str
    model_version: str
    settings: Mapping[str, Any]
    facts: Mapping[str, Any]
    as_of: Sequence[str]


def log_training(run: TrainingRun, warn: Warn) -> str | None:
    """Record a training and return MLflow's id of it, or None, with a warning, where it could not be recorded."""
    try:
        tracker = open_tracker()
        tags = {"run_id": run.run_id, "model_version": run.model_version, **_as_of_tags(run.as_of), **surroundings()}
        with new_run(tracker, run.model_version, tags) as mlflow_run_id:
            _log(tracker, mlflow_run_id, numbers_in(run.facts), flattened(run.settings))
    except Exception as error:  # noqa: BLE001  # a diary that cannot be written must not cost the model
        warn(_not_tracked(error))
        return None
    return mlflow_run_id


def log_evaluation(mlflow_run_id: str | None, evaluation: Mapping[str, Any], warn: Warn) -> str | None:
    """Add an evaluation to the run of its training and return the run's id, or None, with a warning.

    A run that the store does not know, because its database was deleted, is started anew with the tag `restored_of`.
    """
    verdicts = {f"verdict_{verdict['key']}": str(verdict["holds"]).lower() for verdict in evaluation["verdicts"]}
    tags = {key: evaluation[key] for key in ("run_id", "model_version")} | verdicts
    try:
        tracker = open_tracker()
        with continued_run(tracker, mlflow_run_id, tags) as continued:
            _log(tracker, continued, numbers_in(evaluation["metrics"], "test"), {})
            tracker.client.log_dict(continued, dict(evaluation), "evaluation.json")
    except Exception as error:  # noqa: BLE001  # as above
        warn(_not_tracked(error))
        return None
    return str(continued)


def flattened(settings: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return nested settings as dotted names.

    >>> flattened({"train": {"folds": 5, "xgboost": {"max_depth": 3}}})
    {'train.folds': '5', 'train.xgboost.max_depth': '3'}
    """
    flat: dict[str, str] = {}
    for key, value in settings.items():
        inner = flattened(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": str(value)}
        flat.update(inner)
    return flat


def numbers_in(facts: Mapping[str, Any], prefix: str = "") -> dict[str, float]:
    """Return the numbers among facts, those inside an estimate under its name.

    >>> numbers_in({"auc": {"value": 0.9, "low": 0.8}, "notes": ["none"]}, "test")
    {'test_auc': 0.9, 'test_auc_low': 0.8}
    """
    found: dict[str, float] = {}
    for key, value in facts.items():
        name = prefix if key == "value" else f"{prefix}_{key}".lstrip("_")
        if isinstance(value, Mapping):
            found.update(numbers_in(value, name))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[name] = float(value)
    return found


def _log(tracker: Tracker, run: str, numbers: Mapping[str, float], settings: Mapping[str, str]) -> None:
    from mlflow.entities import Metric, Param  # noqa: PLC0415

    now = int(time.time() * 1000)
    metrics = [Metric(key, value, now, 0) for key, value in numbers.items()]
    tracker.client.log_batch(run, metrics=metrics, params=[Param(key, value) for key, value in settings.items()])


def _as_of_tags(as_of: Sequence[str]) -> dict[str, str]:
    return {"as_of_from": min(as_of), "as_of_to": max(as_of)} if as_of else {}


def _not_tracked(error: Exception) -> str:
    why = str(error).strip().splitlines()
    return f"MLflow did not record this run ({type(error).__name__}: {why[0] if why else 'no reason given'})."
