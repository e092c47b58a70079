"""What each customer did before the as-of date, by the catalogue."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow.compute as pc

from pipeline import artifacts, engines
from pipeline.engines import Dated
from pipeline.features import catalogue, cube, unseen_windows
from pipeline.features.behaviour import Feature
from pipeline.params import FeaturesParams, Params
from pipeline.progress import Progress
from pipeline.stages import products


def run(params: Params, progress: Progress) -> None:
    """Write one row per snapshot with every feature the tables can give."""
    artifacts.verify_folder(products.CHECKED)
    engine = engines.named(params.features.engine)
    session = engine.connect()
    tables = engine.open_tables(session, products.CHECKED)
    facts = artifacts.read_json(products.CHECKED / "contract.json")
    chosen = _learnable(chosen_features(tables, facts["attributes"], params.features, progress), facts, progress)
    sizes = _sizes()
    built = cube.build_cube(tables, chosen, engine.keeper(session), list(sizes))
    snapshots = engine.read(session, "snapshots", products.SNAPSHOTS)
    keep = engine.block_keeper(session)
    dated = (_dated(built, snapshots, as_of, rows, keep) for as_of, rows in sizes.items())
    engine.write_dated(session, progress.each(dated, "as-of dates", len(sizes)), products.FEATURES)
    progress.note(f"{len(chosen)} features of {sum(sizes.values()):,} snapshots")


def chosen_features(
    tables: Mapping[str, ir.Table],
    declared: Mapping[str, Mapping[str, Any]],
    params: FeaturesParams,
    progress: Progress,
) -> tuple[Feature, ...]:
    """Return the features that checked tables and declared attributes give."""
    return (*catalogue.features_in(tables), *_attributes(declared, params, progress))


def _learnable(features: tuple[Feature, ...], facts: Mapping[str, Any], progress: Progress) -> tuple[Feature, ...]:
    """Return the features with windows that a date to learn from saw whole, or that count everything so far."""
    longest_days = _longest_days(facts)
    for sentence in unseen_windows.said(features, longest_days):
        progress.note(sentence)
    return unseen_windows.learnable(features, longest_days)


def _longest_days(facts: Mapping[str, Any]) -> dict[str, int]:
    """Return how many days of each kind lie before the newest date to learn from; nothing where no later one is asked about."""
    snapshots = artifacts.read_table(products.SNAPSHOTS, ["as_of", "role"])
    newest = pc.max(snapshots["as_of"].filter(pc.equal(snapshots["role"], "train"))).as_py()
    if newest is None or newest == pc.max(snapshots["as_of"]).as_py():
        return {}
    begun = {
        kind: date.fromisoformat(day) for kind, table in facts["tables"].items() if (day := table.get("first_day"))
    }
    return {kind: max((newest - day).days, 0) for kind, day in begun.items()}


def _attributes(
    declared: Mapping[str, Mapping[str, Any]], params: FeaturesParams, progress: Progress
) -> tuple[Feature, ...]:
    """Return the features of declared attributes: those that never change, sensitive ones only where switched on."""
    wanted = [name for name, facts in declared.items() if params.sensitive_attributes or not facts["sensitive"]]
    for name in wanted:
        if not _holds(declared[name]):
            progress.note(f"{name} is no feature: it has no date, and is not declared `immutable: true`")
    lasting = [catalogue.attribute(name) for name in wanted if _holds(declared[name])]
    return catalogue.features_of(lasting)


def _holds(facts: Mapping[str, Any]) -> bool:
    """Say whether an attribute is as it was: it never changes, or is of a table that gives the answer as of its own date."""
    return bool(facts["immutable"] or facts.get("with_answer"))


def _sizes() -> dict[date, int]:
    """Return how many snapshots there are on each as-of date, oldest first."""
    days = artifacts.read_table(products.SNAPSHOTS, ["as_of"])["as_of"]
    counts = {each["values"]: each["counts"] for each in pc.value_counts(days).to_pylist()}
    return dict(sorted(counts.items()))


def _dated(built: cube.Cube, snapshots: ir.Table, as_of: date, rows: int, keep: cube.Keep) -> Dated:
    people = snapshots.filter(snapshots.as_of == ibis.date(as_of))
    return Dated(as_of, people, rows, cube.features_at(built, people, as_of, keep))
