"""A table of customers that gives the answer itself. It has no time, so customers are parted by chance, not by date."""

from datetime import date

import ibis
import ibis.expr.types as ir

from pipeline.snapshots.answers import dated, unanswered

NO_TIME = (
    "The table gives the answer and no dates: training and test customers were parted at random, so nothing is claimed "
    "about how well the model does later, nor how early it knows."
)

_SALT = "test customers|"
_HEX_DIGITS = 8


def snapshots(customers: ir.Table, as_of: date, test_share: float) -> ir.Table:
    """Return train and test snapshots of every customer whose answer is given, and one to score of everyone still there."""
    answered = labelled(customers.filter(customers.churned.notnull()).select("customer_id"), customers)
    is_test = in_test(answered.customer_id, test_share)
    parts = [
        dated(answered.filter(~is_test), as_of, "train"),
        dated(answered.filter(is_test), as_of, "test"),
        dated(unanswered(still_there(customers)), as_of, "score"),
    ]
    return ibis.union(*parts).order_by("as_of", "customer_id", "role")


def still_there(customers: ir.Table) -> ir.Table:
    """Return the `customer_id` of everyone who has not churned, or of whom it is not said."""
    return customers.filter(~customers.churned.fill_null(ibis.literal(value=False))).select("customer_id")


def labelled(population: ir.Table, customers: ir.Table) -> ir.Table:
    """Return `customer_id`, `churned` and `left_as` as the table has them."""
    joined = population.left_join(customers.select("customer_id", "churned"), "customer_id")
    return joined.select("customer_id", churned=joined.churned, left_as=ibis.null("string"))


def in_test(customer_id: ir.StringValue, share: float) -> ir.BooleanValue:
    """Say who is a test customer: the same ones in every run, whoever else is in the table."""
    limit = f"{round(share * 16**_HEX_DIGITS):0{_HEX_DIGITS}x}"
    return (ibis.literal(_SALT) + customer_id).hexdigest("sha256")[0:_HEX_DIGITS] < limit
