"""Prove on the user's own tables that no feature sees the future."""

from datetime import date
from itertools import count

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import artifacts, engines
from pipeline.errors import IntegrityError
from pipeline.features.catalogue import feature_named
from pipeline.features.leaktest import leaks
from pipeline.features.rewrites import REWRITES
from pipeline.params import Params
from pipeline.progress import Progress
from pipeline.stages import products


def run(params: Params, progress: Progress) -> None:
    """Rewrite the future of the oldest and the newest as-of date in every way, and compare every feature.

    Raises IntegrityError naming the features that moved.
    """
    engine = engines.named(params.features.engine)
    session = engine.connect()
    tables = engine.open_tables(session, products.CHECKED)
    snapshots = artifacts.read_table(products.SNAPSHOTS)
    days = sorted(set(snapshots["as_of"].to_pylist()))
    people = {day: _customers(snapshots, day) for day in (days[0], days[-1])}
    names = artifacts.read_table(products.FEATURES).column_names
    features = [feature_named(name) for name in names if name not in {"customer_id", "as_of"}]
    keeper, numbers = engine.keeper(session), count()

    def keep(name: str, expression: ir.Table) -> ir.Table:
        return keeper(f"{name}_{next(numbers)}", expression)

    found = leaks(tables, features, people, keep)
    for leak in found:
        progress.note(f"{leak.as_of}: with its future {leak.rewrite}, these moved: {', '.join(leak.features)}")
    if found:
        raise IntegrityError(f"{len(found)} of {len(people) * len(REWRITES)} tests found features that see the future.")
    progress.note(
        f"{len(features)} features on {' and '.join(map(str, people))}: none noticed that the future was {_ways()}"
    )


def _customers(snapshots: pa.Table, as_of: date) -> ir.Table:
    """Return the customers of a date with their answers, which the test changes too."""
    rows = snapshots.filter(pc.equal(snapshots["as_of"], as_of)).drop_columns(["as_of", "role"])
    answered = pc.fill_null(rows["churned"], False) if "churned" in rows.column_names else None  # noqa: FBT003
    return ibis.memtable(rows if answered is None else rows.set_column(1, "churned", answered))


def _ways() -> str:
    *first, last = REWRITES
    return f"{', '.join(first)} or {last}"
