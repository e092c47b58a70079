"""The same rows give the same bytes, however they come: threads, order, files, format."""

import csv
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.params_file import load_params
from pipeline.progress import Progress
from pipeline.stages import contract, features, snapshots
from tests.flow.made_up_shop import shop_params, write_params

HEADER = ("customer", "day", "paid", "order", "ware")


def drawn_rows() -> list[tuple[str, ...]]:
    """Draw orders of a year and a half, several a day, with amounts that no binary fraction holds; customers stop one by one."""
    chance = random.Random(11)
    days = [f"{2023 + month // 12}-{month % 12 + 1:02}-{day:02}" for month in range(18) for day in range(1, 29)]
    return [
        (
            f"c{who:03}",
            chance.choice(days[: 24 + 2 * who]),
            f"{chance.randrange(1, 9999) / 100:.2f}",
            f"b{number // 3}",
            ware,
        )
        for number in range(6000)
        for who, ware in [(chance.randrange(240), chance.choice(("bread", "milk", "wine", "")))]
    ]


def write_csv(path: Path, rows: list[tuple[str, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEADER, *rows])


def whole(folder: Path, rows: list[tuple[str, ...]]) -> str:
    write_csv(folder / "orders.csv", rows)
    return "orders.csv"


def shuffled(folder: Path, rows: list[tuple[str, ...]]) -> str:
    return whole(folder, random.Random(3).sample(rows, len(rows)))


def seven(folder: Path, rows: list[tuple[str, ...]]) -> str:
    mixed = random.Random(4).sample(rows, len(rows))
    for part in range(7):
        write_csv(folder / f"part-{part}.csv", mixed[part::7])
    return "part-*.csv"


def parquet(folder: Path, rows: list[tuple[str, ...]]) -> str:
    columns = [pa.array([value or None for value in column]) for column in zip(*rows, strict=True)]
    pq.write_table(pa.table(columns, names=HEADER), folder / "orders.parquet")
    return "orders.parquet"


def products_of(folder: Path, path: str, monkeypatch: pytest.MonkeyPatch, threads: int) -> dict[str, bytes]:
    """Run the flow up to the features and return the bytes of its tables."""
    columns = {
        "customer_id": "customer",
        "purchased_at": "day",
        "amount": "paid",
        "order_id": "order",
        "category": "ware",
    }
    columns["purchased_at"] = {"column": "day", "format": "%Y-%m-%d"}  # type: ignore[assignment]
    table = {"kind": "purchases", "path": path, "columns": columns}
    params = shop_params(folder, source__files__tables={"orders": table}, source__files__time_zone="UTC")
    write_params(folder / "params.yaml", params)
    monkeypatch.setenv("CHURN_THREADS", str(threads))
    monkeypatch.chdir(folder)
    for stage in (contract, snapshots, features):
        stage.run(load_params(Path("params.yaml")), Progress("test", quiet=True))
    names = ("data/checked/purchases.parquet", "data/snapshots.parquet", "data/features.parquet")
    return {name: Path(name).read_bytes() for name in names}


@pytest.mark.slow
@pytest.mark.parametrize(("write", "threads"), [(whole, 2), (whole, 8), (shuffled, 1), (seven, 2), (parquet, 2)])
def test_equal_rows_give_equal_bytes_on_any_threads_in_any_order_files_and_format(
    tmp_path, monkeypatch, write, threads
):
    rows = drawn_rows()
    found = []
    for name, way, cores in (("one", whole, 1), ("other", write, threads)):
        folder = tmp_path / name
        folder.mkdir()
        found.append(products_of(folder, way(folder, rows), monkeypatch, cores))
    assert found[0].keys() == found[1].keys()
    for name, content in found[0].items():
        assert content == found[1][name], name
