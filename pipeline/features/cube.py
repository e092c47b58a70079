"""From logs to features: one row a customer and day, added up over windows, date by date.

Each log is boiled down once to customer-days, no further back than its windows reach, and one row a customer of what was
before. For every as-of date each window is one plain query over them; how often values occur, and what held on the date,
is read straight from the log. Blocks are joined on the customer. The same expressions serve training (many dates) and
scoring (one).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from pipeline.features.behaviour import Feature
from pipeline.features.customer_days import CustomerDays, Keep, customer_days
from pipeline.features.first_days import FirstDays, first_blocks
from pipeline.features.horizon import Asked, horizon_of
from pipeline.features.logs import Log, Tables
from pipeline.features.measures import Attribute, Measure
from pipeline.features.seen import seen_at
from pipeline.features.side_by_side import side_by_side
from pipeline.features.state_blocks import state_blocks
from pipeline.features.states import State
from pipeline.features.values import ValueCounts, value_blocks, value_counts
from pipeline.snapshots.population import known

__all__ = ["Cube", "Keep", "build_cube", "features_at"]


@dataclass(frozen=True)
class Cube:
    """Checked tables, ready to give the features of the as-of dates they were asked for.

    `logs` are boiled down once for all dates. Those of `late` hold rows that became known late, which one date may see
    and another may not: they are boiled down for each date.
    """

    tables: Tables
    features: tuple[Feature, ...]
    logs: tuple[CustomerDays, ...]
    late: tuple[Asked, ...]
    counted: ValueCounts


def build_cube(tables: Tables, features: Sequence[Feature], keep: Keep, dates: Sequence[date] = ()) -> Cube:
    """Boil the logs down for some as-of dates, or for any; `keep(name, expression)` has the engine store an expression."""
    asked = _asked(features)
    late = tuple(one for one in asked if _is_late(one.log, tables))
    logs = tuple(customer_days(one, horizon_of(one, tables, dates), tables, keep) for one in asked if one not in late)
    # Of a single date the counts are read once, and so need not be kept.
    counted = value_counts(tables, features, dates, keep) if len(dates) > 1 else {}
    return Cube(tables, tuple(features), logs, late, counted)


def _as_it_is(_: str, expression: ir.Table) -> ir.Table:
    return expression


def features_at(cube: Cube, customers: ir.Table, as_of: date, keep: Keep = _as_it_is) -> ir.Table:
    """Return one row for each of `customers` (column `customer_id`) with every feature as of a date, in catalogue order.

    `keep(name, expression)` may have the engine compute a block before the others.
    """
    tables = {kind: known(rows, as_of) for kind, rows in cube.tables.items()}
    late = (customer_days(one, horizon_of(one, tables, [as_of]), tables, keep) for one in cube.late)
    logs = (*cube.logs, *late)
    seen = [seen_at(log, as_of) for log in logs]
    blocks = _other_blocks(cube, tables, logs, as_of) + [block for one in seen for block in one.blocks]
    kept = [keep(str(number), block) for number, block in enumerate(blocks)]
    joined = side_by_side(customers, kept + [block for one in seen for block in one.before])
    measured = {name: value for one in seen for name, value in one.features(joined).items()}
    columns = {one.name: _typed(measured.get(one.name, _field(joined, one)), one) for one in cube.features}
    return joined.select("customer_id", as_of=ibis.date(as_of), **columns).order_by("customer_id")


def _asked(features: Sequence[Feature]) -> list[Asked]:
    by_log: dict[Log, list[Feature]] = {}
    for feature in features:
        if isinstance(feature.behaviour.measure, Measure | FirstDays):
            by_log.setdefault(feature.behaviour.measure.log, []).append(feature)
    return [Asked.of(log, by_log[log]) for log in sorted(by_log, key=lambda log: log.name)]


def _is_late(log: Log, tables: Tables) -> bool:
    return "visible_day" in tables[log.kind].columns


def _other_blocks(cube: Cube, tables: Tables, logs: Sequence[CustomerDays], as_of: date) -> list[ir.Table]:
    measures = [(one.name, one.behaviour.measure, one.window) for one in cube.features]
    days = {log.asked.log: log.days for log in logs}
    return [
        *value_blocks(tables, cube.features, as_of, cube.counted),
        *first_blocks(days, {name: of for name, of, _ in measures if isinstance(of, FirstDays)}, as_of),
        *state_blocks(
            cube.tables, [(name, of, window) for name, of, window in measures if isinstance(of, State)], as_of
        ),
        *_attribute_blocks(tables, cube.features),
    ]


def _attribute_blocks(tables: Tables, features: Sequence[Feature]) -> list[ir.Table]:
    names = [feature.name for feature in features if isinstance(feature.behaviour.measure, Attribute)]
    return [tables["customers"].select("customer_id", *names)] if names else []


def _field(joined: ir.Table, feature: Feature) -> ir.Value | None:
    return joined[feature.name] if feature.name in joined.columns else None


def _typed(column: ir.Value, feature: Feature) -> ir.Value:
    """Give the column its declared type; a customer without any row gets what the measure declares as absent."""
    measure = feature.behaviour.measure
    filled = column if measure.absent is None or _is_filled(column) else column.fill_null(measure.absent)
    return filled if measure.type is None else filled.cast(measure.type)


def _is_filled(column: ir.Value) -> bool:
    """Return whether a column says already what it is where nothing is known: engines compute it twice if told twice."""
    op = column.op()
    return isinstance(op, ops.Coalesce) and isinstance(op.arg[-1], ops.Literal)
