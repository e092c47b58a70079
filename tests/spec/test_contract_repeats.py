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


KNOWN = {"row_id": "Id", "known_at": "Known", "order_id": "Order"}


def _known(tmp_path, lines, second=None, columns=KNOWN):
    head = "Customer,When,Total,Order,Id,Known\n"
    shop = Shop(tmp_path).file("orders-1.csv", head + lines)
    if second is not None:
        shop.file("orders-2.csv", head + second)
    return shop.orders("orders-*.csv", columns=ORDERS | columns).check(quarantine_share=1)


def _seen(checked, *as_of_dates):
    """Draw what each as-of date sees, by the rule that every reader uses."""
    seen = []
    for as_of in as_of_dates:
        for row in rows(checked):
            replaced = row.get("replaced_day")
            if str(row["visible_day"]) < as_of and (replaced is None or str(replaced) >= as_of):
                seen.append(f"{as_of} {row['amount']}")
    return "\n".join(seen)


def test_a_correction_is_seen_from_the_day_after_it_became_known_and_not_before(tmp_path):
    checked = _known(tmp_path, "ada,2024-01-01,100,,r1,2024-01-01\nada,2024-01-01,90,,r1,2024-06-01\n")
    assert drawn(rows(checked), "amount", "visible_day", "replaced_day") == text(
        """
        9000 2024-06-01 None
        10000 2024-01-01 2024-06-01
        """
    )
    assert _seen(checked, "2024-01-01", "2024-01-02", "2024-06-01", "2024-06-02") == text(
        """
        2024-01-02 10000
        2024-06-01 10000
        2024-06-02 9000
        """
    )
    assert _facts(checked) == {"rows": 2, "duplicates": 0, "quarantined": 0}
    assert any("1 rows were corrected later" in warning for warning in checked.summary["warnings"])


@pytest.mark.parametrize("recognised_by", [{"row_id": "Id"}, {"order_id": "Order"}])
def test_a_row_exported_again_later_is_known_since_the_first_time(tmp_path, recognised_by):
    first, again = "ada,2024-01-01,100,o1,r1,2024-06-01\n", "ada,2024-01-01,100,o1,r1,2024-01-02\n"
    checked = _known(tmp_path, first, again, recognised_by | {"known_at": "Known"})
    assert drawn(rows(checked), "amount", "visible_day") == "10000 2024-01-02"
    assert "replaced_day" not in checked.tables["purchases"].columns
    assert _facts(checked) == {"rows": 1, "duplicates": 1, "quarantined": 0}


def test_versions_follow_each_other_and_an_undone_correction_is_one_more(tmp_path):
    days = {"2024-01-01": 5, "2024-02-01": 5, "2024-03-01": 6, "2024-04-01": 5, "2024-05-01": 5}
    lines = "".join(f"ada,2024-01-01,{amount},,r1,{day}\n" for day, amount in days.items())
    checked = _known(tmp_path, lines + "bo,2024-01-01,7,,,2024-01-05\n" * 2)
    assert drawn(rows(checked), "customer_id", "amount", "visible_day", "replaced_day") == text(
        """
        ada 500 2024-01-01 2024-03-01
        ada 500 2024-04-01 None
        ada 600 2024-03-01 2024-04-01
        bo 700 2024-01-05 None
        bo 700 2024-01-05 None
        """
    )
    assert _facts(checked) == {"rows": 5, "duplicates": 2, "quarantined": 0}


def test_a_value_that_was_empty_before_is_a_correction(tmp_path):
    checked = _known(tmp_path, "ada,2024-01-01,5,,r1,2024-01-01\nada,2024-01-01,5,o1,r1,2024-02-01\n")
    assert drawn(rows(checked), "order_id", "visible_day", "replaced_day") == text(
        """
        o1 2024-02-01 None
        None 2024-01-01 2024-02-01
        """
    )


def test_a_row_whose_day_is_corrected_is_known_to_be_wrong_before_its_new_day_comes(tmp_path):
    checked = _known(tmp_path, "ada,2024-01-01,5,,r1,2024-01-01\nada,2024-03-01,5,,r1,2024-02-01\n")
    assert drawn(rows(checked), "event_day", "visible_day", "replaced_day") == text(
        """
        2024-01-01 2024-01-01 2024-02-01
        2024-03-01 2024-03-01 None
        """
    )


def test_rows_of_one_id_that_differ_and_became_known_on_one_day_are_put_aside_and_end_what_was_known(tmp_path):
    lines = "ada,2024-01-01,5,,r1,2024-01-01\n" + "ada,2024-01-01,6,,r1,2024-02-01\nada,2024-01-01,7,,r1,2024-02-01\n"
    checked = _known(tmp_path, lines + "ada,2024-01-01,8,,r1,2024-03-01\n")
    assert drawn(rows(checked), "amount", "visible_day", "replaced_day") == text(
        """
        500 2024-01-01 2024-02-01
        800 2024-03-01 None
        """
    )
    assert drawn(checked.quarantine, "line", "value") == "3 r1\n4 r1"
