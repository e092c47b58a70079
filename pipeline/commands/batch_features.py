"""The nightly features: computed from the checked tables, with what a decision needs to know of each customer beside them."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from pipeline import artifacts, engines
from pipeline.campaign.eligibility import contact_facts
from pipeline.contract.summary import days_of
from pipeline.engines import duckdb
from pipeline.features import cube
from pipeline.features.behaviour import Feature
from pipeline.features.catalogue import feature_named
from pipeline.money import minor_per_unit
from pipeline.monitoring.feed import refuse_gaps, refuse_stopped
from pipeline.params import AsOf, Params
from pipeline.progress import Progress
from pipeline.scoring.wording import others_in
from pipeline.snapshots import calendar, needs
from pipeline.snapshots.population import ACTS, at_risk
from pipeline.stages.features import chosen_features
from pipeline.value.worth import Asked, worth


def date_of_list(checked: Path, asked: AsOf, params: Params, *, accept_gaps: bool) -> date:
    """Return the as-of date that was asked for; raises ContractError where the data do not reach it, or have holes before it."""
    facts: dict[str, Any] = artifacts.read_json(checked / "contract.json")
    tables = duckdb.open_tables(duckdb.connect(), checked)
    needs.refuse_missing(params.snapshots.label, {kind: tuple(rows.columns) for kind, rows in tables.items()})
    data_end = date.fromisoformat(facts["data_end"]) if facts["data_end"] else None
    if params.snapshots.label == "given" or data_end is None:
        return calendar.without_time(asked, data_end).score
    as_of = data_end if asked == "newest" else asked
    refuse_stopped(data_end, as_of)
    if not accept_gaps:
        for kind in sorted(set(ACTS) & tables.keys()):
            refuse_gaps(kind, days_of(tables[kind]), as_of)
    return as_of


def write_features(
    checked: Path, as_of: date, params: Params, reads: Iterable[str], progress: Progress, path: Path
) -> None:
    """Write a features file, as `pipeline.scoring.features_file` describes it, of everybody at risk on a date.

    `reads` names the columns of the model: what it learnt to count over all time is counted so, however long the data.
    """
    engine = engines.named(params.features.engine)
    session = engine.connect()
    tables, keep = engine.open_tables(session, checked), engine.keeper(session)
    facts = artifacts.read_json(checked / "contract.json")
    chosen = (*chosen_features(tables, facts["attributes"], params.features, progress), *_so_far(reads, tables))
    built = cube.build_cube(tables, chosen, keep, [as_of])
    population = keep("population", at_risk(tables, as_of, params.snapshots))
    valued = engine.register(session, "valued", _valued(tables, population, as_of, params, facts["currency"]))
    wishes = contact_facts(tables, as_of)
    rows = cube.features_at(built, population, as_of, engine.block_keeper(session))
    rows = rows.left_join(valued, "customer_id").drop("customer_id_right")
    rows = rows.left_join(wishes, "customer_id").drop("customer_id_right")
    rows = rows.mutate(currency=ibis.literal(facts["currency"])).order_by("customer_id")
    engine.write_by_customer(session, rows, population, path)


def _so_far(reads: Iterable[str], tables: Mapping[str, ir.Table]) -> list[Feature]:
    read = [feature for name in reads if (feature := feature_named(name)).window.so_far]
    quoted = [feature_named(name) for feature in read for name in others_in(feature)]
    wide = (feature for feature in (*read, *quoted) if feature.window.so_far and feature.behaviour.is_in(tables))
    return list(dict.fromkeys(wide))


def _valued(
    tables: Mapping[str, ir.Table], population: ir.Table, as_of: date, params: Params, currency: str
) -> pa.Table:
    customers = population.select("customer_id").order_by("customer_id").to_pyarrow()
    asked = Asked(params.snapshots, params.value, minor_per_unit(currency))
    value = worth(tables, customers["customer_id"].to_pandas(), as_of, asked)
    return customers.append_column("customer_value", pa.array(value))
