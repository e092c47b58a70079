"""From rows as found to checked tables, quarantined rows and a summary: what every later stage relies on."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from pipeline.contract import quarantine, reading, summary
from pipeline.contract.quarantine import Judged
from pipeline.contract.raw import RawTable, Source
from pipeline.contract.settle import Keep, Settled, refuse_conflicts, settle
from pipeline.contract.span import span_of
from pipeline.contract.tables import KINDS, Kind
from pipeline.errors import TooLittleDataError
from pipeline.money import minor_digits
from pipeline.params import ContractParams


@dataclass(frozen=True)
class Checked:
    """Checked tables by kind, each in a total order; the rows put aside; and what there is, without customers."""

    tables: dict[str, ir.Table]
    quarantine: pa.Table
    summary: dict[str, Any]


def check_source(source: Source, params: ContractParams, keep: Keep) -> Checked:
    """Check every table of a source.

    `keep` has the engine compute an expression once and hold it under a name. Raises ContractError with all findings
    where a table breaks more promises than `params` allows, and TooLittleDataError where it has no rows.
    """
    digits = minor_digits(source.currency)
    judged = [_judge(table, digits, keep) for table in source.tables]
    quarantine.refuse_too_many(judged, params.quarantine_share)
    kinds = [kind for kind in KINDS.values() if _of_kind(judged, kind)]
    settled = [settle(kind, _of_kind(judged, kind), source.time_zone, keep) for kind in kinds]
    for one in settled:
        refuse_conflicts(one, params.quarantine_share)
    tables = {one.kind.name: one.rows.order_by(one.rows.columns) for one in settled}
    rejects = [reject for one in settled for reject in one.quarantined]
    return Checked(tables, quarantine.quarantine_table(rejects), _summary(source, settled, digits))


def _judge(table: RawTable, digits: int, keep: Keep) -> Judged:
    judged = quarantine.judge(table, keep(f"read_{table.name}", reading.read_rows(table, digits)))
    if judged.found == 0:
        raise TooLittleDataError(f"{table.name} has a header but no rows; give it rows, or take it out of params.yaml.")
    return judged


def _of_kind(judged: list[Judged], kind: Kind) -> list[Judged]:
    return [one for one in judged if one.table.kind == kind.name]


def _summary(source: Source, settled: list[Settled], digits: int) -> dict[str, Any]:
    rows = {one.kind.name: one.rows for one in settled}
    span = span_of(rows)
    warnings = [warning for one in settled for warning in one.warnings]
    warnings += [*summary.stranger_warnings(rows), *(span.warnings if span else ())]
    return {
        "time_zone": source.time_zone,
        "currency": source.currency,
        "minor_digits": digits,
        "data_start": _text(span.start if span else None),
        "data_end": _text(span.end if span else None),
        "tables": {one.kind.name: _counts(one) for one in settled},
        "attributes": dict(sorted(fact for table in source.tables for fact in _attributes(table))),
        "warnings": warnings,
    }


def _attributes(table: RawTable) -> list[tuple[str, dict[str, Any]]]:
    """Return what is declared of each attribute, and where its table gives the answer too: such a table has no time."""
    answer = {"with_answer": True} if "churned" in table.columns else {}
    return [(name, declared.model_dump(exclude={"column"}) | answer) for name, declared in table.attributes.items()]


def _counts(settled: Settled) -> dict[str, Any]:
    aside = {"quarantined": len(settled.quarantined), "duplicates": settled.duplicates}
    return settled.counts.facts() | aside


def _text(day: date | None) -> str | None:
    return None if day is None else str(day)
