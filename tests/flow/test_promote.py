"""The real command on real products: worse, equal and better models are refused, refused and promoted, and it is kept why.

The models are the flow's own with another Platt map: one that overstates is worse, one that holds on the test dates is
better, and a hair beside that one is equal.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from pipeline.model.churn_model import ChurnModel, Platt
from pipeline.training.calibrate import fit_platt

pytestmark = pytest.mark.slow
JOB = "import sys; from pipeline.cli import main; sys.argv[0] = 'churn'; main()"
MODEL = Path("models/churn")


class Shop:
    """A folder of products, and the models that take each other's place in it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder
        self.trained = ChurnModel.load(folder / MODEL)
        self.profile = json.loads((folder / MODEL / "profile.json").read_text(encoding="utf-8"))

    def churn(self, *command: str, code: int = 0) -> str:
        """Run `churn` and return what it said."""
        surroundings = {name: value for name, value in os.environ.items() if not name.startswith(("DVC_", "MLFLOW_"))}
        done = subprocess.run(
            [sys.executable, "-c", JOB, *command],
            cwd=self.root,
            env=surroundings,
            text=True,
            capture_output=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return done.stderr

    def put(self, model: ChurnModel) -> None:
        """Let a model take the place of the trained one, and judge it."""
        model.save(self.root / MODEL, {"profile.json": self.profile})
        run = json.loads((self.root / "models/run.json").read_text(encoding="utf-8"))
        known = run | {"model_version": model.version, "mlflow_run_id": None}
        (self.root / "models/run.json").write_text(json.dumps(known), encoding="utf-8")
        self.churn("evaluate")

    def registry(self) -> dict[str, dict[str, str]]:
        """Return the tags of every registered model by its version of ours, with the aliases that point at it."""
        with sqlite3.connect(self.root / "mlflow.db") as diary:
            tags = diary.execute("SELECT version, key, value FROM model_version_tags").fetchall()
            aliases = dict(diary.execute("SELECT version, alias FROM registered_model_aliases").fetchall())
        found: dict[int, dict[str, str]] = {}
        for number, key, value in tags:
            found.setdefault(number, {"alias": aliases.get(number, "")})[key] = value
        return {one["model_version"]: one for one in found.values()}

    def judged_platt(self) -> Platt:
        """Return the Platt map that holds on the test dates themselves."""
        features = pq.read_table(self.root / "data/features.parquet").to_pandas()
        snapshots = pq.read_table(self.root / "data/snapshots.parquet").to_pandas()
        test = ((snapshots["role"] == "test") & snapshots["churned"].notna()).to_numpy()
        now = self.trained.platt
        margins = (self.trained.log_odds(features[test]) - now.offset) / now.slope
        return fit_platt(margins, snapshots["churned"][test].to_numpy(dtype=float))


@pytest.fixture(scope="module")
def shop(done: Path, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return a copy of a finished flow."""
    folder = tmp_path_factory.mktemp("promote") / "shop"
    shutil.copytree(done, folder, ignore=shutil.ignore_patterns("mlflow.db*", "mlartifacts"))
    # The models give other risks than the one whose profile lies beside them, which the nightly job would call drift.
    params = yaml.safe_load((folder / "params.yaml").read_text(encoding="utf-8"))
    params["drift"]["stop_stability_index"] = 100
    (folder / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    return Shop(folder)


def test_worse_equal_and_better_models_are_refused_refused_and_promoted(shop):
    holds = shop.judged_platt()
    better = replace(shop.trained, platt=holds)
    equal = replace(shop.trained, platt=replace(holds, slope=holds.slope * 1.002))
    worse = replace(shop.trained, platt=Platt(holds.slope * 3, holds.offset + 1))

    shop.put(worse)
    assert "Not promoted. Probabilities cannot be read as they stand" in shop.churn("promote")
    assert shop.registry()[worse.version]["alias"] == "challenger"
    assert "Forced to lead (something must)" in shop.churn("promote", "--force", "something must")
    kept = shop.registry()[worse.version]
    assert (kept["alias"], kept["promoted"], kept["forced_because"]) == ("champion", "true", "something must")

    shop.put(better)
    assert f"Promoted: it lowers the log loss of the champion, model {worse.version}, by +" in shop.churn("promote")
    kept = shop.registry()[better.version]
    assert (kept["alias"], kept["promoted"], kept["compared_with"]) == ("champion", "true", worse.version)
    assert "95% interval +" in kept["decision"]

    before = shop.registry()
    assert f"model {better.version} leads already; nothing was changed" in shop.churn("promote")
    assert shop.registry() == before

    shop.put(equal)
    assert "the interval includes zero" in shop.churn("promote")
    kept = shop.registry()[equal.version]
    assert (kept["alias"], kept["promoted"]) == ("challenger", "false")
    assert "the interval includes zero" in kept["decision"]

    shop.put(worse)
    said = shop.churn("promote")
    assert "it is surely worse" in said
    assert "Probabilities cannot be read as they stand" in said
    refused = shop.registry()
    assert refused[better.version]["alias"] == "champion"
    shop.churn("promote")
    assert shop.registry() == refused


def test_the_nightly_job_scores_with_the_champion_and_with_no_other(shop):
    """It runs after the test above: `models/churn` holds the worse model, and the better one leads."""
    champion = next(version for version, tags in shop.registry().items() if tags["alias"] == "champion")
    shop.churn("batch", "--model", "models:/churn@champion", "--out", "lists")
    listed = pq.read_table(shop.root / "lists/current/scores.parquet")
    assert set(listed["model_version"].to_pylist()) == {champion}


def test_the_nightly_job_refuses_a_champion_that_was_tampered_with(shop):
    [registered] = [
        path
        for path in (shop.root / "mlartifacts").rglob("model.json")
        if json.loads(path.read_text(encoding="utf-8"))["platt"] == vars(shop.judged_platt())
    ]
    before = registered.read_bytes()
    try:
        registered.write_bytes(before[:-100])
        said = shop.churn("batch", "--model", "models:/churn@champion", "--out", "other", code=5)
        assert "model.json is not the file that was written" in said
        assert not (shop.root / "other/current").exists()
    finally:
        registered.write_bytes(before)
