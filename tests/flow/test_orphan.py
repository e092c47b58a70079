"""A stage does not outlive the DVC that runs it: it would write an old result over the new one of the next run."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STAGE = """
import sys, time
from pipeline import cli
cli.app = lambda **_: time.sleep(60)
print("working", flush=True)
cli.main()
"""
RUNNER = """
import subprocess, sys
stage = subprocess.Popen([sys.executable, "-c", sys.argv[1]])
print(stage.pid, flush=True)
stage.wait()
"""


def is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.slow
@pytest.mark.parametrize(("by_dvc", "outlives"), [(True, False), (False, True)], ids=["run by DVC", "run by hand"])
def test_a_stage_ends_soon_after_dvc_was_killed(by_dvc, outlives):
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DVC_")}
    environment = inherited | {"PYTHONPATH": str(ROOT)} | ({"DVC_STAGE": "train"} if by_dvc else {})
    command = [sys.executable, "-c", RUNNER, STAGE]
    runner = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    stage = int(runner.stdout.readline())
    try:
        assert runner.stdout.readline().strip() == "working"
        time.sleep(2)
        assert is_alive(stage)
        runner.kill()
        runner.wait()
        deadline = time.monotonic() + 8
        while is_alive(stage) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert is_alive(stage) == outlives
    finally:
        if is_alive(stage):
            os.kill(stage, signal.SIGKILL)
