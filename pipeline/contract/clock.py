"""Business time, computed here and only here: UTC instants, and the day, hour and weekday they fall on locally."""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from pipeline.contract import zones
from pipeline.contract.raw import RawTable
from pipeline.contract.reading import BROKEN, OFFSET
from pipeline.contract.rules import FIRST_YEAR, LAST_YEAR
from pipeline.contract.tables import KINDS, Kind


@dataclass(frozen=True)
class Clock:
    """The business zone, and the years its changes of offset are needed for."""

    zone: str
    years: tuple[int, int]

    def utc(self, rows: ir.Table, name: str, zone: str | None) -> ir.TimestampValue:
        """Return an instant of a read table as naive UTC; without an offset it is local time of the zone."""
        local, offset = rows[name], rows[OFFSET + name]
        read = zones.to_utc(local, zone or self.zone, self.years)
        return ibis.ifelse(offset.notnull(), local - offset.fill_null(0).as_interval("s"), read)

    def local(self, instant: ir.TimestampValue) -> ir.TimestampValue:
        """Return naive UTC instants as naive local times of the business."""
        return zones.to_local(instant, self.zone, self.years)

    def is_unsure(self, rows: ir.Table, name: str, zone: str | None) -> ir.BooleanValue | None:
        """Say whether a local time is one the zone's clocks skip or show twice; None where clocks never change."""
        if not zones.changes(zone or self.zone, *self.years):
            return None
        unsure = zones.is_unsure(rows[name], zone or self.zone, self.years)
        return rows[OFFSET + name].isnull() & unsure & rows[BROKEN].isnull()


def instants_of(table: RawTable) -> dict[str, str | None]:
    """Return the mapped instants of a table, each with the zone declared for it."""
    kind = KINDS[table.kind]
    return {name: mapped.zone for name, mapped in table.columns.items() if kind.column(name).type == "instant"}


def clock_of(table: RawTable, rows: ir.Table, zone: str) -> Clock:
    """Return a clock that covers every sound instant of a read table."""
    sound = rows.filter(rows[BROKEN].isnull())
    years = {name: sound[name].year() for name in instants_of(table)}
    wanted = {f"first_{name}": year.min() for name, year in years.items()}
    wanted |= {f"last_{name}": year.max() for name, year in years.items()}
    found = sound.aggregate(**wanted).to_pyarrow().to_pylist()[0] if wanted else {}
    seen = [year for year in found.values() if year is not None] or [FIRST_YEAR]
    return Clock(zone, (max(min(seen) - 1, FIRST_YEAR - 1), min(max(seen) + 1, LAST_YEAR + 1)))


def with_business_time(table: RawTable, rows: ir.Table, clock: Clock) -> ir.Table:
    """Replace the instants of a read table by UTC ones and add what the contract derives from them."""
    in_utc = rows.mutate(**{name: clock.utc(rows, name, zone) for name, zone in instants_of(table).items()})
    kind = KINDS[table.kind]
    days = {each.day: clock.local(in_utc[each.name]).date() for each in kind.instants if each.name in table.columns}
    return in_utc.mutate(**days, **_of_the_row(table, kind, in_utc, clock))


def _of_the_row(table: RawTable, kind: Kind, in_utc: ir.Table, clock: Clock) -> dict[str, ir.Value]:
    """Return the day a row happened on and, where they mean something, its hour and weekday; and the day it became known."""
    if kind.dated_by is None:
        return {}
    local = clock.local(in_utc[kind.dated_by])
    found = {"event_day": local.date()}
    if kind.has_hours:
        found |= {"hour": local.hour().cast("int8"), "weekday": local.day_of_week.index().cast("int8")}
    return found | ({"known_day": clock.local(in_utc.known_at).date()} if "known_at" in table.columns else {})


def with_visible_day(rows: ir.Table) -> ir.Table:
    """Add the day a row becomes visible; a row that does not say when it became known was known when it happened."""
    if "known_day" not in rows.columns:
        return rows
    known_day = rows.known_day.fill_null(rows.event_day)
    return rows.mutate(known_day=known_day, visible_day=ibis.greatest(rows.event_day, known_day))
