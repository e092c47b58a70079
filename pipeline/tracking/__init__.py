"""Runs and the registry in MLflow: the only folder that imports it, and only when something is tracked.

Runs are a diary: where MLflow is missing or fails, the stage says so and goes on. The registry is asked for by name
(`churn promote`), so there a failure is an error.
"""

from pipeline.tracking.registry import aliased, fetch, move_alias, register, remember, remembered
from pipeline.tracking.runs import TrainingRun, log_evaluation, log_training

__all__ = [
    "TrainingRun",
    "aliased",
    "fetch",
    "log_evaluation",
    "log_training",
    "move_alias",
    "register",
    "remember",
    "remembered",
]
