"""The key figures, against tables small enough to count by hand and against a plain recount of made-up data."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import ibis.expr.types as ir
import pandas as pd
import pytest
from report_fixture import made_up_purchases

from pipeline.params import SnapshotsParams, ValueParams
from pipeline.reports.kpis import kpis

Table = Callable[[str], ir.Table]

TASK = SnapshotsParams(
    label="inactivity", decline_share=0.5, at_risk_days=60, gap_days=0, horizon_days=30, history_days=60, step_days=30,
    newest_as_of="newest", test_dates=1, max_train_dates=9,
)  # fmt: skip
VALUE = ValueParams(horizon_days=365, margin_share=0.25, yearly_discount=0, history_days=60, shrinkage_days=0)
SCORES = pd.DataFrame({"as_of": [date(2024, 7, 1)], "customer_value": [80.0]})

LOG = """
    customer_id | event_day  | amount
    stays       | 2024-01-05 |   1000
    stays       | 2024-02-20 |   1000
    stays       | 2024-03-10 |   3000
    stays       | 2024-04-28 |   1000
    stays       | 2024-06-10 |   1000
    leaves      | 2024-01-20 |    500
    leaves      | 2024-02-15 |   -500
    joins       | 2024-03-15 |   2000
    returns     | 2024-01-01 |    700
    returns     | 2024-03-31 |    700
"""


def figures(purchases: ir.Table, closes: str = "2024-07-01", **other: Any) -> dict[str, Any]:
    contract = {"currency": "EUR", "data_start": "2024-01-01", "data_end": closes} | other
    return kpis({"purchases": purchases}, contract, TASK, VALUE, SCORES)


def by_month(found: dict[str, Any], key: str) -> dict[str, float | None]:
    figure = next(figure for figure in found["kpis"] if figure["key"] == key)
    return {point["month"]: point["value"] for point in figure["by_month"]}


def month(found: dict[str, Any], key: str) -> dict[str, Any]:
    return next(row for row in found["monthly"] if row["month"] == key)


def test_the_churn_rate_counts_customers_at_the_start_without_a_purchase_in_the_horizon(table: Table) -> None:
    # On 1 March 2024, 60 days after New Year, `stays`, `leaves` and `returns` have bought in the 60 days before;
    # in the 30 days from then `stays` buys, and `returns` buys one day too late.
    found = figures(table(LOG))
    assert month(found, "2024-03")["at_start"] == 3
    assert month(found, "2024-03")["left"] == 2
    assert by_month(found, "churn_rate")["2024-03"] == pytest.approx(2 / 3)


def test_retention_counts_who_still_is_a_customer_at_the_end_and_not_who_joined(table: Table) -> None:
    # On 1 April, `stays`, `returns` (31 March) and `leaves` (15 February) are within 60 days; `joins` was no customer.
    found = figures(table(LOG))
    assert month(found, "2024-03")["kept"] == 3
    assert by_month(found, "retention_rate")["2024-03"] == 1.0
    assert by_month(found, "retention_rate")["2024-04"] == pytest.approx(3 / 4)  # `leaves` is 76 days away on 1 May


def test_a_month_whose_horizon_is_not_over_has_no_churn_rate_but_is_listed(table: Table) -> None:
    assert by_month(figures(table(LOG), closes="2024-07-01"), "churn_rate")["2024-06"] is not None
    shorter = by_month(figures(table(LOG), closes="2024-06-30"), "churn_rate")
    assert list(shorter)[-1] == "2024-05"
    longer = TASK.model_copy(update={"horizon_days": 31})
    contract = {"currency": "EUR", "data_start": "2024-01-01", "data_end": "2024-07-01"}
    pending = by_month(kpis({"purchases": table(LOG)}, contract, longer, VALUE, SCORES), "churn_rate")
    assert pending["2024-06"] is None


def test_a_month_with_too_little_history_has_no_customers_at_its_start(table: Table) -> None:
    assert "2024-02" not in by_month(figures(table(LOG)), "churn_rate")
    assert "at_start" not in month(figures(table(LOG)), "2024-02")


def test_order_value_is_revenue_after_returns_divided_by_orders(table: Table) -> None:
    found = figures(table(LOG))
    assert month(found, "2024-02") | {"revenue_minor": 500, "orders": 2} == month(found, "2024-02")
    assert by_month(found, "order_value")["2024-02"] == 2.5


def test_rows_of_one_order_are_one_order(table: Table) -> None:
    found = figures(
        table("""
            customer_id | event_day  | amount | order_id
            a           | 2024-01-05 |   1000 | 1
            a           | 2024-01-05 |    500 | 1
            a           | 2024-01-06 |    500 | 2
        """)
    )
    assert month(found, "2024-01")["orders"] == 2


def test_a_row_without_an_order_id_is_an_order_of_its_own(table: Table) -> None:
    found = figures(
        table("""
            customer_id | event_day  | amount | order_id
            a           | 2024-01-05 |   1000 | 1
            a           | 2024-01-05 |    500 |
            b           | 2024-01-05 |    500 |
        """)
    )
    assert month(found, "2024-01")["orders"] == 3


def test_nothing_from_the_as_of_date_of_the_scores_on_is_used(table: Table) -> None:
    earlier = pd.DataFrame({"as_of": [date(2024, 5, 1)], "customer_value": [80.0]})
    contract = {"currency": "EUR", "data_start": "2024-01-01", "data_end": "2024-07-01"}
    found = kpis({"purchases": table(LOG)}, contract, TASK, VALUE, earlier)
    before = "\n".join(line for line in LOG.splitlines() if "2024-06" not in line)
    assert found == kpis({"purchases": table(before)}, contract, TASK, VALUE, earlier)
    assert found["closes"] == "2024-05-01"
    assert [row["month"] for row in found["monthly"]] == ["2024-01", "2024-02", "2024-03", "2024-04"]


def test_a_purchase_that_became_known_too_late_is_not_used(table: Table) -> None:
    found = figures(
        table("""
            customer_id | event_day  | visible_day | amount
            a           | 2024-06-05 | 2024-06-05  |   1000
            a           | 2024-06-06 | 2024-07-01  |    500
        """)
    )
    assert month(found, "2024-06")["revenue_minor"] == 1000


def test_who_joined_is_known_once_the_data_are_older_than_a_customers_memory(table: Table) -> None:
    found = figures(table(LOG))
    assert month(found, "2024-01")["joined"] is None
    assert month(found, "2024-02")["joined"] is None
    assert month(found, "2024-03")["joined"] == 1


def test_the_newest_customer_value_is_that_of_the_scores(table: Table) -> None:
    values = by_month(figures(table(LOG)), "customer_value")
    assert list(values)[-1] == "2024-07"
    assert values["2024-07"] == 80.0


def test_figures_of_a_made_up_year_equal_a_plain_recount() -> None:
    purchases = made_up_purchases()
    rows = purchases.to_pandas()
    days = pd.to_datetime(rows["event_day"]).dt.date
    found = figures(purchases, closes="2024-01-01", data_start="2023-01-01")
    for row in found["monthly"]:
        if "at_start" not in row:
            continue
        opens = date.fromisoformat(f"{row['month']}-01")
        before = set(rows["customer_id"][(days >= opens - timedelta(days=60)) & (days < opens)])
        after = set(rows["customer_id"][(days >= opens) & (days < opens + timedelta(days=30))])
        assert row["at_start"] == len(before)
        assert row["left"] == len(before - after)


def test_the_order_of_rows_changes_nothing() -> None:
    rows = made_up_purchases().to_pandas()
    shuffled = rows.sample(frac=1, random_state=1)
    assert _kpis_of(rows) == _kpis_of(shuffled)


def _kpis_of(rows: pd.DataFrame) -> dict[str, Any]:
    import ibis  # noqa: PLC0415

    purchases = ibis.memtable(rows).mutate(event_day=ibis._.event_day.cast("date"))
    return figures(purchases, closes="2024-01-01", data_start="2023-01-01")


def test_small_joining_groups_are_counted_but_not_shown(table: Table) -> None:
    cohorts = figures(table(LOG))["cohorts"]
    assert cohorts["shown"] == []
    assert cohorts["too_small"] == {"cohorts": 2, "customers": 4}


def test_a_joining_group_shows_who_bought_in_each_later_month() -> None:
    import ibis  # noqa: PLC0415

    rows = [(f"c{n}", date(2024, 1, 3), 100) for n in range(20)] + [(f"c{n}", date(2024, 3, 1), 100) for n in range(5)]
    bought = ibis.memtable(pd.DataFrame(rows, columns=["customer_id", "event_day", "amount"]))
    group = figures(bought, closes="2024-04-01")["cohorts"]["shown"][0]
    assert group["customers"] == 20
    assert group["by_month"] == [{"months_later": 1, "share": 0.0}, {"months_later": 2, "share": 0.25}]


def test_groups_of_the_newest_answered_month_add_up_to_its_figures() -> None:
    found = figures(made_up_purchases(customers=300), closes="2024-01-01", data_start="2023-01-01")
    grouped = found["groups"]
    row = month(found, grouped["month"])
    for part in grouped["parts"]:
        customers = sum(one["customers"] for one in part["rows"]) + part["too_small"]["customers"]
        assert customers == row["at_start"], part["key"]
        if not part["too_small"]["customers"]:
            left = sum(one["churn_rate"] * one["customers"] for one in part["rows"])
            assert left == pytest.approx(row["left"]), part["key"]
    assert [part["words"] for part in grouped["parts"]] == ["Value band", "Joining month", "Segment"]


def test_groups_speak_of_the_newest_month_whose_answer_is_known() -> None:
    found = figures(made_up_purchases(customers=100), closes="2023-12-20", data_start="2023-01-01")
    known_months = [row["month"] for row in found["monthly"] if row.get("left") is not None]
    assert found["groups"]["month"] == known_months[-1]


SPELLS = """
    customer_id | event_day  | ended_day  | end_reason  | price
    stays       | 2024-01-05 |            |             |  1000
    leaves      | 2024-01-20 | 2024-04-10 | voluntary   |  3000
    thrown      | 2024-02-01 | 2024-04-12 | involuntary |  1000
    changes     | 2024-01-10 | 2024-04-15 | changed     |  1000
    changes     | 2024-04-15 |            |             |  2000
    joins       | 2024-05-05 |            |             |  1000
"""
CANCELLING = TASK.model_copy(update={"label": "cancellation"})


def subscribed(spells: ir.Table, closes: str = "2024-07-01") -> dict[str, Any]:
    contract = {"currency": "EUR", "data_start": "2024-01-05", "data_end": closes}
    return kpis({"subscriptions": spells}, contract, CANCELLING, VALUE, SCORES)


def test_of_subscribers_the_churn_rate_counts_who_ended_of_his_own_will_and_retention_who_still_has_one(
    table: Table,
) -> None:
    found = subscribed(table(SPELLS))
    assert month(found, "2024-04") | {"at_start": 4, "left": 1, "kept": 2} == month(found, "2024-04")
    assert by_month(found, "churn_rate")["2024-04"] == pytest.approx(1 / 4)
    assert by_month(found, "retention_rate")["2024-04"] == pytest.approx(2 / 4)
    assert month(found, "2024-05")["joined"] == 1


def test_the_price_a_month_is_over_those_who_have_a_subscription_on_its_first_day(table: Table) -> None:
    prices = by_month(subscribed(table(SPELLS)), "monthly_price")
    assert prices["2024-04"] == pytest.approx((10 + 30 + 10 + 10) * 365 / 30 / 12 / 4, rel=1e-3)
    assert prices["2024-06"] == pytest.approx((10 + 20 + 10) * 365 / 30 / 12 / 3, rel=1e-3)


def test_an_end_that_became_known_later_is_not_seen(table: Table) -> None:
    early = "\n".join(line.replace("2024-04-1", "2024-06-1") for line in SPELLS.splitlines())
    earlier = pd.DataFrame({"as_of": [date(2024, 6, 1)], "customer_value": [80.0]})
    contract = {"currency": "EUR", "data_start": "2024-01-05", "data_end": "2024-07-01"}
    found = kpis({"subscriptions": table(early)}, contract, CANCELLING, VALUE, earlier)
    assert found["monthly"][-1]["month"] == "2024-05"
    assert found["monthly"][-1]["kept"] == 4


def test_a_table_without_dates_has_only_the_value_of_today() -> None:
    given = TASK.model_copy(update={"label": "given"})
    contract = {"currency": "EUR", "data_start": None, "data_end": None}
    found = kpis({}, contract, given, VALUE, SCORES)
    assert [figure["key"] for figure in found["kpis"]] == ["customer_value"]
    assert found["groups"] is None
