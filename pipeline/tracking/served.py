"""The registered model as MLflow loads it, `models:/churn@champion`: a frame of features in, probabilities and reasons out.

MLflow runs this file by its path when it loads the model; nothing else imports it.
"""

from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel

from pipeline.model.churn_model import ChurnModel, log_odds_of, probability


class ServedModel(PythonModel):
    """A churn model behind MLflow's interface."""

    def load_context(self, context: Any) -> None:
        """Read the model folder, its hash verified first."""
        self.model = ChurnModel.load(Path(context.artifacts["churn"]))

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> pd.DataFrame:  # noqa: ARG002
        """Return `churn_probability`, `log_odds`, `base_log_odds` and a contribution in log-odds for every feature."""
        added = self.model.contributions(model_input)
        log_odds = log_odds_of(self.model.base_log_odds, added)
        scores = {"churn_probability": probability(log_odds), "log_odds": log_odds}
        contributions = pd.DataFrame(added, columns=[f"contribution_{name}" for name in self.model.features])
        return pd.DataFrame({**scores, "base_log_odds": self.model.base_log_odds}).join(contributions)


set_model(ServedModel())
