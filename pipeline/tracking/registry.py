"""Which models are registered, and which one leads."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipeline.artifacts import MANIFEST, sha256, verify_folder
from pipeline.errors import ChurnError, IntegrityError, StorageError
from pipeline.tracking.packing import pack
from pipeline.tracking.serving import Serving
from pipeline.tracking.store import Tracker, continued_run, open_tracker, store_lock, unknown_as_none

REGISTERED = "churn"


@contextmanager
def _registry_errors() -> Iterator[None]:
    try:
        yield
    except ChurnError:
        raise
    except ImportError:
        raise StorageError("The registry needs MLflow, which is not installed; install the extra `tracking`.") from None
    except Exception as error:
        raise StorageError(f"The registry could not be used ({type(error).__name__}: {error}).") from error


@_registry_errors()
def register(folder: Path, model_version: str, mlflow_run_id: str | None, serving: Serving) -> str:
    """Register a model folder as a version of `churn` and return the registry's number; a known model keeps its own."""
    tracker = open_tracker()
    with store_lock("registry"):
        known = _find(tracker, model_version)
        if known is not None:
            return str(known.version)
        _registered_model(tracker)
        tags = {"model_version": model_version, "manifest_sha256": verify_folder(folder)}
        with continued_run(tracker, mlflow_run_id, {"model_version": model_version}) as run:
            _log_packed(tracker, run, folder, serving)
            source = f"{tracker.client.get_run(run).info.artifact_uri}/model"
            return str(tracker.client.create_model_version(REGISTERED, source, run_id=run, tags=tags).version)


@_registry_errors()
def move_alias(alias: str, model_version: str) -> None:
    """Let `champion` or `challenger` point at a registered model."""
    tracker = open_tracker()
    found = _find(tracker, model_version)
    if found is None:
        raise IntegrityError(f"Model {model_version} is not in the registry; run `churn promote` to register it first.")
    tracker.client.set_registered_model_alias(REGISTERED, alias, found.version)


@_registry_errors()
def drop_alias(alias: str) -> None:
    """Let an alias point at nothing."""
    tracker = open_tracker()
    if _aliased(tracker, alias) is not None:
        tracker.client.delete_registered_model_alias(REGISTERED, alias)


@_registry_errors()
def remember(model_version: str, words: Mapping[str, str]) -> None:
    """Keep words about a registered model in the registry, as tags of its version."""
    tracker = open_tracker()
    found = _find(tracker, model_version)
    if found is None:
        raise IntegrityError(f"Model {model_version} is not in the registry; run `churn promote` to register it first.")
    for key, value in words.items():
        tracker.client.set_model_version_tag(REGISTERED, found.version, key, value)


@_registry_errors()
def remembered(model_version: str) -> dict[str, str]:
    """Return what the registry keeps about a model, by key."""
    found = _find(open_tracker(), model_version)
    return {} if found is None else dict(found.tags)


@_registry_errors()
def aliased(alias: str) -> str | None:
    """Return the model version an alias points at, or None where it points at nothing."""
    found = _aliased(open_tracker(), alias)
    return None if found is None else str(found.tags["model_version"])


@_registry_errors()
def fetch(alias: str, folder: Path) -> Path:
    """Copy the aliased model's files into a folder and return the model folder, ready for `ChurnModel.load`.

    Raises IntegrityError where they are gone, or are not the files that were registered.
    """
    tracker = open_tracker()
    found = _aliased(tracker, alias)
    if found is None:
        raise IntegrityError(f"No registered model is called {alias} yet; run `churn promote` to choose one.")
    folder.mkdir(parents=True, exist_ok=True)
    fetched = Path(tracker.client.download_artifacts(found.run_id, "model", str(folder)))
    manifest = next(fetched.glob(f"artifacts/*/{MANIFEST}"), None)
    if manifest is None:
        raise IntegrityError(f"The registered files of {alias} are gone from {found.source}; register a model again.")
    if sha256(manifest) != found.tags.get("manifest_sha256"):
        raise IntegrityError(
            f"The files of {alias}, model {found.tags.get('model_version')}, are not those that were registered. "
            "Take the alias off it in MLflow, then run `churn promote` again."
        )
    return manifest.parent


def _log_packed(tracker: Tracker, run: str, folder: Path, serving: Serving) -> None:
    with TemporaryDirectory() as temporary:
        pack(folder, serving, Path(temporary) / "model")
        tracker.client.log_artifacts(run, f"{temporary}/model", "model")


def _registered_model(tracker: Tracker) -> None:
    if not tracker.client.search_registered_models(f"name = '{REGISTERED}'"):
        tracker.client.create_registered_model(REGISTERED)


def _find(tracker: Tracker, model_version: str) -> Any:
    every = tracker.client.search_model_versions(f"name = '{REGISTERED}'")
    return next((found for found in every if found.tags.get("model_version") == model_version), None)


def _aliased(tracker: Tracker, alias: str) -> Any:
    with unknown_as_none():
        return tracker.client.get_model_version_by_alias(REGISTERED, alias)
    return None
