"""The money: the margin of a year, say, from how he buys, or from what he pays today."""

import numpy as np
import numpy.typing as npt

from pipeline.model.rhythm import DAYS_PER_WEEK, Histories, Rhythm
from pipeline.params import ValueParams
from pipeline.value.lifetime import Lifetime
from pipeline.value.paying import DAYS_PER_YEAR
from pipeline.value.spending import Spending

Floats = npt.NDArray[np.float64]
Amounts = npt.NDArray[np.float64] | npt.NDArray[np.int64]


def buying_value(
    past: Histories,
    average_minor: Floats,
    habits: tuple[Rhythm, Spending],
    kept_days: int | None,
    params: ValueParams,
    minor_per_unit: int = 100,
) -> Floats:
    """Return the margin of what each customer is expected to buy over `params.horizon_days`, in whole currency units.

    `average_minor` is what he spent on average on a day on which he came back. Kept is who buys within `kept_days`; what he
    may buy if he does not is left out, so that a chance of churn counts once. Where None, churn is not about buying.

    >>> params = ValueParams(horizon_days=273, margin_share=0.25, yearly_discount=0, history_days=182, shrinkage_days=28)
    >>> cdnow = Rhythm(r=0.243, alpha=4.414, a=0.793, b=2.426), Spending(p=6.25, q=3.74, gamma=1545)
    >>> past = Histories(np.array([2.0]), np.array([30.43]), np.array([38.86]))
    >>> buying_value(past, np.array([2235.0]), cdnow, None, params).round(2)  # 1.2260 purchases of 24.66, a quarter of it
    array([7.56])
    >>> buying_value(past, np.array([2235.0]), cdnow, 91, params).round(2)  # who buys within 13 weeks buys more often
    array([16.18])
    """
    rhythm, spending = habits
    weeks = params.horizon_days / DAYS_PER_WEEK
    if kept_days is None:
        purchases = rhythm.purchases(past, weeks)
    else:
        purchases = rhythm.purchases_if_kept(past, weeks, kept_days / DAYS_PER_WEEK)
    spent = purchases * spending.expected(past.repeats, np.maximum(average_minor, 0.0)) / minor_per_unit
    return np.asarray(spent * params.margin_share * discounted_days(params).sum() / params.horizon_days)


def rate_value(
    spend_minor: Amounts, observed_days: Amounts, params: ValueParams, minor_per_unit: int = 100
) -> npt.NDArray[np.float64]:
    """Return the margin each customer brings over `params.horizon_days` if he stays, in whole units of the currency.

    The arrays hold all customers at risk: the mean they are pulled towards is their own. `observed_days` is how much of
    `params.history_days` lies after the first purchase, at least 1. Who returned more than he bought is worth 0.

    >>> params = ValueParams(horizon_days=365, margin_share=0.25, yearly_discount=0, history_days=182, shrinkage_days=0)
    >>> rate_value(np.array([18_200, 100]), np.array([182, 1]), params)  # both spend 1.00 a day: 365 a year
    array([91.25, 91.25])
    >>> cautious = params.model_copy(update={"shrinkage_days": 28})
    >>> rate_value(np.array([18_200, 900]), np.array([182, 1]), cautious).round(2)  # one day proves little
    array([ 91.78, 120.27])
    """
    daily_minor = shrunken_rate(spend_minor, observed_days, params.shrinkage_days)
    margin = daily_minor / minor_per_unit * params.margin_share * discounted_days(params).sum()
    return np.asarray(np.maximum(margin, 0.0))


def payment_value(
    yearly_minor: npt.NDArray[np.float64], params: ValueParams, minor_per_unit: int = 100, share_paid: Amounts | int = 1
) -> npt.NDArray[np.float64]:
    """Return the margin of what each customer pays over `params.horizon_days` if he stays, in whole units of the currency.

    NaN stands for a price nobody knows: such a customer is worth what the others are on average. What is negative is 0.
    `share_paid` is the share of the money of the horizon that is not lost by leaving later on.

    >>> params = ValueParams(horizon_days=365, margin_share=0.5, yearly_discount=0, history_days=182, shrinkage_days=28)
    >>> payment_value(np.array([12_000, 24_000, np.nan, -500]), params)
    array([ 60., 120.,  60.,   0.])
    """
    paid = np.maximum(yearly_minor, 0.0)
    known_minor = paid[~np.isnan(paid)]
    usual = float(known_minor.mean()) if len(known_minor) else 0.0
    yearly = np.where(np.isnan(paid), usual, paid) * share_paid
    return np.asarray(yearly / DAYS_PER_YEAR / minor_per_unit * params.margin_share * discounted_days(params).sum())


def share_paid(lifetime: Lifetime, period: Floats, period_days: int, params: ValueParams) -> Floats:
    """Return the share of the horizon's money that subscribers who stay in their present period go on to pay.

    `period` counts the periods that each has been there, the present one included.

    >>> params = ValueParams(horizon_days=365, margin_share=1, yearly_discount=0, history_days=182, shrinkage_days=28)
    >>> high_end = Lifetime(alpha=0.668, beta=3.806)
    >>> share_paid(high_end, np.array([1.0, 8.0]), 365, params)  # one period is all there is
    array([1., 1.])
    >>> share_paid(high_end, np.array([1.0, 8.0]), 28, params).round(3)  # old customers stay more surely
    array([0.667, 0.806])
    """
    money = discounted_days(params)
    by_period = np.add.reduceat(money, np.arange(0, params.horizon_days, period_days))
    different, place = np.unique(period, return_inverse=True)
    there = lifetime.still_there(different[:, np.newaxis], np.arange(len(by_period)))
    return np.asarray((there @ by_period / money.sum())[place])


def shrunken_rate(spend_minor: Amounts, observed_days: Amounts, shrinkage_days: int) -> npt.NDArray[np.float64]:
    """Return spending per day as if `shrinkage_days` at everyone's mean had been seen of each customer as well.

    >>> shrunken_rate(np.array([100, 300]), np.array([10, 10]), 10)  # own rates 10 and 30, everyone's 20
    array([15., 25.])
    """
    seen = np.maximum(observed_days, 1)
    everyone = float(np.sum(spend_minor)) / max(float(np.sum(seen)), 1.0)
    return np.asarray((spend_minor + shrinkage_days * everyone) / (seen + shrinkage_days), dtype=np.float64)


def discounted_days(params: ValueParams) -> Floats:
    """Return what each day of the horizon counts in today's money: less by the daily discount.

    >>> params = ValueParams(horizon_days=2, margin_share=1, yearly_discount=0.5, history_days=182, shrinkage_days=28)
    >>> discounted_days(params).round(6)  # 1.5 ** (-1 / 365), 1.5 ** (-2 / 365)
    array([0.99889 , 0.997781])
    """
    days = np.arange(1, params.horizon_days + 1)
    return np.asarray((1 + params.yearly_discount) ** (-days / DAYS_PER_YEAR))
