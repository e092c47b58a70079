"""What the checked tables hold, without a customer in it: days, counts and warnings."""

from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any

import ibis.expr.types as ir

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
        usual = self.usual(day)
        return usual < _ENOUGH_ROWS or self.counts.get(day, 0) >= _COMPLETE_SHARE * usual

    def end(self) -> date:
        """Return the first day that is not complete: the day after the newest, or the newest where it is cut short."""
        return self.last + timedelta(days=1) if self.is_whole(self.last) else self.last

    def holes(self) -> list[date]:
        """Return the days between the first and the newest that have far fewer rows than usual."""
        inside = (self.first + timedelta(days=number) for number in range(1, (self.last - self.first).days))
        return [day for day in inside if not self.is_whole(day)]


def days_of(rows: ir.Table) -> Days:
    """Count the rows of a checked table by day."""
    counted = rows.group_by("event_day").aggregate(count=lambda same: same.count()).to_pyarrow().to_pylist()
    return Days({row["event_day"]: row["count"] for row in counted})


def counts_of(rows: ir.Table) -> dict[str, Any]:
    """Return rows, customers, and the first and last day of a checked table."""
    day = rows.event_day if "event_day" in rows.columns else None
    dated = {"first_day": day.min(), "last_day": day.max()} if day is not None else {}
    counted = rows.aggregate(rows=rows.count(), customers=rows.customer_id.nunique(), **dated)
    found: dict[str, Any] = counted.to_pyarrow().to_pylist()[0]
    return {name: str(value) if isinstance(value, date) else value for name, value in found.items()}


def day_warnings(days: Days) -> list[str]:
    """Say where the newest day is cut short, and which days look like an outage."""
    said = []
    if not days.is_whole(days.last):
        said.append(
            f"The newest day with purchases, {days.last}, has {days.counts[days.last]:,} rows where "
            f"{days.usual(days.last):,.0f} are usual: it is taken as not complete, and the data ends before it."
        )
    holes = days.holes()
    if holes:
        said.append(
            f"{len(holes)} {'day has' if len(holes) == 1 else 'days have'} less than a fifth of the usual purchases, "
            f"first {', '.join(str(day) for day in holes[:3])}: closed, or rows that never arrived?"
        )
    return said


def stranger_warnings(tables: dict[str, ir.Table]) -> list[str]:
    """Say how many customers with purchases are missing in `customers`."""
    if not {"customers", "purchases"} <= tables.keys():
        return []
    buyers = tables["purchases"].select("customer_id").distinct()
    strangers = buyers.anti_join(tables["customers"], "customer_id").count().to_pyarrow().as_py()
    total = buyers.count().to_pyarrow().as_py()
    if not strangers:
        return []
    return [f"{strangers:,} of {total:,} customers with purchases have no row in customers."]


def id_warnings(name: str, rows: ir.Table) -> list[str]:
    """Say how many customer ids carry blanks around them, which rarely match another table's."""
    blanks = rows.filter(rows.customer_id != rows.customer_id.strip())
    count = blanks.count().to_pyarrow().as_py()
    if not count:
        return []
    example = blanks.customer_id.min().to_pyarrow().as_py()
    return [f'{name}: {count:,} rows have a customer_id with blanks around it, such as "{example}", kept as written.']
