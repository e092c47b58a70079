"""Time travel: rewrite the future of the user's own tables and demand that no feature notices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir
import pyarrow as pa

from pipeline.features.behaviour import Feature
from pipeline.features.cube import Keep, build_cube, features_at
from pipeline.features.logs import Tables
from pipeline.features.rewrites import REWRITES, answered_otherwise


@dataclass(frozen=True)
class Leak:
    """Features of one as-of date that moved when the future was rewritten in one way."""

    as_of: date
    rewrite: str
    features: tuple[str, ...]


def leaks(tables: Tables, features: Sequence[Feature], customers: Mapping[date, ir.Table], keep: Keep) -> list[Leak]:
    """Return every leak found on the as-of dates of `customers`; none is what a sound catalogue gives.

    What happens or becomes known at or after the as-of day is dropped, changed, given to others and invented, and so are
    the answers that `customers` may hold. The features of that day are computed again and compared with those of the
    untouched tables value for value, as Arrow tables with their schema.
    """
    return [leak for as_of, people in customers.items() for leak in _leaks_at(tables, features, people, as_of, keep)]


def moved(before: pa.Table, after: pa.Table) -> tuple[str, ...]:
    """Return the columns that differ in type or in any value."""
    names = [name for name in before.column_names if name in after.column_names]
    lost = set(before.column_names) ^ set(after.column_names)
    return tuple(sorted(lost)) + tuple(name for name in names if not before[name].equals(after[name]))


def _leaks_at(tables: Tables, features: Sequence[Feature], people: ir.Table, as_of: date, keep: Keep) -> list[Leak]:
    before = features_at(build_cube(tables, features, keep, [as_of]), people, as_of).to_pyarrow()
    found = []
    for name, rewrite in REWRITES.items():
        rewritten = {kind: rewrite(rows, as_of) for kind, rows in tables.items()}
        cube = build_cube(rewritten, features, keep, [as_of])
        after = features_at(cube, answered_otherwise(people), as_of).to_pyarrow()
        found.append(Leak(as_of, name, moved(before, after)))
    return [leak for leak in found if leak.features]
