"""What one log tells as of a date: a plain query for each window, joined, and put back into the measures."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import ibis.expr.operations as ops
import ibis.expr.types as ir

from pipeline.features.customer_days import CustomerDays, narrow, older_names
from pipeline.features.horizon import Horizon
from pipeline.features.parts import Part, merged, on_days, on_rows, present
from pipeline.features.windows import Window, day_number

Named = Mapping[str, Part]

_SHORT = 3  # a third of the longest window, or less


@dataclass(frozen=True)
class Seen:
    """Blocks of parts, each keyed by customer, and the features as expressions over the aggregates in `parts`.

    `blocks` are still to be computed; `before` is stored already, or nothing.
    """

    blocks: list[ir.Table]
    before: list[ir.Table]
    values: Mapping[str, ir.Value]
    parts: Mapping[ops.Node, Part]
    names: Mapping[Part, str]

    def features(self, joined: ir.Table) -> dict[str, ir.Value]:
        """Return the features as expressions over the joined blocks."""
        found = {op: _column(part, self.names[part], joined).op() for op, part in self.parts.items()}
        return {name: value.op().replace(found).to_expr() for name, value in self.values.items()}


def seen_at(held: CustomerDays, as_of: date) -> Seen:
    """Return the blocks of one log as of a date."""
    values, parts = held.asked.apart(day_number(as_of))
    names = {part: f"{held.asked.log.name}_{place}" for place, part in enumerate(dict.fromkeys(parts.values()))}
    spans = _spans([part.window for part in names if part.sums not in held.horizon.straight], held.horizon, as_of)
    groups: dict[tuple[bool, Window], dict[str, Part]] = {}
    for part, name in names.items():
        is_straight = part.sums in held.horizon.straight
        groups.setdefault((is_straight, part.window if is_straight else spans[part.window]), {})[name] = part
    blocks = [
        _of_rows(held, window, group, as_of) if is_straight else _of_days(held, window, group, as_of)
        for (is_straight, window), group in groups.items()
        if window.days != 0
    ]
    return Seen(blocks, _of_before(held, names), values, parts, names)


def _spans(windows: Iterable[Window], horizon: Horizon, as_of: date) -> dict[Window, Window]:
    """Return the span of days each window is read from; windows share one where another join costs more than it saves.

    Short windows do, and the window before one with that which reaches as far. The whole past is cut to the horizon, where
    it may be one of the other windows and so the same query.
    """
    past = Window((as_of - horizon.opens).days) if horizon.opens else None
    spans = {window: past if past and window.days is None else window for window in windows}
    reaches = {window: span.reach_days or 0 for window, span in spans.items() if window.days is not None}
    short = [reach for reach in reaches.values() if _SHORT * reach <= max(reaches.values())]
    spans |= {window: Window(max(short)) for window, reach in reaches.items() if reach in short}
    whole = {span.reach_days: span for span in spans.values() if not span.skip}
    return {window: whole.get(span.reach_days, span) for window, span in spans.items()}


def _of_days(held: CustomerDays, span: Window, parts: Named, as_of: date) -> ir.Table:
    today = day_number(as_of)
    days = held.days.filter(span.holds(held.days.day, today))
    columns = {}
    for name, part in parts.items():
        is_whole = part.window.days is None or part.window == span
        where = None if is_whole else part.window.holds(days.day, today)
        columns[name] = _narrow(on_days(part, held.asked.days, days, where), part, days)
    return days.group_by("customer_id").aggregate(**columns)


def _of_rows(held: CustomerDays, window: Window, parts: Named, as_of: date) -> ir.Table:
    opens = as_of - timedelta(days=window.reach_days or 0)
    rows = held.asked.log.rows_since(opens, held.rows)
    rows = rows.filter(window.holds(rows.day, day_number(as_of)))
    columns = {name: narrow(on_rows(part, held.asked.days, rows, held.asked.tallies)) for name, part in parts.items()}
    return rows.group_by("customer_id").aggregate(**columns)


def _narrow(value: ir.IntegerValue, part: Part, days: ir.Table) -> ir.IntegerValue:
    """Give a sum of counts the room of a count."""
    return value.cast("int32") if part.sums and days[part.sums].type().is_int32() else narrow(value)


def _of_before(held: CustomerDays, names: Mapping[Part, str]) -> list[ir.Table]:
    if held.before is None:
        return []
    older = zip(held.horizon.older, older_names(held.horizon), strict=True)
    columns = {f"{names[part]}_before": held.before[name] for part, name in older if part in names}
    return [held.before.select("customer_id", **columns)] if columns else []


def _column(part: Part, name: str, joined: ir.Table) -> ir.Value:
    """Return an aggregate from the joined blocks; that of the whole past may lie in two of them."""
    # Products of counts need the room that the counts themselves do not.
    spans = [joined[each].cast("int64") for each in (name, f"{name}_before") if each in joined.columns]
    return present(part, spans[0] if len(spans) == 1 else merged(part, *spans))
