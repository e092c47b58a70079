"""What a customer is worth if kept: the margin of a year, say, at the rate he pays, or is learnt to spend, today."""

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt

from pipeline.params import ValueParams
from pipeline.snapshots.population import between, known, running

DAYS_PER_YEAR = 365
MONTHS_PER_YEAR = 12
BILLING_DAYS = 30
"""What a payment covers where a subscription does not say: about a month."""

Amounts = npt.NDArray[np.float64] | npt.NDArray[np.int64]


def past_spending(purchases: ir.Table, as_of: date, days: int) -> ir.Table:
    """Return what each customer spent in the `days` before the as-of date, and when he first bought.

    One row per customer with any purchase visible then: `customer_id`, `spend_minor` (int64, returns taken off, 0 where
    all purchases are older) and `first_day` of all visible purchases, however old. The first day's own spending does
    not count: it is why we see him at all, so a newcomer's rate would be read far too high.
    """
    visible = between(known(purchases, as_of), date.min, as_of)
    begun = visible.group_by("customer_id").aggregate(first_day=visible.event_day.min())
    both = visible.join(begun, "customer_id")
    counts = (both.event_day > both.first_day) & (both.event_day >= ibis.date(as_of - timedelta(days=days)))
    return both.group_by("customer_id").aggregate(
        spend_minor=both.amount.sum(where=counts).coalesce(0).cast("int64"), first_day=both.first_day.min()
    )


def customer_value(
    spend_minor: Amounts, observed_days: Amounts, params: ValueParams, minor_per_unit: int = 100
) -> npt.NDArray[np.float64]:
    """Return the margin each customer brings over `params.horizon_days` if he stays, in whole units of the currency.

    The arrays hold all customers at risk: the mean they are pulled towards is their own. `observed_days` is how much of
    `params.history_days` lies after the first purchase, at least 1. Who returned more than he bought is worth 0.

    >>> params = ValueParams(horizon_days=365, margin_share=0.25, yearly_discount=0, history_days=182, shrinkage_days=0)
    >>> customer_value(np.array([18_200, 100]), np.array([182, 1]), params)  # both spend 1.00 a day: 365 a year
    array([91.25, 91.25])
    >>> cautious = params.model_copy(update={"shrinkage_days": 28})
    >>> customer_value(np.array([18_200, 900]), np.array([182, 1]), cautious).round(2)  # one day proves little
    array([ 91.78, 120.27])
    """
    daily_minor = shrunken_rate(spend_minor, observed_days, params.shrinkage_days)
    margin = daily_minor / minor_per_unit * params.margin_share * discounted_days(params)
    return np.maximum(margin, 0.0)


def yearly_price(subscriptions: ir.Table, as_of: date) -> ir.Table:
    """Return `customer_id` and `yearly_minor`: what the subscriptions running on the as-of date cost in a year.

    Whole minor units (int64), each spell rounded down; null where no running spell says its price. A price counts as of
    the plan held then, so that a rise or a change of plan shows at once.
    """
    spells = running(known(subscriptions, as_of), as_of)
    days = spells.billing_days.fill_null(BILLING_DAYS) if "billing_days" in spells.columns else BILLING_DAYS
    yearly = (spells.price * DAYS_PER_YEAR // days).cast("int64")
    return spells.group_by("customer_id").aggregate(yearly_minor=yearly.sum())


def payment_value(
    yearly_minor: npt.NDArray[np.float64], params: ValueParams, minor_per_unit: int = 100
) -> npt.NDArray[np.float64]:
    """Return the margin of what each customer pays over `params.horizon_days` if he stays, in whole units of the currency.

    NaN stands for a price nobody knows: such a customer is worth what the others are on average. What is negative is 0.

    >>> params = ValueParams(horizon_days=365, margin_share=0.5, yearly_discount=0, history_days=182, shrinkage_days=28)
    >>> payment_value(np.array([12_000, 24_000, np.nan, -500]), params)
    array([ 60., 120.,  60.,   0.])
    """
    paid = np.maximum(yearly_minor, 0.0)
    known_minor = paid[~np.isnan(paid)]
    usual = float(known_minor.mean()) if len(known_minor) else 0.0
    yearly = np.where(np.isnan(paid), usual, paid)
    return np.asarray(yearly / DAYS_PER_YEAR / minor_per_unit * params.margin_share * discounted_days(params))


def shrunken_rate(spend_minor: Amounts, observed_days: Amounts, shrinkage_days: int) -> npt.NDArray[np.float64]:
    """Return spending per day as if `shrinkage_days` at everyone's mean had been seen of each customer as well.

    >>> shrunken_rate(np.array([100, 300]), np.array([10, 10]), 10)  # own rates 10 and 30, everyone's 20
    array([15., 25.])
    """
    seen = np.maximum(observed_days, 1)
    everyone = float(np.sum(spend_minor)) / max(float(np.sum(seen)), 1.0)
    return np.asarray((spend_minor + shrinkage_days * everyone) / (seen + shrinkage_days), dtype=np.float64)


def discounted_days(params: ValueParams) -> float:
    """Return how many days of today's money the horizon is worth: each day counts less by the daily discount.

    >>> params = ValueParams(horizon_days=2, margin_share=1, yearly_discount=0.5, history_days=182, shrinkage_days=28)
    >>> round(discounted_days(params), 6)  # 1.5 ** (-1 / 365) + 1.5 ** (-2 / 365)
    1.99667
    """
    days = np.arange(1, params.horizon_days + 1)
    return float(np.sum((1 + params.yearly_discount) ** (-days / DAYS_PER_YEAR)))
