"""Too little data is an answer: a sentence that says what is missing, as JSON, on a page and in MLflow, and no model."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from made_up_shop import shop_params, write_params

from pipeline.artifacts import sha256

FIRST_DAY, DAYS = date(2024, 1, 1), 240
LEARNT_ON, TESTED_ON = 184, 212
"""The as-of dates that 240 days leave: 182 of history, then 28 for each answer."""

MAPPED = {
    "kind": "purchases",
    "path": "purchases.csv",
    "columns": {"customer_id": "who", "purchased_at": {"column": "day", "format": "%Y-%m-%d"}, "amount": "paid"},
}
LEFT_BEHIND = ("reports/verdict.json", "reports/verdict.html", "mlflow.db", "mlartifacts")


def buyers(leavers: int, later_leavers: int = 10, stayers: int = 160) -> Iterator[tuple[str, int]]:
    """Yield customers, who all buy every seventh day, with the day of their last purchase."""
    for last, count in ((LEARNT_ON - 1, leavers), (TESTED_ON - 1, later_leavers), (DAYS, stayers)):
        yield from ((f"{last}-{number}", last) for number in range(count))


def write_purchases(folder: Path, people: Iterator[tuple[str, int]]) -> None:
    rows = [(day, who) for who, last in people for day in range(len(who) % 7, last + 1, 7)]
    rows += [(DAYS - 1, "the-last-one"), (0, "the-first-one")]
    lines = [f"{who},{FIRST_DAY + timedelta(days=day)},10.00" for day, who in sorted(rows)]
    folder.mkdir(parents=True)
    (folder / "purchases.csv").write_text("\n".join(["who,day,paid", *lines]) + "\n", encoding="utf-8")


def churn(folder: Path, stage: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("churn")), stage]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DVC_", "MLFLOW_"))}
    return subprocess.run(
        command, cwd=folder, env=inherited | variables, capture_output=True, text=True, check=False, timeout=120
    )


def runs(folder: Path) -> list[dict[str, str]]:
    """Return the tags of every run in the diary, its status and settings among them."""
    with sqlite3.connect(folder / "mlflow.db") as diary:
        found = diary.execute("SELECT run_uuid, status FROM runs").fetchall()
        kept = "SELECT key, value FROM tags WHERE run_uuid = :run UNION SELECT key, value FROM params WHERE run_uuid = :run"
        return [{"status": status, **dict(diary.execute(kept, {"run": run}).fetchall())} for run, status in found]


def page(folder: Path) -> str:
    return unescape((folder / "reports/verdict.html").read_text(encoding="utf-8"))


def verdict(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "reports/verdict.json").read_text(encoding="utf-8"))
    return found


def products(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    names = {path.relative_to(folder).as_posix(): path for path in files}
    return {name: sha256(path) for name, path in names.items() if not name.startswith(LEFT_BEHIND)}


@pytest.fixture
def business(tmp_path: Path) -> Callable[[int], Path]:
    """Make a project on a shop in which so many customers leave before the training date's answer."""

    def make(leavers: int, **changes: Any) -> Path:
        write_purchases(tmp_path / "data/source", buyers(leavers))
        tables = {"source__files__tables": {"purchases": MAPPED}, "snapshots__test_dates": 1}
        write_params(tmp_path / "params.yaml", shop_params(Path("data/source"), **tables, **changes))
        assert churn(tmp_path, "contract").returncode == 0
        return tmp_path

    return make


def test_thirty_churners_give_the_verdict_everywhere_and_no_model(business):
    folder = business(30)
    ended = churn(folder, "snapshots")
    assert ended.returncode == 4
    said = ended.stderr.strip().splitlines()[-1]
    assert re.match(r"The training data hold 30 churners among 2\d\d customers .* a model needs 50, so 20 more\.", said)
    assert verdict(folder)["verdicts"] == [{"key": "enough_data", "holds": False, "sentence": said}]
    assert verdict(folder)["missing"] == {"churners": 20}
    assert said in page(folder)
    assert "20 churners" in page(folder)
    assert "<script" not in page(folder)
    [run] = runs(folder)
    assert (run["status"], run["verdict/enough_data"], run["verdict/enough_data/sentence"]) == ("FAILED", "false", said)
    assert (run["stage"], run["train.min_churners"]) == ("snapshots", "50")
    assert not (folder / "models").exists()


def test_with_fifty_the_stage_goes_on_and_the_verdict_is_gone(business):
    folder = business(50)
    (folder / "reports").mkdir()
    for name in LEFT_BEHIND[:2]:
        (folder / name).write_text("of an earlier try", encoding="utf-8")
    ended = churn(folder, "snapshots")
    assert ended.returncode == 0, ended.stderr
    assert not any((folder / name).exists() for name in LEFT_BEHIND[:2])


def test_too_short_a_history_says_how_many_days_are_missing(business):
    folder = business(50, snapshots__history_days=200)
    ended = churn(folder, "snapshots")
    assert ended.returncode == 4
    assert verdict(folder)["verdicts"][0]["key"] == "enough_history"
    assert verdict(folder)["missing"] == {"days": 16}
    assert "Too short a history to learn from." in page(folder)
    assert "Wait 16 days" in page(folder)
    assert runs(folder)[0]["verdict/enough_history"] == "false"


def test_what_was_made_before_stays_as_it_was(done: Path, tmp_path: Path):
    folder = tmp_path / "shop"
    shutil.copytree(done, folder, ignore=shutil.ignore_patterns("mlflow.db*", "mlartifacts"))
    write_params(folder / "params.yaml", shop_params(Path("data/source"), train__min_churners=10_000))
    before = products(folder)
    for stage in ("snapshots", "train"):
        assert churn(folder, stage).returncode == 4
        assert verdict(folder)["stage"] == stage
        assert products(folder) == before
    assert [run["status"] for run in runs(folder)] == ["FAILED", "FAILED"]


def test_where_the_diary_is_away_the_verdict_is_written_and_the_sentence_said(business):
    folder = business(30)
    ended = churn(folder, "snapshots", MLFLOW_TRACKING_URI="ftp://nowhere")
    assert ended.returncode == 4
    assert "MLflow did not record this run" in ended.stderr
    assert "20 more" in ended.stderr.strip().splitlines()[-1]
    assert "20 churners" in page(folder)
