"""The contributions of some customers as `shap.Explanation`, for the plots people know."""

from typing import Any

import pandas as pd

from pipeline.features.catalogue import feature_named
from pipeline.model.churn_model import ChurnModel


def as_explanation(model: ChurnModel, features: pd.DataFrame) -> Any:
    """Return a `shap.Explanation` in log-odds: base values and contributions add up to each customer's log-odds.

    Needs the package `shap`, which the product itself does without. Columns are named by their words.
    """
    import shap  # noqa: PLC0415 - only notebooks have it

    return shap.Explanation(
        values=model.contributions(features),
        base_values=model.base_log_odds,
        data=features[list(model.features)].to_numpy(dtype=object),
        feature_names=[feature_named(name).words for name in model.features],
    )
