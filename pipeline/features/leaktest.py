"""Time travel: rewrite the future of the user's own tables and demand that no feature notices."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from pipeline.features.behaviour import Feature
from pipeline.features.cube import Keep, build_cube, features_at
from pipeline.features.logs import Tables

Rewrite = Callable[[ir.Table, date], ir.Table]
KEYS = frozenset({"customer_id", "event_day", "visible_day", "replaced_day", "event"})


@dataclass(frozen=True)
class Leak:
    """Features of one as-of date that moved when the future was rewritten in one way."""

    as_of: date
    rewrite: str
    features: tuple[str, ...]


def leaks(tables: Tables, features: Sequence[Feature], customers: Mapping[date, ir.Table], keep: Keep) -> list[Leak]:
    """Return every leak found on the as-of dates of `customers`; none is what a sound catalogue gives.

    Rows at or after the as-of day are dropped, changed and invented; the features of that day are computed again and
    compared with those of the untouched tables value for value, as Arrow tables with their schema.
    """
    found = [
        _leak(tables, features, people, as_of, name, keep) for as_of, people in customers.items() for name in REWRITES
    ]
    return [leak for leak in found if leak.features]


def _leak(
    tables: Tables, features: Sequence[Feature], customers: ir.Table, as_of: date, rewrite: str, keep: Keep
) -> Leak:
    rewritten = {kind: _rewritten(rows, as_of, REWRITES[rewrite]) for kind, rows in tables.items()}
    before = features_at(build_cube(tables, features, keep), customers, as_of).to_pyarrow()
    after = features_at(build_cube(rewritten, features, keep), customers, as_of).to_pyarrow()
    return Leak(as_of, rewrite, moved(before, after))


def moved(before: pa.Table, after: pa.Table) -> tuple[str, ...]:
    """Return the columns that differ in type or in any value."""
    names = [name for name in before.column_names if name in after.column_names]
    lost = set(before.column_names) ^ set(after.column_names)
    return tuple(sorted(lost)) + tuple(name for name in names if not before[name].equals(after[name]))


def _rewritten(rows: ir.Table, as_of: date, rewrite: Rewrite) -> ir.Table:
    return rewrite(rows, as_of) if "event_day" in rows.columns else rows


def _future(rows: ir.Table, as_of: date) -> ir.BooleanColumn:
    future = rows.event_day >= ibis.date(as_of)
    return future | (rows.visible_day >= ibis.date(as_of)) if "visible_day" in rows.columns else future


def _dropped(rows: ir.Table, as_of: date) -> ir.Table:
    return rows.filter(~_future(rows, as_of))


def _changed(rows: ir.Table, as_of: date) -> ir.Table:
    future = _future(rows, as_of)
    columns = {name: future.ifelse(_other(rows[name]), rows[name]) for name in rows.columns if name not in KEYS}
    return rows.mutate(**columns)


def _invented(rows: ir.Table, as_of: date) -> ir.Table:
    """Copy every past row onto the as-of day, the first that nobody may see, and onto a day a month later."""
    past = rows.filter(~_future(rows, as_of))
    return rows.union(*(_moved_to(past, as_of + timedelta(days=later)) for later in (0, 30)))


def _moved_to(rows: ir.Table, day: date) -> ir.Table:
    moved = rows.mutate(event_day=ibis.date(day))
    seen = moved.mutate(visible_day=ibis.date(day)) if "visible_day" in rows.columns else moved
    return seen.select(rows.columns)


def _other(column: ir.Column) -> ir.Value:
    kind = column.type()
    if kind.is_numeric():
        return (column * 3 + 7).cast(kind)
    return ibis.literal("rewritten").cast(kind) if kind.is_string() else column


REWRITES: Mapping[str, Rewrite] = {"dropped": _dropped, "changed": _changed, "invented": _invented}
