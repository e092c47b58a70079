"""How near customer value comes to what customers then paid: ours beside the plain rate of spending.

Run: `uv run --locked python -m benchmarks.value`. Value is told as of a date in the past; what those who were kept, by the
flow's own label, went on to pay over the horizon is added up from then on. Margin is 1 and nothing is discounted, so that
both are money. Beside ours stands the rate of the last half year, pulled towards everyone's mean, and for subscribers the
price of the plan as if nobody ever left.
"""

import sys
import tempfile
from collections.abc import Mapping
from contextlib import chdir
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import spearmanr

from pipeline.artifacts import read_json
from pipeline.engines import duckdb
from pipeline.money import minor_per_unit
from pipeline.params import Params, ValueParams
from pipeline.params_file import load_params
from pipeline.progress import Progress
from pipeline.snapshots.label import labelled
from pipeline.snapshots.population import at_risk, between
from pipeline.stages import products
from pipeline.value.margin import payment_value, rate_value
from pipeline.value.paying import past_buying, yearly_price
from pipeline.value.worth import Asked, worth

ROOT = Path(__file__).parents[1]
Floats = npt.NDArray[np.float64]
Tables = Mapping[str, ir.Table]


@dataclass(frozen=True)
class Business:
    """A data set, the date in its past on which value is told, and over how many days it is then added up."""

    words: str
    example: str
    as_of: date
    horizon_days: int
    snapshots: Mapping[str, Any]


BUSINESSES = (
    Business("Complete Journey", "params.yaml", date(2017, 7, 2), 182, {}),
    Business(
        "Complete Journey, spends half of the usual",
        "params.yaml",
        date(2017, 7, 2),
        182,
        {"label": "decline", "horizon_days": 56},
    ),
    Business("CDNOW", "examples/params.cdnow.yaml", date(1997, 10, 1), 273, {"at_risk_days": 273}),
    Business("simulated: plans and shop", "examples/params.simulated.yaml", date(2024, 7, 8), 182, {}),
)


def main() -> None:
    """Print one line a business and way of telling."""
    print("| | way | kept | paid, each | told, each | told ÷ paid | mean absolute error | rank correlation |")
    print("|---|---|---|---|---|---|---|---|")
    for business in BUSINESSES:
        params = load_params(ROOT / business.example)
        asked_of = params.snapshots.model_copy(update=dict(business.snapshots))
        params = params.model_copy(update={"snapshots": asked_of})
        with tempfile.TemporaryDirectory() as folder, chdir(folder):
            import_module("pipeline.stages.contract").run(params, Progress("contract", quiet=True))
            _study(business, params)
        sys.stdout.flush()


def _study(business: Business, params: Params) -> None:
    tables = duckdb.open_tables(duckdb.connect(), products.CHECKED)
    per_unit = minor_per_unit(read_json(products.CHECKED / "contract.json")["currency"])
    money = ValueParams(
        horizon_days=business.horizon_days, margin_share=1, yearly_discount=0, history_days=182, shrinkage_days=28
    )
    asked = Asked(params.snapshots, money, per_unit)
    answered = labelled(at_risk(tables, business.as_of, params.snapshots), tables, business.as_of, params.snapshots)
    people = answered.order_by("customer_id").to_pyarrow().to_pandas()
    customers = people["customer_id"]
    told = {
        "ours": worth(tables, customers, business.as_of, asked),
        "plain": _plain(tables, customers, asked, business.as_of),
    }
    kept = people["churned"].eq(other=False).to_numpy()
    paid = _paid(tables, customers, business) / per_unit
    for way, value in told.items():
        off, order = np.abs(value[kept] - paid[kept]).mean(), spearmanr(value[kept], paid[kept]).statistic
        ratio = value[kept].sum() / paid[kept].sum()
        print(
            f"| {business.words} | {way} | {kept.sum():,} | {paid[kept].mean():.2f} | {value[kept].mean():.2f} "
            f"| {ratio:.3f} | {off:.2f} | {order:.3f} |"
        )


def _plain(tables: Tables, customers: pd.Series, asked: Asked, as_of: date) -> Floats:
    """Tell value without any model of buying or staying."""
    days = asked.value.history_days
    bought = _by_customer(past_buying(tables["purchases"], as_of, days), customers)
    watched = [days if pd.isna(first) else min(days, (as_of - first).days) for first in bought["first_day"]]
    spent = bought["recent_minor"].fillna(0).to_numpy(np.int64)
    value = rate_value(spent, np.array(watched, np.int64), asked.value, asked.minor_per_unit)
    if "subscriptions" not in tables:
        return value
    yearly = _by_customer(yearly_price(tables["subscriptions"], as_of), customers)["yearly_minor"].to_numpy(np.float64)
    return value + payment_value(yearly, asked.value, asked.minor_per_unit)


def _paid(tables: Tables, customers: pd.Series, business: Business) -> Floats:
    """Add up what was paid in the horizon: in the shop, and for plans."""
    closes = business.as_of + timedelta(days=business.horizon_days)
    logs = {kind: between(tables[kind], business.as_of, closes) for kind in ("purchases", "payments") if kind in tables}
    if "payments" in logs:
        logs["payments"] = logs["payments"].filter(logs["payments"].status == "paid")
    sums = (log.group_by("customer_id").aggregate(paid=log.amount.sum()) for log in logs.values())
    paid = [_by_customer(one, customers)["paid"].fillna(0).to_numpy(np.float64) for one in sums]
    return np.asarray(np.sum(paid, axis=0))


def _by_customer(table: ir.Table, customers: pd.Series) -> pd.DataFrame:
    """Return a table with one row a customer, in the order of the customers."""
    rows: pd.DataFrame = table.to_pyarrow().to_pandas(date_as_object=True)
    return rows.set_index("customer_id").reindex(customers)


if __name__ == "__main__":
    main()
