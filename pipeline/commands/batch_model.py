"""The model of a nightly list: a folder, or the registry's; of the latter the last one stays at hand while MLflow is away."""

import re
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from pipeline import artifacts
from pipeline.errors import IntegrityError, ParamsError, StorageError
from pipeline.model.churn_model import ChurnModel
from pipeline.params import Params
from pipeline.progress import Progress
from pipeline.scoring import publish
from pipeline.snapshots.label import TASK_FACTS, task_facts
from pipeline.tracking.registry import fetch

REGISTRY = "models:/"
ALIASED = re.compile(r"models:/churn@([\w-]+)")


def model_of(asked: str, out: Path, params: Params, progress: Progress) -> tuple[ChurnModel, Path]:
    """Return the model asked for and its folder, its hash verified first; raises ParamsError for one of another question."""
    folder = _at_hand(_alias(asked), out, progress) if asked.startswith(REGISTRY) else Path(asked)
    model = ChurnModel.load(folder)
    wanted = task_facts(params.snapshots)
    for key in TASK_FACTS:
        if model.task.get(key) != wanted[key]:
            raise ParamsError(
                f"The model in {asked} answers another question: its {key} is {model.task.get(key)}, but snapshots.{key} is "
                f"{wanted[key]}. Use the params.yaml it was trained with, or train again."
            )
    return model, folder


def _alias(asked: str) -> str:
    named = ALIASED.fullmatch(asked)
    if named is None:
        raise ParamsError(f'--model is "{asked}"; write a folder, or an alias such as models:/churn@champion.')
    return named[1]


def _at_hand(alias: str, out: Path, progress: Progress) -> Path:
    """Return the folder of what the alias points at, or pointed at when MLflow last answered.

    Raises StorageError where MLflow is away and no list was made of the alias before.
    """
    kept = out / publish.MODELS / alias
    with tempfile.TemporaryDirectory() as fetched:
        try:
            found = fetch(alias, Path(fetched))
        except StorageError as error:
            _refuse_without(kept, error)
            progress.note(f"{error} The list is made of the model that was {alias} when it last answered, {kept}.")
        else:
            _keep(found, kept)
    return kept


def _refuse_without(kept: Path, error: StorageError) -> None:
    if not kept.exists():
        raise StorageError(
            f"{error} There is no {kept} of an earlier list to go on with; wait for MLflow, or give --model a folder."
        ) from error


def _keep(found: Path, kept: Path) -> None:
    """Let what was fetched take the place of what was kept, where they differ."""
    written = artifacts.verify_folder(found)
    with suppress(IntegrityError):
        if artifacts.verify_folder(kept) == written:
            return
    with artifacts.new_folder(kept) as new:
        for name in artifacts.file_hashes(found):
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(found / name, new / name)
