"""The flow on the Complete Journey's four published tasks, one parameter set for all, and its figures out of time.

Run: `uv run --locked python -m benchmarks.protocol [A B C D]`. Day 0 is 2017-01-01; features reach back 182 days; training
dates lie 28 days apart and their answers end before the test date.
"""

import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from pipeline.artifacts import read_json
from pipeline.params import Params
from pipeline.params_file import load_params
from pipeline.progress import Progress
from pipeline.stages import products

ROOT = Path(__file__).parents[1]
DAY_0 = date(2017, 1, 1)


@dataclass(frozen=True)
class Task:
    """A question to the default data, and the figures published for the best simple and the best strong model."""

    words: str
    test_day: int
    horizon_days: int
    at_risk_days: int
    published: str


TASKS: Mapping[str, Task] = {
    "A": Task("28 days, bought in the last 182", 322, 28, 182, "BG/NBD .873 / .315, boosted trees .885 / .304"),
    "B": Task("28 days, bought in the last 28", 322, 28, 28, "BG/NBD .850 / .257, boosted trees .869 / .246"),
    "C": Task("56 days, bought in the last 182", 294, 56, 182, "BG/NBD .891 / .214, boosted trees .891 / .207"),
    "D": Task("56 days, bought in the last 56", 294, 56, 56, "BG/NBD .864 / .165, boosted trees .869 / .162"),
}


def judged(task: Task) -> dict[str, Any]:
    """Return evaluation.json of a task, made by the stages themselves in a folder that is thrown away."""
    params = _params(task)
    with tempfile.TemporaryDirectory() as folder:
        before = Path.cwd()
        os.chdir(folder)
        try:
            for stage in ("contract", "snapshots", "features", "train", "evaluate"):
                import_module(f"pipeline.stages.{stage}").run(params, Progress(stage, quiet=True))
            return dict(read_json(products.EVALUATION))
        finally:
            os.chdir(before)


def _params(task: Task) -> Params:
    params = load_params(ROOT / "params.yaml")
    asked = {
        "newest_as_of": DAY_0 + timedelta(days=task.test_day),
        "test_dates": 1,
        "horizon_days": task.horizon_days,
        "at_risk_days": task.at_risk_days,
    }
    return params.model_copy(update={"snapshots": params.snapshots.model_copy(update=asked)})


def main() -> None:
    """Print a line a task."""
    for name in sys.argv[1:] or TASKS:
        task = TASKS[name]
        figures = judged(task)["metrics"]
        auc, loss = (figures[key] for key in ("auc", "log_loss"))
        print(
            f"{name} {task.words}: AUC {auc['value']:.4f} ({auc['low']:.3f} to {auc['high']:.3f}), "
            f"log loss {loss['value']:.4f} ({loss['low']:.3f} to {loss['high']:.3f}); published: {task.published}",
            flush=True,
        )


if __name__ == "__main__":
    main()
