"""Which tables tell what a customer is worth: what he buys, the plan he holds, or what he is said to pay a month."""

from collections.abc import Mapping
from datetime import date

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.errors import ParamsError
from pipeline.params import ValueParams
from pipeline.value import MONTHS_PER_YEAR, customer_value, past_spending, payment_value, yearly_price

Tables = Mapping[str, ir.Table]
Values = npt.NDArray[np.float64]


def worth(
    tables: Tables, customers: pd.Series, as_of: date, params: ValueParams, minor_per_unit: int
) -> npt.NDArray[np.float64]:
    """Return what each customer is worth if kept, in whole units of the currency.

    The plan held and what is bought besides add up. Without either it is what the customers table says they pay a month,
    and without that `value.assumed_yearly_payment`; raises ParamsError where there is none of all these.
    """
    found: list[Values] = []
    if "purchases" in tables:
        found.append(_of_purchases(tables["purchases"], customers, as_of, params, minor_per_unit))
    if "price" in _columns(tables, "subscriptions"):
        yearly = _column(yearly_price(tables["subscriptions"], as_of), customers, "yearly_minor")
        found.append(payment_value(yearly, params, minor_per_unit))
    return sum(found[1:], found[0]) if found else _of_payments(tables, customers, params, minor_per_unit)


def _of_purchases(
    purchases: ir.Table, customers: pd.Series, as_of: date, params: ValueParams, minor_per_unit: int
) -> Values:
    spending = past_spending(purchases, as_of, params.history_days).to_pyarrow().to_pandas(date_as_object=True)
    known = spending.set_index("customer_id").reindex(customers)
    # Who never bought has been watched for the whole time, and spent nothing.
    spend_minor = known["spend_minor"].fillna(0).to_numpy(np.int64)
    observed = [
        params.history_days if pd.isna(day) else min(params.history_days, (as_of - day).days)
        for day in known["first_day"]
    ]
    return customer_value(spend_minor, np.array(observed, np.int64), params, minor_per_unit)


def _of_payments(tables: Tables, customers: pd.Series, params: ValueParams, minor_per_unit: int) -> Values:
    if "monthly_payment" in _columns(tables, "customers"):
        monthly = tables["customers"].select("customer_id", "monthly_payment")
        return payment_value(MONTHS_PER_YEAR * _column(monthly, customers, "monthly_payment"), params, minor_per_unit)
    if params.assumed_yearly_payment is None:
        raise ParamsError(
            "No table says what customers pay, so nobody can be told what keeping them is worth. Map purchases, "
            "subscriptions with `price` or customers with `monthly_payment`, or set value.assumed_yearly_payment."
        )
    yearly = np.full(len(customers), params.assumed_yearly_payment * minor_per_unit)
    return payment_value(yearly, params, minor_per_unit)


def _columns(tables: Tables, kind: str) -> tuple[str, ...]:
    return tuple(tables[kind].columns) if kind in tables else ()


def _column(table: ir.Table, customers: pd.Series, name: str) -> Values:
    """Return a column in the order of the customers, NaN where it is not known."""
    rows = table.to_pyarrow().to_pandas().set_index("customer_id")[name]
    return np.asarray(rows.reindex(customers), dtype=np.float64)
