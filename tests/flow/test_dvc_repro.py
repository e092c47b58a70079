"""DVC runs what changed and nothing else, and an experiment's run reaches the project's own diary."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from made_up_shop import ROOT, shop_params, write_params, write_shop

pytestmark = pytest.mark.slow
BIN = Path(sys.executable).parent
NOBODY = {f"GIT_{role}_{part}": "nobody" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}


class Project:
    """A clone of the working tree, its files that are not committed included, on a shop in a folder beside it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"
        run(["git", "clone", "--quiet", str(ROOT), str(self.root)], folder)
        for name in run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], ROOT).splitlines():
            self._take_over(name)
        write_shop(folder / "shop")
        fast = {"snapshots__max_train_dates": 3, "train__max_rounds": 60, "evaluate__replicates": 100}
        write_params(self.root / "params.yaml", shop_params(folder / "shop", **fast))
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "--message", "A shop of our own")

    def run(self, *command: str) -> str:
        """Run a command in the project and return all it said."""
        return run(list(command), self.root)

    def stages_run(self, *command: str) -> list[str]:
        """Run a DVC command and return the stages it ran, in order."""
        said = self.run(*command)
        return [line.split("'")[1] for line in said.splitlines() if line.startswith("Running stage")]

    def tracked(self) -> dict[str, str]:
        """Return the depth of trees of every training in the project's diary, by MLflow's id."""
        query = "SELECT run_uuid, value FROM params WHERE key = 'train.xgboost.max_depth'"
        with sqlite3.connect(self.root / "mlflow.db") as diary:
            return dict(diary.execute(query).fetchall())

    def _take_over(self, name: str) -> None:
        source, target = ROOT / name, self.root / name
        if source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
        else:
            target.unlink(missing_ok=True)


def run(command: list[str], folder: Path) -> str:
    """Run a command with this environment's `churn` and `dvc` first, and the clone's code before this one's."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DVC_", "MLFLOW_"))}
    ours = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(folder)}
    done = subprocess.run(
        command, cwd=folder, env=inherited | ours | NOBODY, capture_output=True, text=True, check=False, timeout=550
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


def test_a_repro_without_the_diary_runs_no_stage(project):
    before = (project.root / "mlflow.db").read_bytes()
    (project.root / "mlflow.db").unlink()
    try:
        assert project.stages_run("dvc", "repro") == []
    finally:
        (project.root / "mlflow.db").write_bytes(before)


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


def test_git_knows_nothing_about_a_customer(project):
    tracked = project.run("git", "ls-files", "data", "models", "reports").splitlines()
    small = {"reports/evaluation.json", "reports/kpis.json"}
    assert [name for name in tracked if name not in small and Path(name).name != "README.md"] == []
    assert "K00001" not in "".join((project.root / name).read_text(encoding="utf-8") for name in tracked)


def test_an_experiment_changes_a_setting_and_is_in_the_diary(project):
    before = project.tracked()
    ran = project.stages_run("dvc", "exp", "run", "-S", "train.xgboost.max_depth=2")
    new = {run: depth for run, depth in project.tracked().items() if run not in before}
    assert ran[0] == "train"
    assert not {"contract", "snapshots", "features"} & set(ran)
    assert list(new.values()) == ["2"]


def test_a_queued_experiment_is_in_the_main_diary(project):
    """It runs in a copy of the project that is thrown away; its diary must not be."""
    before = project.tracked()
    project.run("dvc", "exp", "run", "--queue", "-S", "train.xgboost.max_depth=4")
    project.run("dvc", "exp", "run", "--run-all")
    new = {run: depth for run, depth in project.tracked().items() if run not in before}
    assert list(new.values()) == ["4"]
