"""No feature sees the future: what happens, becomes known or closes from an as-of day on may be rewritten in any way."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipeline.contract.tables import KINDS
from pipeline.features import cube, leaktest, state_blocks, windows
from pipeline.features.behaviour import Feature
from pipeline.features.catalogue import BEHAVIOURS, every_feature, feature_named, features_in
from pipeline.features.leaktest import leaks, moved
from pipeline.features.measures import Measure, ValueMeasure
from pipeline.features.rewrites import REWRITES
from tests import made_up
from tests.drawn_logs import CUSTOMERS, as_arrow, drawn_logs

AS_OF = date(2024, 9, 17)

SOME = tuple(
    map(
        feature_named,
        (
            "orders_7d",
            "spend_182d",
            "days_since_purchase",
            "main_category_91d",
            "use_days_28d",
            "first_month_uses",
            "plan",
            "running_spells",
            "cancellations",
            "failed_run",
            "open_tickets",
            "last_satisfaction",
            "nps",
            "days_since_joined",
        ),
    )
)
"""One feature of every kind of measure, of every kind of table."""

Tables = dict[str, ir.Table]


@pytest.fixture
def drawn(stored: Callable[[pa.Table], ir.Table]) -> Callable[..., Tables]:
    """Store logs of every kind, with rows on every window edge."""

    def store(*, late: bool = False) -> Tables:
        logs = drawn_logs(3, AS_OF, 150, late=late)
        return {kind: stored(as_arrow(rows)) for kind, rows in logs.items()}

    return store


@pytest.fixture
def customers() -> Mapping[date, ir.Table]:
    """Every customer with an answer, asked on one date, with one who never did anything."""
    names = [*CUSTOMERS, "nobody"]
    return {AS_OF: ibis.memtable({"customer_id": names, "churned": [True, False, True, False, True]})}


def caught(found: list[leaktest.Leak]) -> dict[str, set[str]]:
    return {leak.rewrite: set(leak.features) for leak in found}


@pytest.mark.parametrize("late", [False, True])
def test_the_whole_catalogue_is_blind_to_the_future(drawn, customers, keep, late):
    assert leaks(drawn(late=late), every_feature(), customers, keep) == []


def test_a_window_that_includes_the_as_of_day_is_caught(drawn, customers, keep, monkeypatch):
    """`<=` instead of `<` moves every feature that such a row can touch, and the leak test names them."""

    def holds(self: windows.Window, day: ir.IntegerColumn, as_of: int) -> ir.BooleanColumn:
        closed = day <= as_of - self.skip
        return closed if self.days is None else closed & (day >= as_of - self.skip - self.days)

    monkeypatch.setattr(windows.Window, "holds", holds)
    found = caught(leaks(drawn(), SOME, customers, keep))
    assert set(found) >= {"dropped", "changed", "permuted", "invented"}
    assert {"orders_7d", "days_since_purchase", "use_days_28d", "running_spells", "open_tickets"} <= found["invented"]


def test_a_window_without_an_upper_end_is_caught(drawn, customers, keep, monkeypatch):
    monkeypatch.setattr(windows.Window, "holds", lambda self, day, as_of: day >= as_of - (self.reach_days or 10_000))
    found = caught(leaks(drawn(), SOME, customers, keep))
    assert set(found) >= {"dropped", "changed", "permuted", "invented"}
    assert {"orders_7d", "spend_182d", "days_since_purchase", "failed_run"} <= found["dropped"]


def test_ignoring_when_a_row_became_known_is_caught(drawn, customers, keep, monkeypatch):
    for module in (cube, state_blocks):
        monkeypatch.setattr(module, "known", lambda rows, as_of: rows)
    found = caught(leaks(drawn(late=True), SOME, customers, keep))
    assert set(found) >= {"dropped", "changed", "permuted", "known late"}
    assert {"orders_7d", "spend_182d"} <= found["known late"]


def test_ignoring_that_a_row_was_corrected_later_is_caught(drawn, customers, keep, monkeypatch):
    """A builder that takes the newest version of a row, whenever it became known."""

    def newest(rows: ir.Table, as_of: date) -> ir.Table:
        seen = rows.filter(rows.event_day < ibis.date(as_of)) if "event_day" in rows.columns else rows
        return seen.filter(seen.replaced_day.isnull()) if "replaced_day" in seen.columns else seen

    for module in (cube, state_blocks):
        monkeypatch.setattr(module, "known", newest)
    found = caught(leaks(drawn(), SOME, customers, keep))
    assert {"spend_182d", "failed_run"} <= found["corrected"]


def test_knowing_how_an_open_row_will_close_is_caught(drawn, customers, keep, monkeypatch):
    """A subscription that ends next month runs today; a ticket that will be closed is open, and not rated yet."""
    monkeypatch.setattr(state_blocks, "known", lambda rows, as_of: rows)
    found = caught(leaks(drawn(), SOME, customers, keep))
    assert {"running_spells", "open_tickets", "last_satisfaction"} <= found["changed"]


def joined_by(label: Callable[[Tables, ir.Table], ir.Table]) -> Callable[..., ir.Table]:
    """Return a builder that puts a label beside the features, under a feature's name."""

    def features_at(built: cube.Cube, people: ir.Table, as_of: date) -> ir.Table:
        told = cube.features_at(built, people, as_of)
        joined = told.left_join(label(dict(built.tables), people), "customer_id")
        return joined.mutate(orders_7d=joined.label.cast("int64")).select(told.columns).order_by("customer_id")

    return features_at


def will_buy(tables: Tables, _: ir.Table) -> ir.Table:
    rows = tables["purchases"]
    later = rows.filter(rows.event_day >= ibis.date(AS_OF))
    return later.group_by("customer_id").aggregate(label=later.count())


def test_joining_the_label_is_caught_whether_it_is_read_from_the_tables_or_from_the_snapshots(
    drawn, customers, keep, monkeypatch
):
    monkeypatch.setattr(leaktest, "features_at", joined_by(will_buy))
    from_tables = caught(leaks(drawn(), SOME, customers, keep))
    assert all(from_tables[way] == {"orders_7d"} for way in ("dropped", "permuted", "invented"))
    monkeypatch.setattr(leaktest, "features_at", joined_by(lambda _, people: people.rename(label="churned")))
    from_snapshots = caught(leaks(drawn(), SOME, customers, keep))
    assert from_snapshots == {way: {"orders_7d"} for way in REWRITES}


def test_no_measure_of_days_reads_what_is_known_only_once_a_row_has_closed():
    """Days are boiled down once for all dates, so such a column has to be read as a state."""
    for one in BEHAVIOURS:
        if isinstance(one.measure, Measure | ValueMeasure):
            assert not one.measure.needs & set(KINDS[one.measure.log.kind].masked)


def test_a_row_known_late_is_invisible_until_it_is_known(stored, keep):
    rows = made_up.purchases(2, AS_OF)
    known = [day + timedelta(days=index % 5) for index, day in enumerate(rows["event_day"].to_pylist())]
    late = rows.append_column("visible_day", pa.array(known, pa.date32()))
    seen = late.filter(pa.array([day < AS_OF for day in known]))
    people = ibis.memtable({"customer_id": list(made_up.CUSTOMERS)})
    tables = [{"purchases": stored(one)} for one in (late, seen)]
    features = features_in(tables[0])
    both = [told(one, features, people, keep) for one in tables]
    assert moved(*both) == ()


def told(tables: Tables, features: tuple[Feature, ...], people: ir.Table, keep: Callable) -> pa.Table:
    return cube.features_at(cube.build_cube(tables, features, keep), people, AS_OF).to_pyarrow()


def test_one_customer_alone_gives_the_same_features_as_many(drawn, keep):
    """Scoring is the same expression as training."""
    tables, features = drawn(), every_feature()
    whole = told(tables, features, ibis.memtable({"customer_id": list(CUSTOMERS)}), keep)
    one = told(tables, features, ibis.memtable({"customer_id": ["bob"]}), keep)
    assert whole.filter(pc.equal(whole["customer_id"], "bob")).equals(one)
