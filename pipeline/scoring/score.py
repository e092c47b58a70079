"""One calibrated probability a customer, what is at stake, and where he stands among all."""

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.model.churn_model import ChurnModel, probability
from pipeline.params import ScoreParams

BAND_ORDER = ("low", "medium", "high", "very_high")
ORDER = (("log_odds", "descending"), ("expected_loss", "descending"), ("customer_id", "ascending"))
"""Highest risk first; equal risks by what is at stake, then by customer id."""

COLUMNS = (
    *("customer_id", "as_of", "churn_probability", "log_odds", "base_log_odds", "risk_band"),
    *("customer_value", "expected_loss", "model_version", "run_id"),
)
"""Of a score before it has its rank."""


def score(model: ChurnModel, features: pd.DataFrame, value: np.ndarray, params: ScoreParams, run_id: str) -> pa.Table:
    """Return one row for each row of `features`, in `ORDER`.

    `value` is what each customer is worth if kept, in whole currency units, in the same order.
    """
    valued = features[["customer_id", "as_of"]].assign(customer_value=value)
    columns = score_columns(model, valued, model.log_odds(features), params, run_id)
    return with_ranks(pa.table(columns).sort_by(list(ORDER)), first=1)


def with_ranks(scored: pa.Table, first: int) -> pa.Table:
    """Return scores in order with their ranks, which begin at `first`."""
    ranks = pa.array(np.arange(first, first + scored.num_rows))
    return scored.add_column(scored.column_names.index("risk_band"), "risk_rank", ranks)


def score_columns(
    model: ChurnModel, customers: pd.DataFrame, log_odds: np.ndarray, params: ScoreParams, run_id: str
) -> dict[str, pa.Array]:
    """Return the columns of a score but the rank, of log-odds already told, in the order of `customers`.

    They hold `customer_id`, `as_of` and `customer_value`.
    """
    churn_probability = probability(log_odds)
    value = customers["customer_value"].to_numpy(np.float64)
    same = {"model_version": model.version, "run_id": run_id}
    return {
        "customer_id": pa.array(customers["customer_id"], pa.string()),
        "as_of": pa.array(customers["as_of"].to_numpy(), pa.date32()),
        "churn_probability": pa.array(churn_probability),
        "log_odds": pa.array(log_odds),
        "base_log_odds": pa.array(np.full(len(log_odds), model.base_log_odds)),
        "risk_band": pa.array(risk_band(churn_probability, params)),
        "customer_value": pa.array(value),
        "expected_loss": pa.array(churn_probability * value),
        **{name: pa.array([text] * len(log_odds), pa.string()) for name, text in same.items()},
    }


def risk_band(churn_probability: np.ndarray, params: ScoreParams) -> np.ndarray:
    """Name the band of each probability; a band begins at its threshold."""
    thresholds = [params.bands.medium, params.bands.high, params.bands.very_high]
    return np.array(BAND_ORDER)[np.searchsorted(thresholds, churn_probability, side="right")]
