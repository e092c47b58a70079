"""Register the model and let it lead, if it wins."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipeline import artifacts
from pipeline.errors import IntegrityError
from pipeline.model.churn_model import ChurnModel
from pipeline.params import EvaluateParams, Params
from pipeline.progress import Progress
from pipeline.stages import products
from pipeline.stages.rows import snapshot_rows
from pipeline.tracking import aliased, fetch, move_alias, register, remember
from pipeline.training.promote import Promotion, against_champion, first_champion

FORCED = "forced_because"


def run(params: Params, progress: Progress, force: str | None = None) -> None:
    """Register `models/churn` as the challenger, compare it with the champion, and move the alias if it wins.

    With `force`, a reason, it leads even where it does not win, and the registry keeps the reason.
    Running it again registers and moves nothing. Raises IntegrityError where the evaluation is of another model.
    """
    model = ChurnModel.load(products.MODEL)
    evaluation = artifacts.read_json(products.EVALUATION)
    if evaluation["model_version"] != model.version:
        judged = evaluation["model_version"]
        raise IntegrityError(
            f"{products.EVALUATION} judges model {judged}, not {model.version}; run `dvc repro evaluate`."
        )
    number = register(products.MODEL, model.version, artifacts.read_json(products.RUN)["mlflow_run_id"])
    move_alias("challenger", model.version)
    decided = _decide(model, evaluation, params.evaluate)
    if force and not decided.promoted and aliased("champion") != model.version:
        remember(model.version, FORCED, force)
        decided = Promotion(
            promoted=True, sentence=f"Forced to lead ({force}). What spoke against it: {decided.sentence}"
        )
    if decided.promoted:
        move_alias("champion", model.version)
    progress.note(f"model {model.version} is version {number} of the registry. {decided.sentence}")


def _decide(model: ChurnModel, evaluation: Mapping[str, Any], params: EvaluateParams) -> Promotion:
    leader = aliased("champion")
    if leader is None:
        return first_champion(evaluation)
    if leader == model.version:
        return Promotion(promoted=False, sentence="It leads already.")
    return against_champion(model, _champion(leader), snapshot_rows("test"), params)


def _champion(leader: str) -> ChurnModel:
    with TemporaryDirectory() as folder:
        files = fetch("champion", Path(folder))
        try:
            return ChurnModel.load(files)
        except IntegrityError:
            raise IntegrityError(
                f"The champion, model {leader}, is damaged or was saved by another version, so nothing can be compared with it. "
                "Take the alias `champion` off it in MLflow, then run `churn promote` again."
            ) from None
