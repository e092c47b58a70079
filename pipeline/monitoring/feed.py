"""Whether the data have arrived: a feed that stopped must not look like customers who left."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

import ibis.expr.types as ir

from pipeline.contract.summary import Days, days_of
from pipeline.errors import ContractError

WATCHED_DAYS = 7
SHOWN_DAYS = 28
WEEKS_BEFORE = 8
LEAST_SHARE = 0.2
FEWEST_GAPS = 2
ENOUGH_ROWS = 20


@dataclass(frozen=True)
class Volume:
    """How many rows of a log a day has, beside what is usual."""

    day: date
    rows: int
    usual: float
    is_gap: bool


def daily_volumes(tables: Mapping[str, ir.Table], as_of: date) -> dict[str, list[Volume]]:
    """Return the volumes of every dated log by kind; without those that have no row at all."""
    counted = {kind: days_of(rows) for kind, rows in tables.items() if "event_day" in rows.columns}
    return {kind: volumes(days, as_of) for kind, days in counted.items() if days.counts}


def volumes(days: Days, as_of: date) -> list[Volume]:
    """Return the last four weeks before an as-of date day by day, oldest first."""
    shown = (as_of - timedelta(days=back) for back in range(SHOWN_DAYS, 0, -1))
    return [Volume(day, days.counts.get(day, 0), usual(days, day), is_gap(days, day)) for day in shown]


def refuse_stopped(data_end: date, as_of: date) -> None:
    """Raise ContractError where the as-of date lies after the end of the data; `data_end` is the first day not complete."""
    if as_of > data_end:
        missing = (as_of - data_end).days
        raise ContractError(
            f"The data end before {data_end}, but a list as of {as_of} was asked for: {missing} "
            f"{'day is' if missing == 1 else 'days are'} missing, and every customer would look silent on them. Load the "
            f"missing days, or ask for `--as-of {data_end}`."
        )


def refuse_gaps(kind: str, days: Days, as_of: date) -> None:
    """Raise ContractError where the last day before the as-of date, or two of the last seven, look like an outage.

    A single day further back is a holiday as often as an outage, and the contract has said it already.
    """
    gaps = [day for day in (as_of - timedelta(days=back) for back in range(WATCHED_DAYS, 0, -1)) if is_gap(days, day)]
    if len(gaps) >= FEWEST_GAPS or as_of - timedelta(days=1) in gaps:
        told = "; ".join(f"{day}: {days.counts.get(day, 0):,} rows, usually {usual(days, day):,.0f}" for day in gaps)
        raise ContractError(
            f"Rows of {kind} seem to be missing in the last {WATCHED_DAYS} days before {as_of} ({told}), and customers would look "
            "silent on those days. Load them, or say `--accept-gaps` if the business was closed."
        )


def is_gap(days: Days, day: date) -> bool:
    """Say whether a day has less than a fifth of its weekday's usual rows; weekdays that are rarely busy never do."""
    expected = usual(days, day)
    return expected >= ENOUGH_ROWS and days.counts.get(day, 0) < LEAST_SHARE * expected


def usual(days: Days, day: date) -> float:
    """Return the median rows of the same weekday in the eight weeks before."""
    return median(days.counts.get(day - timedelta(weeks=back), 0) for back in range(1, WEEKS_BEFORE + 1))
