"""Rows that break a promise: kept aside with where they stand and a way out, and too many of them stop the run."""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from pipeline.contract.raw import RawTable, Reject
from pipeline.contract.reading import BROKEN, VALUE
from pipeline.contract.rules import RULES, hint
from pipeline.errors import ContractError

SCHEMA = pa.schema(
    [
        ("table", pa.string()),
        ("file", pa.string()),
        ("line", pa.int64()),
        ("column", pa.string()),
        ("value", pa.string()),
        ("rule", pa.string()),
        ("way_out", pa.string()),
    ]
)


@dataclass(frozen=True)
class Finding:
    """The first row of a table that breaks a rule in a column, and how many do."""

    reject: Reject
    count: int
    rows: int

    def sentence(self) -> str:
        """Return what stands where, which promise it breaks, how often, and the way out."""
        return self._sentence(f'"{self.reject.value}"')

    def note(self) -> str:
        """Return the sentence without the value, which may be a customer's."""
        return self._sentence("the value" if self.reject.column else "the line")

    def _sentence(self, what: str) -> str:
        found, rule = self.reject, RULES[self.reject.rule]
        column = f'column "{found.column}": ' if found.column else ""
        way_out = hint(found.rule, found.value) or rule.way_out
        place = f"{found.file} line {found.line}, {column}"
        return f"{place}{what} {rule.says}. {self.count:,} of {self.rows:,} rows. {way_out}"


@dataclass(frozen=True)
class Judged:
    """What the rules say of one table: rows found, and rows broken by column and rule."""

    table: RawTable
    rows: ir.Table
    found: int
    broken: dict[str, int]

    @property
    def quarantined(self) -> int:
        """How many rows were put aside, unreadable lines among them."""
        return sum(self.broken.values()) + len(self.table.rejects)

    def findings(self) -> list[Finding]:
        """Return the first finding of each rule and column, in the order of the file."""
        counted = [(reject, self.broken[f"{reject.column}|{reject.rule}"]) for reject in self._rejects(first=True)]
        firsts = [(_named(reject, self.table), count) for reject, count in counted]
        unread = [(reject, _of_rule(self.table.rejects, reject.rule)) for reject in _first_of_rule(self.table.rejects)]
        return [Finding(reject, count, self.found) for reject, count in unread + firsts]

    def quarantine(self) -> list[Reject]:
        """Return every row put aside."""
        return [*self.table.rejects, *(_named(reject, self.table) for reject in self._rejects(first=False))]

    def _rejects(self, *, first: bool) -> list[Reject]:
        if not self.broken:
            return []
        broken = self.rows.filter(self.rows[BROKEN].notnull()).select("file", "row", BROKEN, VALUE)
        if first:
            place = ibis.row_number().over(ibis.window(group_by=BROKEN, order_by=["file", "row"]))
            broken = broken.mutate(place=place).filter(lambda rows: rows.place == 0).drop("place")
        return _located(broken.order_by("file", "row").to_pyarrow().to_pylist(), self.table)


def judge(table: RawTable, rows: ir.Table) -> Judged:
    """Count the rows of a read table, and those that break a rule."""
    counts = rows.group_by(BROKEN).aggregate(count=lambda same: same.count()).order_by(BROKEN).to_pyarrow().to_pylist()
    broken = {count[BROKEN]: count["count"] for count in counts if count[BROKEN] is not None}
    return Judged(table, rows, sum(count["count"] for count in counts) + len(table.rejects), broken)


def refuse_too_many(judged: list[Judged], allowed_share: float) -> None:
    """Raise ContractError with every finding where a table has more broken rows than allowed."""
    over = [one for one in judged if one.quarantined > allowed_share * one.found]
    if over:
        raise ContractError("\n".join(line for one in over for line in _refusal(one, allowed_share)))


def quarantine_table(rejects: list[tuple[str, Reject]]) -> pa.Table:
    """Return rows put aside as a table, each with the name of its table."""
    rows = [
        {"table": table, **vars(reject), "rule": RULES[reject.rule].says, "way_out": RULES[reject.rule].way_out}
        for table, reject in rejects
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _refusal(judged: Judged, allowed_share: float) -> list[str]:
    share = judged.quarantined / judged.found
    first = (
        f"{judged.table.name}: {judged.quarantined:,} of {judged.found:,} rows ({share:.1%}) break a promise, more "
        f"than contract.quarantine_share allows ({allowed_share:g})."
    )
    return [first, *(finding.sentence() for finding in judged.findings())]


def _located(rows: list[dict[str, str | int]], table: RawTable) -> list[Reject]:
    lines: dict[tuple[str, int], int] = {}
    for file in sorted({str(row["file"]) for row in rows}):
        numbers = [int(row["row"]) for row in rows if row["file"] == file]
        lines |= {(file, number): line for number, line in zip(numbers, table.locate(file, numbers), strict=True)}
    return [_reject(row, lines[str(row["file"]), int(row["row"])]) for row in rows]


def _reject(row: dict[str, str | int], line: int) -> Reject:
    column, rule = str(row[BROKEN]).split("|")
    return Reject(str(row["file"]), line, column, str(row[VALUE]), rule)


def _named(reject: Reject, table: RawTable) -> Reject:
    return Reject(reject.file, reject.line, table.origin(reject.column), reject.value, reject.rule)


def _of_rule(rejects: tuple[Reject, ...], rule: str) -> int:
    return sum(reject.rule == rule for reject in rejects)


def _first_of_rule(rejects: tuple[Reject, ...]) -> list[Reject]:
    first: dict[str, Reject] = {}
    for reject in rejects:
        first.setdefault(reject.rule, reject)
    return list(first.values())
