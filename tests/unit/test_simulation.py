"""The made-up business: seeded, of any size, and its truth is what its tables come from."""

import shutil
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from pipeline.artifacts import file_hashes
from pipeline.contract.check import Checked, check_source
from pipeline.engines import duckdb
from pipeline.errors import ParamsError
from pipeline.params import ContractParams, SnapshotsParams
from pipeline.params_source import SimulatedParams
from pipeline.progress import Progress
from pipeline.simulation import business, parts
from pipeline.simulation.mapping import files_params
from pipeline.simulation.truth import HAZARDS, risk
from pipeline.simulation.write import write_business
from pipeline.snapshots.label import labelled
from pipeline.snapshots.population import at_risk
from pipeline.sources.files import open_files
from pipeline.sources.simulated import open_simulated

SMALL = SimulatedParams(customers=300, seed=5)
MANY = SimulatedParams(customers=4000, seed=11)
QUIET = Progress("simulate", quiet=True)
CANCELLATION = SnapshotsParams(
    label="cancellation",
    decline_share=0.5,
    at_risk_days=182,
    gap_days=0,
    horizon_days=28,
    history_days=182,
    step_days=28,
    newest_as_of="newest",
    test_dates=2,
    max_train_dates=12,
)


def written(params: SimulatedParams, out: Path) -> Path:
    """Write a business and return its folder."""
    write_business(params, out, QUIET)
    return out


def frame(folder: Path, table: str) -> pd.DataFrame:
    """Read all parts of a table."""
    files = sorted(folder.glob(f"{table}-*.parquet"))
    return pd.concat([pq.read_table(file).to_pandas() for file in files], ignore_index=True)


def checked(folder: Path) -> Checked:
    """Read a folder of the business as any user's files and check them, allowing no broken row."""
    engine = duckdb.connect()
    source = open_files(files_params(folder), engine)
    return check_source(source, ContractParams(quarantine_share=0), duckdb.keeper(engine))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(SMALL, tmp_path_factory.mktemp("small") / "business")


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(MANY, tmp_path_factory.mktemp("many") / "business")


@pytest.mark.parametrize("folder", ["source", "truth"])
def test_the_same_seed_writes_the_same_bytes_and_another_seed_others(small, tmp_path, folder):
    again = written(SMALL, tmp_path / "again")
    other = written(SMALL.model_copy(update={"seed": 6}), tmp_path / "other")
    assert file_hashes(again / folder) == file_hashes(small / folder)
    assert not set(file_hashes(other / folder).values()) & set(file_hashes(small / folder).values())


def test_a_customer_is_the_same_however_many_there_are_and_however_the_parts_are_cut(small, tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "PART_BLOCKS", 1)
    more = written(SMALL.model_copy(update={"customers": 1200}), tmp_path / "more")
    assert len(list((more / "source").glob("usage-*.parquet"))) == 2
    for folder, tables in (
        ("source", ("usage", "subscriptions", "purchases", "surveys")),
        ("truth", ("weeks", "ends")),
    ):
        for table in tables:
            first = frame(more / folder, table).query("customer_id <= '0000300'").reset_index(drop=True)
            pd.testing.assert_frame_equal(first, frame(small / folder, table))


def test_a_folder_that_holds_something_is_left_alone(small):
    with pytest.raises(ParamsError, match="holds files already"):
        write_business(SMALL, small, QUIET)


def test_all_kinds_pass_the_contract_without_a_row_put_aside(many):
    found = checked(many / "source")
    assert set(found.tables) == {
        *("customers", "purchases", "usage", "subscriptions", "payments", "tickets", "contacts", "surveys")
    }
    assert found.quarantine.num_rows == 0
    assert found.summary["data_end"] == str(business.END)
    late = found.tables["purchases"].filter(lambda rows: rows.visible_day > rows.event_day).count().to_pyarrow().as_py()
    assert late > 100


def test_three_hundred_customers_are_data_to_the_last_day_too(small):
    assert checked(small / "source").summary["data_end"] == str(business.END)


def test_the_source_simulated_is_the_folder_that_the_command_writes(small):
    engine = duckdb.connect()
    source = open_simulated(SMALL, engine)
    found = check_source(source, ContractParams(quarantine_share=0), duckdb.keeper(engine))
    there = checked(small / "source")
    assert found.summary == there.summary
    for kind, rows in there.tables.items():
        assert found.tables[kind].to_pyarrow().equals(rows.to_pyarrow())


def test_the_pipeline_does_not_read_the_truth(small, tmp_path):
    """Without the truth the same tables are read to the same rows, and the mapping names no file of it."""
    alone = tmp_path / "alone"
    shutil.copytree(small / "source", alone)
    assert checked(alone).summary == checked(small / "source").summary
    section = (small / "source.yaml").read_text(encoding="utf-8")
    assert "truth" not in section.replace(str(small), "")


def test_days_are_the_business_s_also_when_its_clocks_change(many):
    """An instant is written in UTC; the truth's local day of an end is the day the contract finds."""
    spells = checked(many / "source").tables["subscriptions"].to_pyarrow().to_pandas(date_as_object=True)
    ends = frame(many / "truth", "ends").assign(ended_at=lambda rows: rows["ended_at"].dt.tz_localize(None))
    both = ends.merge(spells, on=["customer_id", "ended_at"], how="left")
    assert len(both) == len(ends)
    assert list(both["ended_on"]) == list(both["ended_day"])


def test_nobody_does_anything_before_joining_or_while_gone(many):
    """Every use lies within a spell, to the second."""
    uses, spells = frame(many / "source", "usage"), frame(many / "source", "subscriptions")
    forever = pd.Timestamp("2100-01-01", tz="UTC")
    spells = spells[["customer_id", "started_at", "ended_at"]].assign(ended_at=spells["ended_at"].fillna(forever))
    uses = uses.reset_index(names="use")[["use", "customer_id", "used_at"]]
    inside = uses.merge(spells, on="customer_id").query("started_at <= used_at <= ended_at")
    assert inside["use"].nunique() == len(uses)


def test_as_many_leave_as_the_hazards_say_in_every_band_of_risk(many):
    """Counted a week at a time, within four standard errors; so the truth is the risk, and not only a ranking of it."""
    weeks, ends = frame(many / "truth", "weeks"), frame(many / "truth", "ends").query("left_as == 'voluntary'")
    monday = pd.to_datetime(ends["ended_on"]) - pd.to_timedelta(
        pd.to_datetime(ends["ended_on"]).dt.day_of_week, unit="D"
    )
    left = pd.MultiIndex.from_arrays([ends["customer_id"], monday.dt.date])
    weeks["left"] = pd.MultiIndex.from_arrays([weeks["customer_id"], weeks["as_of"]]).isin(left)
    weeks["chance"] = 1 - np.exp(-weeks["hazard_1"].astype(float))
    for _, band in weeks.groupby(pd.qcut(weeks["chance"], 8)):
        spread = np.sqrt((band["chance"] * (1 - band["chance"])).sum())
        assert abs(band["left"].sum() - band["chance"].sum()) < 4 * spread


def test_who_is_made_to_leave_is_labelled_involuntary_and_who_leaves_voluntary(many):
    """On every as-of date, also of those whose reason the business did not write down."""
    tables, truth = checked(many / "source").tables, frame(many / "truth", "ends")
    counted = 0
    for back in range(1, 10):
        as_of = business.END - timedelta(days=28 * back)
        population = at_risk(tables, as_of, CANCELLATION)
        found = labelled(population, tables, as_of, CANCELLATION).to_pyarrow().to_pandas().dropna(subset=["left_as"])
        window = truth[(truth["ended_on"] >= as_of) & (truth["ended_on"] < as_of + timedelta(days=28))]
        last = window.sort_values("ended_at").groupby("customer_id").last()
        assert list(found["left_as"]) == list(last.loc[found["customer_id"], "left_as"])
        assert list(found["churned"].fillna(value=False)) == list(found["left_as"] == "voluntary")
        counted += (found["left_as"] == "involuntary").sum()
    assert counted > 50


def test_the_effect_of_an_action_follows_from_the_truth(many):
    """Each action has customers it keeps and customers it drives away, so whom to contact can be done well or badly."""
    weeks, people = frame(many / "truth", "weeks"), frame(many / "truth", "people")
    newest = weeks[weeks["as_of"] == business.END - timedelta(days=28)]
    told = newest.merge(people, on="customer_id")
    before = risk(told[list(HAZARDS)])
    assert ((before > 0) & (before < 1)).all()
    for action in business.ACTIONS:
        after = risk(told[list(HAZARDS)], told[f"response_{action.name}"], action.half_life_weeks)
        effect = before - after
        assert effect.max() > 0.02
        assert effect.min() < 0
        assert np.array_equal(np.sign(effect), -np.sign(told[f"response_{action.name}"]))
