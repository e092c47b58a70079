"""Runs are recorded where MLflow works, missed without harm where it does not, and always end."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from churn_rows import later_rows, trained

from pipeline import tracking
from pipeline.errors import IntegrityError, StorageError
from pipeline.model.churn_model import ChurnModel
from pipeline.tracking import TrainingRun, store, surroundings

pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy")

RUN = TrainingRun(
    run_id="0123456789ab",
    model_version="ba9876543210",
    settings={"train": {"folds": 5, "xgboost": {"max_depth": 3}}},
    facts={"rounds": 200, "oof_auc": 0.88, "notes": ["none"]},
    as_of=["2024-02-01", "2024-01-01"],
)
EVALUATION = {
    "run_id": "0123456789ab",
    "model_version": "ba9876543210",
    "metrics": {"auc": {"value": 0.88, "low": 0.86, "high": 0.9}},
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


def python(code: str, root: Path) -> subprocess.Popen[str]:
    surrounding = {**os.environ, "DVC_ROOT": str(root), "PYTHONPATH": str(Path(__file__).parents[2])}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], env=surrounding, **pipes)


def test_a_training_is_recorded_with_settings_facts_and_identities_and_no_customer(project: Path):
    run = run_of(tracking.log_training(RUN, refuse))
    assert run.info.status == "FINISHED"
    assert run.data.params == {"train.folds": "5", "train.xgboost.max_depth": "3"}
    assert run.data.metrics == {"rounds": 200.0, "oof_auc": 0.88}
    tags = run.data.tags
    assert (tags["run_id"], tags["model_version"]) == ("0123456789ab", "ba9876543210")
    assert (tags["as_of_from"], tags["as_of_to"]) == ("2024-01-01", "2024-02-01")
    assert tags["git_revision"] == "unknown"
    assert tags["version.numpy"]
    assert run.info.artifact_uri.startswith((project / "mlartifacts").as_uri())
    assert (project / "mlflow.db").exists()


def test_an_evaluation_joins_the_run_of_its_training(project: Path):  # noqa: ARG001
    first = tracking.log_training(RUN, refuse)
    assert tracking.log_evaluation(first, EVALUATION, refuse) == first
    run = run_of(first)
    assert run.info.status == "FINISHED"
    assert run.data.metrics["test_auc"] == 0.88
    assert run.data.metrics["test_auc_low"] == 0.86
    assert run.data.tags["verdict_ranking"] == "true"
    assert "restored_of" not in run.data.tags


def test_a_run_the_database_does_not_know_is_started_anew_and_says_which_it_stands_for(project: Path):  # noqa: ARG001
    restored = tracking.log_evaluation("f" * 32, EVALUATION, refuse)
    assert restored not in {None, "f" * 32}
    assert run_of(restored).data.tags["restored_of"] == "f" * 32


def test_an_evaluation_of_an_unrecorded_training_is_recorded_by_itself(project: Path):  # noqa: ARG001
    run = run_of(tracking.log_evaluation(None, EVALUATION, refuse))
    assert run.data.metrics["test_auc"] == 0.88
    assert "restored_of" not in run.data.tags


@pytest.mark.parametrize(
    ("error", "status"), [(ValueError, "FAILED"), (SystemExit, "KILLED"), (KeyboardInterrupt, "KILLED")]
)
def test_a_run_that_is_broken_off_ends_as_what_it_is(project: Path, error: type[BaseException], status: str):  # noqa: ARG001
    tracker = store.open_tracker()
    with pytest.raises(error), store.new_run(tracker, "broken", {}) as run:
        raise error
    assert tracker.client.get_run(run).info.status == status


def test_a_run_told_to_stop_ends_as_killed(project: Path):  # noqa: ARG001
    tracker = store.open_tracker()
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit), store.new_run(tracker, "stopped", {}) as run:  # noqa: PT012
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(1)
    assert tracker.client.get_run(run).info.status == "KILLED"
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_run_whose_process_is_gone_is_closed_at_the_next_start_and_no_other(project: Path):  # noqa: ARG001
    tracker = store.open_tracker()
    gone = {**surroundings.process_tags(), "pid": "999999999"}
    elsewhere = {**gone, "host": "another machine"}
    tags = {"gone": gone, "elsewhere": elsewhere, "alive": surroundings.process_tags()}
    runs = {name: tracker.client.create_run(tracker.experiment_id, tags=tag).info.run_id for name, tag in tags.items()}
    status = {name: run_of(run).info.status for name, run in runs.items()}
    assert status == {"gone": "KILLED", "elsewhere": "RUNNING", "alive": "RUNNING"}


def test_a_model_is_registered_once_and_can_be_fetched_by_its_alias(project: Path, tmp_path: Path):  # noqa: ARG001
    model = trained()
    model.save(tmp_path / "churn")
    assert tracking.aliased("champion") is None
    number = tracking.register(tmp_path / "churn", model.version, tracking.log_training(RUN, refuse))
    assert tracking.register(tmp_path / "churn", model.version, None) == number
    tracking.move_alias("champion", model.version)
    assert tracking.aliased("champion") == model.version
    assert tracking.aliased("challenger") is None
    fetched = ChurnModel.load(tracking.fetch("champion", tmp_path / "fetched"))
    assert fetched.version == model.version
    assert not list((tmp_path / "fetched").rglob("*.pkl"))


def test_mlflow_itself_can_load_the_champion_and_score_with_it(project: Path, tmp_path: Path):
    pyfunc = pytest.importorskip("mlflow.pyfunc")
    trained().save(tmp_path / "churn")
    tracking.register(tmp_path / "churn", trained().version, None)
    tracking.move_alias("champion", trained().version)
    rows = later_rows().assign(main_category_91d=["caviar", None] * 300)
    pyfunc.mlflow.set_tracking_uri(f"sqlite:///{project / 'mlflow.db'}")
    scored = pyfunc.load_model("models:/churn@champion").predict(rows)
    pyfunc.mlflow.set_tracking_uri(None)
    assert scored["churn_probability"].tolist() == trained().probabilities(rows).tolist()
    added = scored.filter(like="contribution_").sum(axis=1)
    assert (scored["base_log_odds"] + added - scored["log_odds"]).abs().max() < 1e-9


def test_a_word_about_a_model_is_kept_with_its_version(project: Path):  # noqa: ARG001
    champion = tracking.aliased("champion")
    assert champion is not None
    assert tracking.remembered(champion, "forced_because") is None
    tracking.remember(champion, "forced_because", "the old one reads a table that is gone")
    assert tracking.remembered(champion, "forced_because") == "the old one reads a table that is gone"


def test_an_alias_cannot_move_to_a_model_that_was_never_registered(project: Path):  # noqa: ARG001
    with pytest.raises(IntegrityError, match="aaaaaaaaaaaa is not in the registry"):
        tracking.move_alias("champion", "a" * 12)


def test_an_alias_that_points_at_nothing_cannot_be_fetched(project: Path, tmp_path: Path):  # noqa: ARG001
    with pytest.raises(IntegrityError, match="No registered model is called challenger yet"):
        tracking.fetch("challenger", tmp_path)


def test_where_mlflow_is_missing_the_stage_goes_on_with_a_warning(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    monkeypatch.setitem(sys.modules, "mlflow.tracking", None)
    said: list[str] = []
    assert tracking.log_training(RUN, said.append) is None
    assert tracking.log_evaluation(None, EVALUATION, said.append) is None
    assert all("MLflow did not record this run" in sentence for sentence in said)
    assert len(said) == 2
    with pytest.raises(StorageError, match="install the extra `tracking`"):
        tracking.aliased("champion")


def test_where_the_database_cannot_be_written_the_stage_goes_on_with_a_warning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DVC_ROOT", str(tmp_path / "file"))
    said: list[str] = []
    assert tracking.log_training(RUN, said.append) is None
    assert len(said) == 1


def test_whatever_goes_wrong_with_the_tags_the_stage_goes_on(project: Path, monkeypatch: pytest.MonkeyPatch):  # noqa: ARG001
    monkeypatch.setattr("pipeline.tracking.runs.surroundings", lambda: 1 / 0)
    said: list[str] = []
    assert tracking.log_training(RUN, said.append) is None
    assert said == ["MLflow did not record this run (ZeroDivisionError: division by zero)."]


def test_mlflow_is_not_imported_before_something_is_tracked(tmp_path: Path):
    asked = python("import sys, pipeline.tracking; print('mlflow' in sys.modules)", tmp_path)
    assert asked.communicate()[0].strip() == "False"


@pytest.mark.slow
def test_three_processes_at_once_may_start_on_a_fresh_project(tmp_path: Path):
    code = """
        from pipeline.tracking import TrainingRun, log_training
        print(log_training(TrainingRun("r", "m", {}, {"rounds": 1}, []), print))
    """
    started = [python(code, tmp_path) for _ in range(3)]
    said = [process.communicate(timeout=240)[0].strip() for process in started]
    assert all(len(run) == 32 for run in said), said
    assert len(set(said)) == 3


@pytest.mark.slow
def test_a_process_that_gets_sigterm_leaves_a_killed_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    code = """
        import time
        from pipeline.tracking import store
        with store.new_run(store.open_tracker(), "long", {}) as run:
            print(run, flush=True)
            time.sleep(120)
    """
    process = python(code, tmp_path)
    run = process.stdout.readline().strip()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 128 + signal.SIGTERM
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    assert run_of(run).info.status == "KILLED"
