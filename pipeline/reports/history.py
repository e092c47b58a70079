"""What the customers on the page did, week by week."""

from collections.abc import Sequence
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd

WEEKS = 26


def weekly_orders(purchases: ir.Table, customers: Sequence[str], as_of: date, weeks: int = WEEKS) -> pd.DataFrame:
    """Count the orders of some customers in each of the weeks before the as-of date.

    Returns `customer_id`, `weeks_ago` (0 is the seven days before the as-of date) and `orders`, sorted; a week without
    an order has no row. Rows not known before the as-of date are not seen; rows without an order id are an order each.
    """
    seen = _visible(purchases, as_of, as_of - timedelta(days=7 * weeks))
    asked = ibis.memtable(pd.DataFrame({"customer_id": pd.Series(list(customers), dtype="str")}))
    rows = seen.semi_join(asked, "customer_id")
    # Whole days since, counted from yesterday: interval arithmetic differs between engines, day differences do not.
    days_ago = ibis.date(as_of - timedelta(days=1)).delta(rows.event_day, unit="day")
    weekly = rows.mutate(weeks_ago=(days_ago // 7).cast("int64"))
    by_week = weekly.group_by("customer_id", "weeks_ago")
    found = by_week.aggregate(orders=number_of_orders(weekly)).order_by("customer_id", "weeks_ago")
    return pd.DataFrame(found.to_pandas())


def number_of_orders(rows: ir.Table) -> ir.IntegerScalar:
    """Count orders; where rows carry no order id, each row is one."""
    return rows.order_id.nunique() if "order_id" in rows.columns else rows.count()


def _visible(purchases: ir.Table, as_of: date, opens: date) -> ir.Table:
    day = purchases.visible_day if "visible_day" in purchases.columns else purchases.event_day
    return purchases.filter((purchases.event_day >= ibis.date(opens)) & (day < ibis.date(as_of)))
