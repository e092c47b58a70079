"""One kind of table from its judged parts: dated, united, repeats settled, columns in order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

from pipeline.contract import clock, ends, reading, repeats, summary
from pipeline.contract.quarantine import Finding, Judged
from pipeline.contract.raw import ATTRIBUTE, RawTable, Reject
from pipeline.contract.summary import Counts
from pipeline.contract.tables import Kind
from pipeline.errors import ContractError

Keep = Callable[[str, ir.Table], ir.Table]


@dataclass(frozen=True)
class Settled:
    """One kind, checked: its rows, and what was put aside, merged or worth saying on the way."""

    kind: Kind
    rows: ir.Table
    counts: Counts
    quarantined: list[tuple[str, Reject]]
    duplicates: int
    warnings: list[str]


def settle(kind: Kind, judged: list[Judged], zone: str, keep: Keep) -> Settled:
    """Make one checked table of the judged tables of a kind."""
    clocks = [clock.clock_of(one.table, one.rows, zone) for one in judged]
    parts = [_sound_rows(one, each) for one, each in zip(judged, clocks, strict=True)]
    united = clock.with_visible_day(ibis.union(*_alike(parts)) if len(parts) > 1 else parts[0])
    found = repeats.settle_repeats(united, kind)
    kept = united if found.kept is united else _without_empty_days(keep(f"settled_{kind.name}", found.kept))
    _refuse(kind, kept, judged)
    conflicts, counts = _conflicts(found.conflicts, judged), summary.counts_of(kept)
    duplicates = sum(one.found - one.quarantined for one in judged) - len(conflicts) - counts.rows
    aside = [(one.table.name, reject) for one in judged for reject in one.quarantine()]
    said = [*_quarantine_warnings(judged), *_clock_warnings(judged, clocks), *_repeat_warnings(kind, kept, duplicates)]
    said += [*_conflict_warnings(kind, conflicts), *summary.version_warnings(kind.name, counts)]
    said += _id_warnings(kept, counts, judged)
    return Settled(kind, _in_order(kept, kind), counts, aside + conflicts, duplicates, said)


def refuse_conflicts(settled: Settled, allowed_share: float) -> None:
    """Raise ContractError where more rows than allowed share their `row_id` with a row that differs."""
    conflicts = [reject for _, reject in settled.quarantined if reject.rule == "conflict"]
    rows = settled.counts.rows + len(settled.quarantined) + settled.duplicates
    if len(conflicts) > allowed_share * rows:
        raise ContractError(Finding(conflicts[0], len(conflicts), rows).sentence())


def _refuse(kind: Kind, kept: ir.Table, judged: list[Judged]) -> None:
    if kind.name == "customers":
        repeats.refuse_repeated_customers(kept, " and ".join(one.table.name for one in judged))
    if kind.tells_activity:
        ends.refuse_strays(kind, kept, judged)


def _without_empty_days(kept: ir.Table) -> ir.Table:
    """Leave `replaced_day` out where no row was replaced."""
    is_empty = "replaced_day" in kept.columns and not _count(kept.filter(kept.replaced_day.notnull()))
    return kept.drop("replaced_day") if is_empty else kept


def _sound_rows(judged: Judged, each: clock.Clock) -> ir.Table:
    sound = judged.rows.filter(judged.rows[reading.BROKEN].isnull())
    dated = clock.with_business_time(judged.table, sound, each)
    not_content = [name for name in dated.columns if name.startswith(reading.OFFSET)]
    return dated.drop(*not_content, reading.BROKEN, reading.VALUE).mutate(table=ibis.literal(judged.table.name))


def _alike(parts: list[ir.Table]) -> list[ir.Table]:
    """Give every part the columns any part has, empty where it has none, in one order."""
    types = {name: part[name].type() for part in parts for name in part.columns}
    return [
        part.mutate(**{name: ibis.null(of) for name, of in types.items() if name not in part.columns}).select(*types)
        for part in parts
    ]


def _in_order(rows: ir.Table, kind: Kind) -> ir.Table:
    derived: dict[str, tuple[str, ...]] = {column.name: (column.day,) for column in kind.instants}
    derived[str(kind.dated_by)] = ("event_day", "hour", "weekday")
    names = [name for column in kind.columns for name in (column.name, *derived.get(column.name, ()))]
    names += ["visible_day", "replaced_day", *sorted(name for name in rows.columns if name.startswith(ATTRIBUTE))]
    return rows.select(*(name for name in names if name in rows.columns and name not in {"known_at", "row_id"}))


def _conflicts(rows: ir.Table | None, judged: list[Judged]) -> list[tuple[str, Reject]]:
    if rows is None:
        return []
    tables = {one.table.name: one.table for one in judged}
    found = rows.order_by(*repeats.ORIGIN).to_pyarrow().to_pylist()
    return [(row["table"], _conflict(tables[row["table"]], row)) for row in found]


def _conflict(table: RawTable, row: dict[str, Any]) -> Reject:
    line = table.locate(row["file"], [row["row"]])[0]
    return Reject(row["file"], line, table.origin("row_id"), row["row_id"], "conflict")


def _quarantine_warnings(judged: list[Judged]) -> list[str]:
    return [f"Put aside: {finding.note()}" for one in judged if one.quarantined for finding in one.findings()]


def _clock_warnings(judged: list[Judged], clocks: list[clock.Clock]) -> list[str]:
    said = []
    for one, each in zip(judged, clocks, strict=True):
        for name, zone in clock.instants_of(one.table).items():
            unsure = each.is_unsure(one.rows, name, zone)
            count = 0 if unsure is None else _count(one.rows.filter(unsure))
            if count:
                said.append(
                    f"{one.table.name}: {count:,} times in {one.table.origin(name)} are skipped or shown twice "
                    f"by the clocks of {zone or each.zone}; they were moved forward, or read as the first of the two."
                )
    return said


def _repeat_warnings(kind: Kind, kept: ir.Table, duplicates: int) -> list[str]:
    said = []
    if duplicates:
        said.append(f"{kind.name}: {duplicates:,} rows stood in several files or under one row_id; each was kept once.")
    repeated = repeats.repeated_lines(kept).to_pyarrow().as_py() if kind.dated_by else 0
    if repeated:
        said.append(
            f"{kind.name}: {repeated:,} rows repeat another row of their file in every mapped column; all were kept, "
            f"as two equal lines of one receipt are. Map `row_id` where rows have an id of their own."
        )
    return said


def _conflict_warnings(kind: Kind, conflicts: list[tuple[str, Reject]]) -> list[str]:
    if not conflicts:
        return []
    first = conflicts[0][1]
    place = f"{first.file} line {first.line}"
    return [f"Put aside: {kind.name}: {len(conflicts):,} rows differ from another row of their row_id, first {place}."]


def _id_warnings(kept: ir.Table, counts: Counts, judged: list[Judged]) -> list[str]:
    """Say how many customer ids carry blanks around them, which rarely match another table's, and where the first is."""
    if not counts.padded:
        return []
    padded = kept.filter(kept.customer_id != kept.customer_id.strip())
    [row] = padded.select(*repeats.ORIGIN).order_by(*repeats.ORIGIN).limit(1).to_pyarrow().to_pylist()
    table = next(one.table for one in judged if one.table.name == row["table"])
    line = table.locate(row["file"], [row["row"]])[0]
    place = f"{row['file']} line {line}"
    return [f"{table.name}: {counts.padded:,} rows have blanks around their customer_id, first {place}; kept so."]


def _count(rows: ir.Table) -> int:
    return int(rows.count().to_pyarrow().as_py())
