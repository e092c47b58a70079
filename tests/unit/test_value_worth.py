"""From which tables a customer's value is told, and that it is told without looking ahead."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from cdnow_sample import AS_OF, purchases

from pipeline.errors import ParamsError
from pipeline.params import SnapshotsParams, ValueParams
from pipeline.value import worth as values
from pipeline.value.lifetime import Lifetime
from pipeline.value.margin import share_paid
from pipeline.value.worth import Asked, worth

TASK = SnapshotsParams(
    label="inactivity", decline_share=0.5, at_risk_days=182, gap_days=7, horizon_days=84, history_days=182,
    step_days=28, newest_as_of="newest", test_dates=1, max_train_dates=4,
)  # fmt: skip
VALUE = ValueParams(horizon_days=273, margin_share=1, yearly_discount=0, history_days=182, shrinkage_days=28)
ASKED = Asked(TASK, VALUE, minor_per_unit=100)
CANCELLING = Asked(TASK.model_copy(update={"label": "cancellation", "gap_days": 0, "horizon_days": 28}), VALUE, 100)


def spent_ahead() -> pd.DataFrame:
    """Return what the CDNOW sample spent in the 39 weeks that nobody had seen, and who bought in the first 13 of them."""
    rows = purchases().to_pyarrow().to_pandas(date_as_object=True)
    ahead = rows[(rows["event_day"] >= AS_OF) & (rows["event_day"] < date(1998, 7, 1))]
    kept = ahead[ahead["event_day"] < date(1997, 12, 31)]["customer_id"]
    spent = ahead.groupby("customer_id")["amount"].sum() / 100
    everyone = pd.Index(sorted(rows["customer_id"].unique()), name="customer_id")
    found = pd.DataFrame({"spent": spent.reindex(everyone).fillna(0), "kept": everyone.isin(set(kept))}, everyone)
    return found.reset_index()


def test_the_kept_spend_what_was_foretold_of_them():
    """Of 2,357 customers, the 471 who bought in the 13 weeks after: what they spent in 39 weeks, within a tenth."""
    ahead = spent_ahead()
    value = worth({"purchases": purchases()}, ahead["customer_id"], AS_OF, ASKED)
    kept = ahead["kept"].to_numpy()
    assert value[kept].sum() == pytest.approx(ahead["spent"][kept].sum(), rel=0.1)
    assert pd.Series(value[kept]).corr(ahead["spent"][kept].reset_index(drop=True), method="spearman") > 0.4


def test_where_leaving_is_not_about_buying_all_that_is_expected_counts():
    ahead = spent_ahead()
    of_all = worth({"purchases": purchases()}, ahead["customer_id"], AS_OF, CANCELLING)
    assert (of_all <= worth({"purchases": purchases()}, ahead["customer_id"], AS_OF, ASKED)).all()
    assert of_all.sum() == pytest.approx(ahead["spent"].sum(), rel=0.25)


def test_who_can_be_kept_by_using_alone_is_not_taken_to_buy(table):
    used = table("""
        customer_id | event_day
        0001        | 1997-09-01
    """)
    people = spent_ahead()["customer_id"]
    both = worth({"purchases": purchases(), "usage": used}, people, AS_OF, ASKED)
    assert np.array_equal(both, worth({"purchases": purchases()}, people, AS_OF, CANCELLING))
    declining = Asked(TASK.model_copy(update={"label": "decline"}), VALUE, 100)
    assert np.array_equal(
        worth({"purchases": purchases(), "usage": used}, people, AS_OF, declining),
        worth({"purchases": purchases()}, people, AS_OF, ASKED),
    )


def test_purchases_of_the_as_of_date_and_later_change_nobodys_value():
    ahead = spent_ahead()["customer_id"]
    seen = purchases().filter(purchases().event_day < AS_OF)
    assert np.array_equal(
        worth({"purchases": purchases()}, ahead, AS_OF, ASKED), worth({"purchases": seen}, ahead, AS_OF, ASKED)
    )


def test_where_too_few_came_back_the_plain_rate_counts(table):
    bought = table("""
        customer_id | event_day  | amount
        a           | 2024-12-01 |   9000
        a           | 2024-12-31 |    900
        b           | 2024-12-31 |    900
    """)
    plain = Asked(TASK, VALUE.model_copy(update={"shrinkage_days": 0, "history_days": 60}), 100)
    people = pd.Series(["b", "never", "a"])
    value = worth({"purchases": bought}, people, date(2025, 1, 30), plain)
    assert value == pytest.approx([0, 0, 9 / 60 * 273])


def test_who_never_bought_is_worth_what_little_the_rate_of_all_gives_him():
    people = pd.Series(["nobody", *spent_ahead()["customer_id"]])
    value = worth({"purchases": purchases()}, people, AS_OF, ASKED)
    assert 0 < value[0] < np.median(value)


def test_who_has_no_plan_is_worth_no_plan(table):
    spells = table("""
        customer_id | event_day  | ended_day  | price
        plan        | 2023-01-02 |            |  5000
        no_price    | 2023-01-02 |            |
        old         | 2023-01-02 | 2023-02-02 |  5000
    """)
    people = pd.Series(["shop", "old", "no_price", "plan"])
    value = worth({"subscriptions": spells}, people, date(2024, 1, 1), ASKED)
    assert value[:2].tolist() == [0, 0]
    assert value[2] == value[3] > 0


def test_where_no_price_is_known_what_is_assumed_counts_and_nobody_is_worth_nothing(table):
    """The one price there is belongs to the as-of date, and is not known before it."""
    spells = table("""
        customer_id | event_day  | ended_day  | price
        a           | 2023-01-02 |            |
        a           | 2024-01-01 |            |  9000
    """)
    customers = table("""
        customer_id | monthly_payment
        a           |
    """)
    assumed = Asked(TASK, VALUE.model_copy(update={"assumed_yearly_payment": 100.0}), 100)
    for tables in ({"subscriptions": spells}, {"customers": customers}):
        with pytest.raises(ParamsError, match=r"value\.assumed_yearly_payment"):
            worth(tables, pd.Series(["a"]), date(2024, 1, 1), CANCELLING)
        assert worth(tables, pd.Series(["a"]), date(2024, 1, 1), assumed) == pytest.approx([100 * 273 / 365])


def test_one_row_much_older_than_all_others_does_not_change_how_long_subscribers_stay():
    """Of 40,000 drawn, only those are in the tables who were there two years ago or joined since."""
    drawing = np.random.default_rng(6)
    begun = drawing.integers(1, 3000, 40_000).astype(float)
    periods = drawing.geometric(drawing.beta(0.668, 6.0, 40_000))
    gone = np.where(begun - 28 * periods > 0, begun - 28 * periods, np.nan)
    seen = ~(gone > 728)
    plain = values._lifetime(begun[seen], gone[seen], 28)
    older = values._lifetime(np.append(begun[seen], 3700), np.append(gone[seen], 3600), 28)
    assert plain is not None
    assert older is not None
    assert (plain.alpha, plain.beta) == pytest.approx((0.668, 6.0), rel=0.15)
    assert (older.alpha, older.beta) == pytest.approx((plain.alpha, plain.beta), rel=0.02)


SPELLS = "\n".join(
    ["customer_id | event_day | ended_day | price"]
    + ["first | 2022-12-05 | 2023-01-03 | 1000"]
    + [f"early{n} | 2023-01-09 | 2023-02-02 | 1000" for n in range(9)]
    + [f"later{n} | 2023-01-09 | 2023-06-30 | 1000" for n in range(3)]
    + [f"there{n} | 2023-01-09 |  | 1000" for n in range(6)]
    + [f"fresh{n} | 2023-12-20 |  | 1000" for n in range(6)]
)


def test_a_subscriber_is_worth_his_price_for_as_long_as_he_is_expected_to_stay(table):
    """Half leave in the first four weeks, hardly any later: who has stayed a year is worth nearly all of the next."""
    people = pd.Series(["there0", "fresh0"])
    old, young = worth({"subscriptions": table(SPELLS)}, people, date(2024, 1, 1), CANCELLING)
    whole = 1000 * 365 // 30 / 365 * 273 / 100
    assert young < 0.9 * old < old < whole


def test_who_cancels_later_changes_nobodys_value_today(table):
    later = SPELLS.replace("there0 | 2023-01-09 |  |", "there0 | 2023-01-09 | 2024-01-01 |")
    people = pd.Series(["there0", "fresh0"])
    today = date(2024, 1, 1)
    assert np.array_equal(
        worth({"subscriptions": table(later)}, people, today, CANCELLING),
        worth({"subscriptions": table(SPELLS)}, people, today, CANCELLING),
    )


def test_where_nobody_was_seen_to_leave_the_price_is_taken_for_the_whole_time(table):
    spells = table("""
        customer_id | event_day  | ended_day  | price | billing_days
        a           | 2023-01-02 |            |  1000 | 28
        b           | 2023-01-02 |            |  2000 | 28
    """)
    value = worth({"subscriptions": spells}, pd.Series(["b", "a"]), date(2024, 1, 1), CANCELLING)
    assert value == pytest.approx([2000 / 28 * 273 / 100, 1000 / 28 * 273 / 100], rel=1e-3)


def test_a_plan_and_what_is_bought_besides_add_up(table):
    spells = table(SPELLS)
    people = pd.Series(["there0", "fresh0"])
    today = date(2024, 1, 1)
    bought = table("""
        customer_id | event_day  | amount
        there0      | 2023-12-01 |   1000
        there0      | 2023-12-11 |   1000
    """)
    both = worth({"subscriptions": spells, "purchases": bought}, people, today, CANCELLING)
    parts = [worth(one, people, today, CANCELLING) for one in ({"subscriptions": spells}, {"purchases": bought})]
    assert both == pytest.approx(sum(parts))


def test_without_any_table_that_says_what_customers_pay_the_way_out_is_named():
    with pytest.raises(ParamsError, match=r"value\.assumed_yearly_payment"):
        worth({}, pd.Series(["a"]), date(2024, 1, 1), CANCELLING)


def test_the_years_ahead_of_a_subscriber_are_those_drawn_at_random():
    """Who stays in his present period pays the next too; after that he leaves with his own chance, period after period."""
    drawing = np.random.default_rng(4)
    chance = drawing.beta(0.668, 3.806 + 2, 400_000)
    periods = 2 + drawing.geometric(chance) - 1
    params = VALUE.model_copy(update={"horizon_days": 280})
    paid = np.minimum(periods, 10).mean() / 10
    assert share_paid(Lifetime(0.668, 3.806), np.array([2.0]), 28, params)[0] == pytest.approx(paid, abs=2e-3)
