"""Money is whole minor units, exactly, in any currency and with either decimal mark."""

import pytest
from shop import ORDERS, Shop, drawn, rows, text


def _amounts(tmp_path, currency, written, decimal="."):
    lines = "".join(f'c{number},2024-03-01,"{amount}"\n' for number, amount in enumerate(written, start=10))
    shop = Shop(tmp_path, currency=currency).file("orders.csv", "Customer,When,Total\n" + lines)
    checked = shop.orders(columns=ORDERS | {"amount": {"column": "Total", "decimal": decimal}}).check(1)
    return [row["amount"] for row in rows(checked)], checked.quarantine["value"].to_pylist()


def test_cents_are_exact(tmp_path):
    written = ["0.29", "1.15", "-2.675000", "4.35", "9999999999.99", "-.5", "7.", "-0"]
    assert _amounts(tmp_path, "EUR", written) == ([29, 115, 435, 999999999999, -50, 700, 0], ["-2.675000"])


def test_a_declared_comma_leaves_no_place_for_a_point(tmp_path):
    assert _amounts(tmp_path, "EUR", ["1,5", "1.5", "1.234,5"], ",") == ([150], ["1.5", "1.234,5"])


@pytest.mark.parametrize(
    ("currency", "amounts"), [("JPY", [12]), ("EUR", [1200, 1250]), ("KWD", [12000, 12500, 12345])]
)
def test_the_currency_decides_how_many_decimals_there_are(tmp_path, currency, amounts):
    assert _amounts(tmp_path, currency, ["12", "12.50", "12.345"])[0] == amounts


def test_a_shop_becomes_the_tables_of_the_contract(tmp_path):
    shop = Shop(tmp_path).file(
        "people.csv",
        """\
Customer,Joined,May,Channel,Through,Distance
bo,2023-01-02,yes,mail,friend,1.5
ada,2023-01-02T10:00Z,0,,NA,
""",
    )
    attributes = {
        "through": {"column": "Through", "immutable": True},
        "distance": {"column": "Distance", "type": "number", "immutable": True},
    }
    columns = {
        "customer_id": "Customer",
        "joined_at": "Joined",
        "contact_permission": "May",
        "preferred_channel": "Channel",
    }
    checked = shop.table(
        "people", "customers", "people.csv", columns, attributes=attributes, null_texts=["", "NA"]
    ).check()
    assert drawn(rows(checked, "customers"), *checked.tables["customers"].columns) == text(
        """
        ada 2023-01-02 10:00:00 2023-01-02 False None None None
        bo 2023-01-02 00:00:00 2023-01-02 True mail 1.5 friend
        """
    )
    assert checked.summary["attributes"]["through"] == {"type": "category", "immutable": True, "sensitive": False}
