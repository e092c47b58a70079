"""Judge the model on the newest dates, beside simple rules."""

from pipeline import artifacts
from pipeline.model.churn_model import ChurnModel
from pipeline.params import Params
from pipeline.progress import Progress
from pipeline.stages import products
from pipeline.stages.rows import snapshot_rows
from pipeline.tracking.runs import log_evaluation
from pipeline.training.evaluate import evaluate


def run(params: Params, progress: Progress) -> None:
    """Write what the test dates say of the model, and add it to the run of its training."""
    trained = artifacts.read_json(products.RUN)
    model = ChurnModel.load(products.MODEL)
    judged = evaluate(model, snapshot_rows("test"), snapshot_rows("train"), params.evaluate, run_id=trained["run_id"])
    artifacts.write_json(products.EVALUATION, judged)
    log_evaluation(trained["mlflow_run_id"], judged, progress.note)
    for verdict in judged["verdicts"]:
        progress.note(verdict["sentence"])
