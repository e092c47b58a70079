"""What the checked tables hold, without a customer in it: days, counts and warnings that show no value."""

from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any

import ibis
import ibis.expr.types as ir

from pipeline.contract.tables import KINDS

_BEFORE_DAYS = 28
_ENOUGH_ROWS = 20
_COMPLETE_SHARE = 0.2


@dataclass(frozen=True)
class Days:
    """How many rows each day has, from the first day with any to the last."""

    counts: dict[date, int]

    @property
    def first(self) -> date:
        """The first day with a row."""
        return min(self.counts)

    @property
    def last(self) -> date:
        """The newest day with a row."""
        return max(self.counts)

    def usual(self, day: date) -> float:
        """Return the median number of rows of the 28 days before a day, days without any among them."""
        return median(self.counts.get(day - timedelta(days=back), 0) for back in range(1, _BEFORE_DAYS + 1))

    def is_whole(self, day: date) -> bool:
        """Say whether a day has at least a fifth of its usual rows; days that are rarely busy always do."""
        return not self.is_busy(day) or self.counts.get(day, 0) >= _COMPLETE_SHARE * self.usual(day)

    def is_busy(self, day: date) -> bool:
        """Say whether so many rows are usual on a day that a day with few of them means something."""
        return self.usual(day) >= _ENOUGH_ROWS

    def end(self) -> date:
        """Return the first day that is not complete: the day after the newest, or the newest where it is cut short."""
        return self.last + timedelta(days=1) if self.is_whole(self.last) else self.last

    def holes(self) -> list[date]:
        """Return the days between the first and the newest that have far fewer rows than usual."""
        inside = (self.first + timedelta(days=number) for number in range(1, (self.last - self.first).days))
        return [day for day in inside if not self.is_whole(day)]


def days_of(rows: ir.Table) -> Days:
    """Count the rows of a checked table by day, the newest version of each."""
    counted = (
        rows.filter(_is_newest(rows))
        .group_by("event_day")
        .aggregate(count=lambda same: same.count())
        .to_pyarrow()
        .to_pylist()
    )
    return Days({row["event_day"]: row["count"] for row in counted})


@dataclass(frozen=True)
class Counts:
    """How much a checked table holds; `padded` rows have blanks around their customer_id."""

    rows: int
    customers: int
    padded: int
    replaced: int
    first_day: date | None = None
    last_day: date | None = None

    def facts(self) -> dict[str, Any]:
        """Return rows, customers and, of a dated table, the first and last day."""
        days = {"first_day": str(self.first_day), "last_day": str(self.last_day)} if self.first_day else {}
        return {"rows": self.rows, "customers": self.customers, **days}


def counts_of(rows: ir.Table) -> Counts:
    """Count a checked table."""
    is_padded = rows.customer_id != rows.customer_id.strip()
    wanted = {
        "rows": rows.count(),
        "customers": rows.customer_id.nunique(),
        "padded": is_padded.sum().fill_null(0),
        "replaced": rows.count() - rows.count(where=_is_newest(rows)),
    }
    if "event_day" in rows.columns:
        newest = _is_newest(rows)
        wanted |= {"first_day": rows.event_day.min(where=newest), "last_day": rows.event_day.max(where=newest)}
    return Counts(**rows.aggregate(**wanted).to_pyarrow().to_pylist()[0])


def day_warnings(name: str, days: Days) -> list[str]:
    """Say where the newest day is cut short, and which days look like an outage."""
    said = []
    if not days.is_whole(days.last):
        said.append(
            f"The newest day with {name}, {days.last}, has {days.counts[days.last]:,} rows where "
            f"{days.usual(days.last):,.0f} are usual: it is taken as not complete, and the data ends before it."
        )
    holes = days.holes()
    if holes:
        said.append(
            f"{len(holes)} {'day has' if len(holes) == 1 else 'days have'} less than a fifth of the usual {name}, "
            f"first {', '.join(str(day) for day in holes[:3])}: closed, or rows that never arrived?"
        )
    return said


def stranger_warnings(tables: dict[str, ir.Table]) -> list[str]:
    """Say how many customers with purchases, or another sign of life, are missing in `customers`."""
    if "customers" not in tables:
        return []
    active = [name for name in tables if KINDS[name].tells_activity]
    return [said for name in active for said in _strangers(name, tables[name], tables["customers"])]


def _strangers(name: str, rows: ir.Table, customers: ir.Table) -> list[str]:
    seen = rows.select("customer_id").distinct()
    strangers = seen.anti_join(customers, "customer_id").count().to_pyarrow().as_py()
    total = seen.count().to_pyarrow().as_py()
    return [f"{strangers:,} of {total:,} customers with {name} have no row in customers."] if strangers else []


def version_warnings(name: str, counts: Counts) -> list[str]:
    """Say how many rows are versions that were corrected later."""
    if not counts.replaced:
        return []
    said = f"{name}: {counts.replaced:,} rows were corrected later under their row_id; as-of dates up to then see them."
    return [said]


def _is_newest(rows: ir.Table) -> ir.BooleanValue:
    return rows.replaced_day.isnull() if "replaced_day" in rows.columns else ibis.literal(value=True)
