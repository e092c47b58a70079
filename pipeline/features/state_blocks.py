"""The states of one as-of date: each log's rows as they were known then, read once for all that is asked of them."""

from collections.abc import Sequence
from datetime import date

import ibis.expr.types as ir

from pipeline.features.logs import Log, Tables
from pipeline.features.states import FORMS, State, is_newest, is_picked, newest_day, newest_mark
from pipeline.features.windows import Window, day_number
from pipeline.snapshots.population import known

Named = tuple[str, State, Window]
"""A column's name, the state it holds and the window it is seen through."""


def state_blocks(tables: Tables, states: Sequence[Named], as_of: date) -> list[ir.Table]:
    """Return one block of columns for each log that a state is read from, keyed by customer."""
    by_log: dict[Log, list[Named]] = {}
    for named in states:
        by_log.setdefault(named[1].log, []).append(named)
    return [_state_block(log, tables, group, as_of) for log, group in by_log.items()]


def _state_block(log: Log, tables: Tables, states: Sequence[Named], as_of: date) -> ir.Table:
    today = day_number(as_of)
    rows = log.rows({log.kind: known(tables[log.kind], as_of)})
    rows = rows.filter(Window(None).holds(rows.day, today))
    rows = rows.mutate(**_marks(rows, states, today))
    columns = {name: FORMS[state.form](rows, state, window, today) for name, state, window in states}
    return rows.group_by("customer_id").aggregate(**columns)


def _marks(rows: ir.Table, states: Sequence[Named], as_of: int) -> dict[str, ir.Value]:
    """Mark each customer's newest row of a condition, and put the newest day of another beside all his rows."""
    marks: dict[str, ir.Value] = {}
    for _, state, window in states:
        if state.form == "newest":
            picked = is_picked(rows, state, window, as_of)
            marks.setdefault(newest_mark(state, window), is_newest(rows, picked))
        if state.after is not None:
            marks.setdefault(f"day_{state.after.name}", newest_day(rows, state.after))
    return marks
