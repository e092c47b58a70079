"""Measures taken apart into plain aggregates, each over one window.

Engines are quick at plain aggregates of the rows of one window, and slow at many conditional ones side by side. So every
aggregate inside a measure becomes a part: computed once, however many measures ask for it, and put back into them when
the windows have been joined.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from pipeline.features.logs import Log, Tally
from pipeline.features.windows import Window

_COUNTS = (ops.CountStar, ops.Count, ops.CountDistinct)
_MERGED = (ops.Sum, ops.Max, ops.Min, ops.CountStar, ops.Count)
_SAME_ON_ROWS = (ops.Max, ops.Min, ops.CountDistinct)


@dataclass(frozen=True)
class Part:
    """An aggregate without the condition of its window."""

    window: Window
    plain: ops.Reduction

    @property
    def columns(self) -> frozenset[str]:
        """Return the columns of the customer-days that it reads."""
        return frozenset(field.name for field in self.plain.find(ops.Field))

    @property
    def sums(self) -> str | None:
        """Return the column it adds up, where it does nothing else."""
        is_plain_sum = isinstance(self.plain, ops.Sum) and isinstance(self.plain.arg, ops.Field)
        return self.plain.arg.name if is_plain_sum and self.plain.where is None else None

    @property
    def merges(self) -> bool:
        """Return whether what it gives for two spans of days makes what it gives for both."""
        return isinstance(self.plain, _MERGED)

    def is_row_wise(self, additive: Iterable[str]) -> bool:
        """Return whether a log's rows give the same as its customer-days, where these tallies are `additive`."""
        about_days = isinstance(self.plain, _SAME_ON_ROWS) and self.columns == {"day"}
        return about_days or self.sums in set(additive)


def day_table(log: Log, tallies: Iterable[Tally]) -> ir.Table:
    """Return the customer-days that measures of a log are written for; no engine holds them."""
    numbers = {number.name: "int64" for number in tallies}
    columns = {"customer_id": "string", "day": "int32", "gap": "int32", **numbers}
    return ibis.table(columns, name=f"days_of_{log.name}")


def parts_of(values: Iterable[ir.Value], days: ir.Table, windows: Iterable[Window], as_of: int) -> dict[ops.Node, Part]:
    """Return every aggregate inside some values, with the part it is; each must be over one of the windows."""
    conditions = {window.holds(days.day, as_of).op(): window for window in windows}
    found = dict.fromkeys(op for value in values for op in value.op().find(ops.Reduction))
    return {op: _part(op, conditions) for op in found}


def _part(op: ops.Reduction, conditions: Mapping[ops.Node, Window]) -> Part:
    where, rest = op.where, None
    if where not in conditions and isinstance(where, ops.And):
        where, rest = where.left, where.right
    if where not in conditions:
        raise ValueError(f"{op.to_expr()!r} is not over the measure's window, nor the one before it")
    return Part(conditions[where], op.copy(where=rest))


def on_days(part: Part, days: ir.Table, rows: ir.Table, where: ir.BooleanValue | None = None) -> ir.Value:
    """Return the aggregate over customer-days that an engine holds, or over those of them where something holds."""
    plain = part.plain.replace({days.op(): rows.op()})
    if where is None:
        return plain.to_expr()
    return plain.copy(where=where.op() if plain.where is None else (where & plain.where.to_expr()).op()).to_expr()


def on_rows(part: Part, days: ir.Table, rows: ir.Table, tallies: Mapping[str, Tally]) -> ir.Value:
    """Return the aggregate over a log's own rows."""
    return on_days(part, days, rows) if part.sums is None else tallies[part.sums].of(rows)


def is_additive(number: Tally, rows: ir.Table) -> bool:
    """Return whether a tally of two days together is the sum of both: a count or a sum, not a number of different things."""
    return isinstance(number.of(rows).op(), ops.Sum | ops.CountStar | ops.Count)


def present(part: Part, value: ir.Value) -> ir.Value:
    """Give a customer without rows in the window what the aggregate of no rows is: a count is 0, all else unknown."""
    return value.fill_null(0) if isinstance(part.plain, _COUNTS) else value


def merged(part: Part, one: ir.Value, other: ir.Value) -> ir.Value:
    """Make one number of those of two spans of days."""
    if isinstance(part.plain, ops.Max):
        return ibis.greatest(one, other)
    if isinstance(part.plain, ops.Min):
        return ibis.least(one, other)
    return ibis.coalesce(one + other, one, other)
