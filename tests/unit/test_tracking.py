"""Runs are recorded where MLflow works, missed without harm where it does not, and always end."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import StorageError
from pipeline.tracking import registry, store, surroundings
from pipeline.tracking.locked import locked
from pipeline.tracking.runs import TrainingRun, recorded_evaluation, recorded_training

pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy")

ROOT = Path(__file__).parents[2]
RUN = TrainingRun(
    run_id="0123456789ab",
    settings={"source": {"from": "files"}, "train": {"folds": 5, "xgboost": {"max_depth": 3}}},
    inputs={"data/features.parquet": "0" * 32, "käufe/2024 (neu)": "1" * 32 + ".dir"},
    as_of=["2024-01-01", "2024-02-01"],
)
FACTS = {"rounds": 200, "oof_auc": 0.88, "notes": ["none"]}
MODEL = "ba9876543210"
SETTINGS = {"evaluate": {"replicates": 100}}
EVALUATION = {
    "model_version": MODEL,
    "as_of": {"train": ["2024-01-01"], "test": ["2024-03-01"]},
    "metrics": {"auc": {"value": 0.88, "low": 0.86, "high": 0.9}},
    "lift": [{"top_share": 0.1, "value": 3.5}],
    "verdicts": [{"key": "ranking", "holds": True, "sentence": "Better."}],
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Make a project whose database serves all tests here."""
    root = tmp_path_factory.mktemp("project")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DVC_ROOT", str(root))
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        yield root


def refuse(sentence: str) -> None:
    pytest.fail(f"warned: {sentence}")


def run_of(mlflow_run_id: str | None) -> Any:
    return store.open_tracker().client.get_run(mlflow_run_id)


def python(code: str, root: Path, **variables: str) -> subprocess.Popen[str]:
    surrounding = {**os.environ, "DVC_ROOT": str(root), "PYTHONPATH": str(ROOT), **variables}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], env=surrounding, cwd=ROOT, **pipes)


def trained(run: TrainingRun = RUN) -> dict[str, Any]:
    """Record a training and return what models/run.json holds of it."""
    with recorded_training(run, refuse) as entry:
        entry.trained(MODEL, FACTS)
    return {"mlflow_run_id": entry.mlflow_run_id, "model_version": MODEL, "training": FACTS, **asdict(run)}


def judged(known: dict[str, Any], settings: dict[str, Any] = SETTINGS) -> str | None:
    with recorded_evaluation(known, settings, refuse) as entry:
        entry.evaluated(EVALUATION)
    return entry.mlflow_run_id


def test_a_training_is_recorded_with_settings_facts_inputs_and_identities(project: Path):
    run = run_of(trained()["mlflow_run_id"])
    assert run.info.status == "FINISHED"
    assert run.data.params == {"source.from": "files", "train.folds": "5", "train.xgboost.max_depth": "3"}
    assert run.data.metrics == {"training/rounds": 200.0, "training/oof_auc": 0.88}
    tags = run.data.tags
    assert (tags["run_id"], tags["model_version"], tags["mlflow.runName"]) == (RUN.run_id, MODEL, MODEL)
    assert (tags["as_of_from"], tags["as_of_to"]) == ("2024-01-01", "2024-02-01")
    assert tags["input/data/features.parquet"] == "0" * 32
    assert tags["input/käufe/2024 _neu_"] == "1" * 32 + ".dir"
    assert {"version.numpy", "version.xgboost-cpu", "version.mlflow", "version.python"} <= tags.keys()
    assert run.info.artifact_uri.startswith((project / "mlartifacts").as_uri())


def test_a_run_tells_the_revision_of_the_code_and_whether_it_was_changed(
    project: Path,  # noqa: ARG001
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    """It asks git in the folder the stage runs in: a queued experiment's is a copy of the project with its own HEAD."""
    monkeypatch.chdir(tmp_path)
    git = ["git", "-c", "user.name=nobody", "-c", "user.email=nobody"]
    (tmp_path / "file").write_text("one")
    for command in (["init", "--quiet"], ["add", "file"], ["commit", "--quiet", "-m", "one"]):
        subprocess.run([*git, *command], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    clean = run_of(trained()["mlflow_run_id"]).data.tags
    (tmp_path / "file").write_text("two")
    changed = run_of(trained()["mlflow_run_id"]).data.tags
    assert [(tags["git_revision"], tags["git_dirty"]) for tags in (clean, changed)] == [(head, "false"), (head, "true")]


def test_a_setting_is_written_once_however_many_there_are(project: Path):  # noqa: ARG001
    many = replace(RUN, settings={"source": {f"key_{number}": number for number in range(250)}})
    assert len(run_of(trained(many)["mlflow_run_id"]).data.params) == 250


def test_a_run_is_open_while_the_model_learns_and_finished_only_at_its_end(project: Path):  # noqa: ARG001
    with recorded_training(RUN, refuse) as entry:
        assert run_of(entry.mlflow_run_id).info.status == "RUNNING"
        assert run_of(entry.mlflow_run_id).data.params["train.folds"] == "5"
    assert run_of(entry.mlflow_run_id).info.status == "FINISHED"


def test_an_evaluation_joins_the_run_of_its_training(project: Path):  # noqa: ARG001
    known = trained()
    assert judged(known) == known["mlflow_run_id"]
    run = run_of(known["mlflow_run_id"])
    assert run.info.status == "FINISHED"
    assert run.data.metrics["test/auc"] == 0.88
    assert run.data.metrics["test/auc/low"] == 0.86
    assert run.data.metrics["lift/0.1"] == 3.5
    assert run.data.tags["verdict/ranking"] == "true"
    assert run.data.tags["verdict/ranking/sentence"] == "Better."
    assert run.data.tags["evaluate.replicates"] == "100"
    assert "restored_of" not in run.data.tags


def test_a_model_may_be_judged_again_with_other_settings(project: Path):  # noqa: ARG001
    """MLflow lets no parameter of a run change, so the settings of the evaluation are tags."""
    known = trained()
    judged(known)
    judged(known, {"evaluate": {"replicates": 500}})
    assert run_of(known["mlflow_run_id"]).data.tags["evaluate.replicates"] == "500"


def test_the_figures_of_an_evaluation_are_written_in_one_batch(project: Path, monkeypatch: pytest.MonkeyPatch):  # noqa: ARG001
    from mlflow.tracking import MlflowClient  # noqa: PLC0415

    batches, real = [], MlflowClient.log_batch

    def counted(client: Any, run: str, metrics: Any = (), **others: Any) -> Any:
        batches.extend([len(metrics)] if metrics else [])
        return real(client, run, metrics=metrics, **others)

    monkeypatch.setattr(MlflowClient, "log_batch", counted)
    monkeypatch.setattr(MlflowClient, "log_metric", None)
    judged(trained())
    assert batches == [2, 4]


def test_a_run_the_database_does_not_know_is_written_anew_whole_and_says_which_it_stands_for(project: Path):  # noqa: ARG001
    restored = judged(trained() | {"mlflow_run_id": "f" * 32})
    assert restored not in {None, "f" * 32}
    data = run_of(restored).data
    assert data.tags["restored_of"] == "f" * 32
    assert data.params["train.xgboost.max_depth"] == "3"
    assert {"training/rounds", "test/auc"} <= data.metrics.keys()
    assert {"input/data/features.parquet", "as_of_from", "git_revision", "model_version"} <= data.tags.keys()


def test_an_evaluation_of_an_unrecorded_training_is_recorded_by_itself(project: Path):  # noqa: ARG001
    run = run_of(judged(trained() | {"mlflow_run_id": None}))
    assert run.data.metrics["test/auc"] == 0.88
    assert "restored_of" not in run.data.tags


@pytest.mark.parametrize(
    ("error", "status"), [(ValueError, "FAILED"), (SystemExit, "KILLED"), (KeyboardInterrupt, "KILLED")]
)
def test_a_run_that_is_broken_off_ends_as_what_it_is(project: Path, error: type[BaseException], status: str):  # noqa: ARG001
    with pytest.raises(error), recorded_training(RUN, refuse) as entry:
        raise error
    assert run_of(entry.mlflow_run_id).info.status == status


def test_a_run_told_to_stop_ends_as_killed(project: Path):  # noqa: ARG001
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit), recorded_training(RUN, refuse) as entry:  # noqa: PT012
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(1)
    assert run_of(entry.mlflow_run_id).info.status == "KILLED"
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_run_that_could_not_be_written_whole_is_not_finished(project: Path, monkeypatch: pytest.MonkeyPatch):  # noqa: ARG001
    said: list[str] = []
    monkeypatch.setattr("pipeline.tracking.runs._log_training", lambda *asked: 1 / 0)
    with recorded_training(RUN, said.append) as entry:
        entry.trained(MODEL, FACTS)
    assert said == ["MLflow did not record this run (ZeroDivisionError: division by zero)."]
    assert run_of(entry.mlflow_run_id).info.status == "FAILED"


def test_a_run_whose_process_is_gone_is_closed_at_the_next_start_and_no_other(project: Path):  # noqa: ARG001
    tracker = store.open_tracker()
    gone = {**surroundings.process_tags(), "pid": "999999999"}
    elsewhere = {**gone, "host": "another machine"}
    tags = {"gone": gone, "elsewhere": elsewhere, "alive": surroundings.process_tags()}
    runs = {name: tracker.client.create_run(tracker.experiment_id, tags=tag).info.run_id for name, tag in tags.items()}
    status = {name: run_of(run).info.status for name, run in runs.items()}
    assert status == {"gone": "KILLED", "elsewhere": "RUNNING", "alive": "RUNNING"}


def test_a_run_of_another_machine_is_closed_after_a_day(project: Path):  # noqa: ARG001
    """A container that was killed cannot be asked any more, and the next one has another name."""
    tracker = store.open_tracker()
    yesterday = int(time.time() * 1000) - store.OTHER_MACHINES_MS - 1000
    ages = {"old": yesterday, "new": None}
    tags = {"host": "another machine", "pid": "7"}
    runs = {
        name: tracker.client.create_run(tracker.experiment_id, start_time=start, tags=tags).info.run_id
        for name, start in ages.items()
    }
    assert {name: run_of(run).info.status for name, run in runs.items()} == {"old": "KILLED", "new": "RUNNING"}


LOCK = """
stages:
  contract:
    deps: [{{path: data/source, md5: aa.dir}}, {{path: pipeline/artifacts.py, md5: bb}}, {{path: uv.lock, md5: cc}}]
    params: {{params.yaml: {{source: {{from: files}}}}}}
    outs: [{{path: data/checked, md5: dd.dir}}]
  features:
    deps: [{{path: data/checked, md5: dd.dir}}]
    outs: [{{path: features, md5: {md5}}}]
  campaign:
    deps: [{{path: data/other, md5: ee}}]
"""


@pytest.mark.parametrize(
    ("md5", "hashes", "settings"),
    [
        (
            "5d41402abc4b2a76b9719d911017c592",
            {"data/source": "aa.dir", "uv.lock": "cc", "data/checked": "dd.dir"},
            {"source": {"from": "files"}},
        ),
        ("00000000000000000000000000000000", {}, {}),
    ],
    ids=["it speaks of this file", "it speaks of another"],
)
def test_dvc_lock_is_believed_where_it_speaks_of_the_file_that_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, md5: str, hashes: dict[str, str], settings: dict[str, Any]
):
    monkeypatch.chdir(tmp_path)
    Path("features").write_text("hello")
    Path("dvc.lock").write_text(LOCK.format(md5=md5))
    made_of = locked(Path("dvc.lock"), [Path("features")])
    assert {path: digest for path, digest in made_of.hashes.items() if path != "features"} == hashes
    assert made_of.settings == settings


def test_without_dvc_lock_nothing_is_said_of_the_inputs(tmp_path: Path):
    assert locked(tmp_path / "dvc.lock", []).hashes == {}


def test_where_mlflow_is_missing_the_stage_goes_on_with_a_warning(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    monkeypatch.setitem(sys.modules, "mlflow.tracking", None)
    assert unrecorded() == 1
    with pytest.raises(StorageError, match="install the extra `tracking`"):
        registry.aliased("champion")


def unrecorded() -> int:
    """Train and judge where nothing can be written, and return how many warnings a stage gives."""
    said: list[str] = []
    with recorded_training(RUN, said.append) as entry:
        entry.trained(MODEL, FACTS)
    known = {"mlflow_run_id": entry.mlflow_run_id, "model_version": MODEL, "training": FACTS, **asdict(RUN)}
    with recorded_evaluation(known, SETTINGS, said.append) as entry:
        entry.evaluated(EVALUATION)
    assert entry.mlflow_run_id is None
    assert all("MLflow did not record this run" in sentence for sentence in said)
    return len(said) // 2


def test_where_the_database_cannot_be_written_the_stage_goes_on_with_a_warning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DVC_ROOT", str(tmp_path / "file"))
    assert unrecorded() == 1


@pytest.mark.slow
def test_where_the_server_is_down_the_stage_goes_on_within_seconds_and_the_registry_says_so(tmp_path: Path):
    code = """
        import sys
        sys.path.insert(0, "tests/unit")
        from test_tracking import unrecorded
        from pipeline.errors import StorageError
        from pipeline.tracking import registry
        print(unrecorded())
        try:
            registry.aliased("champion")
        except StorageError as error:
            print("refused")
    """
    process = python(code, tmp_path, MLFLOW_TRACKING_URI="http://127.0.0.1:9")
    assert process.communicate(timeout=150)[0].split() == ["1", "refused"]


@pytest.mark.slow
def test_where_the_database_is_locked_the_stage_goes_on_with_a_warning(project: Path):
    said: list[str] = []
    with recorded_training(RUN, said.append) as entry, sqlite3.connect(project / "mlflow.db") as other:
        other.execute("BEGIN EXCLUSIVE")
        entry.trained(MODEL, FACTS)
    assert len(said) == 1
    assert run_of(entry.mlflow_run_id).info.status == "FAILED"


def test_whatever_goes_wrong_with_the_tags_the_stage_goes_on(project: Path, monkeypatch: pytest.MonkeyPatch):  # noqa: ARG001
    monkeypatch.setattr("pipeline.tracking.store.surroundings", lambda: 1 / 0)
    said: list[str] = []
    with recorded_training(RUN, said.append) as entry:
        entry.trained(MODEL, FACTS)
    assert said == ["MLflow did not record this run (ZeroDivisionError: division by zero)."]


def test_mlflow_is_not_imported_before_something_is_tracked(tmp_path: Path):
    code = "import sys, pipeline.tracking.runs, pipeline.tracking.registry; print('mlflow' in sys.modules)"
    assert python(code, tmp_path).communicate()[0].strip() == "False"


@pytest.mark.slow
def test_tracking_opens_no_connection_loads_no_pickle_and_keeps_to_its_folder(tmp_path: Path):
    code = """
        import json, os, socket, sys
        asked = []
        def refuse(self, address):
            asked.append(str(address))
            raise OSError("no network here")
        socket.socket.connect = socket.socket.connect_ex = refuse
        socket.getaddrinfo = lambda host, *others, **more: asked.append(str(host)) or []
        sys.path.insert(0, "tests/unit")
        from test_tracking import judged, trained
        judged(trained())
        from mlflow.environment_variables import MLFLOW_ALLOW_PICKLE_DESERIALIZATION as pickles
        from mlflow.telemetry import get_telemetry_client
        print(json.dumps([asked, pickles.get(), get_telemetry_client() is None]))
    """
    said = python(code, tmp_path, CI="", PYTEST_CURRENT_TEST="").communicate(timeout=150)[0]
    assert json.loads(said.splitlines()[-1]) == [[], False, True]
    made = {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*")}
    assert made == {"mlflow.db", "mlflow.db.lock", "mlartifacts"}
    assert [path for path in tmp_path.rglob("*") if path.stat().st_mode & 0o002] == []


@pytest.mark.slow
def test_three_processes_at_once_may_start_on_a_fresh_project(tmp_path: Path):
    code = """
        import sys
        sys.path.insert(0, "tests/unit")
        from test_tracking import judged, trained
        print(judged(trained()))
    """
    started = [python(code, tmp_path) for _ in range(3)]
    said = [process.communicate(timeout=240)[0].strip() for process in started]
    assert all(len(run) == 32 for run in said), said
    assert len(set(said)) == 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stop", "at_once", "later"), [(signal.SIGTERM, "KILLED", "KILLED"), (signal.SIGKILL, "RUNNING", "KILLED")]
)
def test_a_process_that_is_stopped_leaves_no_finished_run_and_the_next_start_closes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: signal.Signals, at_once: str, later: str
):
    code = """
        import sys, time
        sys.path.insert(0, "tests/unit")
        from test_tracking import RUN
        from pipeline.tracking.runs import recorded_training
        with recorded_training(RUN, print) as entry:
            print(entry.mlflow_run_id, flush=True)
            time.sleep(120)
    """
    process = python(code, tmp_path)
    run = process.stdout.readline().strip()
    process.send_signal(stop)
    process.wait(timeout=60)
    with sqlite3.connect(tmp_path / "mlflow.db") as diary:
        assert diary.execute("SELECT status FROM runs WHERE run_uuid = ?", [run]).fetchone() == (at_once,)
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    assert run_of(run).info.status == later


@pytest.mark.usefixtures("project")
def test_looks_at_the_test_dates_are_counted_by_model_and_question():
    from pipeline.params_file import load_params  # noqa: PLC0415
    from pipeline.tracking.looks import looks_told  # noqa: PLC0415

    asked = load_params(Path(__file__).parents[2] / "params.yaml").snapshots
    assert looks_told(asked).startswith("Looks at test dates so far: 2024-03-01: ")
