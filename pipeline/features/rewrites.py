"""Ways to rewrite what nobody can know on an as-of date: what happens from then on, becomes known from then on, or closes.

Each takes one kind's checked rows and gives rows whose past, as it was known, is the same.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from pipeline.contract.tables import KINDS

Rewrite = Callable[[ir.Table, date], ir.Table]

KEYS = frozenset({"customer_id", "event_day", "joined_day", "visible_day", "replaced_day"})
LATER_DAYS = (0, 30)
"""What is invented comes on the first day that nobody may see, and a month after."""


def dropped(rows: ir.Table, as_of: date) -> ir.Table:
    """Leave out what happens or becomes known from the as-of day on, and how what is open then closes."""
    past = _opened_again(rows, as_of, lambda column: ibis.null(column.type()))
    return past.filter(~_is_future(past, as_of)) if "event_day" in rows.columns else past


def changed(rows: ir.Table, as_of: date) -> ir.Table:
    """Change every value of what happens or becomes known from then on, and how and when what is open closes."""
    future = _is_future(rows, as_of)
    columns = {name: future.ifelse(_other(rows[name]), rows[name]) for name in rows.columns if name not in KEYS}
    return _opened_again(rows.mutate(**columns), as_of, lambda column: _other(_filled(column, as_of)))


def permuted(rows: ir.Table, as_of: date) -> ir.Table:
    """Give every customer the future of another."""
    if "event_day" not in rows.columns:
        return rows
    people = rows.select("customer_id").distinct()
    following = people.customer_id.lead().over(order_by="customer_id")
    others = people.mutate(other=following.fill_null(people.customer_id.min().over()))
    future = rows.filter(_is_future(rows, as_of)).join(others, "customer_id")
    return dropped(rows, as_of).union(future.mutate(customer_id=future.other).select(rows.columns))


def invented(rows: ir.Table, as_of: date) -> ir.Table:
    """Repeat every past row in the future."""
    if "event_day" not in rows.columns:
        return rows
    return rows.union(*(_moved_to(_past(rows, as_of), as_of + timedelta(days=later)) for later in LATER_DAYS))


def known_late(rows: ir.Table, as_of: date) -> ir.Table:
    """Add, to every past row, others of its day that become known only from the as-of day on."""
    if "event_day" not in rows.columns:
        return rows
    dated = _with_knowing(rows)
    late = [_learnt_on(_past(dated, as_of), as_of + timedelta(days=later)) for later in LATER_DAYS]
    return dated.union(*late)


def corrected(rows: ir.Table, as_of: date) -> ir.Table:
    """Correct every past row on the as-of day."""
    if "event_day" not in rows.columns:
        return rows
    dated = _with_knowing(rows)
    stands = ~_is_future(dated, as_of) & dated.replaced_day.isnull()
    old = dated.mutate(replaced_day=stands.ifelse(ibis.date(as_of), dated.replaced_day))
    return old.union(_learnt_on(dated.filter(stands), as_of))


REWRITES: Mapping[str, Rewrite] = {
    "dropped": dropped,
    "changed": changed,
    "permuted": permuted,
    "invented": invented,
    "known late": known_late,
    "corrected": corrected,
}


def answered_otherwise(customers: ir.Table) -> ir.Table:
    """Change all that is said of customers but who they are: the answers, which no feature may read."""
    return customers.mutate(**{name: _other(customers[name]) for name in customers.columns if name not in KEYS})


def _is_future(rows: ir.Table, as_of: date) -> ir.BooleanValue:
    days = [
        rows[name] >= ibis.date(as_of) for name in ("event_day", "joined_day", "visible_day") if name in rows.columns
    ]
    return ibis.or_(*days).fill_null(ibis.literal(value=False)) if days else ibis.literal(value=False)


def _past(rows: ir.Table, as_of: date) -> ir.Table:
    return rows.filter(~_is_future(rows, as_of))


def _opened_again(rows: ir.Table, as_of: date, rewrite: Callable[[ir.Column], ir.Value]) -> ir.Table:
    """Rewrite what is known only once a row has closed, of rows that have not; and the answer in a table that gives it."""
    hidden = {"churned": ibis.literal(value=True)} if "churned" in rows.columns else {}
    for kind in KINDS.values():
        if kind.closing_day in rows.columns:
            is_open = rows[kind.closing_day].isnull() | (rows[kind.closing_day] >= ibis.date(as_of))
            hidden |= {name: is_open for name in kind.masked if name in rows.columns}
    if "joined_day" in rows.columns:
        hidden["joined_day"] = _is_future(rows, as_of)
    return rows.mutate(**{name: which.ifelse(rewrite(rows[name]), rows[name]) for name, which in hidden.items()})


def _with_knowing(rows: ir.Table) -> ir.Table:
    """Give rows the days on which they became known and were replaced, where they have none."""
    visible = rows.visible_day if "visible_day" in rows.columns else rows.event_day
    replaced = rows.replaced_day if "replaced_day" in rows.columns else ibis.null("date")
    return rows.mutate(visible_day=visible, replaced_day=replaced)


def _learnt_on(rows: ir.Table, day: date) -> ir.Table:
    columns = {name: _other(rows[name]) for name in rows.columns if name not in KEYS}
    learnt = rows.mutate(**columns, visible_day=ibis.date(day), replaced_day=ibis.null("date"))
    return learnt.select(rows.columns)


def _moved_to(rows: ir.Table, day: date) -> ir.Table:
    known = {"visible_day": ibis.date(day)} if "visible_day" in rows.columns else {}
    return rows.mutate(event_day=ibis.date(day), **known).select(rows.columns)


def _filled(column: ir.Column, as_of: date) -> ir.Column:
    """Fill a missing value, so that it can be changed."""
    kind = column.type()
    if kind.is_date() or kind.is_timestamp():
        return column.fill_null(ibis.date(as_of).cast(kind))
    return column.fill_null(ibis.literal(1 if kind.is_numeric() else "other").cast(kind))


def _other(column: ir.Column) -> ir.Value:
    """Return a value that differs wherever there is one."""
    kind = column.type()
    if kind.is_boolean():
        return ~column
    if kind.is_numeric():
        return (column * 3 + 7).cast(kind)
    if kind.is_date() or kind.is_timestamp():
        return (column + ibis.interval(days=10)).cast(kind)
    return column.concat("?")
