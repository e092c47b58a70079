"""From logs to features: one row a customer and day, added up over windows, date by date.

Each log is boiled down once to a cube of customer-days. For every as-of date the windows are sums over that cube, each
block reading no further back than its longest window; how often values occur is read straight from the log. Blocks are
joined on the customer. The same expressions serve training (many dates) and scoring (one).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

import ibis
import ibis.expr.types as ir

from pipeline.features.behaviour import AnyMeasure, Feature
from pipeline.features.first_days import FirstDays, first_blocks
from pipeline.features.logs import Log, Tables, Tally
from pipeline.features.measures import Attribute, Measure, ValueMeasure
from pipeline.features.side_by_side import side_by_side
from pipeline.features.state_blocks import state_blocks
from pipeline.features.states import State
from pipeline.features.windows import Window, day_number
from pipeline.snapshots.population import known

Cubes = dict[Log, ir.Table]
Keep = Callable[[str, ir.Table], ir.Table]


@dataclass(frozen=True)
class Cube:
    """Checked tables, ready to give the features of any as-of date."""

    tables: Tables
    features: tuple[Feature, ...]
    days: Cubes
    rebuilt: bool

    def blocks(self, as_of: date) -> list[ir.Table]:
        """Return the blocks of features of one as-of date, each keyed by customer."""
        tables = {kind: known(rows, as_of) for kind, rows in self.tables.items()} if self.rebuilt else self.tables
        days = _customer_days(tables, self.features) if self.rebuilt else self.days
        return [
            *_day_blocks(days, self.features, as_of),
            *_value_blocks(tables, self.features, as_of),
            *_first_blocks(days, self.features, as_of),
            *_state_blocks(self.tables, self.features, as_of),
            *_attribute_blocks(tables, self.features),
        ]


def build_cube(tables: Tables, features: Sequence[Feature], keep: Keep) -> Cube:
    """Boil the logs down to customer-days, once for all dates; `keep(name, expression)` has the engine store them.

    Where `known_at` is mapped, a row may be visible to one date and not to another, so the days are built for each date.
    """
    rebuilt = any("visible_day" in rows.columns for rows in tables.values())
    days = {} if rebuilt else {log: keep(log.name, cube) for log, cube in _customer_days(tables, features).items()}
    return Cube(tables, tuple(features), days, rebuilt)


def features_at(cube: Cube, customers: ir.Table, as_of: date) -> ir.Table:
    """Return one row for each of `customers` (column `customer_id`) with every feature as of a date, in catalogue order."""
    joined = side_by_side(customers, cube.blocks(as_of))
    columns = {feature.name: _typed(joined[feature.name], feature) for feature in cube.features}
    return joined.select("customer_id", as_of=ibis.date(as_of), **columns).order_by("customer_id")


def _customer_days(tables: Tables, features: Sequence[Feature]) -> Cubes:
    measures = [feature.behaviour.measure for feature in features]
    logs = {measure.log for measure in measures if isinstance(measure, Measure | FirstDays)}
    return {log: _days_of(log, tables, _tallies(log, measures)) for log in sorted(logs, key=lambda log: log.name)}


def _tallies(log: Log, measures: Iterable[AnyMeasure]) -> list[Tally]:
    wanted = {
        number for one in measures if isinstance(one, Measure | FirstDays) and one.log == log for number in one.tallies
    }
    return sorted(wanted, key=lambda number: number.name)


def _days_of(log: Log, tables: Tables, tallies: Sequence[Tally]) -> ir.Table:
    rows = log.rows(tables)
    numbers = {number.name: number.of(rows).cast("int64") for number in tallies}
    days = rows.group_by("customer_id", "day").aggregate(rows=rows.count(), **numbers)
    # A gap looks back only, so one that ended before the as-of day holds nothing of its future.
    return days.mutate(gap=days.day - days.day.lag().over(group_by="customer_id", order_by="day"))


def _day_blocks(days: Cubes, features: Sequence[Feature], as_of: date) -> list[ir.Table]:
    measured = [feature for feature in features if isinstance(feature.behaviour.measure, Measure)]
    ordered = sorted(measured, key=_block_key)
    return [_day_block(days[log], list(group), as_of) for (log, _), group in _grouped(ordered)]


def _day_block(days: ir.Table, features: Sequence[Feature], as_of: date) -> ir.Table:
    today = day_number(as_of)
    days = _within_reach(days, features, today)
    columns = {one.name: _measured(days, one, today) for one in features}
    return days.group_by("customer_id").aggregate(**columns)


def _measured(days: ir.Table, feature: Feature, as_of: int) -> ir.NumericValue:
    measure = feature.behaviour.measure
    assert isinstance(measure, Measure)  # noqa: S101 - narrows the type; `_day_blocks` chose them
    return measure.of(days, feature.window, as_of)


def _value_blocks(tables: Tables, features: Sequence[Feature], as_of: date) -> list[ir.Table]:
    measured = [feature for feature in features if isinstance(feature.behaviour.measure, ValueMeasure)]
    by_column: dict[tuple[Log, str], list[Feature]] = {}
    for feature in measured:
        measure = feature.behaviour.measure
        assert isinstance(measure, ValueMeasure)  # noqa: S101 - narrows the type; filtered just above
        by_column.setdefault((measure.log, measure.column), []).append(feature)
    return [_value_block(log.rows(tables), column, group, as_of) for (log, column), group in by_column.items()]


def _value_block(rows: ir.Table, column: str, features: Sequence[Feature], as_of: date) -> ir.Table:
    """Count each value's rows for every window, then boil the counts down to one row a customer."""
    today = day_number(as_of)
    rows = _within_reach(rows, features, today)
    windows = sorted({feature.window for feature in features}, key=lambda window: window.suffix)
    rows = rows.filter(rows[column].notnull()).select("customer_id", "day", value=column)
    counts = {f"n{window.suffix}": rows.count(where=window.holds(rows.day, today)) for window in windows}
    values = rows.group_by("customer_id", "value").aggregate(**counts)
    tops = {f"top{window.suffix}": values[f"n{window.suffix}"].max().over(group_by="customer_id") for window in windows}
    values = values.mutate(**tops)
    return values.group_by("customer_id").aggregate(**{one.name: _boiled_down(values, one) for one in features})


def _boiled_down(values: ir.Table, feature: Feature) -> ir.Value:
    measure = feature.behaviour.measure
    assert isinstance(measure, ValueMeasure)  # noqa: S101 - narrows the type; `_value_blocks` chose them
    count, top = values[f"n{feature.window.suffix}"], values[f"top{feature.window.suffix}"]
    if measure.form == "variety":
        return (count > 0).cast("int64").sum()
    if measure.form == "favourite":
        return values.value.min(where=(count == top) & (count > 0))
    return count.max().cast("float64") / count.sum().nullif(0).cast("float64")


def _first_blocks(days: Cubes, features: Sequence[Feature], as_of: date) -> list[ir.Table]:
    measured = ((one.name, one.behaviour.measure) for one in features)
    return first_blocks(days, {name: of for name, of in measured if isinstance(of, FirstDays)}, as_of)


def _state_blocks(tables: Tables, features: Sequence[Feature], as_of: date) -> list[ir.Table]:
    measured = ((one.name, one.behaviour.measure, one.window) for one in features)
    return state_blocks(tables, [(name, of, window) for name, of, window in measured if isinstance(of, State)], as_of)


def _attribute_blocks(tables: Tables, features: Sequence[Feature]) -> list[ir.Table]:
    names = [feature.name for feature in features if isinstance(feature.behaviour.measure, Attribute)]
    return [tables["customers"].select("customer_id", *names)] if names else []


def _within_reach(rows: ir.Table, features: Sequence[Feature], as_of: int) -> ir.Table:
    reaches = [_reach(feature) for feature in features]
    longest = None if None in reaches else max(reach for reach in reaches if reach is not None)
    return rows.filter(Window(longest).holds(rows.day, as_of))


def _reach(feature: Feature) -> int | None:
    days = feature.window.reach_days
    return None if days is None else days * feature.behaviour.measure.lengths


def _block_key(feature: Feature) -> tuple[str, str]:
    return feature.behaviour.measure.log.name, "ever" if feature.window.days is None else "windowed"


def _grouped(features: Sequence[Feature]) -> Iterator[tuple[tuple[Log, str], Iterator[Feature]]]:
    return groupby(features, key=lambda feature: (feature.behaviour.measure.log, _block_key(feature)[1]))


def _typed(column: ir.Column, feature: Feature) -> ir.Value:
    """Give the column its declared type; a customer without any row gets what the measure declares as absent."""
    measure = feature.behaviour.measure
    filled = column if measure.absent is None else column.fill_null(measure.absent)
    return filled if measure.type is None else filled.cast(measure.type)
