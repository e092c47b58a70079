"""Fit the model on the training dates and track the run in MLflow."""

from pipeline import artifacts
from pipeline.engines import duckdb
from pipeline.features.catalogue import feature_named
from pipeline.identity import run_id
from pipeline.monitoring.findings import learnt_profile
from pipeline.params import Params
from pipeline.progress import Progress
from pipeline.snapshots.label import task_facts
from pipeline.stages import products
from pipeline.stages.rows import feature_names, snapshot_rows
from pipeline.tracking.runs import TrainingRun, log_training
from pipeline.training import fit


def run(params: Params, progress: Progress) -> None:
    """Write the model and the identity of the run that made it."""
    rows = snapshot_rows("train")
    features = [feature_named(name) for name in feature_names(rows)]
    task = task_facts(params.snapshots)
    answers, customers = rows["churned"].to_numpy(bool), rows["customer_id"]
    model, facts = fit.train(rows, answers, customers, features, params.train, task, duckdb.threads(), progress.step)
    profile = learnt_profile(rows, model.features, model.probabilities(rows))
    model.save(products.MODEL, {products.MODEL_PROFILE.name: profile.document()})
    made_by = run_id([products.FEATURES, products.SNAPSHOTS], params.train, params.snapshots)
    settings = {"snapshots": params.snapshots.model_dump(mode="json"), "train": params.train.model_dump(mode="json")}
    tracked = log_training(
        TrainingRun(made_by, model.version, settings, facts, model.task["train_as_of"]), progress.note
    )
    artifacts.write_json(
        products.RUN, {"mlflow_run_id": tracked, "run_id": made_by, "model_version": model.version, "training": facts}
    )
    progress.note(f"model {model.version}: {facts['rounds']} rounds on {facts['rows']:,} snapshots")
