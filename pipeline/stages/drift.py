"""Say how far customers and scores have moved since the model learned, and which answers are still pending."""

import numpy as np
import pandas as pd

from pipeline import artifacts
from pipeline.model.churn_model import ChurnModel
from pipeline.monitoring.findings import drift_facts
from pipeline.monitoring.maturity import Cohort, maturity
from pipeline.monitoring.profile import Profile
from pipeline.params import Params
from pipeline.progress import Progress
from pipeline.snapshots.given import NO_TIME
from pipeline.stages import products
from pipeline.stages.rows import snapshot_rows


def run(params: Params, progress: Progress) -> None:
    """Write what has moved, what is expected of the newest customers, and what became of the earlier ones."""
    if params.snapshots.label == "given":
        artifacts.write_json(products.DRIFT, {"verdict": NO_TIME})
        return
    model = ChurnModel.load(products.MODEL)
    profile = Profile.from_document(artifacts.read_json(products.MODEL_PROFILE))
    scored, judged = snapshot_rows("score"), snapshot_rows("test")
    facts = drift_facts(profile, scored, model.probabilities(scored), params.drift)
    cohorts = [*_cohorts(judged, model.probabilities(judged)), *_cohorts(scored, model.probabilities(scored))]
    artifacts.write_json(products.DRIFT, {**facts, "maturity": maturity(cohorts, params.snapshots)})
    progress.note(facts["verdict"])


def _cohorts(rows: pd.DataFrame, chance: np.ndarray) -> list[Cohort]:
    churned = rows["churned"].to_numpy(dtype=np.float64, na_value=np.nan)
    days = rows["as_of"].to_numpy()
    return [Cohort(as_of, chance[days == as_of], churned[days == as_of]) for as_of in sorted(set(days))]
