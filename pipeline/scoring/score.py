"""One calibrated probability a customer, what is at stake, and where he stands among all."""

import numpy as np
import pandas as pd

from pipeline.model.churn_model import ChurnModel, probability
from pipeline.params import ScoreParams

BAND_ORDER = ("low", "medium", "high", "very_high")


def score(
    model: ChurnModel, features: pd.DataFrame, value: np.ndarray, params: ScoreParams, run_id: str
) -> pd.DataFrame:
    """Return one row for each row of `features`, highest risk first.

    `value` is what each customer is worth if kept, in whole currency units, in the same order. Equal probabilities are
    ranked by what is at stake, then by customer id.
    """
    return ranked(model, features, model.log_odds(features), value, params, run_id)


def ranked(
    model: ChurnModel, keys: pd.DataFrame, log_odds: np.ndarray, value: np.ndarray, params: ScoreParams, run_id: str
) -> pd.DataFrame:
    """Return what `score` does, of log-odds already told; `keys` holds `customer_id` and `as_of` in the same order."""
    churn_probability = probability(log_odds)
    scored = pd.DataFrame(
        {
            "customer_id": keys["customer_id"].to_numpy(),
            "as_of": keys["as_of"].to_numpy(),
            "churn_probability": churn_probability,
            "log_odds": log_odds,
            "base_log_odds": model.base_log_odds,
            "risk_band": risk_band(churn_probability, params),
            "customer_value": value,
            "expected_loss": churn_probability * value,
            "model_version": model.version,
            "run_id": run_id,
        }
    )
    ordered = scored.sort_values(["log_odds", "expected_loss", "customer_id"], ascending=[False, False, True])
    ordered.insert(5, "risk_rank", np.arange(1, len(ordered) + 1))
    return ordered.reset_index(drop=True)


def risk_band(churn_probability: np.ndarray, params: ScoreParams) -> np.ndarray:
    """Name the band of each probability; a band begins at its threshold."""
    thresholds = [params.bands.medium, params.bands.high, params.bands.very_high]
    return np.array(BAND_ORDER)[np.searchsorted(thresholds, churn_probability, side="right")]
