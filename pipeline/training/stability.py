"""How steady reasons are: the model is learnt again from customers drawn anew, and its main reasons are compared."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits

from pipeline.features.behaviour import Feature
from pipeline.features.families import FAMILIES
from pipeline.model.churn_model import ChurnModel, least_points, log_odds_of, points_per_log_odd
from pipeline.model.inputs import Inputs
from pipeline.model.logistic import LogisticMember
from pipeline.model.trees import TreeMember
from pipeline.params import TrainParams
from pipeline.training.members import fit_regression, fit_trees
from pipeline.training.preflight import ready

RETRAININGS = 5
LEAST_POINTS = 1.0
STEADY = 0.8

Drawn = npt.NDArray[np.intp]


def reason_stability(  # noqa: PLR0913, PLR0917
    model: ChurnModel,
    train: pd.DataFrame,
    test: pd.DataFrame,
    features: Sequence[Feature],
    params: TrainParams,
    facts: Mapping[str, Any],
    threads: int = 1,
) -> dict[str, Any]:
    """Return how often the family that raises a test row's risk most stays the same when the model is learnt anew.

    `facts` are those of the training, whose rounds and penalty are kept; the buying rhythm's four numbers and the
    calibration are kept too. `agreement` is the share over rows and retrainings with a clear reason, `by_family` the same for
    the rows each family leads.
    """
    before = _leading(model, test)
    clear = before >= 0

    def leading(people: Drawn) -> npt.NDArray[np.int64]:
        return _leading(_learnt(model, train.iloc[people], features, params, facts), test)

    # Each learns by itself on one thread, so that their number changes nothing.
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(threads) as pool:
        kept = np.stack([anew[clear] == before[clear] for anew in pool.map(leading, _drawn(train, params.seed))])
    keys = _families(model)
    by_family = {
        key: {"rows": int((before == place).sum()), "agreement": float(kept[:, before[clear] == place].mean())}
        for place, key in enumerate(keys)
        if (before == place).any()
    }
    agreement = float(kept.mean()) if clear.any() else None
    found = {"retrainings": RETRAININGS, "rows": int(clear.sum()), "agreement": agreement, "by_family": by_family}
    return found | {"sentence": _sentence(found)}


def _drawn(train: pd.DataFrame, seed: int) -> list[Drawn]:
    """Return the places of the rows of customers drawn anew, for each retraining."""
    drawing = np.random.default_rng(seed)
    codes, customers = pd.factorize(train["customer_id"], sort=True)
    rows_of = pd.Series(np.arange(len(train))).groupby(codes).indices
    drawn = (drawing.integers(0, len(customers), len(customers)) for _ in range(RETRAININGS))
    return [np.concatenate([rows_of[one] for one in people]) for people in drawn]


def _learnt(
    model: ChurnModel, rows: pd.DataFrame, features: Sequence[Feature], params: TrainParams, facts: Mapping[str, Any]
) -> ChurnModel:
    known = [feature for feature in features if feature.name in model.members[0].inputs.features]
    # What the model reads was looked at when it was learnt, and has to stay.
    trusted = [feature.name for feature in known]
    prepared = ready(rows, rows["churned"].to_numpy(bool), rows["customer_id"], known, trusted)
    if not facts["directions_kept"]:
        prepared = replace(prepared, directions=(0,) * len(prepared.directions))
    trees: TreeMember = fit_trees(prepared, params, facts["rounds"], 1)
    regression: LogisticMember = fit_regression(prepared, facts["penalty"])
    categories = {**model.inputs.categories, **prepared.inputs.categories}
    return replace(
        model, members=(trees, regression, *model.members[2:]), inputs=Inputs(model.inputs.features, categories)
    )


def _families(model: ChurnModel) -> list[str]:
    return [key for key in FAMILIES if key in model.families]


def _leading(model: ChurnModel, rows: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Return the place of the family that raises each row's risk most; −1 where none raises it by enough to be told."""
    added = model.contributions(rows)
    columns = np.array(model.families)
    by_family = np.stack([added[:, columns == key].sum(axis=1) for key in _families(model)], axis=1)
    slope = points_per_log_odd(log_odds_of(model.base_log_odds, added), model.base_log_odds)
    points = by_family * slope[:, None]
    return np.where(points.max(axis=1) >= least_points(LEAST_POINTS, model.base_log_odds), points.argmax(axis=1), -1)


def _sentence(found: Mapping[str, Any]) -> str:
    if found["agreement"] is None:
        return "No customer of the test has a reason that moves his risk enough to be told."
    share = f"{found['agreement']:.0%} of main reasons stay the same"
    steady = "they can be told to a customer" if found["agreement"] >= STEADY else "tell them with care"
    return f"Learnt anew from customers drawn at random, {RETRAININGS} times, {share}; {steady}."
