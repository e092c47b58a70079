"""What a source hands over: rows by the contract's column names, as found, and the lines that could not be read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import ibis.expr.types as ir

from pipeline.params_source import AttributeParams, ColumnParams

ATTRIBUTE = "attribute_"


@dataclass(frozen=True)
class Reject:
    """A line of a file that is no row: too long, too short, badly quoted or badly encoded."""

    file: str
    line: int
    column: str
    value: str
    rule: str


def line_of_row(_file: str, rows: Sequence[int]) -> list[int]:
    """Locate rows of a file without a header, one line each: row 0 is line 1."""
    return [row + 1 for row in rows]


@dataclass(frozen=True)
class RawTable:
    """Rows of one kind, nothing judged yet.

    `rows` has the mapped columns under the contract's names (attributes as `attribute_<name>`), and `file` (text) and
    `row` (0-based among the readable rows of that file). `locate` turns rows of a file into 1-based lines of it.
    """

    kind: str
    name: str
    rows: ir.Table
    columns: dict[str, ColumnParams]
    attributes: dict[str, AttributeParams] = field(default_factory=dict)
    null_texts: tuple[str, ...] = ("",)
    rejects: tuple[Reject, ...] = ()
    locate: Callable[[str, Sequence[int]], list[int]] = line_of_row

    def origin(self, column: str) -> str:
        """Return what the user calls a column, for sentences about it."""
        if column.startswith(ATTRIBUTE):
            return self.attributes[column.removeprefix(ATTRIBUTE)].column
        return self.columns[column].column or column if column in self.columns else column


@dataclass(frozen=True)
class Source:
    """Tables as found, with the zone days are counted in and the currency money is in."""

    time_zone: str
    currency: str
    tables: tuple[RawTable, ...]
