"""The promises values keep, as sentences: what is said of a value that breaks one, and one way out."""

import re
from dataclasses import dataclass

FIRST_YEAR, LAST_YEAR = 1971, 2200


@dataclass(frozen=True)
class Rule:
    """A promise: what is said of a value that breaks it, and one way out."""

    says: str
    way_out: str


RULES: dict[str, Rule] = {
    "missing": Rule("is empty, but every row needs it", "Fill it in, or leave such rows out of the file."),
    "nul": Rule("holds a NUL byte", "Export the file again as text; ids never hold that byte."),
    "money": Rule(
        "is no money (expected such as 12.50)",
        "Write digits and a point, with a minus for a return; no currency sign, blank or thousands mark.",
    ),
    "too_precise": Rule("is more precise than the currency", "Round it to the currency's smallest coin."),
    "too_large": Rule("is larger than any amount believed here (10 billion)", "Check the column's unit."),
    "not_finite": Rule("is not finite", "Write a number, or leave it empty where the column may be."),
    "integer": Rule("is no whole number (expected such as 3)", "Write digits only."),
    "number": Rule("is no number (expected such as 0.5)", "Write digits and a point."),
    "instant": Rule(
        "is no date or time (expected such as 2024-03-31 or 2024-03-31T14:05:00)",
        'Declare how it is written with `format`, for instance "%d/%m/%Y".',
    ),
    "year": Rule(
        f"lies outside the years {FIRST_YEAR} to {LAST_YEAR}",
        "Leave placeholder dates empty, and check the unit where it is a number.",
    ),
    "flag": Rule("is neither yes nor no", "Write true or false, yes or no, 1 or 0."),
    "one-of": Rule("is none of the words the contract knows", "Rename it to one of the words in the data contract."),
    "negative": Rule("is negative", "Write it as a positive amount."),
    "range": Rule("lies outside the range the contract gives", "Check the column's scale and unit."),
    "backwards": Rule("lies before the row's own beginning", "Correct one of the two dates."),
    "conflict": Rule(
        "is the id of rows that differ",
        "Keep one row an id, map `known_at` where later ones are corrections, or map no `row_id`.",
    ),
    "too_long": Rule("has more values than the header has columns", "Quote values that hold the delimiter."),
    "too_short": Rule("has fewer values than the header has columns", "Write every value, empty ones too."),
    "quoting": Rule("has a quote that is not closed", "Close it, or write quotes inside a value twice."),
    "encoding": Rule("holds bytes that are not of the declared encoding", "Declare `encoding`, for instance latin-1."),
    "line_size": Rule("is longer than two million bytes", "Look for a missing line end."),
    "structure": Rule("is no row of the table", "Mend the line in the file."),
}

_HINTS = (
    ("money", r"^-?\d{1,3}(\.\d{3})*,\d+$|^-?\d+,\d+$", 'It looks like a decimal comma: declare `decimal: ","`.'),
    ("number", r"^-?\d+,\d+$", 'It looks like a decimal comma: declare `decimal: ","`.'),
    ("instant", r"^\d{10}$", "It looks like seconds since 1970: declare `format: epoch_seconds`."),
    ("instant", r"^\d{13}$", "It looks like milliseconds since 1970: declare `format: epoch_milliseconds`."),
    ("instant", r"^\d{8}$", 'It looks like a day without dashes: declare `format: "%Y%m%d"`.'),
    ("instant", r"^\d{1,2}\.\d{1,2}\.\d{4}$", 'Declare how it is written: `format: "%d.%m.%Y"`.'),
    (
        "instant",
        r"^\d{1,2}/\d{1,2}/\d{4}$",
        'Declare whether day or month comes first: `format: "%d/%m/%Y"` or "%m/%d/%Y".',
    ),
)


def hint(rule: str, value: str) -> str | None:
    """Return a way out that fits how a value is written, if one does; it is a proposal, nothing is read by it.

    >>> hint("money", "1.234,56")
    'It looks like a decimal comma: declare `decimal: ","`.'
    """
    fitting = (way_out for of, pattern, way_out in _HINTS if of == rule and re.search(pattern, value))
    return next(fitting, None)
