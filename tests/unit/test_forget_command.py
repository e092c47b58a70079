"""A customer who is forgotten stands in no product any more, everybody else stands as before, and the rest is said."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline import artifacts
from pipeline.commands import forget
from pipeline.errors import TooLittleDataError
from pipeline.progress import Progress
from pipeline.stages import products

EVERYBODY = ["ann", "00123", "ann", "=cmd()", "123"]


def table(ids: list[str | None]) -> pa.Table:
    return pa.table({"customer_id": pa.array(ids, pa.string()), "amount": pa.array(range(len(ids)), pa.int64())})


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a project with every product, and a list published from it."""
    monkeypatch.chdir(tmp_path)
    with artifacts.new_folder(products.CHECKED) as checked:
        artifacts.write_table(checked / "purchases.parquet", table(EVERYBODY))
        aside = {"column": ["customer_id", "amount", "amount"], "value": ["ann", "?", None], "line": [1, 2, 3]}
        artifacts.write_table(checked / "quarantine.parquet", pa.table(aside))
        artifacts.write_json(checked / "contract.json", {"currency": "EUR"})
    for path in forget.TABLES:
        artifacts.write_table(path, table(EVERYBODY))
    for path in forget.DOCUMENTS:
        artifacts.write_text(path, "ann")
    with artifacts.new_folder(Path("lists/as_of=2024-01-01/run=0123456789ab")) as listed:
        artifacts.write_table(listed / "scores.parquet", table(EVERYBODY))
    return tmp_path


def holders(customer_id: str) -> set[str]:
    """Return every product that holds an id in any column, or says it."""
    found = {
        str(path)
        for path in Path().rglob("*.parquet")
        if any(customer_id in column.to_pylist() for column in pq.read_table(path).columns)
    }
    return found | {str(path) for path in forget.DOCUMENTS if path.exists()}


def forgotten(customer_id: str, capsys: pytest.CaptureFixture[str]) -> str:
    forget.run(customer_id, Path("lists"), Progress("forget"))
    return capsys.readouterr().err


@pytest.mark.usefixtures("project")
def test_only_the_list_that_never_changes_still_holds_him_and_it_is_named(capsys):
    said = forgotten("ann", capsys)
    listed = "lists/as_of=2024-01-01/run=0123456789ab"
    assert holders("ann") == {f"{listed}/scores.parquet"}
    assert f"{listed} still holds him" in said
    assert "data/checked/purchases.parquet: 2 rows taken out" in said
    assert "data/checked/quarantine.parquet: 1 rows taken out" in said
    assert "reports/campaign.csv: removed" in said
    assert [place for place in forget.OUT_OF_REACH if place not in said] == []


@pytest.mark.usefixtures("project")
def test_everybody_else_stands_as_before_and_the_folder_is_whole(capsys):
    forgotten("123", capsys)
    artifacts.verify_folder(products.CHECKED)
    assert artifacts.read_json(products.CHECKED / "contract.json") == {"currency": "EUR"}
    for path in (products.CHECKED / "purchases.parquet", *forget.TABLES):
        assert artifacts.read_table(path).equals(table(EVERYBODY[:-1]))
    assert artifacts.read_table(products.CHECKED / "quarantine.parquet").num_rows == 3


@pytest.mark.usefixtures("project")
def test_forgetting_again_changes_nothing_more(capsys):
    forgotten("ann", capsys)
    before = {path: path.stat().st_mtime_ns for path in Path().rglob("*.parquet")}
    forgotten("ann", capsys)
    assert {path: path.stat().st_mtime_ns for path in Path().rglob("*.parquet")} == before


@pytest.mark.usefixtures("project")
def test_a_customer_nobody_knows_is_said_and_nothing_is_removed():
    with pytest.raises(TooLittleDataError, match="No product or list holds a customer nobody"):
        forget.run("nobody", Path("lists"), Progress("forget", quiet=True))
    assert all(path.exists() for path in forget.DOCUMENTS)
