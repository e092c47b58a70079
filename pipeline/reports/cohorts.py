"""Customers by the month in which they were seen first, and how many of them were there in each month after."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.reports.months import Month
from pipeline.reports.presence import Presence

SMALLEST_COHORT = 20


def cohorts(there: Presence, months: Sequence[Month]) -> dict[str, Any]:
    """Return the retention of each joining month; groups of fewer than SMALLEST_COHORT customers are only counted.

    `share` is the part of a group that was there in the month so many months later. Joining means the first time in
    the data: the group of their very first month holds everyone who had joined before.
    """
    sizes, active = _sizes(there), _active(there, months) if months else {}
    rows = [_cohort(month, months, sizes.get(month.key, 0), active) for month in months]
    small = [row["customers"] for row in rows if 0 < row["customers"] < SMALLEST_COHORT]
    return {
        "smallest_shown": SMALLEST_COHORT,
        "shown": [row for row in rows if row["customers"] >= SMALLEST_COHORT],
        "too_small": {"cohorts": len(small), "customers": sum(small)},
    }


def _sizes(there: Presence) -> dict[str, int]:
    joined = there.joined()
    found = joined.group_by("month").aggregate(customers=joined.count()).to_pandas()
    return {month_key(row["month"]): int(row["customers"]) for row in found.to_dict("records")}


def _active(there: Presence, months: Sequence[Month]) -> dict[tuple[str, str], int]:
    """Count customers by the month they joined and a month they were there, both as `YYYY-MM`."""
    firsts = there.joined().rename(joined="month")
    both = there.there(months).inner_join(firsts, "customer_id")
    found = both.group_by("joined", "month").aggregate(customers=both.count()).to_pandas()
    return {
        (month_key(row["joined"]), month_key(row["month"])): int(row["customers"]) for row in found.to_dict("records")
    }


def month_key(day: object) -> str:
    """Return the `YYYY-MM` of a date or timestamp.

    >>> month_key("2017-08-01 00:00:00")
    '2017-08'
    """
    return str(day)[:7]


def _cohort(month: Month, months: Sequence[Month], size: int, active: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    later = [other for other in months if other.opens > month.opens] if size else []
    shares = [active.get((month.key, other.key), 0) / size for other in later]
    by_month = [{"months_later": place, "share": share} for place, share in enumerate(shares, start=1)]
    return {"month": month.key, "customers": size, "by_month": by_month}
