"""Fit the model on the training dates and track the run in MLflow."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline import artifacts
from pipeline.engines import duckdb
from pipeline.features.catalogue import feature_named
from pipeline.identity import run_id
from pipeline.model.churn_model import ChurnModel
from pipeline.monitoring.findings import learnt_profile
from pipeline.params import Params
from pipeline.progress import Progress
from pipeline.snapshots.enough import refuse_too_few
from pipeline.snapshots.label import task_facts
from pipeline.stages import products
from pipeline.stages.rows import feature_names, snapshot_rows
from pipeline.tracking.locked import locked
from pipeline.tracking.runs import TrainingRun, recorded_training
from pipeline.training import fit


def run(params: Params, progress: Progress) -> None:
    """Write the model and the identity of the run that made it."""
    rows = snapshot_rows("train")
    refuse_too_few(rows["churned"].to_numpy(bool), rows["customer_id"], params.train.min_churners)
    begun = _begun(rows, params)
    with recorded_training(begun, progress.note) as entry:
        model, facts = _learnt(rows, params, progress)
        entry.trained(model.version, facts)
        known = {"mlflow_run_id": entry.mlflow_run_id, "model_version": model.version, "training": facts}
        artifacts.write_json(products.RUN, {**known, **asdict(begun)})
    progress.note(f"model {model.version}: {facts['rounds']} rounds on {facts['rows']:,} snapshots")


def _begun(rows: pd.DataFrame, params: Params) -> TrainingRun:
    read = [products.FEATURES, products.SNAPSHOTS]
    # Only the diary reads dvc.lock: no product depends on it.
    made_of = locked(Path("dvc.lock"), read)
    own = {"snapshots": params.snapshots.model_dump(mode="json"), "train": params.train.model_dump(mode="json")}
    made_by = run_id(read, params.train, params.snapshots)
    return TrainingRun(
        made_by, {**made_of.settings, **own}, made_of.hashes, sorted({str(day) for day in rows["as_of"]})
    )


def _learnt(rows: pd.DataFrame, params: Params, progress: Progress) -> tuple[ChurnModel, dict[str, Any]]:
    features = [feature_named(name) for name in feature_names(rows)]
    task = task_facts(params.snapshots)
    answers, customers = rows["churned"].to_numpy(bool), rows["customer_id"]
    model, facts = fit.train(
        rows, answers, customers, features, params.train, task, duckdb.threads(), progress.step, progress.note
    )
    profile = learnt_profile(rows, model.features, model.probabilities(rows))
    model.save(products.MODEL, {products.MODEL_PROFILE.name: profile.document()})
    return model, facts
