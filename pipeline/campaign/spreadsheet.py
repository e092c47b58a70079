"""The list as CSV that a spreadsheet program opens without running anything that stands in it."""

import io
import re

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow.csv import WriteOptions, write_csv

# What a spreadsheet takes for a formula: these signs, also full-width, also after blanks; and a leading TAB or CR.
# Apostrophes before it are part of the pattern so that taking one away again always gives back the original.
_FORMULA = re.compile("'*(?:[\t\r]|[\\s\u200b\u2060\ufeff]*[=+\\-@\uff1d\uff0b\uff0d\uff20])")

# How nearly every text begins, and no formula does: only the others are looked at one by one.
_HARMLESS = "^[0-9A-Za-z$€£¥]"

DECIMALS = {"expected_net_value": 2, "customer_value": 2, "churn_probability": 4}


def campaign_csv(customers: pd.DataFrame) -> str:
    """Return the list as CSV: text that looks like a formula gets a leading apostrophe, numbers are left as they are.

    Money has two decimals and probabilities four: totals are added up before. Write it as UTF-8. `read_campaign_csv` gives
    every text back as it was. A spreadsheet program that guesses types shows `00123` as 123: the workbook keeps such ids,
    or import the column as text.
    """
    return csv_lines(pa.Table.from_pandas(customers, preserve_index=False)).decode("utf-8")


def csv_lines(customers: pa.Table, *, header: bool = True) -> bytes:
    """Return what `campaign_csv` does of an Arrow table, as UTF-8; without the header for all parts of a list but the first."""
    written = io.BytesIO()
    columns = {name: _written(name, customers[name]) for name in customers.column_names}
    # `needed` puts every text into quotes, so that a lone CR breaks no row.
    write_csv(pa.table(columns), written, WriteOptions(include_header=header, quoting_style="needed"))
    return written.getvalue()


def _written(name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_floating(column.type):
        return pc.round(column, DECIMALS[name]) if name in DECIMALS else column
    if pa.types.is_integer(column.type) or pa.types.is_boolean(column.type):
        return column
    texts = column.cast(pa.string())
    suspect = pc.fill_null(pc.invert(pc.match_substring_regex(texts, _HARMLESS)), fill_value=False)
    if not pc.any(suspect).as_py():
        return texts
    mended = [guarded(text) for text in texts.filter(suspect).to_pylist()]
    return pc.replace_with_mask(texts.combine_chunks(), suspect.combine_chunks(), pa.array(mended, pa.string()))


def read_campaign_csv(text: str) -> pd.DataFrame:
    """Read what `campaign_csv` wrote, every column as text, an empty cell as null."""
    cells = pd.read_csv(io.StringIO(text, newline=""), dtype=str, keep_default_na=False, na_values=[""])
    return cells.map(unguarded, na_action="ignore")


def guarded(text: str) -> str:
    """Return a text with an apostrophe before what a spreadsheet would run.

    >>> guarded("=cmd()"), guarded(" +1"), guarded("00123"), guarded("O'Neill")
    ("'=cmd()", "' +1", '00123', "O'Neill")
    """
    return "'" + text if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """Take away the apostrophe that `guarded` put there.

    >>> unguarded("'=cmd()"), unguarded("'quoted'")
    ('=cmd()', "'quoted'")
    """
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
