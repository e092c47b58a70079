"""The list as an Excel workbook: one sheet to work with, one that says what it says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from pipeline.money import amount
from pipeline.money import symbol as symbol_of
from pipeline.reports.decisions import DECISIONS
from pipeline.reports.findings import Findings
from pipeline.reports.glossary import glossary
from pipeline.reports.shown import MINUS, NOTHING, count, percent, points, rough
from pipeline.reports.today import why_not

# A workbook carries its date of creation; a fixed one makes equal lists equal bytes.
CREATED = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
Pairs = list[tuple[str, str]]

MOST_ROWS = 1_048_575
RISK_COLOUR, HEAD_COLOUR = "#E08A5B", "#283138"
LOOKS = {"contact": "to_do", "payment_route": "to_do", "holdout": "left_alone"}
"""Which decisions stand out, by the colour of their cell: what somebody has to do, and who is left alone on purpose."""


@dataclass(frozen=True)
class _Column:
    """A column of the sheet: where it comes from, what people call it, how wide it is and how it is written."""

    source: str
    words: str
    width: int
    form: str = "text"


COLUMNS = (
    _Column("customer_id", "Customer", 16),
    _Column("decision", "Decision", 18),
    _Column("action", "Action", 30, "wrapped"),
    _Column("channel", "Channel", 11),
    _Column("churn_probability", "Chance of leaving", 14, "share"),
    _Column("customer_value", "Value if kept", 13, "money"),
    _Column("expected_net_value", "Expected net value", 14, "money"),
    _Column("reason_1", "Main reason", 44, "wrapped"),
    _Column("reason_2", "Second reason", 44, "wrapped"),
    _Column("reason_3", "Third reason", 44, "wrapped"),
    _Column("protective_reason", "Speaks for staying", 44, "wrapped"),
    _Column("actionable_reason", "Can be changed", 44, "wrapped"),
    _Column("arm", "Arm", 11),
    _Column("campaign_id", "Campaign", 18),
    _Column("as_of", "As of", 12),
    _Column("model_version", "Model", 15),
)


def write_workbook(found: Findings, path: Path) -> None:
    """Write the campaign list, its totals, what they assume and the glossary to a file.

    Texts go in as texts: nothing in the data becomes a formula or a link, whatever it begins with. Equal input gives
    equal bytes.
    """
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": f"Campaign {found.campaign['campaign_id']}", "created": CREATED})
        forms = _forms(book, found.currency)
        _write_list(book.add_worksheet("List"), _readable(found.listed, found.campaign), forms)
        _write_words(book.add_worksheet("What it says"), _parts(found), forms)


def _forms(book: xlsxwriter.Workbook, currency: str) -> dict[str, Format]:
    top = {"valign": "top"}
    symbol = symbol_of(currency)
    return {
        "text": book.add_format({**top, "num_format": "@"}),
        "wrapped": book.add_format({**top, "num_format": "@", "text_wrap": True}),
        "share": book.add_format({**top, "num_format": "0%"}),
        "money": book.add_format({**top, "num_format": f'"{symbol}"#,##0;{MINUS}"{symbol}"#,##0'}),
        "head": book.add_format(
            {"bold": True, "font_color": "white", "bg_color": HEAD_COLOUR, "text_wrap": True, "valign": "vcenter"}
        ),
        "to_do": book.add_format({"bold": True, "bg_color": "#F6DCCD"}),
        "left_alone": book.add_format({"bg_color": "#CDE2F2"}),
        "title": book.add_format({"bold": True, "font_size": 14}),
        "strong": book.add_format({**top, "bold": True, "text_wrap": True}),
    }


def _write_list(sheet: Worksheet, listed: pd.DataFrame, forms: Mapping[str, Format]) -> None:
    rows = listed.head(MOST_ROWS)
    for place, column in enumerate(COLUMNS):
        sheet.set_column(place, place, column.width, forms[column.form])
        sheet.write_string(0, place, column.words, forms["head"])
        _write_column(sheet, place, rows[column.source], column.form, forms)
    last = max(len(rows), 1)
    heads = [{"header": column.words, "header_format": forms["head"]} for column in COLUMNS]
    sheet.add_table(
        0, 0, last, len(COLUMNS) - 1, {"columns": heads, "name": "Customers", "style": "Table Style Light 1"}
    )
    risk = next(place for place, column in enumerate(COLUMNS) if column.source == "churn_probability")
    bar = {
        "type": "data_bar",
        "bar_color": RISK_COLOUR,
        "bar_solid": True,
        "min_type": "num",
        "min_value": 0,
        "max_type": "num",
        "max_value": 1,
    }
    sheet.conditional_format(1, risk, last, risk, bar)
    decided = next(place for place, column in enumerate(COLUMNS) if column.source == "decision")
    for code, look in LOOKS.items():
        rule = {"type": "cell", "criteria": "==", "value": f'"{DECISIONS[code]}"', "format": forms[look]}
        sheet.conditional_format(1, decided, last, decided, rule)
    # Ids of digits are texts on purpose: no green corner in every cell.
    sheet.ignore_errors({"number_stored_as_text": f"A1:A{last + 1}"})
    sheet.set_row(0, 32)
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _readable(listed: pd.DataFrame, totals: Mapping[str, Any]) -> pd.DataFrame:
    """Put words in the place of codes."""
    actions = {one["action"]: one["words"] for one in totals["by_action"]}
    return listed.assign(decision=listed["decision"].map(DECISIONS), action=listed["action"].map(actions))


def _write_column(
    sheet: Worksheet, place: int, cells: "pd.Series[Any]", form: str, forms: Mapping[str, Format]
) -> None:
    for row, cell in enumerate(cells, start=1):
        if pd.isna(cell):
            continue
        if form in {"share", "money"}:
            sheet.write_number(row, place, float(cell), forms[form])
        else:
            sheet.write_string(row, place, str(cell), forms[form])


def _held(customers: int) -> str:
    if customers <= MOST_ROWS:
        return count(customers)
    return f"{count(customers)}; a sheet holds {count(MOST_ROWS)} of them, campaign.csv all"


def _write_words(sheet: Worksheet, parts: Mapping[str, Pairs], forms: Mapping[str, Format]) -> None:
    sheet.set_column(0, 0, 40, forms["strong"])
    sheet.set_column(1, 1, 96, forms["wrapped"])
    row = 0
    for title, pairs in parts.items():
        sheet.write_string(row, 0, title, forms["title"])
        for place, (term, meaning) in enumerate(pairs, start=row + 1):
            sheet.write_string(place, 0, term, forms["strong"])
            sheet.write_string(place, 1, meaning, forms["wrapped"])
        row += len(pairs) + 2


def _parts(found: Findings) -> dict[str, Pairs]:
    totals, stopped = found.campaign, why_not(found)
    decisions = [
        (f"{DECISIONS[code]}: {count(one['customers'])}", one["words"]) for code, one in totals["decisions"].items()
    ]
    first: dict[str, Pairs] = {"Before anything else": [("", stopped)]} if stopped else {}
    return first | {
        "What the list adds up to": _says(totals, found.currency),
        "Decisions": decisions,
        "What is assumed": [("", sentence) for sentence in totals["assumptions"]],
        "What the words mean": [(one["term"], one["meaning"]) for one in glossary(found)],
    }


def _says(totals: Mapping[str, Any], currency: str) -> Pairs:
    """Return what the list adds up to, as pairs of words."""
    value, budget = totals["expected_net_value"], totals["budget"]
    pays, smallest = totals["break_even_save_rate"], totals["power"]["smallest_provable_effect"]
    return [
        ("Campaign", str(totals["campaign_id"])),
        ("As of", str(totals["as_of"])),
        ("Model", str(totals["model_version"])),
        ("Customers at risk", _held(totals["customers"])),
        ("To contact", count(totals["contacted"])),
        ("Control group", count(totals["controls"])),
        ("Expected net value", rough(value["value"], currency)),
        ("… at half the save rate", rough(value["at_half_save_rate"], currency)),
        ("… at one and a half times the save rate", rough(value["at_one_and_a_half_save_rate"], currency)),
        ("Pays if it keeps more than", NOTHING if pays is None else percent(pays, 1)),
        ("Expected spend", f"{amount(budget['expected_spend'], currency)} of {amount(budget['available'], currency)}"),
        ("Places", count(totals["capacity"])),
        (
            "Smallest provable effect",
            "none" if smallest is None else f"{points(100 * smallest).lstrip('+')} fewer leavers",
        ),
    ]
