"""How often the values of a column occur: how many there are, how concentrated they are, which comes most."""

from collections.abc import Sequence
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from pipeline.features.behaviour import Feature
from pipeline.features.logs import Log, Tables
from pipeline.features.measures import ValueMeasure
from pipeline.features.windows import Window, day_number


def value_blocks(tables: Tables, features: Sequence[Feature], as_of: date) -> list[ir.Table]:
    """Return one block of columns for each column of a log, keyed by customer."""
    by_column: dict[tuple[Log, str], list[Feature]] = {}
    for feature in features:
        measure = feature.behaviour.measure
        if isinstance(measure, ValueMeasure):
            by_column.setdefault((measure.log, measure.column), []).append(feature)
    return [_value_block(log, tables, column, group, as_of) for (log, column), group in by_column.items()]


def _value_block(log: Log, tables: Tables, column: str, features: Sequence[Feature], as_of: date) -> ir.Table:
    """Count each value's rows for every window, then boil the counts down to one row a customer."""
    today = day_number(as_of)
    rows = _within_reach(log, tables, features, as_of)
    windows = sorted({feature.window for feature in features}, key=lambda window: window.suffix)
    rows = rows.filter(rows[column].notnull()).select("customer_id", "day", value=column)
    counts = {f"n{window.suffix}": rows.count(where=window.holds(rows.day, today)) for window in windows}
    values = rows.group_by("customer_id", "value").aggregate(**counts)
    return values.group_by("customer_id").aggregate(**{one.name: _boiled_down(values, one) for one in features})


def _boiled_down(values: ir.Table, feature: Feature) -> ir.Value:
    measure = feature.behaviour.measure
    assert isinstance(measure, ValueMeasure)  # noqa: S101 - narrows the type; `value_blocks` chose them
    count = values[f"n{feature.window.suffix}"]
    if measure.form == "variety":
        return (count > 0).cast("int64").sum()
    if measure.form == "favourite":
        # The smallest pair is the most frequent value, the first by name of equal ones: a window function costs more.
        return ibis.struct({"rarity": -count, "name": values.value}).min(where=count > 0)["name"]
    return count.max().cast("float64") / count.sum().nullif(0).cast("float64")


def _within_reach(log: Log, tables: Tables, features: Sequence[Feature], as_of: date) -> ir.Table:
    rows = log.rows(tables)
    reaches = [feature.window.reach_days for feature in features]
    if None not in reaches:
        rows = log.rows_since(as_of - timedelta(days=max(reach or 0 for reach in reaches)), rows)
    return rows.filter(Window(None).holds(rows.day, day_number(as_of)))
