"""Judge the model on the newest dates, beside simple rules."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import ibis
import numpy as np
import pandas as pd

from pipeline import artifacts
from pipeline.engines import duckdb
from pipeline.features.catalogue import feature_named
from pipeline.model.churn_model import ChurnModel
from pipeline.params import Params, SnapshotsParams
from pipeline.progress import Progress
from pipeline.snapshots.calendar import answered_on
from pipeline.snapshots.given import NO_TIME
from pipeline.snapshots.label import labelled
from pipeline.stages import products
from pipeline.stages.rows import feature_names, snapshot_rows
from pipeline.tracking.runs import recorded_evaluation
from pipeline.training.evaluate import evaluate
from pipeline.training.judged import Judged
from pipeline.training.slices import by_lead, new_customers
from pipeline.training.stability import reason_stability

LEAD_DAYS = (0, 14, 30, 60)


def run(params: Params, progress: Progress) -> None:
    """Write what the test dates say of the model, and add it to the run of its training."""
    trained = artifacts.read_json(products.RUN)
    with recorded_evaluation(trained, {"evaluate": params.evaluate.model_dump(mode="json")}, progress.note) as entry:
        judged = _judged(trained, params)
        artifacts.write_json(products.EVALUATION, judged)
        entry.evaluated(judged)
    progress.note(judged["rates"]["sentence"])
    for verdict in judged["verdicts"]:
        progress.note(verdict["sentence"])
    progress.note(judged["reason_stability"]["sentence"])


def _judged(trained: Mapping[str, Any], params: Params) -> dict[str, Any]:
    model = ChurnModel.load(products.MODEL)
    test, train = snapshot_rows("test"), snapshot_rows("train")
    judged = evaluate(model, test, train, params.evaluate, run_id=trained["run_id"], learnt=trained["training"])
    has_time = params.snapshots.label != "given"
    judged["by_lead"] = _by_lead(model, test, params.snapshots) if has_time else []
    judged["about_time"] = None if has_time else NO_TIME
    features = [feature_named(name) for name in feature_names(train)]
    judged["reason_stability"] = reason_stability(
        model, train, test, features, params.train, trained["training"], duckdb.threads()
    )
    return judged


def _by_lead(model: ChurnModel, test: pd.DataFrame, params: SnapshotsParams) -> list[dict[str, Any]]:
    """Ask the same scores about labels that start later, to see how early leaving can be known."""
    artifacts.verify_folder(products.CHECKED)
    tables = duckdb.open_tables(duckdb.connect(), products.CHECKED)
    data_end = date.fromisoformat(artifacts.read_json(products.CHECKED / "contract.json")["data_end"])
    later, known_from = {}, {}
    for lead in LEAD_DAYS:
        shifted = params.model_copy(update={"gap_days": params.gap_days + lead})
        later[lead] = np.full(len(test), np.nan)
        for as_of in sorted(set(test["as_of"])):
            rows = np.flatnonzero(test["as_of"] == as_of)
            if answered_on(as_of, shifted) > data_end:
                known_from[lead] = str(answered_on(as_of, shifted))
                continue
            people = test["customer_id"].iloc[rows]
            answers = labelled(ibis.memtable(pd.DataFrame({"customer_id": people})), tables, as_of, shifted)
            churned = answers.to_pyarrow().to_pandas().set_index("customer_id")["churned"]
            later[lead][rows] = churned.reindex(people).to_numpy(np.float64, na_value=np.nan)
    judged = Judged(test["customer_id"], test["churned"].to_numpy(np.float64), model.log_odds(test))
    return by_lead(judged, later, known_from, new_customers(test))
