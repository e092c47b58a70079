"""What threads of one process share by accident, worker processes do not: spec and list once more, across processes.

Random logs are read as they are in every run, not at length: that takes hours here and shows what threads show.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.spark_master import WORKERS

pytestmark = [pytest.mark.spark, pytest.mark.slow]
WHAT = ("tests/spec", "tests/spark/test_spark_batch.py", "-k", "not at_length")
ROOT = Path(__file__).parents[2]


def test_measures_labels_and_lists_are_the_same_in_two_worker_processes(tmp_path):
    spec = [sys.executable, "-m", "pytest", "-q", "-m", "spark", *WHAT, "-o", f"cache_dir={tmp_path}"]
    done = subprocess.run(
        spec, cwd=ROOT, env=os.environ | {"PYSPARK_SUBMIT_ARGS": WORKERS}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert " passed" in done.stdout
