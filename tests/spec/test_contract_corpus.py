"""Bad input, one case a line: what is refused, what is put aside, and what the sentence must say."""

import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shop import EVENTS, ORDERS, Shop, rows

from pipeline.errors import ContractError, ParamsError, TooLittleDataError

HEAD = "Customer,When,Total\n"
GOOD = "ada,2024-03-01,12.50\n"

BROKEN_VALUES = {
    "no number": ("x", "is no money"),
    "decimal comma": ('"1.234,56"', "is no money"),
    "currency sign": ("$12.50", "is no money"),
    "blank as thousands mark": ("1 000", "is no money"),
    "infinity": ("inf", "is not finite"),
    "minus infinity": ("-Infinity", "is not finite"),
    "not a number": ("nan", "is not finite"),
    "exponent": ("1e400", "is no money"),
    "undeclared null": ("NULL", "is no money"),
    "undeclared N/A": ("N/A", "is no money"),
    "dash": ("-", "is no money"),
    "empty amount": ("", "is empty"),
    "five decimals": ("1.23456", "more precise than the currency"),
    "more than ten billion": ("1000000000000000", "larger than any amount"),
}

BROKEN_IDS = {
    "empty": ("", "is empty"),
    "blank": ("   ", "is empty"),
    "NUL byte": ("a\x00b", "NUL byte"),
}

BROKEN_INSTANTS = {
    "day or month first": ("01/02/2024", "is no date or time"),
    "day and month with points": ("13.02.2024", "is no date or time"),
    "epoch seconds": ("1709290800", "is no date or time"),
    "epoch milliseconds": ("1709290800000", "is no date or time"),
    "no dashes": ("20240301", "is no date or time"),
    "no such day": ("2023-02-29", "is no date or time"),
    "leap second": ("2024-06-30T23:59:60Z", "is no date or time"),
    "hour 25": ("2024-03-01T25:00", "is no date or time"),
    "year 1": ("0001-01-01", "outside the years"),
    "year 1900": ("1900-01-01", "outside the years"),
    "year 9999": ("9999-12-31", "outside the years"),
    "year 1970": ("1970-01-01", "outside the years"),
    "nothing": ("", "is empty"),
    "words": ("yesterday", "is no date or time"),
}


BROKEN = {
    "amounts": ("Total", "bo,2024-03-02,{}", BROKEN_VALUES),
    "instants": ("When", "bo,{},1", BROKEN_INSTANTS),
    "ids": ("Customer", "{},2024-03-02,1", BROKEN_IDS),
}


@pytest.fixture(scope="module")
def put_aside(tmp_path_factory):
    """Every broken value, one a line from line 3 on, in a table each: what was put aside."""
    shop = Shop(tmp_path_factory.mktemp("shop"))
    for name, (_, line, cases) in BROKEN.items():
        content = HEAD + GOOD + "".join(line.format(written) + "\n" for written, _ in cases.values())
        shop.file(f"{name}.csv", content).table(name, "purchases", f"{name}.csv", ORDERS)
    return shop.check(quarantine_share=1).quarantine.to_pylist()


def _assert_put_aside(found, table, case, says):
    column, _, cases = BROKEN[table]
    [row] = [row for row in found if (row["table"], row["line"]) == (table, 3 + list(cases).index(case))]
    expected = {"file": f"{table}.csv", "column": column, "value": cases[case][0].strip('"')}
    assert expected.items() <= row.items()
    assert says in row["rule"]
    assert row["way_out"].endswith(".")


@pytest.mark.parametrize("case", BROKEN_VALUES)
def test_an_amount_that_breaks_a_promise_is_put_aside_with_file_line_column_and_value(put_aside, case):
    _assert_put_aside(put_aside, "amounts", case, BROKEN_VALUES[case][1])


@pytest.mark.parametrize("case", BROKEN_INSTANTS)
def test_an_instant_that_breaks_a_promise_is_put_aside_with_file_line_column_and_value(put_aside, case):
    _assert_put_aside(put_aside, "instants", case, BROKEN_INSTANTS[case][1])


def test_the_refusal_names_file_line_column_value_rule_count_and_way_out(tmp_path):
    shop = Shop(tmp_path).file("orders.csv", HEAD + GOOD + "bo,13.02.2024,1\n" + GOOD + "cy,14.02.2024,1\n").orders()
    with pytest.raises(ContractError) as refusal:
        shop.check()
    summary, finding = str(refusal.value).splitlines()
    assert summary == "orders: 2 of 4 rows (50.0%) break a promise, more than contract.quarantine_share allows (0)."
    assert finding == (
        'orders.csv line 3, column "When": "13.02.2024" is no date or time (expected such as 2024-03-31 or '
        '2024-03-31T14:05:00). 2 of 4 rows. Declare how it is written: `format: "%d.%m.%Y"`.'
    )


@pytest.mark.parametrize("case", BROKEN_IDS)
def test_an_id_that_cannot_be_one_is_put_aside(put_aside, case):
    _assert_put_aside(put_aside, "ids", case, BROKEN_IDS[case][1])


def test_ids_stay_the_text_they_are(tmp_path):
    ids = [
        "00123",
        "9007199254740993",
        "1234567890123456789012345",
        "=cmd()",
        "../x",
        "<script>",
        "NO",
        "NA",
        "null",
        "O'x",
    ]
    lines = "".join(f"{customer},2024-03-01,1\n" for customer in ids)
    shop = Shop(tmp_path).file("orders.csv", HEAD + lines).orders()
    assert {row["customer_id"] for row in rows(shop.check())} == set(ids)


BROKEN_LINES = {
    "too long": (b"bo,2024-03-02,1,extra", "has more values"),
    "too short": (b"bo,2024-03-02", "has fewer values"),
    "quote inside": (b'bo,"2024"-03-02,1', "has a quote that is not closed"),
    "latin-1 in utf-8": ("bø,2024-03-02,1".encode("latin-1"), "encoding: latin-1"),
}


@pytest.mark.parametrize(("line", "says"), BROKEN_LINES.values(), ids=BROKEN_LINES)
def test_a_line_that_is_no_row_is_put_aside_with_its_number(tmp_path, line, says):
    content = (HEAD + 'ada,2024-03-01,"12\n.50"\n\n').encode() + line + b"\n" + GOOD.encode() + b"cy,never,1\n"
    shop = Shop(tmp_path).file("orders.csv", content).orders()
    with pytest.raises(ContractError) as refusal:
        shop.check()
    said = str(refusal.value)
    assert "orders.csv line 5, " in said
    assert says in said or "latin-1" in said
    assert 'orders.csv line 2, column "Total"' in said
    assert 'orders.csv line 7, column "When": "never"' in said


def test_a_quote_that_is_never_closed_is_refused_at_the_line_that_opens_it(tmp_path):
    shop = Shop(tmp_path).file("orders.csv", HEAD + GOOD + 'bo,"2024-03-02,1\n' + GOOD * 3).orders()
    with pytest.raises(ContractError, match=r"orders\.csv line 3 opens a quote"):
        shop.check(quarantine_share=1)


def _refused(shop, *says, error=ContractError):
    with pytest.raises(error) as refusal:
        shop.check()
    assert "\n" not in str(refusal.value)
    for words in says:
        assert words in str(refusal.value)


def test_an_empty_file_is_refused(tmp_path):
    _refused(Shop(tmp_path).file("orders.csv", "").orders(), "orders.csv", "0 bytes")


def test_a_header_without_rows_is_too_little_data(tmp_path):
    _refused(Shop(tmp_path).file("orders.csv", HEAD).orders(), "orders", "no rows", error=TooLittleDataError)


def test_a_missing_file_is_refused_by_its_key_and_path(tmp_path):
    _refused(Shop(tmp_path).orders(), "source.files.tables.orders.path", str(tmp_path / "orders.csv"))


def test_a_pattern_that_matches_nothing_is_refused(tmp_path):
    _refused(Shop(tmp_path).orders("orders-*.csv"), "matches no file", "orders-*.csv")


def test_a_folder_in_the_place_of_a_file_is_refused(tmp_path):
    (tmp_path / "orders.csv").mkdir()
    _refused(Shop(tmp_path).orders(), "is a folder")


def test_another_delimiter_than_declared_is_refused_and_named(tmp_path):
    _refused(Shop(tmp_path).file("orders.csv", HEAD.replace(",", ";")).orders(), "orders.csv", "delimiter: ';'")


def test_utf_16_without_declaration_is_refused(tmp_path):
    _refused(Shop(tmp_path).file("orders.csv", (HEAD + GOOD).encode("utf-16")).orders(), "UTF-16", "encoding: utf-16")


def test_a_truncated_gzip_file_is_refused(tmp_path):
    whole = gzip.compress((HEAD + "".join(f"c{n},2024-03-01,{n * 7919 % 10007}\n" for n in range(20_000))).encode())
    _refused(Shop(tmp_path).file("orders.csv.gz", whole[: len(whole) // 2]).orders("orders.csv.gz"), "orders.csv.gz")


def test_a_gzip_name_on_a_plain_file_is_refused(tmp_path):
    (tmp_path / "orders.csv.gz").write_text(HEAD + GOOD)
    _refused(Shop(tmp_path).orders("orders.csv.gz"), "orders.csv.gz", "gzip")


def test_a_truncated_parquet_file_is_refused(tmp_path):
    path = tmp_path / "orders.parquet"
    pq.write_table(pa.table({"Customer": ["ada"], "When": ["2024-03-01"], "Total": ["1"]}), path)
    path.write_bytes(path.read_bytes()[:-10])
    _refused(Shop(tmp_path).orders("orders.parquet"), "orders.parquet", "Parquet")


def test_another_kind_of_file_is_refused(tmp_path):
    _refused(Shop(tmp_path).file("orders.xlsx", "x").orders("orders.xlsx"), "orders.xlsx", ".parquet")


def test_the_same_bytes_twice_are_refused(tmp_path):
    shop = Shop(tmp_path).file("orders-1.csv", HEAD + GOOD).file("orders-2.csv", HEAD + GOOD).orders("orders-*.csv")
    _refused(shop, "orders-1.csv and orders-2.csv", "same bytes")


def test_part_files_that_store_a_column_differently_are_refused_by_both_names(tmp_path):
    table = {"Customer": ["ada"], "When": ["2024-03-01"], "Total": ["1"]}
    pq.write_table(pa.table(table), tmp_path / "orders-1.parquet")
    pq.write_table(pa.table({**table, "Total": [1]}), tmp_path / "orders-2.parquet")
    _refused(Shop(tmp_path).orders("orders-*.parquet"), "orders-1.parquet", "orders-2.parquet", '"Total"')


def test_a_column_name_given_twice_is_refused_by_both_places(tmp_path):
    shop = Shop(tmp_path).file("orders.csv", "Customer,When,Total,When\n").orders()
    _refused(shop, '"When"', "number 2 and number 4")


def test_a_missing_column_is_refused_with_what_is_there_and_what_was_meant(tmp_path):
    shop = Shop(tmp_path).file("orders.csv", " customer,When,Total\n").orders()
    _refused(shop, 'no column "Customer"', "It has:  customer, When, Total", 'did you mean " customer"')


def test_a_contract_column_that_does_not_exist_is_refused_with_the_one_meant(tmp_path):
    shop = Shop(tmp_path).file("orders.csv", HEAD).orders(columns=ORDERS | {"orderid": "Customer"})
    _refused(shop, '"orderid"', 'did you mean "order_id"', error=ParamsError)


def test_a_mapping_without_a_needed_column_is_refused(tmp_path):
    shop = Shop(tmp_path).file("orders.csv", HEAD).orders(columns={"customer_id": "Customer", "amount": "Total"})
    _refused(shop, "purchased_at", error=ParamsError)


def test_an_attribute_that_can_change_is_refused(tmp_path):
    shop = Shop(tmp_path).file("people.csv", "Customer,Plan\nada,gold\n")
    plan = {"plan": {"column": "Plan"}}
    shop.table("people", "customers", "people.csv", {"customer_id": "Customer"}, attributes=plan)
    _refused(shop, "plan", "immutable", error=ParamsError)


def test_a_customer_with_two_rows_is_refused_by_id(tmp_path):
    shop = Shop(tmp_path).file("people.csv", "Customer\nbo\nada\nada\n")
    shop.table("people", "customers", "people.csv", {"customer_id": "Customer"})
    _refused(shop, "people", "'ada'", "more than one row")


def test_an_event_that_is_none_of_the_list_is_refused(tmp_path):
    shop = Shop(tmp_path).file("mails.csv", "Customer,When,What\nada,2024-03-01,sent\nada,2024-03-02,bounced\n")
    shop.table("mails", "contacts", "mails.csv", EVENTS)
    with pytest.raises(ContractError, match=r'mails.csv line 3, column "What": "bounced" is none of the words'):
        shop.check()


def test_a_negative_price_cut_is_refused_and_a_negative_amount_is_a_return(tmp_path):
    shop = Shop(tmp_path).file("orders.csv", "Customer,When,Total,Cut\nada,2024-03-01,-5,0\nada,2024-03-02,5,-1\n")
    shop.orders(columns=ORDERS | {"discount": "Cut"})
    with pytest.raises(ContractError, match=r'orders.csv line 3, column "Cut": "-1" is negative') as refusal:
        shop.check()
    assert "line 2" not in str(refusal.value)


def test_an_id_stored_as_a_float_is_refused_because_it_lost_digits(tmp_path):
    pq.write_table(
        pa.table({"Customer": [1.0, None], "When": ["2024-03-01"] * 2, "Total": [1, 2]}), tmp_path / "orders.parquet"
    )
    _refused(Shop(tmp_path).orders("orders.parquet"), '"Customer"', "float64", "text")


HARMLESS = {
    "byte order mark": ("\ufeff" + HEAD + GOOD).encode(),
    "CRLF": (HEAD + GOOD).replace("\n", "\r\n").encode(),
    "line ends mixed": (HEAD + GOOD.strip() + "\r\n\n").encode(),
    "no last line end": (HEAD + GOOD).strip().encode(),
    "blank lines": (HEAD + "\n" + GOOD + "\n").encode(),
    "another order of columns, and one more": b"Total,Note,Customer,When\n12.50,hello,ada,2024-03-01\n",
    "quotes": b'"Customer","When","Total"\n"ada","2024-03-01","12.50"\n',
    "plus sign and zeros": (HEAD + "ada,2024-03-01,+0012.500\n").encode(),
    "blanks around values": (HEAD + "ada, 2024-03-01 , 12.50 \n").encode(),
}


@pytest.fixture(scope="module")
def harmless(tmp_path_factory):
    shop = Shop(tmp_path_factory.mktemp("shop"))
    for number, (case, content) in enumerate(HARMLESS.items()):
        columns = ORDERS | {"channel": {"value": case}}
        shop.file(f"{number}.csv", content).table(f"table-{number}", "purchases", f"{number}.csv", columns)
    return {row["channel"]: row for row in rows(shop.check())}


@pytest.mark.parametrize("case", HARMLESS)
def test_harmless_differences_give_the_same_row(harmless, case):
    row = harmless[case]
    assert (row["customer_id"], str(row["event_day"]), row["amount"]) == ("ada", "2024-03-01", 1250)


def test_columns_with_hostile_names_are_only_names(tmp_path):
    hostile = "amt\") from t; -- 'é"
    quoted = '"' + hostile.replace('"', '""') + '"'
    shop = Shop(tmp_path).file("orders.csv", f"Customer,When,{quoted}\nada,2024-03-01,3\n")
    assert rows(shop.orders(columns=ORDERS | {"amount": hostile}).check())[0]["amount"] == 300


def test_what_is_said_of_rows_put_aside_shows_no_customer_and_no_value(tmp_path):
    content = (
        "Customer,When,Total,Id\n ada ,2024-03-01,1,r1\nbo,secret,1,r2\ncy,1\ndi,2024-03-01,1,r3\ndi,2024-03-01,2,r3\n"
    )
    shop = Shop(tmp_path).file("orders.csv", content).orders(columns=ORDERS | {"row_id": "Id"})
    said = "\n".join(shop.check(quarantine_share=1).summary["warnings"])
    assert 'orders.csv line 3, column "When": the value is no date' in said
    assert "orders.csv line 4, the line has fewer values" in said
    assert "2 rows differ from another row of their row_id, first orders.csv line 5" in said
    assert "1 rows have blanks around their customer_id, first orders.csv line 2" in said
    assert not any(value in said for value in ("ada", "bo", "secret", "cy", "di,", "r3"))


def test_every_table_and_rule_is_reported_in_one_run(tmp_path):
    shop = Shop(tmp_path).file("orders.csv", HEAD + "ada,never,1\nbo,2024-03-01,x\nbo,2024-03-01,y\n").orders()
    shop.file("mails.csv", "Customer,When,What\n,2024-03-01,sent\n").table("mails", "contacts", "mails.csv", EVENTS)
    with pytest.raises(ContractError) as refusal:
        shop.check()
    said = str(refusal.value)
    assert "orders: 3 of 3 rows (100.0%)" in said
    assert "2 of 3 rows" in said
    assert "mails.csv line 2" in said
