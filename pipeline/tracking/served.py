"""The registered model as MLflow loads it, `models:/churn@champion`: a frame of features in, probabilities and reasons out.

MLflow runs this file by its path when it loads the model; nothing else imports it.
"""

from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel

from pipeline.artifacts import read_json
from pipeline.model.churn_model import ChurnModel
from pipeline.tracking.serving import Serving, told


class ServedModel(PythonModel):
    """A churn model behind MLflow's interface."""

    def load_context(self, context: Any) -> None:
        """Read the model folder, its hash verified first."""
        self.model = ChurnModel.load(Path(context.artifacts["churn"]))
        self.serving = Serving.from_document(read_json(Path(context.artifacts["serving"])))

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> pd.DataFrame:  # noqa: ARG002
        """Return probabilities; with the parameter `explain`, also contributions by family and the reasons in words."""
        return told(self.model, self.serving, model_input, explain=bool((params or {}).get("explain")))


set_model(ServedModel())
