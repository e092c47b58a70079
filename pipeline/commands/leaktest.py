"""Prove on the user's own tables that no feature sees the future."""

from itertools import count

import ibis
import ibis.expr.types as ir
import pyarrow.compute as pc

from pipeline import artifacts, engines
from pipeline.errors import IntegrityError
from pipeline.features.catalogue import feature_named
from pipeline.features.leaktest import REWRITES, leaks
from pipeline.params import Params
from pipeline.progress import Progress
from pipeline.stages import products


def run(params: Params, progress: Progress) -> None:
    """Drop, change and invent rows at and after the oldest and the newest as-of date, and compare every feature.

    Raises IntegrityError naming the features that moved.
    """
    engine = engines.named(params.features.engine)
    session = engine.connect()
    tables = engine.open_tables(session, products.CHECKED)
    snapshots = artifacts.read_table(products.SNAPSHOTS, ["customer_id", "as_of"])
    days = sorted(set(snapshots["as_of"].to_pylist()))
    people = {
        day: ibis.memtable(snapshots.filter(pc.equal(snapshots["as_of"], day)).select(["customer_id"]))
        for day in (days[0], days[-1])
    }
    names = artifacts.read_table(products.FEATURES).column_names
    features = [feature_named(name) for name in names if name not in {"customer_id", "as_of"}]
    keeper, numbers = engine.keeper(session), count()

    def keep(name: str, expression: ir.Table) -> ir.Table:
        return keeper(f"{name}_{next(numbers)}", expression)

    found = leaks(tables, features, people, keep)
    for leak in found:
        progress.note(f"{leak.as_of}: rows at or after it {leak.rewrite}, and these moved: {', '.join(leak.features)}")
    if found:
        raise IntegrityError(f"{len(found)} of {len(people) * len(REWRITES)} tests found features that see the future.")
    progress.note(
        f"{len(features)} features on {' and '.join(map(str, people))}: none saw the rows rewritten at or after it"
    )
