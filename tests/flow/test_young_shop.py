"""A shop that learns while it is young, from its orders alone: what is longer than its data counts everything so far."""

import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from made_up_shop import TABLES
from nightly import churn, now
from whole_flow import shop_after_the_flow

pytestmark = pytest.mark.slow

YOUNG = {
    "source__files__tables": {"bestellungen": TABLES["bestellungen"]},
    "snapshots__history_days": 60,
    "snapshots__newest_as_of": "2023-07-01",
    "train__max_rounds": 60,
    "train__min_churners": 15,
    "evaluate__replicates": 100,
}
NEWEST_LEARNT_DAYS = 125


@pytest.fixture(scope="module")
def young(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a finished flow, whose newest date to learn from has 125 days of purchases before it."""
    return shop_after_the_flow(tmp_path_factory, **YOUNG)


def test_no_column_looks_back_further_than_the_newest_date_learnt_from(young):
    names = pq.read_schema(young / "data/features.parquet").names
    assert "orders_91d" in names
    assert "orders_so_far" in names
    assert [name for name in names if name.endswith("_182d")] == []


def test_the_features_stage_says_so(young):
    assert f"no date to learn from has more than {NEWEST_LEARNT_DAYS} days of purchases before it" in _said(
        young, "features"
    )


def test_the_nightly_job_counts_as_the_flow_does(young):
    code, said = churn(young, "batch", "--as-of", "newest", "--out", "lists")
    assert code == 0, said
    for name in ("scores", "reasons"):
        told = [
            pd.read_parquet(path) for path in (young / f"data/{name}.parquet", now(young / "lists") / f"{name}.parquet")
        ]
        pd.testing.assert_frame_equal(*(rows.drop(columns="run_id", errors="ignore") for rows in told))


def test_none_of_them_sees_the_future(young):
    code, said = churn(young, "leaktest")
    assert code == 0, said
    assert "none noticed" in said


def test_the_simple_rules_count_so_too(young):
    found = json.loads((young / "reports/evaluation.json").read_text())
    assert {"frequency", "rfm_logistic"} <= {rule["name"] for rule in found["baselines"]}


def test_the_catalogue_shows_them_with_their_coverage(young):
    code, said = churn(young, "catalogue")
    assert code == 0
    assert "Purchases so far" in said


def _said(folder: Path, stage: str) -> str:
    code, said = churn(folder, stage)
    assert code == 0, said
    return said
