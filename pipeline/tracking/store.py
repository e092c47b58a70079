"""The tracking store: opened safely by several processes at once, and runs in it that always end."""

import logging
import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from filelock import FileLock

from pipeline.tracking.surroundings import is_dead, is_here, process_tags, project_root, surroundings

EXPERIMENT = "churn"
OTHER_MACHINES_MS = 24 * 3600 * 1000
"""A run of another machine cannot be asked whether it lives. After a day it is closed; if it lives, its end opens the truth."""

# Read by MLflow when it is imported: no telemetry, no pickle, no lock file of whatever folder it runs in, no more words than
# are worth reading in a nightly log, and a server that is down is given up after seconds, not after seven tries of minutes.
DEFAULTS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    "MLFLOW_UV_AUTO_DETECT": "false",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
}


@dataclass(frozen=True)
class Tracker:
    """An open tracking store."""

    client: Any
    experiment_id: str


def open_tracker() -> Tracker:
    """Open the store: `MLFLOW_TRACKING_URI` if set, else `mlflow.db` in the project, made under a lock at first use."""
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("mlflow").setLevel(logging.WARNING)  # MLflow may have been loaded before its level was set
    from mlflow.tracking import MlflowClient  # noqa: PLC0415

    root = project_root()
    shared = os.environ.get("MLFLOW_TRACKING_URI")
    uri = shared or f"sqlite:///{root / 'mlflow.db'}"
    # Processes that create the same database at the same moment crash each other's migration.
    with store_lock():
        client = MlflowClient(tracking_uri=uri, registry_uri=uri)
        tracker = Tracker(client, _experiment(client, None if shared else root))
        _close_dead_runs(tracker)
    return tracker


def store_lock(what: str = "db") -> FileLock:
    """Return the lock of the project's diary; processes of one machine take turns where MLflow would not make them."""
    return FileLock(project_root() / f"mlflow.{what}.lock", timeout=120)


@contextmanager
def new_run(tracker: Tracker, name: str, tags: Mapping[str, str]) -> Iterator[str]:
    """Start a run, yield its id, and end it whatever happens."""
    run = begin(tracker, name, tags)
    with ending(tracker, run):
        yield run


@contextmanager
def continued_run(tracker: Tracker, mlflow_run_id: str | None, tags: Mapping[str, str]) -> Iterator[str]:
    """Resume a run, or start another that says which one it stands for, where the store does not know it."""
    run = resume(tracker, mlflow_run_id, tags) or begin(
        tracker, tags["model_version"], {**tags, **restores(mlflow_run_id)}
    )
    with ending(tracker, run):
        yield run


def begin(tracker: Tracker, name: str, tags: Mapping[str, str]) -> str:
    """Start a run that says where it happens, and return its id."""
    run = tracker.client.create_run(tracker.experiment_id, tags={**tags, **surroundings()}, run_name=name)
    return str(run.info.run_id)


def resume(tracker: Tracker, mlflow_run_id: str | None, tags: Mapping[str, str]) -> str | None:
    """Let a run go on in this process and return its id, or None where the store does not know it."""
    if mlflow_run_id is None or not _knows(tracker, mlflow_run_id):
        return None
    tracker.client.update_run(mlflow_run_id, status="RUNNING")
    tag(tracker, mlflow_run_id, {**tags, **process_tags()})
    return mlflow_run_id


def restores(mlflow_run_id: str | None) -> dict[str, str]:
    """Return the tag of a run that stands for one whose record is gone."""
    return {"restored_of": mlflow_run_id} if mlflow_run_id else {}


def tag(tracker: Tracker, run: str, tags: Mapping[str, str]) -> None:
    """Set tags of a run."""
    from mlflow.entities import RunTag  # noqa: PLC0415

    tracker.client.log_batch(run, tags=[RunTag(key, value) for key, value in tags.items()])


@contextmanager
def ending(tracker: Tracker, run: str) -> Iterator[None]:
    """End a run as FINISHED, FAILED, or, where the process is told to stop, KILLED: MLflow alone leaves it RUNNING."""
    status = "FAILED"
    try:
        with stopping_raises():
            yield
        status = "FINISHED"
    except (SystemExit, KeyboardInterrupt):
        status = "KILLED"
        raise
    finally:
        tracker.client.set_terminated(run, status=status)


@contextmanager
def stopping_raises() -> Iterator[None]:
    """Let SIGTERM raise SystemExit, so that what must be ended is."""

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


def _experiment(client: Any, root: Path | None) -> str:
    found = client.get_experiment_by_name(EXPERIMENT)
    if found is not None:
        return str(found.experiment_id)
    # Absolute, because a relative place would mean another folder in each copy of the project.
    return str(
        client.create_experiment(EXPERIMENT, artifact_location=(root / "mlartifacts").as_uri() if root else None)
    )


def _close_dead_runs(tracker: Tracker) -> None:
    long_ago = time.time() * 1000 - OTHER_MACHINES_MS
    for run in tracker.client.search_runs([tracker.experiment_id], "attributes.status = 'RUNNING'"):
        if is_dead(run.data.tags) or (run.info.start_time < long_ago and not is_here(run.data.tags)):
            tracker.client.set_terminated(run.info.run_id, status="KILLED")


def _knows(tracker: Tracker, run: str) -> bool:
    with unknown_as_none():
        return bool(tracker.client.get_run(run).info.lifecycle_stage == "active")
    return False


@contextmanager
def unknown_as_none() -> Iterator[None]:
    """Let pass that the store does not know what it is asked for; a store that cannot answer is still an error."""
    from mlflow.exceptions import MlflowException  # noqa: PLC0415

    try:
        yield
    except MlflowException as error:
        if error.error_code not in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
            raise
