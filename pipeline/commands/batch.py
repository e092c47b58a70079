"""The nightly job: from the source tables, or from a file of features, to a published list; without DVC and without git."""

import shutil
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline import artifacts
from pipeline.commands import batch_features
from pipeline.commands.batch_list import Paths, write_changes, write_list
from pipeline.commands.batch_model import model_of
from pipeline.commands.batch_page import Made, judges, page
from pipeline.commands.batch_spark import in_workers
from pipeline.errors import ContractError, DriftError, TooLittleDataError
from pipeline.identity import run_id
from pipeline.model.churn_model import ChurnModel
from pipeline.monitoring.findings import drift_facts
from pipeline.monitoring.profile import Profile
from pipeline.params import AsOf, Params
from pipeline.progress import Progress
from pipeline.scoring import features_file, publish, stream
from pipeline.snapshots import needs
from pipeline.stages import products
from pipeline.stages.contract import write_checked

CHECKED_ROWS = 200
IN_ORDER = {"duckdb": stream.in_this_process, "spark": in_workers}
ANOTHER = "remove its folder and run again"


@dataclass(frozen=True)
class Job:
    """What was asked for; with `features` no source is read."""

    as_of: AsOf
    model: str
    out: Path
    evaluation: Path
    accept_gaps: bool = False
    features: Path | None = None
    keep_features: bool = False


def run(job: Job, params: Params, progress: Progress) -> None:
    """Publish the list of a date below `job.out`; with the same data, model and settings again, nothing is written.

    Raises LockHeldError where another job writes there, ContractError where the feed stopped, DriftError where risks have
    moved too far, IntegrityError where the model or the features are not what was saved.
    """
    with artifacts.held(job.out):
        publish.clear_litter(job.out)
        model = model_of(job.model, job.out, params, progress)
        with artifacts.new_work(job.out / publish.WORK) as work:
            night = (
                _of_source(job, params, model, work, progress)
                if job.features is None
                else _of_file(job, params, model, work)
            )
            if (night.folder / artifacts.MANIFEST).exists():
                artifacts.verify_folder(night.folder, ANOTHER)
                has_moved = publish.make_current(job.out, night.folder)
                leads = f"; {job.out / publish.CURRENT} now leads to it" if has_moved else ""
                progress.note(f"{night.folder} holds this list already; nothing was written{leads}")
                return
            _write(night, job, params, progress)
        publish.make_current(job.out, night.folder)
        progress.note(f"{job.out / publish.CURRENT} now leads to {night.folder}")


@dataclass(frozen=True)
class Night:
    """What one night's list is made of; `checked` is the folder of checked tables, None where features were given."""

    as_of: date
    run_id: str
    folder: Path
    work: Path
    model: ChurnModel
    profile: dict[str, Any] | None
    features: Path
    checked: Path | None


def _of_source(job: Job, params: Params, model: tuple[ChurnModel, Path], work: Path, progress: Progress) -> Night:
    checked = work / "checked"
    write_checked(params, checked, progress)
    as_of = batch_features.date_of_list(checked, job.as_of, params, accept_gaps=job.accept_gaps)
    return _night(job, params, model, (as_of, checked, work / "features.parquet", checked), work)


def _of_file(job: Job, params: Params, model: tuple[ChurnModel, Path], work: Path) -> Night:
    assert job.features is not None  # noqa: S101 - `run` asked
    features = job.features
    features_file.verify(features)
    features_file.refuse_unfit(features, model[0].features)
    as_of = features_file.only(features, "as_of")
    if job.as_of not in {"newest", as_of}:
        raise ContractError(f"{features} holds the customers of {as_of}, but a list as of {job.as_of} was asked for.")
    return _night(job, params, model, (as_of, features, features, None), work)


def _night(
    job: Job, params: Params, loaded: tuple[ChurnModel, Path], source: tuple[date, Path, Path, Path | None], work: Path
) -> Night:
    model, folder = loaded
    as_of, made_of, features, checked = source
    asked = [
        params.snapshots,
        params.features,
        params.score,
        params.explain,
        params.drift,
        params.value,
        params.campaign,
    ]
    judged_by = [job.evaluation] if checked is not None and judges(job.evaluation, model) else []
    made_by = run_id([made_of, folder, *judged_by], *asked, *params.actions.values())
    profile = folder / products.MODEL_PROFILE.name
    known = artifacts.read_json(profile) if profile.exists() else None
    return Night(as_of, made_by, publish.run_folder(job.out, as_of, made_by), work, model, known, features, checked)


def _write(night: Night, job: Job, params: Params, progress: Progress) -> None:
    if night.checked is not None:
        batch_features.write_features(
            night.checked, night.as_of, params, night.model.features, progress, night.features
        )
    seen = features_file.overview(night.features, night.model.features)
    if not seen.customers:
        raise TooLittleDataError(needs.nobody(params.snapshots, night.as_of, "--as-of"))
    drift = _looked_at(night, seen.sample, params, progress)
    before = publish.current(job.out)
    with artifacts.new_folder(night.folder) as folder:
        artifacts.write_json(folder / "drift.json", drift)
        currency = features_file.only(night.features, "currency")
        scoring = stream.Job(night.model, params, currency, night.run_id)
        paths = Paths(folder, night.features, night.work)
        decided = write_list(paths, scoring, seen, IN_ORDER[params.features.engine])
        changed = write_changes(folder, before, progress)
        _write_page(night, job, params, progress, Made(folder, seen, decided, drift, changed))
        if job.keep_features:
            _keep(night.features, folder / "features.parquet")
    progress.note(f"{seen.customers:,} customers scored and explained as of {night.as_of}; {_told(changed)}")


def _looked_at(night: Night, sample: pd.DataFrame, params: Params, progress: Progress) -> dict[str, Any]:
    """Compare a few contributions with XGBoost's own, count levels never seen, and return what has moved."""
    farthest = night.model.checked(sample.iloc[:: max(1, len(sample) // CHECKED_ROWS)].head(CHECKED_ROWS))
    progress.note(f"contributions of a sample agree with XGBoost's own within {max(farthest, 1e-9):.0e} log-odds")
    for name, count in night.model.unseen_categories(sample).items():
        progress.note(
            f"{count / len(sample):.1%} of customers have a value of {name} that training never saw; it counts as missing"
        )
    return _drift(night, sample, params)


def _drift(night: Night, sample: pd.DataFrame, params: Params) -> dict[str, Any]:
    if night.profile is None:
        return {"verdict": "The model carries no profile of what it learnt from, so nothing can be said to have moved."}
    chance = night.model.probabilities(sample)
    facts = drift_facts(Profile.from_document(night.profile), sample, chance, params.drift)
    moved, most = facts["score"]["statistic"], params.drift.stop_stability_index
    # Of a handful of customers chance alone moves the index past any limit.
    if moved > most and facts["score"]["drifted"]:
        raise DriftError(
            f"Risks have moved by {moved:.2f} (population stability index) since the model learned, beyond "
            f"drift.stop_stability_index {most}; no list was published. {facts['verdict']} Train again on newer dates, or look "
            "for what changed in the data."
        )
    return facts


def _write_page(night: Night, job: Job, params: Params, progress: Progress, made: Made) -> None:
    if night.checked is None:
        progress.note("no page: a file of features holds no history to draw")
    elif not judges(job.evaluation, night.model):
        progress.note(f"no page: {job.evaluation} does not judge model {night.model.version}")
    else:
        artifacts.write_text(made.folder / "report.html", page(night, night.checked, job.evaluation, params, made))


def _keep(features: Path, path: Path) -> None:
    if features.is_dir():
        artifacts.write_tables(path, features_file.joined(features))
    else:
        artifacts.write_file(path, partial(shutil.copyfile, features))


def _told(facts: dict[str, Any] | None) -> str:
    if facts is None:
        return "there is no list to compare with"
    return f"{facts['new']:,} new, {facts['gone']:,} gone, {facts['moved']:,} in another risk band since {facts['as_of_before']}"
