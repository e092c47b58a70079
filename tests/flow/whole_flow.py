"""Every stage of the flow in a folder, in a process of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from made_up_shop import ROOT, shop_params, write_params, write_shop

ALL_STAGES = """
from pipeline.cli import STAGES, app
for stage in STAGES:
    app([stage, "--quiet"], standalone_mode=False)
"""


def copy_code(folder: Path) -> str:
    """Copy the pipeline into a folder: products carry the hash of the code, and someone may edit it while tests run."""
    shutil.copytree(ROOT / "pipeline", folder / "pipeline", ignore=shutil.ignore_patterns("__pycache__"))
    return str(folder)


def start_flow(folder: Path, code: str, threads: int, **variables: str) -> subprocess.Popen:
    """Start every stage in a folder, with so many threads; what it says goes to `flow.log`."""
    counted = {"CHURN_THREADS": str(threads), "OMP_NUM_THREADS": str(threads), "PYTHONPATH": code}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DVC_", "MLFLOW_"))}
    log = (folder / "flow.log").open("w", encoding="utf-8")
    environment = inherited | counted | variables
    return subprocess.Popen([sys.executable, "-c", ALL_STAGES], cwd=folder, env=environment, stderr=log)


def wait_for(flow: subprocess.Popen, folder: Path) -> None:
    """Wait for the end of a flow; what it said is shown where it failed."""
    assert flow.wait(timeout=550) == 0, (folder / "flow.log").read_text(encoding="utf-8")


def shop_after_the_flow(tmp_path_factory: pytest.TempPathFactory, **changes: Any) -> Path:
    """Return a folder in which the whole flow has run on the made-up shop; `changes` are those of `shop_params`."""
    folder = tmp_path_factory.mktemp("flow")
    write_shop(folder / "data/source")
    write_params(folder / "params.yaml", shop_params(Path("data/source"), **changes))
    wait_for(start_flow(folder, copy_code(tmp_path_factory.mktemp("code")), 2), folder)
    return folder
