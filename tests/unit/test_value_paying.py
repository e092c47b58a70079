"""What customers have paid and pay, as of a date."""

from datetime import date

import pyarrow as pa

from pipeline.value.paying import past_buying, time_subscribed

AS_OF = date(2025, 3, 1)


def rows(table):
    return {row["customer_id"]: row for row in table.to_pyarrow().to_pylist()}


def test_spending_counts_the_half_open_window_and_the_first_day_counts_all_of_the_past(table):
    bought = table("""
        customer_id | event_day  | amount
        edge        | 2025-02-01 |   9000
        edge        | 2025-02-19 |    700
        edge        | 2025-02-20 |     50
        edge        | 2025-02-28 |      3
        edge        | 2025-03-01 |  10000
        returned    | 2025-02-19 |    100
        returned    | 2025-02-21 |    100
        returned    | 2025-02-25 |   -100
        long_ago    | 2024-01-01 |    900
        newcomer    | 2025-03-01 |    900
    """)
    found = rows(past_buying(bought, AS_OF, days=9))
    assert {name: (row["recent_minor"], row["first_day"]) for name, row in found.items()} == {
        "edge": (53, date(2025, 2, 1)),
        "returned": (0, date(2025, 2, 19)),
        "long_ago": (0, date(2024, 1, 1)),
    }


def test_a_purchase_not_yet_known_on_the_as_of_date_is_not_spending(table):
    bought = table("""
        customer_id | event_day  | visible_day | amount
        a           | 2025-02-01 | 2025-02-01  |    700
        a           | 2025-02-20 | 2025-02-28  |    100
        a           | 2025-02-21 | 2025-03-01  |    900
        late        | 2025-02-21 | 2025-03-02  |    900
    """)
    found = rows(past_buying(bought, AS_OF, days=28))
    assert {name: row["recent_minor"] for name, row in found.items()} == {"a": 100}


def test_what_was_spent_on_the_first_day_is_no_rate_of_spending(table):
    bought = table("""
        customer_id | event_day  | amount
        newcomer    | 2025-02-27 |   5000
        newcomer    | 2025-02-27 |    500
        newcomer    | 2025-02-28 |     20
    """)
    assert rows(past_buying(bought, AS_OF, days=28))["newcomer"]["recent_minor"] == 20


def test_money_stays_whole_cents(table):
    bought = table("""
        customer_id | event_day  | amount
        a           | 2025-02-20 |    100
    """)
    assert past_buying(bought, AS_OF, days=28).to_pyarrow().schema.field("recent_minor").type == pa.int64()


def test_who_comes_back_is_counted_by_days_and_his_money_without_the_first_day(table):
    bought = table("""
        customer_id | event_day  | amount
        back        | 2025-01-01 |   9000
        back        | 2025-01-10 |    100
        back        | 2025-01-10 |    200
        back        | 2025-02-20 |     50
        back        | 2025-03-01 |  10000
        once        | 2025-02-01 |    500
        newcomer    | 2025-03-01 |    900
    """)
    assert rows(past_buying(bought, AS_OF, days=30)) == {
        "back": {
            "customer_id": "back",
            "first_day": date(2025, 1, 1),
            "last_day": date(2025, 2, 20),
            "repeats": 2,
            "repeat_minor": 350,
            "recent_minor": 50,
        },
        "once": {
            "customer_id": "once",
            "first_day": date(2025, 2, 1),
            "last_day": date(2025, 2, 1),
            "repeats": 0,
            "repeat_minor": 0,
            "recent_minor": 0,
        },
    }


def test_a_day_of_returns_alone_is_no_day_of_buying_and_its_money_is_taken_off(table):
    bought = table("""
        customer_id | event_day  | amount
        a           | 2025-01-01 |   9000
        a           | 2025-01-10 |    500
        a           | 2025-02-20 |   -200
        only_back   | 2025-02-20 |   -200
    """)
    found = rows(past_buying(bought, AS_OF, days=30))
    assert list(found) == ["a"]
    assert (found["a"]["last_day"], found["a"]["repeats"], found["a"]["repeat_minor"]) == (date(2025, 1, 10), 1, 300)


def test_what_was_not_yet_known_is_no_buying(table):
    bought = table("""
        customer_id | event_day  | visible_day | amount
        a           | 2025-01-01 | 2025-01-01  |    700
        a           | 2025-02-20 | 2025-03-01  |    100
    """)
    assert rows(past_buying(bought, AS_OF, days=30))["a"]["repeats"] == 0


def test_a_subscriber_is_there_from_his_first_spell_to_the_end_of_his_last(table):
    spells = table("""
        customer_id | event_day  | ended_day  | price
        there       | 2024-01-01 |            |  1000
        changed     | 2024-01-01 | 2024-06-01 |  1000
        changed     | 2024-06-01 |            |  2000
        gone        | 2024-01-01 | 2024-06-01 |  1000
        returned    | 2024-01-01 | 2024-03-01 |  1000
        returned    | 2024-08-01 | 2025-02-01 |  1000
        leaves_late | 2024-01-01 | 2025-03-02 |  1000
        not_yet     | 2025-03-01 |            |  1000
    """)
    found = rows(time_subscribed(spells, AS_OF))
    begun = date(2024, 1, 1)
    assert {name: (row["first_day"], row["left_day"]) for name, row in found.items()} == {
        "there": (begun, None),
        "changed": (begun, None),
        "gone": (begun, date(2024, 6, 1)),
        "returned": (begun, date(2025, 2, 1)),
        "leaves_late": (begun, None),
    }
