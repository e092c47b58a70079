"""The tracking store: opened safely by several processes at once, and runs in it that always end."""

import logging
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from filelock import FileLock

from pipeline.tracking.surroundings import is_dead, process_tags, project_root, surroundings

EXPERIMENT = "churn"

# Read by MLflow when it is imported: no telemetry, and no more words than are worth reading in a nightly log.
QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
}


@dataclass(frozen=True)
class Tracker:
    """An open tracking store."""

    client: Any
    experiment_id: str


def open_tracker() -> Tracker:
    """Open the store: `MLFLOW_TRACKING_URI` if set, else `mlflow.db` in the project, made under a lock at first use."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    from mlflow.tracking import MlflowClient  # noqa: PLC0415

    root = project_root()
    shared = os.environ.get("MLFLOW_TRACKING_URI")
    uri = shared or f"sqlite:///{root / 'mlflow.db'}"
    # Processes that create the same database at the same moment crash each other's migration.
    with FileLock(root / "mlflow.db.lock", timeout=120):
        client = MlflowClient(tracking_uri=uri, registry_uri=uri)
        tracker = Tracker(client, _experiment(client, None if shared else root))
        _close_dead_runs(tracker)
    return tracker


@contextmanager
def new_run(tracker: Tracker, name: str, tags: Mapping[str, str]) -> Iterator[str]:
    """Start a run, yield its id, and end it whatever happens."""
    run = tracker.client.create_run(tracker.experiment_id, tags=dict(tags), run_name=name)
    with _ended_properly(tracker, run.info.run_id):
        yield run.info.run_id


@contextmanager
def continued_run(tracker: Tracker, mlflow_run_id: str | None, tags: Mapping[str, str]) -> Iterator[str]:
    """Resume a run, or start another that says which one it stands for, where the store does not know it."""
    if mlflow_run_id is None or not _knows(tracker, mlflow_run_id):
        restored = {"restored_of": mlflow_run_id} if mlflow_run_id else {}
        with new_run(tracker, tags["model_version"], {**tags, **restored, **surroundings()}) as run:
            yield run
        return
    tracker.client.update_run(mlflow_run_id, status="RUNNING")
    with _ended_properly(tracker, mlflow_run_id):
        _tag(tracker, mlflow_run_id, {**tags, **process_tags()})
        yield mlflow_run_id


@contextmanager
def _ended_properly(tracker: Tracker, run: str) -> Iterator[None]:
    """End a run as FINISHED, FAILED, or, where the process is told to stop, KILLED: MLflow alone leaves it RUNNING."""
    status = "FAILED"
    try:
        with _stopping_raises():
            yield
        status = "FINISHED"
    except (SystemExit, KeyboardInterrupt):
        status = "KILLED"
        raise
    finally:
        tracker.client.set_terminated(run, status=status)


@contextmanager
def _stopping_raises() -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        raise SystemExit(128 + number)

    try:
        before = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # only the main thread may listen
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _tag(tracker: Tracker, run: str, tags: Mapping[str, str]) -> None:
    from mlflow.entities import RunTag  # noqa: PLC0415

    tracker.client.log_batch(run, tags=[RunTag(key, value) for key, value in tags.items()])


def _experiment(client: Any, root: Path | None) -> str:
    found = client.get_experiment_by_name(EXPERIMENT)
    if found is not None:
        return str(found.experiment_id)
    # Absolute, because a relative place would mean another folder in each copy of the project.
    return str(
        client.create_experiment(EXPERIMENT, artifact_location=(root / "mlartifacts").as_uri() if root else None)
    )


def _close_dead_runs(tracker: Tracker) -> None:
    for run in tracker.client.search_runs([tracker.experiment_id], "attributes.status = 'RUNNING'"):
        if is_dead(run.data.tags):
            tracker.client.set_terminated(run.info.run_id, status="KILLED")


def _knows(tracker: Tracker, run: str) -> bool:
    from mlflow.exceptions import MlflowException  # noqa: PLC0415

    try:
        return bool(tracker.client.get_run(run).info.lifecycle_stage == "active")
    except MlflowException:
        return False
