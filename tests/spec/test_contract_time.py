"""Days and hours are the business's: what an instant as written becomes."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shop import ORDERS, Shop, drawn, rows, text


def _became(tmp_path, zone, whens, columns=ORDERS):
    lines = "".join(f"c{number},{when},1\n" for number, when in enumerate(whens, start=10))
    checked = Shop(tmp_path, zone).file("orders.csv", "Customer,When,Total\n" + lines).orders(columns=columns).check()
    return checked, drawn(rows(checked), "purchased_at", "event_day", "hour", "weekday")


def test_local_times_and_offsets_become_utc_and_the_day_is_the_business_s(tmp_path):
    whens = [
        "2024-03-30",
        "2024-03-30T23:30",
        "2024-03-30T23:30:00Z",
        "2024-03-31 01:15:30.25+02:00",
        "2024-03-30T18:30:00-0530",
    ]
    assert _became(tmp_path, "Europe/Oslo", whens)[1] == text(
        """
        2024-03-29 23:00:00 2024-03-30 0 5
        2024-03-30 22:30:00 2024-03-30 23 5
        2024-03-30 23:30:00 2024-03-31 0 6
        2024-03-30 23:15:30.250000 2024-03-31 0 6
        2024-03-31 00:00:00 2024-03-31 1 6
        """
    )


def test_a_time_the_clocks_skip_moves_forward_by_the_gap_and_one_shown_twice_is_the_first(tmp_path):
    whens = ["2024-03-10T01:59:59", "2024-03-10T02:30", "2024-03-10T03:00", "2024-11-03T01:30", "2024-11-03T02:00"]
    checked, drawing = _became(tmp_path, "America/New_York", whens)
    assert drawing == text(
        """
        2024-03-10 06:59:59 2024-03-10 1 6
        2024-03-10 07:30:00 2024-03-10 3 6
        2024-03-10 07:00:00 2024-03-10 3 6
        2024-11-03 05:30:00 2024-11-03 1 6
        2024-11-03 07:00:00 2024-11-03 2 6
        """
    )
    assert any("2 times in When are skipped or shown twice" in warning for warning in checked.summary["warnings"])


def test_a_midnight_that_does_not_exist_stays_in_its_day(tmp_path):
    """In Cairo the clocks skip from midnight to one o'clock on 2024-04-26."""
    assert _became(tmp_path, "Africa/Cairo", ["2024-04-26"])[1] == "2024-04-25 22:00:00 2024-04-26 1 4"


def test_a_column_may_be_declared_to_be_in_another_zone(tmp_path):
    columns = ORDERS | {"purchased_at": {"column": "When", "zone": "UTC"}}
    assert _became(tmp_path, "America/New_York", ["2024-01-01T03:00"], columns)[1] == (
        "2024-01-01 03:00:00 2023-12-31 22 6"
    )


FORMATS = {
    "%d.%m.%Y %H:%M": "5.3.2024 14:05",
    "%m/%d/%Y %I:%M %p": "03/05/2024 02:05 PM",
    "%d-%b-%Y %H:%M:%S": "05-Mar-2024 14:05:00",
    "%Y%m%d%H%M": "202403051405",
    "%Y-%m-%dT%H:%M:%S%z": "2024-03-05T15:05:00+01:00",
    "epoch_seconds": "1709647500",
    "epoch_milliseconds": "1709647500000",
}


def test_a_declared_format_is_read_and_nothing_else(tmp_path):
    """Each table declares one format and holds all of them: it reads its own, and puts the others aside."""
    content = "Customer,When,Total\n" + "".join(f"ada,{written},1\n" for written in FORMATS.values())
    shop = Shop(tmp_path).file("orders.csv", content)
    for number, layout in enumerate(FORMATS):
        columns = ORDERS | {"purchased_at": {"column": "When", "format": layout}, "channel": {"value": layout}}
        shop.table(f"table-{number}", "purchases", "orders.csv", columns)
    read = {row["channel"]: str(row["purchased_at"]) for row in rows(shop.check(1))}
    assert read == dict.fromkeys(FORMATS, "2024-03-05 14:05:00")


def test_a_row_is_visible_from_the_later_of_its_day_and_the_day_it_became_known(tmp_path):
    shop = Shop(tmp_path, "Europe/Oslo").file(
        "orders.csv",
        """\
Customer,When,Total,Known
ada,2024-03-01,1,2024-03-05T23:30Z
bo,2024-03-01,1,2024-02-01
cy,2024-03-01,1,
""",
    )
    checked = shop.orders(columns=ORDERS | {"known_at": "Known"}).check()
    assert drawn(rows(checked), "customer_id", "event_day", "visible_day") == text(
        """
        ada 2024-03-01 2024-03-06
        bo 2024-03-01 2024-03-01
        cy 2024-03-01 2024-03-01
        """
    )


def test_a_table_that_does_not_say_when_rows_became_known_is_visible_beside_one_that_does(tmp_path):
    shop = Shop(tmp_path).file("orders.csv", "Customer,When,Total,Known\nada,2024-03-01,1,2024-03-05\n")
    shop.file("till.csv", "Customer,When,Total\nbo,2024-03-02,1\n").orders(columns=ORDERS | {"known_at": "Known"})
    checked = shop.table("till", "purchases", "till.csv", ORDERS).check()
    assert drawn(rows(checked), "customer_id", "visible_day") == text(
        """
        ada 2024-03-05
        bo 2024-03-02
        """
    )


def test_stored_types_are_taken_as_they_are(tmp_path):
    instants = pa.array([1709647500_000000], pa.timestamp("us", tz="America/New_York"))
    days = pa.array([19787], pa.date32())
    table = pa.table({"Customer": pa.array([7]), "At": instants, "Day": days, "Total": pa.array([2.79])})
    pq.write_table(table, tmp_path / "orders.parquet")
    shop = Shop(tmp_path, "Asia/Tokyo")
    shop.orders("orders.parquet", columns=ORDERS | {"purchased_at": "At", "known_at": "Day"})
    shop.table("again", "purchases", "orders.parquet", ORDERS | {"purchased_at": "Day"})
    assert drawn(rows(shop.check()), "customer_id", "purchased_at", "event_day", "amount", "visible_day") == text(
        """
        7 2024-03-04 15:00:00 2024-03-05 279 2024-03-05
        7 2024-03-05 14:05:00 2024-03-05 279 2024-03-05
        """
    )


def _with_daily_orders(tmp_path, last_count):
    days = [f"2024-03-{day:02}" for day in range(1, 31)]
    lines = [f"c{number},{day},1" for day in days for number in range(100, 125)]
    lines += [f"c{number},2024-03-31,1" for number in range(100, 100 + last_count)]
    content = "\n".join(["Customer,When,Total", *lines, ""])
    return Shop(tmp_path).file("orders.csv", content).orders().check().summary


@pytest.mark.parametrize(("last_count", "end"), [(5, "2024-04-01"), (4, "2024-03-31")])
def test_a_newest_day_with_less_than_a_fifth_of_the_usual_rows_is_not_complete(tmp_path, last_count, end):
    summary = _with_daily_orders(tmp_path, last_count)
    assert (summary["data_start"], summary["data_end"]) == ("2024-03-01", end)
    assert any("not complete" in warning for warning in summary["warnings"]) == (last_count < 5)


def test_a_day_without_the_usual_rows_is_pointed_out(tmp_path):
    lines = [f"c{number},2024-03-{day:02},1" for day in range(1, 31) if day != 29 for number in range(100, 125)]
    content = "\n".join(["Customer,When,Total", *lines, ""])
    warnings = Shop(tmp_path).file("orders.csv", content).orders().check().summary["warnings"]
    assert any("first 2024-03-29" in warning for warning in warnings)


def test_a_spell_that_ends_before_it_begins_is_put_aside_whatever_offsets_it_is_written_in(tmp_path):
    shop = Shop(tmp_path, "Europe/Oslo").file(
        "spells.csv",
        """\
Customer,From,To
ada,2024-03-01T10:00,2024-03-01T10:00
bo,2024-03-01T10:00,2024-03-01T09:59
cy,2024-03-01T10:00+01:00,2024-03-01T09:30Z
di,2024-03-01T10:00+01:00,2024-03-01T08:30Z
ed,2024-03-01T10:00,
""",
    )
    columns = {"customer_id": "Customer", "started_at": "From", "ended_at": "To"}
    checked = shop.table("spells", "subscriptions", "spells.csv", columns).check(quarantine_share=1)
    assert [row["customer_id"] for row in rows(checked, "subscriptions")] == ["ada", "cy", "ed"]
    assert drawn(checked.quarantine, "line", "value", "rule") == text(
        """
        3 2024-03-01T09:59 lies before the row's own beginning
        5 2024-03-01T08:30Z lies before the row's own beginning
        """
    )
