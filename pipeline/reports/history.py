"""What the customers on the page did, week by week."""

from collections.abc import Sequence
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd

from pipeline.features.logs import orders
from pipeline.snapshots.population import between, known

WEEKS = 26


def weekly_orders(
    purchases: ir.Table | None, customers: Sequence[str], as_of: date, weeks: int = WEEKS
) -> pd.DataFrame:
    """Count the orders of some customers in each of the weeks before the as-of date.

    Returns `customer_id`, `weeks_ago` (0 is the seven days before the as-of date) and `orders`, sorted; a week without
    an order has no row. Rows not known before the as-of date are not seen; rows without an order id are an order each.
    Without purchases there is no row at all.
    """
    if purchases is None:
        return pd.DataFrame({"customer_id": [], "weeks_ago": [], "orders": []})
    seen = between(known(purchases, as_of), as_of - timedelta(days=7 * weeks), as_of)
    asked = ibis.memtable(pd.DataFrame({"customer_id": pd.Series(list(customers), dtype="str")}))
    rows = seen.semi_join(asked, "customer_id")
    # Whole days since, counted from yesterday: interval arithmetic differs between engines, day differences do not.
    days_ago = ibis.date(as_of - timedelta(days=1)).delta(rows.event_day, unit="day")
    weekly = rows.mutate(weeks_ago=(days_ago // 7).cast("int64"))
    by_week = weekly.group_by("customer_id", "weeks_ago")
    found = by_week.aggregate(orders=orders(weekly)).order_by("customer_id", "weeks_ago")
    return pd.DataFrame(found.to_pandas())
