"""A window that no date learnt from saw whole is not what its name says: it is everything so far, and stays that."""

from collections.abc import Callable
from datetime import timedelta

import ibis
import pytest

from pipeline.contract.tables import KINDS
from pipeline.features.catalogue import BEHAVIOURS, every_feature, feature_named, features_of
from pipeline.features.cube import build_cube, features_at
from pipeline.features.unseen_windows import SO_FAR, learnable, reach_days, said, so_far
from pipeline.scoring.wording import others_in
from tests.drawn_logs import AS_OFS, CUSTOMERS, as_arrow, drawn_logs

FEATURES = features_of(BEHAVIOURS)
LONGEST = (0, 1, 27, 28, 60, 91, 100, 181, 182, 364, 365, 10_000)


def everywhere(days: int) -> dict[str, int]:
    return dict.fromkeys(KINDS, days)


@pytest.mark.parametrize("days", [20, 60, 120])
@pytest.mark.parametrize("late", [False, True])
def test_where_the_data_are_shorter_than_a_window_it_holds_everything_so_far(
    stored: Callable, keep: Callable, days: int, late: bool
):
    as_of = AS_OFS[0]
    begins = as_of - timedelta(days=days)
    logs = {
        kind: [row for row in rows if kind == "customers" or row["event_day"] >= begins]
        for kind, rows in drawn_logs(days, as_of, 300, late=late).items()
    }
    tables = {kind: stored(as_arrow(rows)) for kind, rows in logs.items()}
    people = ibis.memtable({"customer_id": CUSTOMERS})
    found = features_at(build_cube(tables, every_feature(), keep, [as_of]), people, as_of).to_pyarrow()
    widened = [(one, wide) for one in FEATURES if reach_days(one) >= days and (wide := so_far(one)) is not None]
    assert len(widened) > 20
    assert [one.name for one, wide in widened if not found[one.name].equals(found[wide.name])] == []


@pytest.mark.parametrize("longest_days", LONGEST)
def test_no_column_left_reaches_back_further_than_a_date_learnt_from(longest_days):
    assert max(reach_days(one) for one in learnable(FEATURES, everywhere(longest_days))) <= longest_days


@pytest.mark.parametrize("longest_days", LONGEST)
def test_a_window_seen_whole_once_stays(longest_days):
    seen = [one for one in FEATURES if reach_days(one) <= longest_days]
    assert [one for one in learnable(FEATURES, everywhere(longest_days)) if one.window != SO_FAR] == seen


@pytest.mark.parametrize("longest_days", LONGEST)
def test_no_two_columns_share_a_name_and_each_is_found_by_it(longest_days):
    kept = learnable(FEATURES, everywhere(longest_days))
    assert len({one.name for one in kept}) == len(kept)
    assert [feature_named(one.name) for one in kept] == list(kept)


@pytest.mark.parametrize("longest_days", LONGEST)
def test_a_sentence_quotes_only_columns_that_are_there(longest_days):
    kept = learnable(FEATURES, everywhere(longest_days))
    quoted = {name for one in kept for name in others_in(one)}
    assert quoted <= {one.name for one in kept}


def test_what_compares_two_windows_or_needs_their_length_is_left_out():
    names = (
        "orders_91d",
        "orders_change_91d",
        "orders_slope_91d",
        "tenure_182d",
        "overdue_182d",
        "days_since_purchase",
    )
    kept = learnable([feature_named(name) for name in names], everywhere(90))
    assert [one.name for one in kept] == ["orders_so_far", "overdue_so_far", "days_since_purchase"]
    assert kept[1].behaviour.says == "Last purchase {days_since_purchase} ago; usually every {purchase_gap_so_far}"


def test_a_change_needs_both_of_its_windows():
    change = feature_named("orders_change_91d")
    assert learnable([change], everywhere(181)) == ()
    assert learnable([change], everywhere(182)) == (change,)


def test_each_table_has_its_own_beginning():
    features = [feature_named(name) for name in ("orders_91d", "uses_91d")]
    kept = learnable(features, {"purchases": 182, "usage": 60})
    assert [one.name for one in kept] == ["orders_91d", "uses_so_far"]


def test_it_is_told_only_where_a_window_was_not_seen_whole():
    features = [feature_named(name) for name in ("orders_28d", "orders_91d", "orders_change_91d")]
    assert said(features, everywhere(182)) == []
    [sentence] = said(features, everywhere(60))
    assert sentence.startswith("no date to learn from has more than 60 days of purchases before it: ")
    assert sentence.endswith("count everything so far (1) or are left out (1)")
