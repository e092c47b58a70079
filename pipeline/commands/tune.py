"""Search settings of the trees on the training dates and write the better ones into params.yaml."""

from dataclasses import dataclass
from pathlib import Path

from pipeline import artifacts
from pipeline.engines import duckdb
from pipeline.errors import ParamsError
from pipeline.features.catalogue import feature_named
from pipeline.identity import run_id
from pipeline.params import Params
from pipeline.params_file import rewritten
from pipeline.progress import Progress
from pipeline.snapshots.enough import refuse_too_few
from pipeline.snapshots.label import task_facts
from pipeline.stages import products
from pipeline.stages.rows import feature_names, snapshot_rows
from pipeline.tracking.looks import looks_told
from pipeline.training.preflight import ready
from pipeline.training.tune import SPACE, Job, Settings, Tuned, tune

STUDY = Path("tuning/study.journal")
DIGITS = 3


@dataclass(frozen=True)
class Asked:
    """How many settings to try in all, where the settings are written, and whether to write at all."""

    trials: int
    file: Path
    dry_run: bool = False


def run(asked: Asked, params: Params, progress: Progress) -> None:
    """Search, and write what is better on both ways of folding the customers."""
    if asked.trials < 1:
        raise ParamsError(f"--trials is {asked.trials}; at least 1 setting must be tried.")
    found = tune(_job(params), asked.trials, progress.step)
    progress.note(_told(found))
    if not found.is_better:
        progress.note(f"Nothing is surely better than the settings as they are; {asked.file} was left as it was.")
    else:
        _write(asked, found, progress)
    progress.note(f"No test date was read. {looks_told(params.snapshots)}")


def _job(params: Params) -> Job:
    rows = snapshot_rows("train")
    features = [feature_named(name) for name in feature_names(rows)]
    answers, customers = rows["churned"].to_numpy(bool), rows["customer_id"]
    refuse_too_few(answers, customers, params.train.min_churners)
    prepared = ready(rows, answers, customers, features, params.train.trusted_columns)
    # Another question, other data or another learning rate is another study: their losses do not compare.
    fixed = params.train.model_copy(update={"xgboost": params.train.xgboost.model_copy(update=dict.fromkeys(SPACE, 0))})
    name = run_id([products.FEATURES, products.SNAPSHOTS], fixed, params.snapshots)
    return Job(prepared, params.train, task_facts(params.snapshots), STUDY, name, duckdb.threads())


def _told(found: Tuned) -> str:
    return (
        f"{found.trials} settings tried, {found.given_up} given up early. Log loss of unseen customers: "
        f"{found.loss_before:.5f} as it is, {found.loss:.5f} at best; on other folds {found.confirmed_loss_before:.5f} and "
        f"{found.confirmed_loss:.5f}."
    )


def _write(asked: Asked, found: Tuned, progress: Progress) -> None:
    values: dict[tuple[str, ...], object] = {
        ("train", "xgboost", name): value for name, value in _shown(found.settings).items()
    }
    text = rewritten(asked.file.read_text(encoding="utf-8"), values)
    before, after = _shown(found.before), _shown(found.settings)
    changed = ", ".join(f"{name} {before[name]} to {after[name]}" for name in SPACE if before[name] != after[name])
    if asked.dry_run:
        progress.note(f"Would change {changed} in {asked.file}; nothing was written.")
        return
    artifacts.write_text(asked.file, text)
    progress.note(f"Changed {changed} in {asked.file}; `dvc repro` learns with it.")


def _shown(settings: Settings) -> dict[str, object]:
    """Return settings as they are written: whole numbers plain, others with three digits that count."""
    return {
        name: int(value) if float(value).is_integer() else float(f"{value:.{DIGITS}g}")
        for name, value in settings.items()
    }
