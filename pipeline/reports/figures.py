"""The key figures as declared: what each is called, how it is defined, its unit, and which way is better."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.params import SnapshotsParams, ValueParams
from pipeline.reports.presence import Words

_WORTH_FROM = {
    "purchases": "how often he has bought and for how much",
    "subscriptions": "the price of his plan and how long subscribers stay",
}


@dataclass(frozen=True)
class Figure:
    """A key figure: what it is called, how it is defined in a clause and in full, its unit, and which way is better."""

    key: str
    words: str
    short: str
    definition: str
    unit: str
    better: str


def retention(words: Words) -> Figure:
    """Return the retention rate: who joined or came back in the month counts neither above nor below."""
    return Figure(
        key="retention_rate",
        words="Retention rate",
        short=words.stayed,
        definition="Customers at the end of a month who were customers at its start, divided by the customers at its "
        f"start. {words.customer}; who joined or came back in the month counts neither above nor below.",
        unit="share",
        better="up",
    )


def churn(words: Words, snapshots: SnapshotsParams) -> Figure:
    """Return the churn rate: the same question as the model's, asked on the first day of each month."""
    return Figure(
        key="churn_rate",
        words="Churn rate",
        short=f"of the customers at the start of the month {words.left} in the {snapshots.horizon_days} days that followed",
        definition=f"Customers at the start of a month who {words.left} in the {snapshots.horizon_days} days from its "
        f"first day, divided by the customers at its start. {words.customer}. A month is pending until those days are over.",
        unit="share",
        better="down",
    )


def order_value() -> Figure:
    """Return the order value."""
    return Figure(
        key="order_value",
        words="Order value",
        short="paid for an order, on average over the orders of the month",
        definition="What was paid in a month, returns taken off, divided by its orders.",
        unit="money",
        better="up",
    )


def monthly_price() -> Figure:
    """Return what a subscriber pays a month."""
    return Figure(
        key="monthly_price",
        words="Price a month",
        short="a month is what a customer with a subscription pays, on average over those on the first day of the month",
        definition="The prices of all subscriptions running on the first day of a month, each as its twelfth of a year, "
        "divided by the customers who have one.",
        unit="money",
        better="up",
    )


def worth_if_kept(value: ValueParams, told_by: Sequence[str]) -> Figure:
    """Return the customer value; `told_by` names the kinds of tables it comes from."""
    source = " and ".join(_WORTH_FROM[kind] for kind in told_by) or "what he pays today"
    return Figure(
        key="customer_value",
        words="Customer value",
        short=f"of margin that a customer brings in {value.horizon_days} days if kept, on average over all at risk",
        definition=f"Margin ({value.margin_share:.0%} of what is paid) that a customer is expected to bring over "
        f"{value.horizon_days} days if kept, from {source}: the average over all customers at risk on the first day of the "
        "month, and at the end on the day of the list.",
        unit="money",
        better="up",
    )
