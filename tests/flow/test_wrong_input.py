"""What a user gets wrong ends with one sentence, a documented exit code, and every product as it was."""

import copy
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from made_up_shop import TABLES, shop_params, write_params

from pipeline.artifacts import sha256
from pipeline.cli import EXIT_CODES, main

SOURCE = Path("data/source")
PARAMS, CONTRACT, NOTHING, INTEGRITY = 2, 3, 4, 5
VERDICT = re.compile(r"reports/verdict\.(json|html)|mlflow\.db|mlartifacts/")
"""What a stage leaves that ends for want of data."""


def tables(**changes: Any) -> dict[str, Any]:
    """Return the shop's mapping with something changed in its orders."""
    changed = copy.deepcopy(TABLES)
    changed["bestellungen"] |= changes
    return {"source__files__tables": changed}


def columns(**changes: Any) -> dict[str, Any]:
    """Return the shop's mapping with some columns of its orders changed; None takes one out."""
    mapped = TABLES["bestellungen"]["columns"] | changes
    return tables(columns={name: column for name, column in mapped.items() if column is not None})


def without(*path: str) -> dict[str, Any]:
    """Return the shop's params with something taken out."""
    params = shop_params(SOURCE)
    section = params
    for part in path[:-1]:
        section = section[part]
    del section[path[-1]]
    return params


# stage, what is changed in the params, exit code, words of the sentence
WRONG_VALUES = [
    ("campaign", {"campaign__budgett": 5}, PARAMS, "campaign.budgett is no setting; did you mean `budget`"),
    ("train", {"train__xgboost__max_dept": 5}, PARAMS, "did you mean `max_depth`"),
    ("campaign", {"campain": {}}, PARAMS, "campain is no setting; did you mean `campaign`"),
    ("snapshots", {"snapshots__label": "leaving"}, PARAMS, "'inactivity', 'decline', 'cancellation' or 'given'"),
    ("snapshots", {"snapshots__newest_as_of": "2024-02-30"}, PARAMS, '"newest" or a quoted date'),
    ("snapshots", {"snapshots__newest_as_of": "2025-01-01"}, PARAMS, "Choose 2024-03-03 or earlier"),
    ("snapshots", {"score__as_of": "2025-01-01"}, PARAMS, "to 2024-03-31"),
    ("snapshots", {"score__as_of": "2022-01-01"}, PARAMS, "from 2023-07-02"),
    ("snapshots", {"score__as_of": datetime(2024, 3, 1, 10)}, PARAMS, "score.as_of"),  # noqa: DTZ001
    ("snapshots", {"snapshots__history_days": 500}, NOTHING, "or lower history_days"),
    ("snapshots", {"snapshots__gap_days": -1}, PARAMS, "snapshots.gap_days"),
    ("campaign", {"campaign__budget": -5}, PARAMS, "greater than or equal to 0 (it is -5)"),
    ("campaign", {"campaign__budget": float("inf")}, PARAMS, "campaign.budget"),
    ("campaign", {"campaign__capacity": "many"}, PARAMS, "(it is 'many')"),
    ("campaign", {"campaign__control_share": 20}, PARAMS, "less than 1"),
    ("campaign", {"campaign__sure_thing_below": 0.95}, PARAMS, "sure_thing_below to be smaller than lost_cause_above"),
    ("score", {"score__bands__medium": 0.3}, PARAMS, "medium < high < very_high"),
    ("campaign", {"actions__welcome_call__answers": ["tenur"]}, PARAMS, "did you mean `tenure`"),
    ("campaign", {"actions": {}}, PARAMS, "actions"),
    ("contract", {"source__from": "sql"}, PARAMS, "'complete_journey', 'cdnow', 'files' or 'simulated'"),
    ("contract", {"source__files__time_zone": "Europe/Berln"}, PARAMS, 'write one such as "Europe/Oslo"'),
    ("contract", {"source__files__folder": "nowhere"}, CONTRACT, "Put it there, or correct the path"),
    ("contract", {"source__files__tables": {}}, PARAMS, "examples/params.files.yaml"),
    ("contract", tables(path="orders.csv"), CONTRACT, "matches no file: data/source/orders.csv"),
    ("contract", tables(delimiter=","), CONTRACT, "Declare `delimiter: ';'`"),
    ("contract", tables(encoding="utf-8"), CONTRACT, "Declare `encoding`, for instance latin-1"),
    ("contract", columns(amount="Betrag"), CONTRACT, 'declare `decimal: ","`'),
    ("contract", columns(amount=None), PARAMS, "bestellungen maps no amount"),
    ("contract", columns(amont="Betrag"), PARAMS, 'did you mean "amount"?'),
    ("contract", columns(order_id="Bestelnummer"), CONTRACT, 'did you mean "Bestellnummer"?'),
    ("contract", columns(purchased_at={"column": "Kaufdatum"}), CONTRACT, "Declare how it is written with `format`"),
    ("contract", columns(purchased_at={"column": "Kaufdatum", "format": "%d.%m.%y"}), PARAMS, "it needs %Y"),
]

SHIPPED = yaml.safe_dump(shop_params(SOURCE))
NONSENSE = {
    "a key given twice": (SHIPPED + "\ncampaign: {}\n", "`campaign` is given twice; keep one"),
    "an unquoted colon": ("campaign: keep: it\n", "not valid YAML"),
    "a tab": (SHIPPED.replace("  folds:", "\tfolds:"), "not valid YAML"),
    "a list": ("- 1\n- 2\n", "holds no settings"),
    "a text": ("nothing to see\n", "holds no settings"),
    "an empty file": ("", "holds no settings"),
    "a section left out": (yaml.safe_dump(without("score")), "score is missing. Add it"),
    "a key left out": (yaml.safe_dump(without("train", "xgboost", "max_depth")), "train.xgboost.max_depth is missing"),
}


@pytest.fixture(scope="module")
def project(done: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy a finished project, because what is wrong may break it."""
    copied = tmp_path_factory.mktemp("project") / "shop"
    shutil.copytree(done, copied, ignore=shutil.ignore_patterns("mlflow.db*", "mlartifacts"))
    return copied


@pytest.fixture
def refused(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Run a stage with some params and return its exit code and what it said; every product must stay as it was."""
    monkeypatch.chdir(project)

    def run(stage: str, file: Path) -> tuple[int, str]:
        before = products(project)
        monkeypatch.setattr(sys, "argv", ["churn", stage, "--params", str(file)])
        with pytest.raises(SystemExit) as ended:
            main()
        assert products(project) == before
        return int(ended.value.code or 0), capsys.readouterr().err

    return run


def products(folder: Path) -> dict[str, str]:
    """Return the sha256 of every file in a folder but a verdict."""
    return {name: digest for name, digest in hashes(folder).items() if not VERDICT.match(name)}


def hashes(folder: Path) -> dict[str, str]:
    """Return the sha256 of every file in a folder."""
    return {str(path.relative_to(folder)): sha256(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def assert_sentences(said: str) -> None:
    """Assert that a user reads one sentence, or one for each finding, and nothing of the program's inside."""
    lines = said.strip().splitlines()
    assert 1 <= len(lines) <= 3, said
    assert "Traceback" not in said
    assert all(line.endswith((".", "?")) for line in lines), said


@pytest.mark.parametrize(("stage", "changes", "code", "words"), WRONG_VALUES, ids=[case[3] for case in WRONG_VALUES])
def test_a_wrong_value_is_one_sentence_an_exit_code_and_no_change(refused, tmp_path, stage, changes, code, words):
    write_params(tmp_path / "params.yaml", shop_params(SOURCE, **changes))
    ended, said = refused(stage, tmp_path / "params.yaml")
    assert ended == code, said
    assert words in said
    assert_sentences(said)


@pytest.mark.parametrize(("text", "words"), NONSENSE.values(), ids=NONSENSE)
def test_a_file_that_holds_no_settings_is_said_to(refused, tmp_path, text, words):
    (tmp_path / "params.yaml").write_text(text, encoding="utf-8")
    ended, said = refused("campaign", tmp_path / "params.yaml")
    assert ended == PARAMS
    assert words in said
    assert_sentences(said)


def test_a_params_file_that_is_not_there_is_said_to_be_missing(refused, tmp_path):
    ended, said = refused("score", tmp_path / "params.yaml")
    assert ended == PARAMS
    assert "params.yaml is not in this folder" in said
    assert_sentences(said)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", None], ids=["bytes", "a folder"])
def test_params_that_are_no_text_are_said_to_be_unreadable(refused, tmp_path, content):
    given = tmp_path / "params.yaml"
    if content is None:
        given.mkdir()
    else:
        given.write_bytes(content)
    ended, said = refused("score", given)
    assert ended == PARAMS
    assert "cannot be read as a UTF-8 text file" in said
    assert_sentences(said)


def test_a_source_from_which_nobody_could_be_told_to_leave_is_refused_at_the_door(refused, tmp_path):
    """Without this, the stage after it would break on an empty date."""
    fewer = {name: table for name, table in TABLES.items() if table["kind"] != "purchases"}
    write_params(tmp_path / "params.yaml", shop_params(SOURCE, source__files__tables=fewer))
    ended, said = refused("contract", tmp_path / "params.yaml")
    assert ended == PARAMS
    assert "maps no table from which churn could be told: none of kind purchases, usage or subscriptions" in said
    assert_sentences(said)


@pytest.mark.parametrize("stage", ["snapshots", "features", "score", "campaign", "report"])
def test_checked_tables_that_are_gone_stop_every_stage_that_reads_them(refused, project, tmp_path, stage):
    """The campaign is the one that matters: without the customers table, nobody would seem to have said no."""
    write_params(tmp_path / "params.yaml", shop_params(SOURCE))
    (project / "data/checked").rename(project / "aside")
    try:
        ended, said = refused(stage, tmp_path / "params.yaml")
    finally:
        (project / "aside").rename(project / "data/checked")
    assert ended == INTEGRITY
    assert "run `dvc repro`" in said
    assert_sentences(said)


def test_checked_tables_that_somebody_changed_are_not_used(refused, project, tmp_path):
    write_params(tmp_path / "params.yaml", shop_params(SOURCE))
    extra = project / "data/checked/customers.parquet.bak"
    extra.write_bytes(b"")
    try:
        ended, said = refused("campaign", tmp_path / "params.yaml")
    finally:
        extra.unlink()
    assert ended == INTEGRITY
    assert "customers.parquet.bak is not the file that was written" in said


@pytest.mark.parametrize(
    ("stage", "changes", "code"),
    [("snapshots", {"score__as_of": "2025-01-01"}, PARAMS), ("contract", columns(order_id="Bestelnummer"), CONTRACT)],
    ids=["a date beyond the data", "a column that is not there"],
)
def test_a_scheduler_sees_the_same_exit_code_and_sentence(project, tmp_path, stage, changes, code):
    write_params(tmp_path / "params.yaml", shop_params(SOURCE, **changes))
    churn = [str(Path(sys.executable).with_name("churn")), stage, "--params", str(tmp_path / "params.yaml")]
    before = hashes(project)
    ended = subprocess.run(churn, cwd=project, capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stdout) == (code, "")
    assert_sentences(ended.stderr)
    assert hashes(project) == before


def test_every_exit_code_used_here_is_documented():
    documented = {int(number) for number in re.findall(r"\b(\d) ", EXIT_CODES)}
    assert {PARAMS, CONTRACT, NOTHING, INTEGRITY} <= documented == {0, *range(2, 9)}
