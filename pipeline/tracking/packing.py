"""A model folder packed the way MLflow loads models, with the code that reads it and no pickle."""

import logging
import os
import re
import shutil
import warnings
from importlib.metadata import requires
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pipeline
from pipeline.artifacts import write_json
from pipeline.tracking import surroundings
from pipeline.tracking.serving import SCORES, Serving

PROJECT = "churn-pipeline"


def pack(folder: Path, serving: Serving, packed: Path) -> None:
    """Write `packed`, a folder that `mlflow.pyfunc.load_model` reads, around a model folder."""
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    # It asks for type hints, which a frame cannot give: the signature and the model say what they want.
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    import mlflow.pyfunc  # noqa: PLC0415

    with TemporaryDirectory() as temporary, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks for an example, which would be a customer
        write_json(Path(temporary) / "serving.json", serving.document())
        mlflow.pyfunc.save_model(
            packed,
            python_model=str(Path(__file__).with_name("served.py")),
            artifacts={"churn": str(folder), "serving": f"{temporary}/serving.json"},
            code_paths=[str(_code(Path(temporary)))],
            signature=_signature(serving),
            # Left to itself it imports the model in another process to guess them, and names xgboost twice.
            pip_requirements=requirements(),
        )


def _code(folder: Path) -> Path:
    """Copy the package without what Python and numba keep beside it: numba's cache is pickled."""
    shipped = Path(pipeline.__file__).parent
    return Path(shutil.copytree(shipped, folder / "pipeline", ignore=shutil.ignore_patterns("__pycache__")))


def requirements() -> list[str]:
    """Return what the wheel asks for, and MLflow itself, at the versions that are installed here."""
    asked = [line for line in requires(PROJECT) or [] if "extra ==" not in line]
    names = [re.split(r"[^\w.\-]", line, maxsplit=1)[0] for line in asked]
    return [f"{name}=={found}" for name in (*names, "mlflow") if (found := surroundings.installed(name))]


def _signature(serving: Serving) -> Any:
    from mlflow.models import ModelSignature  # noqa: PLC0415
    from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema  # noqa: PLC0415

    inputs: list[Any] = [
        ColSpec("string" if column.is_text else "double", name, required=column.required)
        for name, column in serving.columns.items()
    ]
    outputs: list[Any] = [ColSpec("double", name) for name in SCORES]
    signature = ModelSignature(
        Schema(inputs), Schema(outputs), ParamSchema([ParamSpec("explain", "boolean", default=False)])
    )
    # MLflow's own check refuses whole numbers of 64 bits where the signature says double, and prints the customers it
    # refuses. With this mark it leaves the check to the model, which refuses by the column's name.
    signature._is_signature_from_type_hint = True  # noqa: SLF001
    return signature
