"""Rows that say the same again: what is one row exported twice, and what is two rows."""

import pytest
from shop import ORDERS, Shop, drawn, rows, text

from pipeline.errors import ContractError

HEAD = "Customer,When,Total,Order,Id\n"
WITH_ORDER = ORDERS | {"order_id": "Order"}


def _shop(tmp_path, first, second=None, columns=WITH_ORDER):
    shop = Shop(tmp_path).file("orders-1.csv", HEAD + first)
    if second is not None:
        shop.file("orders-2.csv", HEAD + second)
    return shop.orders("orders-*.csv", columns=columns)


def _facts(checked):
    return {name: checked.summary["tables"]["purchases"][name] for name in ("rows", "duplicates", "quarantined")}


def test_two_equal_lines_of_one_receipt_are_two_purchases(tmp_path):
    checked = _shop(tmp_path, "ada,2024-03-01,5,o1,\n" * 2).check()
    assert _facts(checked) == {"rows": 2, "duplicates": 0, "quarantined": 0}
    assert any("1 rows repeat" in warning for warning in checked.summary["warnings"])


def test_a_row_of_an_order_that_stands_in_two_files_is_kept_as_often_as_in_one(tmp_path):
    first = "ada,2024-03-01,5,o1,\n" * 2 + "bo,2024-03-01,1,o2,\n"
    second = "ada,2024-03-01,5,o1,\n" + "bo,2024-03-01,1,o2,\n" + "cy,2024-03-02,1,o3,\n"
    checked = _shop(tmp_path, first, second).check()
    assert drawn(rows(checked), "customer_id", "order_id") == text(
        """
        ada o1
        ada o1
        bo o2
        cy o3
        """
    )
    assert _facts(checked) == {"rows": 4, "duplicates": 2, "quarantined": 0}


def test_equal_rows_without_an_order_are_all_kept(tmp_path):
    checked = _shop(tmp_path, "ada,2024-03-01,5,,\n", "ada,2024-03-01,5,,\nbo,2024-03-01,1,o2,\n").check()
    assert _facts(checked) == {"rows": 3, "duplicates": 0, "quarantined": 0}


def test_one_row_id_is_one_row(tmp_path):
    lines = "ada,2024-03-01,5,o1,r1\n" * 3 + "ada,2024-03-01,5,o1,r2\n" + "bo,2024-03-01,5,o2,\n" * 2
    checked = _shop(tmp_path, lines, columns=WITH_ORDER | {"row_id": "Id"}).check()
    assert _facts(checked) == {"rows": 4, "duplicates": 2, "quarantined": 0}


def test_rows_that_differ_under_one_row_id_are_put_aside(tmp_path):
    lines = "ada,2024-03-01,5,o1,r1\nada,2024-03-01,6,o1,r1\nbo,2024-03-01,5,o2,r2\n"
    lines += "cy,2024-03-01,1,,r3\ncy,2024-03-01,1,o3,r3\n"
    shop = _shop(tmp_path, lines, columns=WITH_ORDER | {"row_id": "Id"})
    checked = shop.check(quarantine_share=1)
    assert drawn(checked.quarantine, "file", "line", "column", "value") == text(
        """
        orders-1.csv 2 Id r1
        orders-1.csv 3 Id r1
        orders-1.csv 5 Id r3
        orders-1.csv 6 Id r3
        """
    )
    with pytest.raises(ContractError, match=r'orders-1\.csv line 2, column "Id": "r1" is the id of rows that differ'):
        shop.check()


def test_rows_in_are_rows_checked_and_put_aside_and_merged(tmp_path):
    first = "ada,2024-03-01,5,o1,\nbo,never,1,o2,\ncy,2024-03-01\n,2024-03-01,1,o3,\n"
    checked = _shop(tmp_path, first, "ada,2024-03-01,5,o1,\ncy,2024-03-01,x,o4,\n").check(quarantine_share=1)
    assert _facts(checked) == {"rows": 1, "duplicates": 1, "quarantined": 4}
    assert drawn(checked.quarantine, "file", "line", "column", "value") == text(
        """
        orders-1.csv 4  cy,2024-03-01
        orders-1.csv 3 When never
        orders-1.csv 5 Customer
        orders-2.csv 3 Total x
        """
    ).replace("Customer", "Customer ")
