"""One log as customer-days within its horizon, and what was before in one row a customer."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from pipeline.features.horizon import Asked, Horizon
from pipeline.features.logs import Tables, Tally
from pipeline.features.parts import is_additive, on_days, on_rows
from pipeline.features.windows import EVER, day_number

Keep = Callable[[str, ir.Table], ir.Table]


@dataclass(frozen=True)
class CustomerDays:
    """A log boiled down: `days` of the horizon, `before` what was earlier, and the `rows` it was made of."""

    asked: Asked
    horizon: Horizon
    rows: ir.Table
    days: ir.Table
    before: ir.Table | None


def customer_days(asked: Asked, horizon: Horizon, tables: Tables, keep: Keep) -> CustomerDays:
    """Boil a log down; `keep(name, expression)` has the engine compute an expression once."""
    rows = asked.log.rows(tables)
    before = keep(f"{asked.log.name}_before", _before(asked, horizon, rows)) if horizon.older else None
    days = keep(asked.log.name, _days(asked, horizon, rows, before))
    return CustomerDays(asked, horizon, rows, days, before)


def _before(asked: Asked, horizon: Horizon, rows: ir.Table) -> ir.Table:
    assert horizon.opens is not None  # noqa: S101 - a horizon without a beginning has nothing older
    earlier = asked.log.rows_before(horizon.opens, rows)
    tallies = asked.tallies
    additive = [name for name, number in tallies.items() if is_additive(number, rows)]
    if all(part.is_row_wise(additive) for part in horizon.older):
        columns = [on_rows(part, asked.days, earlier, tallies) for part in horizon.older]
    else:
        earlier = _with_gaps(_grouped(earlier, tallies.values()))
        columns = [on_days(part, asked.days, earlier) for part in horizon.older]
    return earlier.group_by("customer_id").aggregate(**dict(zip(older_names(horizon), columns, strict=True)))


def older_names(horizon: Horizon) -> list[str]:
    """Return the column of `before` for each of the horizon's older parts."""
    return [f"older_{place}" for place in range(len(horizon.older))]


def _days(asked: Asked, horizon: Horizon, rows: ir.Table, before: ir.Table | None) -> ir.Table:
    days = _grouped(_within(asked, horizon, rows), horizon.daily)
    if not horizon.has_gaps:
        return days
    if before is None or horizon.opens is None:
        return _with_gaps(days)
    # A gap may have begun before the horizon: the last day of then opens it, and is dropped again.
    whole = _with_gaps(days.union(_last_days(asked, horizon, before, days.schema())))
    return whole.filter(whole.day >= day_number(horizon.opens))


def _within(asked: Asked, horizon: Horizon, rows: ir.Table) -> ir.Table:
    if horizon.opens is None or horizon.closes is None:
        return rows
    [ever] = EVER
    rows = asked.log.rows_since(horizon.opens, rows)
    return rows.filter(ever.holds(rows.day, day_number(horizon.closes)))


def _grouped(rows: ir.Table, tallies: Iterable[Tally]) -> ir.Table:
    numbers = {number.name: narrow(number.of(rows)) for number in tallies}
    return rows.group_by("customer_id", day=rows.day.cast("int32")).aggregate(**numbers)


def narrow(number: ir.IntegerValue) -> ir.IntegerValue:
    """Give a count half the room of a sum: a customer has no two thousand million rows."""
    return number.cast("int32" if isinstance(number.op(), ops.CountStar | ops.Count) else "int64")


def _with_gaps(days: ir.Table) -> ir.Table:
    # A gap looks back only, so one that ended before the as-of day holds nothing of its future.
    return days.mutate(gap=days.day - days.day.lag().over(group_by="customer_id", order_by="day"))


def _last_days(asked: Asked, horizon: Horizon, before: ir.Table, schema: ibis.Schema) -> ir.Table:
    last = before[older_names(horizon)[horizon.older.index(asked.last_day)]]
    numbers = {name: ibis.null(kind) for name, kind in schema.items() if name not in {"customer_id", "day"}}
    return before.select("customer_id", day=last.cast(schema["day"]), **numbers).select(schema.names)
