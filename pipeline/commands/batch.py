"""The nightly job: from the source tables to a published list, without DVC and without git."""

import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa

from pipeline import artifacts
from pipeline.campaign.eligibility import contact_facts
from pipeline.campaign.proposal import Proposal, propose
from pipeline.campaign.spreadsheet import campaign_csv
from pipeline.commands.batch_page import page
from pipeline.contract.summary import days_of
from pipeline.engines import duckdb
from pipeline.errors import DriftError, ParamsError, TooLittleDataError
from pipeline.features import cube
from pipeline.identity import run_id
from pipeline.model.churn_model import ChurnModel
from pipeline.monitoring.feed import refuse_gaps, refuse_stopped
from pipeline.monitoring.findings import drift_facts
from pipeline.monitoring.profile import Profile
from pipeline.params import AsOf, Params
from pipeline.progress import Progress
from pipeline.scoring import publish
from pipeline.scoring.changes import changes, summary
from pipeline.scoring.stream import parts_of, scored_and_explained
from pipeline.snapshots.label import TASK_FACTS, task_facts
from pipeline.snapshots.population import at_risk
from pipeline.stages import products
from pipeline.stages.contract import write_checked
from pipeline.stages.features import chosen_features
from pipeline.stages.score import values_of
from pipeline.tracking.registry import fetch

REGISTRY = "models:/churn@"
CHECKED_ROWS = 200
DRIFT_ROWS = 100_000


@dataclass(frozen=True)
class Job:
    """What was asked for."""

    as_of: AsOf
    model: str
    out: Path
    evaluation: Path
    accept_gaps: bool = False


def run(job: Job, params: Params, progress: Progress) -> None:
    """Publish the list of a date below `job.out`; with the same data, model and settings again, nothing is written.

    Raises LockHeldError where another job writes there, ContractError where the feed stopped, DriftError where risks have
    moved too far, IntegrityError where the model is not what was saved.
    """
    with artifacts.held(job.out), tempfile.TemporaryDirectory() as fetched:
        publish.clear_litter(job.out)
        model = _model(job.model, Path(fetched), params)
        with artifacts.new_work(job.out / publish.WORK) as work:
            write_checked(params, work / "checked", progress)
            night = _night(job, params, model, work)
            if (night.folder / artifacts.MANIFEST).exists():
                artifacts.verify_folder(night.folder)
                publish.make_current(job.out, night.folder)
                progress.note(f"{night.folder} holds this list already; nothing was written")
                return
            _write(night, job, params, progress)
        publish.make_current(job.out, night.folder)
        progress.note(f"{job.out / publish.CURRENT} now leads to {night.folder}")


@dataclass(frozen=True)
class _Night:
    """What one night's list is made of."""

    as_of: date
    run_id: str
    folder: Path
    work: Path
    model: ChurnModel
    profile: dict[str, Any] | None

    @property
    def checked(self) -> Path:
        """Return the folder of checked tables."""
        return self.work / "checked"


def _model(asked: str, fetched: Path, params: Params) -> tuple[ChurnModel, Path]:
    folder = fetch(asked.removeprefix(REGISTRY), fetched) if asked.startswith(REGISTRY) else Path(asked)
    model = ChurnModel.load(folder)
    wanted = task_facts(params.snapshots)
    for key in TASK_FACTS:
        if model.task.get(key) != wanted[key]:
            raise ParamsError(
                f"The model in {asked} answers another question: its {key} is {model.task.get(key)}, but snapshots.{key} is "
                f"{wanted[key]}. Use the params.yaml it was trained with, or train again."
            )
    return model, folder


def _night(job: Job, params: Params, loaded: tuple[ChurnModel, Path], work: Path) -> _Night:
    facts = artifacts.read_json(work / "checked/contract.json")
    data_end = date.fromisoformat(facts["data_end"])
    as_of = data_end if job.as_of == "newest" else job.as_of
    refuse_stopped(data_end, as_of)
    if not job.accept_gaps:
        refuse_gaps(days_of(duckdb.open_tables(duckdb.connect(), work / "checked")["purchases"]), as_of)
    model, folder = loaded
    asked = [params.snapshots, params.features, params.score, params.explain, params.value, params.campaign]
    made_by = run_id([work / "checked", folder], *asked, *params.actions.values())
    profile = folder / products.MODEL_PROFILE.name
    known = artifacts.read_json(profile) if profile.exists() else None
    return _Night(as_of, made_by, publish.run_folder(job.out, as_of, made_by), work, model, known)


def _write(night: _Night, job: Job, params: Params, progress: Progress) -> None:
    features, facts = night.work / "features.parquet", artifacts.read_json(night.checked / "contract.json")
    _write_features(night, params, progress, features)
    sample = _sample(features)
    farthest = night.model.checked(sample.head(CHECKED_ROWS))
    progress.note(f"contributions of a sample agree with XGBoost's own within {max(farthest, 1e-9):.0e} log-odds")
    drift = _drift(night, sample, params)
    scores, reasons = scored_and_explained(
        night.model,
        features,
        lambda customers: values_of(customers, night.as_of, night.checked, params.value),
        params,
        facts["currency"],
        night.run_id,
    )
    told = reasons.to_pandas(date_as_object=True)
    proposal = _proposal(night, scores, told, params)
    with artifacts.new_folder(night.folder) as folder:
        artifacts.write_table(folder / "scores.parquet", pa.Table.from_pandas(scores, preserve_index=False))
        artifacts.write_table(folder / "reasons.parquet", reasons)
        artifacts.write_text(folder / "list.csv", campaign_csv(proposal.list))
        artifacts.write_json(folder / "list.json", proposal.totals)
        artifacts.write_json(folder / "drift.json", drift)
        changed = _write_changes(folder, publish.current(job.out), scores)
        drawn = page(night, job.evaluation, params, (scores, told, proposal), (features, drift, changed))
        if drawn is None:
            progress.note(f"no page: {job.evaluation} does not judge model {night.model.version}")
        else:
            artifacts.write_text(folder / "report.html", drawn)
    progress.note(f"{len(scores):,} customers scored and explained as of {night.as_of}; {_told(changed)}")


def _write_features(night: _Night, params: Params, progress: Progress, path: Path) -> None:
    engine = duckdb.connect()
    tables = duckdb.open_tables(engine, night.checked)
    declared = artifacts.read_json(night.checked / "contract.json")["attributes"]
    chosen = chosen_features(tables, declared, params.features, progress)
    built = cube.build_cube(tables, chosen, duckdb.keeper(engine), [night.as_of])
    population = at_risk(tables, night.as_of, params.snapshots)
    rows = cube.features_at(built, duckdb.keeper(engine)("population", population), night.as_of)
    duckdb.write_parquet(engine, rows.mutate(as_of=ibis.date(night.as_of)), path)


def _sample(features: Path) -> pd.DataFrame:
    """Return every row, or an even selection where there are many; raises TooLittleDataError where there is none."""
    found = [part for part in parts_of(features) if len(part)]
    if not found:
        raise TooLittleDataError(
            "Nobody is at risk on that date: no customer bought in the snapshots.at_risk_days before it. Choose another date."
        )
    step = max(1, sum(map(len, found)) // DRIFT_ROWS)
    return pd.concat([part.iloc[::step] for part in found], ignore_index=True)


def _drift(night: _Night, sample: pd.DataFrame, params: Params) -> dict[str, Any]:
    if night.profile is None:
        return {"verdict": "The model carries no profile of what it learnt from, so nothing can be said to have moved."}
    chance = night.model.probabilities(sample)
    facts = drift_facts(Profile.from_document(night.profile), sample, chance, params.drift)
    moved, most = facts["score"]["statistic"], params.drift.stop_stability_index
    if moved > most:
        raise DriftError(
            f"Risks have moved by {moved:.2f} (population stability index) since the model learned, beyond "
            f"drift.stop_stability_index {most}; no list was published. {facts['verdict']} Train again on newer dates, or look "
            "for what changed in the data."
        )
    return facts


def _proposal(night: _Night, scores: pd.DataFrame, told: pd.DataFrame, params: Params) -> Proposal:
    tables = duckdb.open_tables(duckdb.connect(), night.checked)
    found = contact_facts(tables.get("customers"), tables.get("contacts"), night.as_of, tables.get("payments"))
    facts = found.to_pyarrow().to_pandas()
    return propose(scores, told, facts, params.campaign, params.actions)


def _write_changes(folder: Path, before: Path | None, now: pd.DataFrame) -> dict[str, Any] | None:
    """Write what changed since the current list, and return the counts; None for a first list."""
    if before is None or not (before / "scores.parquet").exists():
        return None
    artifacts.verify_folder(before)
    earlier = artifacts.read_table(before / "scores.parquet").to_pandas(date_as_object=True)
    found = changes(earlier, now)
    facts = summary(earlier, now, found)
    artifacts.write_text(folder / "changes.csv", campaign_csv(found))
    artifacts.write_json(folder / "changes.json", facts)
    return facts


def _told(facts: dict[str, Any] | None) -> str:
    if facts is None:
        return "this is the first list"
    return f"{facts['new']:,} new, {facts['gone']:,} gone, {facts['moved']:,} in another risk band since {facts['as_of_before']}"
