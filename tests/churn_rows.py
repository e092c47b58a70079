"""Made-up snapshots with a known way of churning, and a small model of them."""

from functools import cache

import numpy as np
import pandas as pd

from pipeline.features.catalogue import feature_named
from pipeline.model.churn_model import ChurnModel
from pipeline.params import EvaluateParams, TrainParams, XGBoostParams
from pipeline.training import fit

FAMILIES = {
    "days_since_purchase": "recency",
    "orders_182d": "frequency",
    "spend_182d": "spending",
    "order_value_28d": "spending",
    "main_category_91d": "variety",
}
FEATURES = [feature_named(name) for name in FAMILIES]
TASK = {"label": "inactivity", "horizon_days": 28, "gap_days": 0, "at_risk_days": 182, "decline_share": None}
XGBOOST = XGBoostParams(
    learning_rate=0.1, max_depth=3, min_child_weight=5, reg_lambda=5, subsample=0.8, colsample_bytree=0.8
)
TRAIN = TrainParams(seed=7, folds=3, max_rounds=120, min_churners=20, xgboost=XGBOOST)
EVALUATE = EvaluateParams(replicates=200, top_shares=(0.1, 0.2))


def churn_rows(dates: tuple[str, ...], seed: int = 0, customers: int = 300) -> pd.DataFrame:
    """Return a row per customer and date: those long away who bought little churn; one value in five is null."""
    drawing = np.random.default_rng(seed)
    count = len(dates) * customers
    days, orders = drawing.integers(1, 182, count), drawing.poisson(8, count)
    value = np.where(drawing.random(count) < 0.2, np.nan, drawing.gamma(2, 20, count))
    category = drawing.choice(["bread", "fish", "fruit"], count).astype(object)
    category[drawing.random(count) < 0.2] = None
    log_odds = 0.03 * (days - 90) - 0.4 * (orders - 8) + np.where(category == "fish", 2.0, 0.0)
    return pd.DataFrame(
        {
            "customer_id": np.tile([f"c{number:04}" for number in range(customers)], len(dates)),
            "as_of": np.repeat(dates, customers),
            "days_since_purchase": days,
            "orders_182d": orders,
            "spend_182d": orders * drawing.integers(500, 5000, count),
            "order_value_28d": value,
            "main_category_91d": category,
            "churned": drawing.random(count) < 1 / (1 + np.exp(-log_odds)),
        }
    )


def train_rows() -> pd.DataFrame:
    """Return the rows that `trained` learns from."""
    return churn_rows(("2024-01-01", "2024-02-01"), seed=1)


def later_rows() -> pd.DataFrame:
    """Return rows of a later date."""
    return churn_rows(("2024-03-01",), seed=2, customers=600)


def train(rows: pd.DataFrame, params: TrainParams = TRAIN, threads: int = 1) -> tuple[ChurnModel, dict]:
    """Train on rows."""
    return fit.train(rows, rows["churned"].to_numpy(), rows["customer_id"], FEATURES, params, TASK, threads)


@cache
def trained() -> ChurnModel:
    """Return one model for all tests; nobody changes it."""
    return train(train_rows())[0]
