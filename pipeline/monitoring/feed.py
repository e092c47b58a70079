"""Whether the data have arrived: a feed that stopped must not look like customers who left."""

from datetime import date, timedelta
from statistics import median

from pipeline.contract.summary import Days
from pipeline.errors import ContractError

WATCHED_DAYS = 7
WEEKS_BEFORE = 8
LEAST_SHARE = 0.2
FEWEST_GAPS = 2
ENOUGH_ROWS = 20


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
