"""The list as CSV that a spreadsheet program opens without running anything that stands in it."""

import csv
import io
import re

import pandas as pd

# What a spreadsheet takes for a formula: these signs, also full-width, also after blanks; and a leading TAB or CR.
# Apostrophes before it are part of the pattern so that taking one away again always gives back the original.
_FORMULA = re.compile("'*(?:[\t\r]|[\\s\u200b\u2060\ufeff]*[=+\\-@\uff1d\uff0b\uff0d\uff20])")

DECIMALS = {"expected_net_value": 2, "customer_value": 2, "churn_probability": 4}


def campaign_csv(customers: pd.DataFrame) -> str:
    """Return the list as CSV: text that looks like a formula gets a leading apostrophe, numbers are left as they are.

    Money has two decimals and probabilities four: totals are added up before. Write it as UTF-8. `read_campaign_csv` gives
    every text back as it was. A spreadsheet program that guesses types shows `00123` as 123: the workbook keeps such ids,
    or import the column as text.
    """
    rounded = customers.round(DECIMALS)
    safe = rounded.assign(**{name: customers[name].map(guarded, na_action="ignore") for name in _texts(customers)})
    # Left to itself, the csv module of some Python versions leaves a lone CR unquoted, and the row breaks in two.
    return safe.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)


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


def _texts(customers: pd.DataFrame) -> list[str]:
    return [str(name) for name in customers if not pd.api.types.is_numeric_dtype(customers[name])]
