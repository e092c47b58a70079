"""How rows are laid out in files changes nothing."""

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest
from shop import ORDERS, Shop

from pipeline.artifacts import sha256
from pipeline.engines import duckdb

COLUMNS = ORDERS | {"order_id": "Order"}
TABLE = pa.table(
    {
        "Customer": [f"{number % 97:05}" for number in range(5_000)],
        "When": [f"2024-03-{number % 28 + 1:02}T{number % 24:02}:30:00" for number in range(5_000)],
        "Total": [f"{number % 1999 / 100:.2f}" for number in range(5_000)],
        "Order": [str(number) for number in range(5_000)],
    }
)


def _as_csv(table, path):
    pc.write_csv(table, path)


def _checked_bytes(folder, name, parts, write):
    for number in range(parts):
        start, end = (len(TABLE) * edge // parts for edge in (number, number + 1))
        write(TABLE.slice(start, end - start), folder / f"{number}-{name}")
    path = folder / f"checked-{name}"
    expression = Shop(folder, "Europe/Oslo").orders(f"*-{name}", columns=COLUMNS).check().tables["purchases"]
    duckdb.write_parquet(expression.get_backend(), expression, path)
    return sha256(path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return _checked_bytes(tmp_path_factory.mktemp("whole"), "orders.csv", 1, _as_csv)


@pytest.mark.parametrize(
    ("name", "parts", "write"),
    [("orders.csv", 7, _as_csv), ("orders.parquet", 1, pq.write_table), ("orders.parquet", 3, pq.write_table)],
)
def test_one_file_or_seven_csv_or_parquet_give_the_same_bytes(tmp_path, whole, name, parts, write):
    assert _checked_bytes(tmp_path, name, parts, write) == whole


def test_rows_of_two_tables_of_a_kind_are_united(tmp_path):
    shop = Shop(tmp_path).file("web.csv", "Customer,When,Total\nada,2024-03-01,1\n")
    shop.file("till.csv.gz", "card;sold;sum;receipt\nbo;2024-03-02;2;r1\n")
    shop.table("web", "purchases", "web.csv", ORDERS | {"channel": {"value": "web"}})
    columns = {"customer_id": "card", "purchased_at": "sold", "amount": "sum", "order_id": "receipt"}
    shop.table("till", "purchases", "till.csv.gz", columns, delimiter=";")
    found = shop.check().tables["purchases"].select("customer_id", "amount", "channel", "order_id").to_pyarrow()
    assert found.to_pylist() == [
        {"customer_id": "ada", "amount": 100, "channel": "web", "order_id": None},
        {"customer_id": "bo", "amount": 200, "channel": None, "order_id": "r1"},
    ]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_declared_encoding_is_read(tmp_path, encoding):
    shop = Shop(tmp_path).file("orders.csv", "Customer,When,Total\nbjørn,2024-03-01,1\n".encode(encoding))
    found = shop.orders(encoding=encoding).check().tables["purchases"]
    assert found.customer_id.to_pyarrow().to_pylist() == ["bjørn"]


def test_line_numbers_hold_far_into_a_file_of_any_number_of_threads(tmp_path):
    lines = [f'{number},2024-03-01,"1\n"' if number % 5 == 0 else f"{number},2024-03-01,1" for number in range(60_000)]
    lines[40_000], lines[50_001] = "40000,2024-03-01", "50001,2024-03-01,x"
    shop = Shop(tmp_path).file("orders.csv", "\n".join(["Customer,When,Total", *lines, ""])).orders()
    found = {row["line"]: row["value"] for row in shop.check(quarantine_share=1).quarantine.to_pylist()}
    assert found == {40_000 + 8_000 + 2: "40000,2024-03-01", 50_001 + 10_000 + 2: "x"}
