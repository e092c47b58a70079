"""Which tables tell what a customer is worth: what he buys, the plan he holds, or what he is said to pay a month."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from pipeline.errors import ParamsError
from pipeline.model.rhythm import DAYS_PER_WEEK, Histories, Rhythm
from pipeline.params import SnapshotsParams, ValueParams
from pipeline.value.buying import fit_rhythm
from pipeline.value.lifetime import Lifetime, fit_lifetime_to_watched
from pipeline.value.margin import buying_value, payment_value, rate_value, share_paid
from pipeline.value.paying import past_buying, time_subscribed, yearly_price
from pipeline.value.spending import Spending, fit_spending

Tables = Mapping[str, ir.Table]
Values = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

MONTHS_PER_YEAR = 12
LEARNT_FROM = 50_000
"""Customers from whom habits are learnt, evenly from all. All of a million move half of the values by less than half a
percent and one in a hundred by two, and take three times as long."""

WATCHED_SHARE = 0.99
"""Of the leavers, those who left this late or later tell since when leaving was watched."""


@dataclass(frozen=True)
class Asked:
    """What a customer kept is, what his margin is, and how many minor units a unit of the currency has."""

    snapshots: SnapshotsParams
    value: ValueParams
    minor_per_unit: int

    def kept_days(self, kinds: Collection[str]) -> int | None:
        """Return within how many days a customer who is kept buys; None where he may be kept without."""
        buys = {"decline": True, "inactivity": "usage" not in kinds}.get(self.snapshots.label, False)
        return self.snapshots.gap_days + self.snapshots.horizon_days if buys else None


def worth(tables: Tables, customers: pd.Series, as_of: date, asked: Asked) -> Values:
    """Return what each customer is worth if kept, in whole units of the currency.

    The plan held and what is bought besides add up. Without either it is what the customers table says they pay a month,
    and without that `value.assumed_yearly_payment`; raises ParamsError where there is none of all these.
    """
    found: list[Values] = []
    kinds = told_by(tables)
    if "purchases" in kinds:
        found.append(_of_purchases(tables["purchases"], customers, as_of, asked, asked.kept_days(tables)))
    plans = _of_subscriptions(tables["subscriptions"], customers, as_of, asked) if "subscriptions" in kinds else None
    if plans is not None:
        found.append(plans)
    return sum(found[1:], found[0]) if found else _of_payments(tables, customers, asked)


def told_by(tables: Tables) -> tuple[str, ...]:
    """Return the kinds of tables that tell of single customers what they spend; none where payments are taken instead."""
    plans = "price" in _columns(tables, "subscriptions")
    return ("purchases",) * ("purchases" in tables) + ("subscriptions",) * plans


def _of_purchases(
    purchases: ir.Table, customers: pd.Series, as_of: date, asked: Asked, kept_days: int | None
) -> Values:
    """Return the value by BG/NBD and Gamma-Gamma; by the plain rate of spending where these know nothing."""
    bought = past_buying(purchases, as_of, asked.value.history_days).order_by("customer_id").to_pyarrow()
    place = _places(bought, customers)
    by_rate = _by_rate(bought, place, as_of, asked)
    past, average = _histories(bought, as_of)
    habits = _habits(past, average)
    if habits is None:
        return by_rate
    value = buying_value(past, average, habits, kept_days, asked.value, asked.minor_per_unit)
    told = np.append(value, np.nan)[place]
    return np.where(np.isnan(told), by_rate, told)


def _histories(bought: pa.Table, as_of: date) -> tuple[Histories, Values]:
    """Return how each buyer came back, and what he spent on average when he did."""
    first, last = (_days_before(bought[name], as_of) for name in ("first_day", "last_day"))
    repeats = bought["repeats"].to_numpy().astype(np.float64)
    average = bought["repeat_minor"].to_numpy() / np.maximum(repeats, 1)
    return Histories(repeats, (first - last) / DAYS_PER_WEEK, first / DAYS_PER_WEEK), average


def _habits(past: Histories, average: Values) -> tuple[Rhythm, Spending] | None:
    some = np.arange(len(average)) % (len(average) // LEARNT_FROM + 1) == 0
    rhythm = fit_rhythm(past.part(some))
    spending = fit_spending(past.repeats[some], average[some])
    return (rhythm, spending) if rhythm and spending else None


def _by_rate(bought: pa.Table, place: Places, as_of: date, asked: Asked) -> Values:
    """Return the value by the rate of spending; who never bought has been watched for the whole time, and spent nothing."""
    days = asked.value.history_days
    watched = np.append(np.minimum(_days_before(bought["first_day"], as_of), days), days)[place]
    spent = np.append(bought["recent_minor"].to_numpy(), 0)[place]
    return rate_value(spent, watched, asked.value, asked.minor_per_unit)


def _of_subscriptions(subscriptions: ir.Table, customers: pd.Series, as_of: date, asked: Asked) -> Values | None:
    """Return the value by the price of the plan held, and by sBG how long it goes on being paid; 0 without a plan.

    None where no price is known of any plan held on the day.
    """
    prices = yearly_price(subscriptions, as_of).to_pyarrow()
    if prices["yearly_minor"].null_count == len(prices):
        return None
    held = _places(prices, customers) >= 0
    yearly = _in_order(prices, customers, "yearly_minor")
    subscribed = time_subscribed(subscriptions, as_of).order_by("customer_id").to_pyarrow()
    days = asked.snapshots.horizon_days
    begun, gone = (_days_before(subscribed[name], as_of) for name in ("first_day", "left_day"))
    lifetime = _lifetime(begun, gone, days)
    if lifetime is None:
        return held * payment_value(yearly, asked.value, asked.minor_per_unit)
    period = np.append(begun, 0.0)[_places(subscribed, customers)] // days + 1
    paid = share_paid(lifetime, period, days, asked.value)
    return held * payment_value(yearly, asked.value, asked.minor_per_unit, paid)


def _lifetime(begun: Values, gone: Values, days: int) -> Lifetime | None:
    """Fit sBG to all subscribers; a period is so many days, and is stayed in by who does not leave in or at the end of it.

    `begun` and `gone` tell how many days ago each subscribed and left, NaN who did not leave.
    """
    left = ~np.isnan(gone)
    there = begun - np.where(left, gone, 0.0)
    stayed = np.where(left, np.maximum(np.ceil(there / days), 1) - 1, there // days)
    # Nobody is seen to leave before the first ones do: tables often hold only who was there when they began. One in a
    # hundred may be older, lest a single old row makes everybody watched from his start.
    unwatched = begun - (np.quantile(gone[left], WATCHED_SHARE, method="nearest") if left.any() else 0.0)
    first = np.ceil(np.maximum(unwatched, 0.0) / days) + 1
    return fit_lifetime_to_watched(first.astype(np.int64), stayed.astype(np.int64), left)


def _of_payments(tables: Tables, customers: pd.Series, asked: Asked) -> Values:
    if "monthly_payment" in _columns(tables, "customers"):
        monthly = tables["customers"].select("customer_id", "monthly_payment").to_pyarrow()
        yearly = MONTHS_PER_YEAR * _in_order(monthly, customers, "monthly_payment")
        if not np.isnan(yearly).all():
            return payment_value(yearly, asked.value, asked.minor_per_unit)
    if asked.value.assumed_yearly_payment is None:
        raise ParamsError(
            "No table says what customers pay, so nobody can be told what keeping them is worth. Map purchases, "
            "subscriptions with `price` or customers with `monthly_payment`, or set value.assumed_yearly_payment."
        )
    yearly = np.full(len(customers), asked.value.assumed_yearly_payment * asked.minor_per_unit)
    return payment_value(yearly, asked.value, asked.minor_per_unit)


def _columns(tables: Tables, kind: str) -> tuple[str, ...]:
    return tuple(tables[kind].columns) if kind in tables else ()


def _in_order(rows: pa.Table, customers: pd.Series, name: str) -> Values:
    """Return a column in the order of the customers, NaN where it is not known."""
    return np.append(rows[name].to_numpy().astype(np.float64), np.nan)[_places(rows, customers)]


def _places(rows: pa.Table, customers: pd.Series) -> Places:
    """Return the row of each customer; −1, which is the last of a column with one more appended, where he has none."""
    return np.asarray(pd.Index(rows["customer_id"].to_pandas()).get_indexer(pd.Index(customers)))


def _days_before(days: pa.ChunkedArray, as_of: date) -> Values:
    """Return how long ago each day was; NaN where it is not known."""
    ago = np.datetime64(as_of) - days.to_numpy().astype("datetime64[D]")
    return np.where(np.isnat(ago), np.nan, ago.astype(np.float64))
