"""Searching settings of the trees by what customers held out of their fold say; no test date is ever read here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import ParamsError, StorageError
from pipeline.model.inputs import Floats
from pipeline.params import TrainParams
from pipeline.training.calibrate import calibrated_loss
from pipeline.training.fit import partners
from pipeline.training.folds import Folds, customer_folds
from pipeline.training.members import try_rounds
from pipeline.training.preflight import Ready

Settings = Mapping[str, float]

WARM_UP_ROUNDS = 50
"""A setting may grow so many rounds before it can be given up."""
TRIALS_BEFORE_GIVING_UP = 6


@dataclass(frozen=True)
class Range:
    """Where a setting is looked for; the learning rate is not: a lower one takes longer, and is rarely better."""

    low: float
    high: float
    log: bool = False
    step: float | None = None


SPACE: Mapping[str, Range] = {
    "max_depth": Range(2, 5, step=1),
    "min_child_weight": Range(1, 50, log=True),
    "reg_lambda": Range(0.5, 50, log=True),
    "subsample": Range(0.5, 1, step=0.05),
    "colsample_bytree": Range(0.2, 1, step=0.05),
}


@dataclass(frozen=True)
class Job:
    """What is searched on: prepared training rows, the settings as they are, and where the study is kept."""

    rows: Ready
    params: TrainParams
    task: Mapping[str, Any]
    study: Path
    name: str
    threads: int = 1


@dataclass(frozen=True)
class Tuned:
    """What a search found: settings, their log loss of unseen customers, and the same on folds they were not chosen by."""

    settings: Settings
    before: Settings
    loss: float
    loss_before: float
    confirmed_loss: float
    confirmed_loss_before: float
    trials: int
    given_up: int

    @property
    def is_better(self) -> bool:
        """Return whether the settings are better on both ways of folding."""
        return self.loss < self.loss_before and self.confirmed_loss < self.confirmed_loss_before


def tune(job: Job, trials: int, progress: Callable[[str, float], None]) -> Tuned:
    """Search until the study holds so many trials, those of earlier runs counted; the settings as they are come first.

    The best of many settings is best partly by luck, so it and the present one are then compared on other folds.
    """
    optuna = _optuna()
    study = _study(optuna, job)
    question = _Question.of(job, job.params.seed)
    before = {name: float(getattr(job.params.xgboost, name)) for name in SPACE}
    if not study.trials:
        study.enqueue_trial(_asked(before), skip_if_exists=True)
    while (done := len(_ended(optuna, study))) < trials:
        progress("settings tried", done / trials)
        study.optimize(lambda trial: _loss(optuna, question, trial), n_trials=1)
    progress("settings tried", 1.0)
    best = {name: float(value) for name, value in study.best_trial.params.items()}
    again = _Question.of(job, job.params.seed + 1)
    ended = _ended(optuna, study)
    return Tuned(
        best,
        before,
        study.best_value,
        question.loss(before),
        again.loss(best),
        again.loss(before),
        len(ended),
        sum(trial.state == optuna.trial.TrialState.PRUNED for trial in ended),
    )


@dataclass(frozen=True)
class _Question:
    """One way of folding the customers, with what the other members say of those held out."""

    job: Job
    rows: Ready
    folds: Folds
    others: list[Floats]

    @classmethod
    def of(cls, job: Job, seed: int) -> "_Question":
        folds = customer_folds(job.rows.customers, job.params.folds, seed)
        rows, others = partners(job.rows, folds, job.task, job.params, job.threads)
        return cls(job, rows, folds, others)

    def loss(self, settings: Settings, report: Callable[[int, float], None] = lambda rounds, loss: None) -> float:  # noqa: ARG005
        """Return the calibrated log loss of the whole model with these trees."""
        rounds = try_rounds(self.rows, self.folds, _with(self.job.params, settings), self.job.threads, report)
        return calibrated_loss(np.mean([rounds.margins[rounds.best], *self.others], axis=0), self.rows.churned)


def _loss(optuna: Any, question: _Question, trial: Any) -> float:
    settings = {
        name: trial.suggest_float(name, each.low, each.high, log=each.log, step=each.step)
        for name, each in SPACE.items()
    }

    def report(rounds: int, loss: float) -> None:
        trial.report(loss, rounds)
        if trial.should_prune():
            raise optuna.TrialPruned

    return question.loss(settings, report)


def _with(params: TrainParams, settings: Settings) -> TrainParams:
    whole = {name: int(value) if SPACE[name].step == 1 else value for name, value in settings.items()}
    return params.model_copy(update={"xgboost": params.xgboost.model_copy(update=whole)})


def _asked(settings: Settings) -> dict[str, float]:
    """Return settings brought inside the space."""
    return {name: float(np.clip(value, SPACE[name].low, SPACE[name].high)) for name, value in settings.items()}


def _study(optuna: Any, job: Job) -> Any:
    try:
        job.study.parent.mkdir(parents=True, exist_ok=True)
        backend = optuna.storages.journal.JournalFileBackend(str(job.study))
        storage = optuna.storages.JournalStorage(backend)
    except OSError as error:
        raise StorageError(
            f"The study cannot be kept in {job.study}: {error.strerror}. Choose another place."
        ) from None
    return optuna.create_study(
        study_name=job.name,
        storage=storage,
        load_if_exists=True,
        sampler=optuna.samplers.TPESampler(seed=job.params.seed),
        pruner=optuna.pruners.MedianPruner(TRIALS_BEFORE_GIVING_UP, WARM_UP_ROUNDS),
    )


def _ended(optuna: Any, study: Any) -> list[Any]:
    """Return the trials that came to an end: one that was killed is tried anew."""
    states = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)
    return list(study.get_trials(deepcopy=False, states=states))


def _optuna() -> Any:
    try:
        import optuna  # noqa: PLC0415 - an extra
    except ImportError:
        raise ParamsError(
            "`churn tune` needs Optuna: install the extra `tune`, as in `uv sync --extra tune`."
        ) from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna
