"""Tuning goes on where it was, learns from training rows alone, and writes nothing but better values."""

from pathlib import Path

import pytest
import yaml
from churn_rows import FEATURES, TASK, TRAIN, train_rows

from pipeline.commands import tune as command
from pipeline.errors import ParamsError
from pipeline.params_file import load_params, rewritten
from pipeline.progress import Progress
from pipeline.training import tune as searching
from pipeline.training.preflight import ready
from pipeline.training.tune import SPACE, Job, Tuned, tune

SHIPPED = Path(__file__).parents[2] / "params.yaml"
ROWS = train_rows()
FEW = TRAIN.model_copy(update={"max_rounds": 20, "folds": 2})
SETTINGS = {"max_depth": 4.0, "min_child_weight": 7.1234, "reg_lambda": 5.0, "subsample": 0.85, "colsample_bytree": 0.5}
BEFORE = {"max_depth": 3.0, "min_child_weight": 5.0, "reg_lambda": 5.0, "subsample": 0.8, "colsample_bytree": 0.5}


def job(folder: Path, name: str = "study") -> Job:
    rows = ready(ROWS, ROWS["churned"].to_numpy(), ROWS["customer_id"], FEATURES)
    return Job(rows, FEW, TASK, folder / "study.journal", name)


def nothing(what: str, share: float) -> None:
    """Hear of progress."""


def test_a_stopped_search_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    tried: list[dict] = []
    loss = searching._Question.loss
    monkeypatch.setattr(
        searching._Question,
        "loss",
        lambda self, settings, *report: tried.append(settings) or loss(self, settings, *report),
    )
    first = tune(job(tmp_path), 2, nothing)
    assert first.trials == 2
    tried.clear()
    again = tune(job(tmp_path), 3, nothing)
    assert again.trials == 3
    assert len(tried) == 1 + 3, "one more setting, and three losses to compare by"
    assert again.loss <= first.loss
    assert tune(job(tmp_path, "other data"), 1, nothing).trials == 1


def test_the_settings_as_they_are_come_first_so_that_the_best_is_no_worse(tmp_path: Path):
    found = tune(job(tmp_path), 1, nothing)
    assert found.settings == pytest.approx(found.before)
    assert found.loss == found.loss_before
    assert not found.is_better


def test_the_same_search_finds_the_same(tmp_path: Path):
    assert tune(job(tmp_path / "a"), 3, nothing) == tune(job(tmp_path / "b"), 3, nothing)


def test_values_are_written_and_comments_stay():
    text = SHIPPED.read_text(encoding="utf-8")
    new = rewritten(text, {("train", "xgboost", name): value for name, value in command._shown(SETTINGS).items()})
    before, after = (yaml.safe_load(one) for one in (text, new))
    assert after["train"]["xgboost"] == before["train"]["xgboost"] | {
        "max_depth": 4, "min_child_weight": 7.12, "reg_lambda": 5, "subsample": 0.85, "colsample_bytree": 0.5
    }  # fmt: skip
    assert {**after, "train": None} == {**before, "train": None}
    old_lines, new_lines = text.splitlines(), new.splitlines()
    changed = [line for line, was in zip(new_lines, old_lines, strict=True) if line != was]
    assert [line.split(":")[0].strip() for line in changed] == ["max_depth", "min_child_weight", "subsample"]
    assert text.count("#") == new.count("#")


def test_a_comment_keeps_its_column():
    text = "train:\n  folds: 5        # of customers\nscore: {as_of: newest}\n"
    assert (
        rewritten(text, {("train", "folds"): 100})
        == "train:\n  folds: 100      # of customers\nscore: {as_of: newest}\n"
    )


def test_a_key_that_is_not_there_is_named():
    with pytest.raises(ParamsError, match=r"holds no train\.xgboost\.depth to change"):
        rewritten("train:\n  xgboost:\n    max_depth: 3\n", {("train", "xgboost", "depth"): 3})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "params.yaml"
    file.write_text(SHIPPED.read_text(encoding="utf-8"), encoding="utf-8")
    return file


def searched(monkeypatch: pytest.MonkeyPatch, file: Path, confirmed: float, *, dry_run: bool = False) -> str:
    """Run the command with a search that is already done, and return the file."""
    found = Tuned(SETTINGS, BEFORE, 0.30, 0.31, confirmed, 0.31, trials=9, given_up=2)
    monkeypatch.setattr(command, "_job", lambda params: None)
    monkeypatch.setattr(command, "tune", lambda *asked: found)
    monkeypatch.setattr(command, "looks_told", lambda params: "")
    command.run(command.Asked(9, file, dry_run), load_params(file), Progress("tune", quiet=True))
    return file.read_text(encoding="utf-8")


def test_what_is_better_on_both_foldings_is_written_and_loads(monkeypatch: pytest.MonkeyPatch, file: Path):
    searched(monkeypatch, file, confirmed=0.305)
    assert load_params(file).train.xgboost.max_depth == 4


def test_luck_and_a_dry_run_write_nothing(monkeypatch: pytest.MonkeyPatch, file: Path):
    shipped = SHIPPED.read_text(encoding="utf-8")
    assert searched(monkeypatch, file, confirmed=0.312) == shipped
    assert searched(monkeypatch, file, confirmed=0.305, dry_run=True) == shipped


def test_every_setting_that_is_searched_stands_in_params_and_inside_its_range():
    shipped = load_params(SHIPPED).train.xgboost
    for name, each in SPACE.items():
        assert each.low <= getattr(shipped, name) <= each.high


def test_no_trials_are_refused():
    with pytest.raises(ParamsError, match="--trials is 0"):
        command.run(command.Asked(0, SHIPPED), load_params(SHIPPED), Progress("tune", quiet=True))


def test_only_training_rows_are_read(monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []
    monkeypatch.setattr(command, "snapshot_rows", lambda role: asked.append(role) or ROWS)
    monkeypatch.setattr(command, "run_id", lambda *named: "0123456789ab")
    assert command._job(load_params(SHIPPED)).rows.churned.sum() == ROWS["churned"].sum()
    assert asked == ["train"]
