"""The workbook, read back by another library: texts stay texts, headings are words, equal lists are equal bytes."""

from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook
from report_fixture import HOSTILE, evaluation, findings

from pipeline.reports.today import today
from pipeline.reports.workbook import COLUMNS, write_workbook

FOUND = findings()


def written(path: Path) -> Path:
    write_workbook(FOUND, path)
    return path


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    return openpyxl.load_workbook(written(tmp_path_factory.mktemp("book") / "campaign.xlsx"))


def test_it_has_a_sheet_to_work_with_and_one_that_says_what_it_says(book: Workbook) -> None:
    assert book.sheetnames == ["List", "What it says"]


def test_every_customer_is_there_in_the_order_of_the_list(book: Workbook) -> None:
    ids = [cell.value for cell in book["List"]["A"][1:]]
    assert ids == FOUND.listed["customer_id"].tolist()


def test_nothing_in_it_is_a_formula_or_a_link(book: Workbook) -> None:
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.value for cell in cells if cell.data_type == "f" or cell.hyperlink]
    hostile = {cell.value: cell.data_type for cell in book["List"]["A"] if cell.value in HOSTILE}
    assert hostile == dict.fromkeys(HOSTILE, "s")


def test_numbers_are_numbers_with_a_format(book: Workbook) -> None:
    heads = [cell.value for cell in book["List"][1]]
    first = dict(zip(heads, book["List"][2], strict=True))
    assert first["Chance of leaving"].value == pytest.approx(FOUND.listed["churn_probability"].iloc[0])
    assert first["Chance of leaving"].number_format == "0%"
    assert "€" in first["Value if kept"].number_format


def test_headings_decisions_and_actions_are_words_and_not_codes(book: Workbook) -> None:
    heads = [cell.value for cell in book["List"][1]]
    texts = [cell.value for column in "BC" for cell in book["List"][column] if cell.value]
    assert not [text for text in (*heads, *texts) if "_" in text]
    assert "Send a voucher for the next visit" in texts


def test_every_column_of_the_list_is_in_the_workbook() -> None:
    assert {column.source for column in COLUMNS} == set(FOUND.listed.columns)


def test_the_list_can_be_filtered_and_its_head_stays(book: Workbook) -> None:
    assert book["List"].freeze_panes == "B2"
    assert next(iter(book["List"].tables.values())).autoFilter is not None


def test_colours_follow_risk_and_decision(book: Workbook) -> None:
    rules = {str(one.sqref): [rule.type for rule in one.rules] for one in book["List"].conditional_formatting}
    last = len(FOUND.listed) + 1
    assert rules == {f"E2:E{last}": ["dataBar"], f"B2:B{last}": ["cellIs"] * 3}


def test_the_second_sheet_holds_totals_assumptions_and_glossary(book: Workbook) -> None:
    texts = {cell.value for row in book["What it says"].iter_rows() for cell in row if cell.value}
    assert {"What the list adds up to", "Decisions", "What is assumed", "What the words mean"} <= texts
    assert set(FOUND.campaign["assumptions"]) <= texts


def test_a_list_not_to_act_on_says_so_before_anything_else(tmp_path: Path) -> None:
    verdicts = [{"key": "enough_data", "holds": False, "sentence": "On the test dates 7 churned."}]
    write_workbook(replace(FOUND, evaluation=evaluation(verdicts=verdicts)), tmp_path / "stopped.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "stopped.xlsx")["What it says"]
    assert sheet["B2"].value == "Do not act on this list yet: on the test dates 7 churned."


def test_equal_lists_give_equal_bytes(tmp_path: Path) -> None:
    assert written(tmp_path / "a.xlsx").read_bytes() == written(tmp_path / "b.xlsx").read_bytes()


def test_an_empty_list_is_still_a_workbook(tmp_path: Path) -> None:
    write_workbook(replace(FOUND, listed=FOUND.listed.head(0)), tmp_path / "none.xlsx")
    assert openpyxl.load_workbook(tmp_path / "none.xlsx")["List"]["A1"].value == "Customer"


def test_what_the_page_and_the_workbook_both_say_they_say_alike(book: Workbook) -> None:
    totals = book["What it says"].iter_rows(max_row=14)
    says = {row[0].value: row[1].value for row in totals}
    doing = today(FOUND)
    assert says["To contact"] == doing["contacts"]["shown"]
    assert says["Expected net value"] == doing["net_value"]["mid"]["shown"]
    facts = {one["term"]: one["shown"] for one in doing["facts"]}
    assert says["Control group"] == facts["Control group"]
    assert says["Smallest provable effect"].startswith(facts["Smallest provable effect"])
