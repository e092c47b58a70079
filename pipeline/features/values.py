"""How often the values of a column occur: how many there are, how concentrated they are, which comes most."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from pipeline.features.behaviour import Feature
from pipeline.features.customer_days import Keep
from pipeline.features.logs import Log, Tables
from pipeline.features.measures import ValueMeasure
from pipeline.features.windows import Window, day_number

ValueCounts = Mapping[tuple[Log, str], ir.Table]
"""How often each customer had each value of a log's column, in a column for each window and as-of date."""


def value_counts(tables: Tables, features: Sequence[Feature], dates: Sequence[date], keep: Keep) -> ValueCounts:
    """Count the values of every column once for several dates; `keep(name, expression)` has the engine store the counts."""
    return {
        (log, column): keep(f"{log.name}_{column}", _counts(log, tables, column, group, dates))
        for log, column, group in _by_column(features)
        if "visible_day" not in tables[log.kind].columns
    }


def value_blocks(tables: Tables, features: Sequence[Feature], as_of: date, counted: ValueCounts) -> list[ir.Table]:
    """Return one block of columns for each column of a log, keyed by customer; what was not `counted` before is now."""
    blocks = []
    for log, column, group in _by_column(features):
        kept = counted.get((log, column))
        counts = _counts(log, tables, column, group, [as_of]) if kept is None else _of_date(kept, group, as_of)
        boiled_down = {one.name: _boiled_down(counts, one, as_of) for one in group}
        blocks.append(counts.group_by("customer_id").aggregate(**boiled_down))
    return blocks


def _by_column(features: Sequence[Feature]) -> Iterator[tuple[Log, str, list[Feature]]]:
    groups: dict[tuple[Log, str], list[Feature]] = {}
    for feature in features:
        measure = feature.behaviour.measure
        if isinstance(measure, ValueMeasure):
            groups.setdefault((measure.log, measure.column), []).append(feature)
    return ((log, column, group) for (log, column), group in groups.items())


def _counts(log: Log, tables: Tables, column: str, features: Sequence[Feature], dates: Sequence[date]) -> ir.Table:
    rows = _within_reach(log, tables, features, dates)
    rows = rows.filter(rows[column].notnull()).select("customer_id", "day", value=column)
    windows = sorted({feature.window for feature in features}, key=lambda window: window.suffix)
    counts = {
        _count_of(window, as_of): rows.count(where=window.holds(rows.day, day_number(as_of))).cast("int32")
        for as_of in dates
        for window in windows
    }
    return rows.group_by("customer_id", "value").aggregate(**counts)


def _of_date(counts: ir.Table, features: Sequence[Feature], as_of: date) -> ir.Table:
    """Return the values that occur on one date's days, of those that occur on any date's."""
    names = sorted({_count_of(one.window, as_of) for one in features})
    return counts.filter(ibis.or_(*(counts[name] > 0 for name in names)))


def _count_of(window: Window, as_of: date) -> str:
    return f"n{window.suffix}_{day_number(as_of)}"


def _boiled_down(values: ir.Table, feature: Feature, as_of: date) -> ir.Value:
    measure = feature.behaviour.measure
    assert isinstance(measure, ValueMeasure)  # noqa: S101 - narrows the type; `_by_column` chose them
    count = values[_count_of(feature.window, as_of)]
    if measure.form == "variety":
        return (count > 0).cast("int64").sum()
    if measure.form == "favourite":
        # The smallest pair is the most frequent value, the first by name of equal ones: a window function costs more.
        return ibis.struct({"rarity": -count, "name": values.value}).min(where=count > 0)["name"]
    # Of a customer without a row in the window the largest count is 0 and so is the sum: no share.
    return count.max().cast("float64") / count.sum().nullif(0).cast("float64")


def _within_reach(log: Log, tables: Tables, features: Sequence[Feature], dates: Sequence[date]) -> ir.Table:
    rows = log.rows(tables)
    reaches = [feature.window.reach_days for feature in features]
    if None not in reaches:
        rows = log.rows_since(min(dates) - timedelta(days=max(reach or 0 for reach in reaches)), rows)
    return rows.filter(Window(None).holds(rows.day, day_number(max(dates))))
