"""What a stage leaves that ends for want of data: the verdict as JSON, as a page and in MLflow."""

from typing import Any

from pipeline import artifacts
from pipeline.errors import StorageError, TooLittleDataError
from pipeline.params import Params
from pipeline.progress import Progress
from pipeline.reports.no_model import no_model_page
from pipeline.snapshots.label import task_facts
from pipeline.stages import products
from pipeline.tracking.runs import record_no_model


def leave(error: TooLittleDataError, params: Params, progress: Progress) -> None:
    """Write the verdict to every place where a model's own verdicts stand; what cannot be written is said.

    It is no product of any stage: DVC keeps nothing of a stage that fails, and what was made before stays as it was.
    """
    found = _found(error, params, progress.stage)
    settings = {"snapshots": found["task"], "train": {"min_churners": params.train.min_churners}}
    record_no_model(progress.stage, found["verdicts"], settings, progress.note)
    try:
        artifacts.write_json(products.VERDICT, found)
        artifacts.write_text(products.VERDICT_PAGE, no_model_page(found))
    except StorageError as refused:
        progress.note(str(refused))
    else:
        progress.note(f"no model; {products.VERDICT_PAGE} and {products.VERDICT} say what is missing.")


def _found(error: TooLittleDataError, params: Params, stage: str) -> dict[str, Any]:
    return {
        "stage": stage,
        "task": task_facts(params.snapshots),
        "verdicts": [{"key": error.verdict, "holds": False, "sentence": str(error)}],
        "missing": error.missing,
    }
