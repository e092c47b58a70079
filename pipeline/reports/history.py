"""What the customers on the page did, week by week: what they bought, or used where nothing is bought."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd

from pipeline.features.logs import orders
from pipeline.snapshots.population import between, known

WEEKS = 26
DONE = {"purchases": ("Purchases a week", "purchase", "purchases"), "usage": ("Uses a week", "use", "uses")}
"""The logs that show a customer's weeks, the telling one first, and how they are spoken of."""


@dataclass(frozen=True)
class History:
    """How often some customers did something in each week, and what it is called."""

    weeks: pd.DataFrame
    title: str
    one: str
    many: str


def history(tables: Mapping[str, ir.Table], customers: Sequence[str], as_of: date) -> History | None:
    """Return the weeks of some customers before the as-of date; None where no table tells what customers did."""
    kind = next((kind for kind in DONE if kind in tables), None)
    return None if kind is None else History(weekly_orders(tables[kind], customers, as_of), *DONE[kind])


def weekly_orders(purchases: ir.Table, customers: Sequence[str], as_of: date, weeks: int = WEEKS) -> pd.DataFrame:
    """Count the orders, or the uses, of some customers in each of the weeks before the as-of date.

    Returns `customer_id`, `weeks_ago` (0 is the seven days before the as-of date) and `orders`, sorted; a week without
    an order has no row. Rows not known before the as-of date are not seen; rows without an order id are an order each.
    """
    seen = between(known(purchases, as_of), as_of - timedelta(days=7 * weeks), as_of)
    asked = ibis.memtable(pd.DataFrame({"customer_id": pd.Series(list(customers), dtype="str")}))
    rows = seen.semi_join(asked, "customer_id")
    # Whole days since, counted from yesterday: interval arithmetic differs between engines, day differences do not.
    days_ago = ibis.date(as_of - timedelta(days=1)).delta(rows.event_day, unit="day")
    weekly = rows.mutate(weeks_ago=(days_ago // 7).cast("int64"))
    by_week = weekly.group_by("customer_id", "weeks_ago")
    found = by_week.aggregate(orders=orders(weekly)).order_by("customer_id", "weeks_ago")
    return pd.DataFrame(found.to_pandas())
