"""Register the model and let it lead, if it wins."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipeline import artifacts
from pipeline.errors import ChurnError, IntegrityError, ParamsError
from pipeline.model.churn_model import ChurnModel
from pipeline.monitoring.profile import Profile
from pipeline.params import EvaluateParams, Params
from pipeline.progress import Progress
from pipeline.stages import products
from pipeline.stages.rows import snapshot_rows
from pipeline.tracking.registry import aliased, drop_alias, fetch, move_alias, register, remember
from pipeline.tracking.serving import Serving
from pipeline.training.promote import Promotion, against_champion, first_champion

CHAMPION, CHALLENGER = "champion", "challenger"


def run(params: Params, progress: Progress, force: str | None = None) -> None:
    """Register `models/churn`, compare it with the champion, and let it lead if it wins; the registry keeps why.

    With `force`, a reason, it leads even where it does not win. Running it again changes nothing. Raises IntegrityError
    where the evaluation is of another model, ParamsError where the champion cannot be compared with it.
    """
    if force is not None and not force.strip():
        raise ParamsError('--force needs a reason, such as --force "the old one reads a table that is gone".')
    model = ChurnModel.load(products.MODEL)
    evaluation = _evaluation_of(model)
    leader = aliased(CHAMPION)
    if leader == model.version:
        progress.note(f"model {model.version} leads already; nothing was changed")
        return
    tracked = artifacts.read_json(products.RUN)["mlflow_run_id"]
    number = register(products.MODEL, model.version, tracked, _serving(model, params))
    decided = _decided(model, leader, evaluation, params.evaluate, force)
    remember(model.version, _words(decided, leader))
    _let_lead(model.version) if decided.promoted else move_alias(CHALLENGER, model.version)
    progress.note(f"model {model.version} is version {number} of the registry. {decided.sentence}")


def _evaluation_of(model: ChurnModel) -> dict[str, Any]:
    evaluation: dict[str, Any] = artifacts.read_json(products.EVALUATION)
    judged = evaluation["model_version"]
    if judged != model.version:
        raise IntegrityError(
            f"{products.EVALUATION} judges model {judged}, not {model.version}; run `dvc repro evaluate`."
        )
    return evaluation


def _serving(model: ChurnModel, params: Params) -> Serving:
    profile = products.MODEL_PROFILE
    learnt = Profile.from_document(artifacts.read_json(profile)) if profile.exists() else None
    currency = artifacts.read_json(products.CHECKED / "contract.json")["currency"]
    return Serving.of(model, snapshot_rows("score"), learnt, params.explain, currency)


def _decided(
    model: ChurnModel, leader: str | None, evaluation: Mapping[str, Any], params: EvaluateParams, force: str | None
) -> Promotion:
    """Decide by the comparison, or by the reason given where it is lost or cannot be made."""
    try:
        decided = _compared(model, leader, evaluation, params)
    except ChurnError as error:
        if not force:
            raise
        decided = Promotion.refused(str(error))
    return decided.forced(force) if force and not decided.promoted else decided


def _compared(
    model: ChurnModel, leader: str | None, evaluation: Mapping[str, Any], params: EvaluateParams
) -> Promotion:
    if leader is None:
        return first_champion(evaluation)
    return against_champion(model, _champion(leader), snapshot_rows("test"), evaluation, params)


def _champion(leader: str) -> ChurnModel:
    with TemporaryDirectory() as folder:
        try:
            return ChurnModel.load(fetch(CHAMPION, Path(folder)))
        except IntegrityError:
            raise IntegrityError(
                f"The champion, model {leader}, is damaged or was saved by another version, so nothing can be compared with it. "
                "Bring its files back, or say why this model shall lead with --force."
            ) from None


def _words(decided: Promotion, leader: str | None) -> dict[str, str]:
    words = {
        "promoted": str(decided.promoted).lower(),
        "decision": decided.sentence,
        "compared_with": leader or "nobody",
    }
    return words | ({"forced_because": decided.forced_because} if decided.forced_because else {})


def _let_lead(model_version: str) -> None:
    move_alias(CHAMPION, model_version)
    drop_alias(CHALLENGER)
