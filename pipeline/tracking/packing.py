"""A model folder packed the way MLflow loads models, with the code that reads it and no pickle."""

import logging
import os
from pathlib import Path

import pipeline
from pipeline.tracking import surroundings

NEEDED = ("numpy", "pandas", "pyarrow", "xgboost-cpu", "xgboost", "mlflow")


def pack(folder: Path, packed: Path) -> None:
    """Write `packed`, a folder that `mlflow.pyfunc.load_model` reads, around a model folder."""
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    # It warns that no signature was given; the model checks its columns itself, by name.
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    import mlflow.pyfunc  # noqa: PLC0415

    mlflow.pyfunc.save_model(
        packed,
        python_model=str(Path(__file__).with_name("served.py")),
        artifacts={"churn": str(folder)},
        code_paths=[str(Path(pipeline.__file__).parent)],
        # Left to itself it imports the model in another process to guess them, and names xgboost twice.
        pip_requirements=[f"{name}=={found}" for name in NEEDED if (found := surroundings.installed(name))],
    )
