"""DVC runs what changed and nothing else, and an experiment's run reaches the project's own diary."""

import csv
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from made_up_shop import ROOT, shop_params, write_params, write_shop

from pipeline.tracking import runs

pytestmark = pytest.mark.slow
BIN = Path(sys.executable).parent
FAST = {"snapshots__max_train_dates": 3, "train__max_rounds": 60, "evaluate__replicates": 100}
PERSON = re.compile(rb"K0\d{4}|9876543210987654321098765|@kunde\.invalid")
"""What only a customer of the shop has: an id, or an address."""

NOBODY = {f"GIT_{role}_{part}": "nobody" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}


class Project:
    """A clone of the working tree, its files that are not committed included, on a shop in a folder beside it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"
        run(["git", "clone", "--quiet", str(ROOT), str(self.root)], folder)
        for name in run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], ROOT).splitlines():
            self._take_over(name)
        write_shop(folder / "shop")
        params = shop_params(folder / "shop", **FAST)
        params["source"]["files"]["tables"]["mitglieder"]["attributes"]["post"] = plant_addresses(folder / "shop")
        write_params(self.root / "params.yaml", params)
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "--message", "A shop of our own")

    def run(self, *command: str) -> str:
        """Run a command in the project and return all it said."""
        return run(list(command), self.root)

    def stages_run(self, *command: str) -> list[str]:
        """Run a DVC command and return the stages it ran, in order."""
        said = self.run(*command)
        return [line.split("'")[1] for line in said.splitlines() if line.startswith("Running stage")]

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start a command in the project."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        return subprocess.Popen(command, cwd=self.root, env=environment(self.root), **pipes)

    def tracked(self) -> dict[str, dict[str, Any]]:
        """Return every run in the project's diary by MLflow's id: status, params, metrics, tags and its evaluation."""
        with sqlite3.connect(self.root / "mlflow.db") as diary:
            runs = diary.execute("SELECT run_uuid, status FROM runs").fetchall()
            return {run: {"status": status, **self._written(diary, run)} for run, status in runs}

    def _written(self, diary: sqlite3.Connection, run: str) -> dict[str, Any]:
        tables = {"params": "params", "metrics": "latest_metrics", "tags": "tags"}
        found: dict[str, Any] = {
            name: dict(diary.execute(f"SELECT key, value FROM {table} WHERE run_uuid = ?", [run]).fetchall())  # noqa: S608
            for name, table in tables.items()
        }
        judged = self.root / f"mlartifacts/{run}/artifacts/evaluation.json"
        return found | {"evaluation": json.loads(judged.read_text(encoding="utf-8")) if judged.exists() else None}

    def products(self) -> dict[str, bytes]:
        """Return the content of every product."""
        folders = ("data", "models", "reports")
        files = sorted(path for folder in folders for path in (self.root / folder).rglob("*") if path.is_file())
        return {str(path.relative_to(self.root)): path.read_bytes() for path in files}

    def _take_over(self, name: str) -> None:
        source, target = ROOT / name, self.root / name
        if source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
        else:
            target.unlink(missing_ok=True)


def plant_addresses(shop: Path) -> dict[str, Any]:
    """Give every member an address of his own, and return the attribute that maps it."""
    with (shop / "mitglieder.csv").open(encoding="utf-8", newline="") as file:
        header, *members = csv.reader(file, delimiter=";")
    with (shop / "mitglieder.csv").open("w", encoding="utf-8", newline="") as file:
        rows = [[*header, "Post"], *([*member, f"{member[0]}@kunde.invalid"] for member in members)]
        csv.writer(file, delimiter=";", lineterminator="\n").writerows(rows)
    return {"column": "Post", "immutable": True}


def environment(folder: Path) -> dict[str, str]:
    """Return this environment with its `churn` and `dvc` first, and the clone's code before this one's."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DVC_", "MLFLOW_"))}
    return inherited | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(folder)} | NOBODY


def run(command: list[str], folder: Path) -> str:
    """Run a command to its end and return what it said."""
    done = subprocess.run(
        command, cwd=folder, env=environment(folder), capture_output=True, text=True, check=False, timeout=550
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout + done.stderr if command[0] == "dvc" else done.stdout


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project whose first `dvc repro` is done."""
    cloned = Project(tmp_path_factory.mktemp("dvc"))
    cloned.run("dvc", "repro")
    return cloned


def test_a_second_repro_runs_no_stage(project):
    assert project.stages_run("dvc", "repro") == []


def locked_hashes(lock: dict[str, Any]) -> dict[str, str]:
    """Return the hash of everything that is no code among what made the training data, as dvc.lock has it."""
    stages = [lock["stages"][name] for name in ("contract", "snapshots", "features")]
    entries = [entry for stage in stages for entry in (*stage["deps"], *stage["outs"])]
    return {entry["path"]: entry["md5"] for entry in entries if not entry["path"].startswith("pipeline/")}


def test_a_run_carries_what_its_model_was_made_from(project):
    [found] = project.tracked().values()
    assert found["status"] == "FINISHED"
    lock = yaml.safe_load((project.root / "dvc.lock").read_text(encoding="utf-8"))
    inputs = {key.removeprefix("input/"): value for key, value in found["tags"].items() if key.startswith("input/")}
    assert inputs == locked_hashes(lock)
    assert {"uv.lock", "data/features.parquet", "data/snapshots.parquet", "data/checked"} <= inputs.keys()
    assert found["tags"]["git_revision"] == project.run("git", "rev-parse", "HEAD").strip()
    assert found["tags"]["git_dirty"] in {"true", "false"}
    assert found["tags"]["as_of_from"] == min(found["evaluation"]["as_of"]["train"])
    assert found["tags"]["as_of_to"] == max(found["evaluation"]["as_of"]["train"])
    assert found["params"]["train.max_rounds"] == "60"
    assert found["params"]["source.from"] == "files"
    assert found["params"]["features.engine"] == "duckdb"
    assert found["tags"]["verdict/calibration/sentence"] == found["evaluation"]["verdicts"][-1]["sentence"]


def numbers(judged: Any, left_out: frozenset[str] = frozenset()) -> Iterator[float]:
    """Yield every number in evaluation.json but what its rows are called by, curves, and how sure the figures of parts are."""
    if isinstance(judged, dict):
        for key, value in judged.items():
            names_a_row_or_is_drawn = key in {"top_share", "lead_days", "reliability"} or key.endswith("_curve")
            if not names_a_row_or_is_drawn and key not in left_out:
                yield from numbers(value, left_out | ({"low", "high"} if key in runs.SOME_CUSTOMERS else set()))
    elif isinstance(judged, list):
        for value in judged:
            yield from numbers(value, left_out) if isinstance(value, dict) else ()
    elif isinstance(judged, int | float) and not isinstance(judged, bool):
        yield float(judged)


def test_its_figures_are_those_of_the_evaluation_number_by_number(project):
    [found] = project.tracked().values()
    judged = json.loads((project.root / "reports/evaluation.json").read_text(encoding="utf-8"))
    assert found["evaluation"] == judged
    tracked = {name: value for name, value in found["metrics"].items() if not name.startswith("training/")}
    assert sorted(tracked.values()) == sorted(numbers(judged))
    for name, estimate in judged["metrics"].items():
        ends = (tracked[f"test/{name}"], tracked[f"test/{name}/low"], tracked[f"test/{name}/high"])
        assert ends == (estimate["value"], estimate["low"], estimate["high"])


def test_a_repro_without_the_diary_runs_no_stage_and_loses_no_product(project):
    """Judged again, the run is written anew, whole, and the model can still be registered."""
    [(lost, before)] = project.tracked().items()
    products = project.products()
    (project.root / "mlflow.db").unlink()
    assert project.stages_run("dvc", "repro") == []
    assert project.products() == products
    project.run("dvc", "repro", "--force", "--single-item", "evaluate")
    assert project.products() == products
    [again] = project.tracked().values()
    assert again["tags"]["restored_of"] == lost
    assert (again["status"], again["params"], again["metrics"]) == ("FINISHED", before["params"], before["metrics"])
    inputs = {key for key in before["tags"] if key.startswith("input/")}
    assert {key: again["tags"][key] for key in inputs} == {key: before["tags"][key] for key in inputs}


def test_nothing_about_a_customer_is_in_the_diary_or_in_the_registry(project):
    project.run("churn", "promote", "--force", "to look at what the registry holds")
    written = [project.root / "mlflow.db", *(project.root / "mlartifacts").rglob("*")]
    files = [path for path in written if path.is_file()]
    assert {"evaluation.json", "model.json", "serving.json", "MLmodel"} <= {path.name for path in files}
    assert [str(path) for path in files if PERSON.search(path.read_bytes())] == []
    assert PERSON.search((project.root / "data/checked/customers.parquet").read_bytes()) is not None


def test_a_changed_budget_runs_only_what_reads_it(project):
    before = (project.root / "params.yaml").read_text(encoding="utf-8")
    changed = yaml.safe_load(before)
    changed["campaign"]["budget"] = 100
    write_params(project.root / "params.yaml", changed)
    try:
        assert project.stages_run("dvc", "repro") == ["campaign", "report"]
    finally:
        (project.root / "params.yaml").write_text(before, encoding="utf-8")
        project.run("dvc", "repro")


def test_too_little_data_ends_a_repro_with_the_verdict_and_the_model_of_before_stays(project):
    """DVC takes away what a stage makes before it runs it: were it found too late, the model would be gone."""
    before, runs_before, products = (project.root / "params.yaml").read_text(), project.tracked(), project.products()
    changed = yaml.safe_load(before)
    changed["train"]["min_churners"] = 100_000
    write_params(project.root / "params.yaml", changed)
    try:
        assert project.start("dvc", "repro").wait(timeout=120) != 0
        left = {
            name: content for name, content in project.products().items() if not name.startswith("reports/verdict.")
        }
        assert left == {name: content for name, content in products.items() if name != "data/snapshots.parquet"}
        found = json.loads((project.root / "reports/verdict.json").read_text(encoding="utf-8"))
        [run] = new_runs(project, runs_before)
        assert run["tags"]["verdict/enough_data/sentence"] == found["verdicts"][0]["sentence"]
    finally:
        (project.root / "params.yaml").write_text(before, encoding="utf-8")
        assert project.stages_run("dvc", "repro") == []
        for name in ("json", "html"):
            (project.root / f"reports/verdict.{name}").unlink()
    assert project.products() == products


def test_git_knows_nothing_about_a_customer(project):
    tracked = project.run("git", "ls-files", "data", "models", "reports").splitlines()
    small = {"reports/evaluation.json", "reports/drift.json", "reports/kpis.json"}
    assert [name for name in tracked if name not in small and Path(name).name != "README.md"] == []
    assert [name for name in tracked if PERSON.search((project.root / name).read_bytes())] == []


def new_runs(project: Project, before: dict[str, Any]) -> list[dict[str, Any]]:
    return [found for run, found in project.tracked().items() if run not in before]


def test_an_experiment_changes_a_setting_and_is_in_the_diary(project):
    before = project.tracked()
    ran = project.stages_run("dvc", "exp", "run", "-S", "train.xgboost.max_depth=2")
    [found] = new_runs(project, before)
    assert ran[0] == "train"
    assert not {"contract", "snapshots", "features"} & set(ran)
    assert found["params"]["train.xgboost.max_depth"] == "2"


def test_three_queued_settings_leave_three_complete_runs_in_the_main_diary(project):
    """They run in copies of the project that are thrown away, here two at a time; their diary must not be."""
    before = project.tracked()
    for depth in (1, 4, 5):
        project.run("dvc", "exp", "run", "--queue", "-S", f"train.xgboost.max_depth={depth}")
    project.run("dvc", "exp", "run", "--run-all", "--jobs", "2")
    found = new_runs(project, before)
    assert sorted(one["params"]["train.xgboost.max_depth"] for one in found) == ["1", "4", "5"]
    assert [one["status"] for one in found] == ["FINISHED"] * 3
    for one in found:
        assert one["metrics"]["test/auc"] == one["evaluation"]["metrics"]["auc"]["value"]
        assert one["tags"]["input/data/features.parquet"]
    names = {one["tags"]["dvc.experiment"] for one in found}
    assert names <= set(re.findall(r"\[([\w-]+)\]", project.run("dvc", "exp", "list", "--all")))
    assert len({one["tags"]["model_version"] for one in found}) == len(names) == 3


def wait_for_training(project: Project, before: dict[str, Any]) -> dict[str, Any]:
    """Wait until another training stands in the diary."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        open_now = [found for found in new_runs(project, before) if found["status"] == "RUNNING" and found["params"]]
        if open_now:
            return open_now[0]
        time.sleep(0.2)
    pytest.fail("no training began")


def test_a_training_killed_in_the_middle_leaves_no_finished_run_and_the_next_start_closes_it(project):
    before = project.tracked()
    products = project.products()
    training = project.start("dvc", "repro", "--force", "--single-item", "train")
    begun = wait_for_training(project, before)
    time.sleep(1)
    os.kill(int(begun["tags"]["pid"]), signal.SIGKILL)
    assert training.wait(timeout=120) != 0
    assert [found["status"] for found in new_runs(project, before)] == ["RUNNING"]
    project.run("dvc", "repro")
    kept = {name: content for name, content in project.products().items() if name != "models/run.json"}
    assert kept == {name: content for name, content in products.items() if name != "models/run.json"}
    project.run("dvc", "repro", "--force", "--single-item", "train")
    assert sorted(found["status"] for found in new_runs(project, before)) == ["FINISHED", "KILLED"]
