"""The nightly job: the same again is nothing, one of two wins, and `current` always leads to a whole list."""

import json
import random
import re
import resource
import shutil
import signal
import time
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from made_up_shop import HOSTILE
from nightly import EARLIER, churn, litter, now, runs, start

from pipeline.artifacts import MANIFEST, sha256, verify_folder
from pipeline.campaign.spreadsheet import read_campaign_csv
from pipeline.scoring import publish


def test_the_job_gives_the_same_scores_reasons_and_list_as_the_flow(two_nights, done):
    flow = pd.read_parquet(done / "data/scores.parquet").drop(columns="run_id")
    batch = pd.read_parquet(now(two_nights) / "scores.parquet").drop(columns="run_id")
    pd.testing.assert_frame_equal(batch, flow)
    told = [pd.read_parquet(path) for path in (now(two_nights) / "reasons.parquet", done / "data/reasons.parquet")]
    pd.testing.assert_frame_equal(*told)
    assert (now(two_nights) / "list.csv").read_text() == (done / "reports/campaign.csv").read_text()
    pages = [path.read_text() for path in (now(two_nights) / "report.html", done / "reports/report.html")]
    sections = [re.findall(r'<section id="(\w+)"', page) for page in pages]
    assert sections[0] == [*sections[1][:-2], "changes", *sections[1][-2:]]


def test_the_same_again_writes_nothing_and_says_so(shop, two_nights):
    before = {
        path: path.stat().st_mtime_ns for path in two_nights.rglob("*") if path.name not in {".lock", ".lock.holder"}
    }
    code, said = churn(shop, "batch", "--as-of", "newest", "--out", "lists")
    after = {
        path: path.stat().st_mtime_ns for path in two_nights.rglob("*") if path.name not in {".lock", ".lock.holder"}
    }
    assert code == 0
    assert said.rstrip().endswith("holds this list already; nothing was written")
    assert {path: time for path, time in after.items() if path != two_nights} == {
        path: time for path, time in before.items() if path != two_nights
    }


def test_the_same_again_after_a_rollback_leads_back_to_the_list_and_says_so(shop, lists):
    later = now(lists)
    assert churn(shop, "rollback", "--out", str(lists))[0] == 0
    code, said = churn(shop, "batch", "--as-of", "newest", "--out", str(lists))
    assert code == 0
    assert said.rstrip().endswith("nothing was written; " + str(lists / "current") + " now leads to it")
    assert now(lists) == later


def test_changes_name_who_is_new_gone_or_in_another_band(two_nights):
    changed = read_campaign_csv((now(two_nights) / "changes.csv").read_text())
    told = json.loads((now(two_nights) / "changes.json").read_text())
    earlier = pq.read_table(two_nights / publish.published(two_nights)[0] / "scores.parquet").to_pandas()
    later = pq.read_table(now(two_nights) / "scores.parquet").to_pandas()
    bands = [dict(zip(one["customer_id"], one["risk_band"], strict=True)) for one in (earlier, later)]
    expected = {name for name in bands[0].keys() | bands[1].keys() if bands[0].get(name) != bands[1].get(name)}
    assert set(changed["customer_id"]) == expected
    assert told["new"] == len(bands[1].keys() - bands[0].keys())
    assert told["gone"] == len(bands[0].keys() - bands[1].keys())
    assert 0 < told["top_jaccard"] <= 1


def test_hostile_ids_survive_every_file_of_a_list(two_nights):
    folder = now(two_nights)
    for name in ("scores.parquet", "reasons.parquet"):
        assert set(HOSTILE) <= set(pq.read_table(folder / name)["customer_id"].to_pylist())
    assert set(HOSTILE) <= set(read_campaign_csv((folder / "list.csv").read_text())["customer_id"])
    assert not any(line.startswith(("=", "+", "@")) for line in (folder / "list.csv").read_text().splitlines())
    page = (folder / "report.html").read_text()
    assert page.count("</script>") == page.count("<script")
    assert "<img src=x" not in page


def test_rollback_leads_back_to_the_list_before_and_then_to_none(lists):
    first, second = publish.published(lists)
    assert now(lists) == lists / second
    assert churn(lists.parent, "rollback", "--out", "lists")[0] == 0
    assert now(lists) == lists / first
    code, said = churn(lists.parent, "rollback", "--out", "lists")
    assert code == 4
    assert "holds no list before the current one" in said
    assert now(lists) == lists / first


def test_a_date_beyond_the_data_is_refused_with_the_date_the_data_ends(shop, lists):
    before = runs(lists)
    code, said = churn(shop, "batch", "--as-of", "2025-01-01", "--out", str(lists))
    assert code == 3
    assert "The data end before 2024-" in said
    assert runs(lists) == before


@pytest.mark.parametrize("spoil", ["cut", "flipped"])
def test_a_spoilt_model_is_refused_before_use(shop, lists, tmp_path, spoil):
    shutil.copytree(shop / "models/churn", tmp_path / "model")
    path = tmp_path / "model/model.json"
    content = bytearray(path.read_bytes())
    if spoil == "cut":
        del content[len(content) // 2 :]
    else:
        content[len(content) // 2] ^= 1
    path.write_bytes(content)
    before = runs(lists)
    code, said = churn(shop, "batch", "--model", str(tmp_path / "model"), "--out", str(lists))
    assert code == 5
    assert "model.json is not the file that was written" in said
    assert runs(lists) == before


def test_a_model_of_another_question_is_refused(shop, lists):
    other = (shop / "params.yaml").read_text().replace("horizon_days: 28", "horizon_days: 56", 1)
    (shop / "other.yaml").write_text(other)
    code, said = churn(shop, "batch", "--params", "other.yaml", "--out", str(lists))
    assert code == 2
    assert "answers another question: its horizon_days is 28, but snapshots.horizon_days is 56" in said


def test_a_full_disk_leaves_the_old_list_and_no_litter(shop, lists):
    before, held = runs(lists), now(lists)
    small = 20_000
    code, said = churn(
        shop,
        "batch",
        "--as-of",
        "2024-03-15",
        "--out",
        str(lists),
        limit=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (small, small)),
    )
    assert code == 7, said
    assert runs(lists) == before
    assert now(lists) == held
    assert litter(lists) == []


def pair_at_once(shop: Path, lists: Path, as_of: str) -> None:
    """Start two jobs for one list and demand that one whole list comes of it."""
    jobs = [start(shop, "batch", "--as-of", as_of, "--out", str(lists)) for _ in range(2)]
    told = [(job.communicate(timeout=300)[1], job.returncode) for job in jobs]
    assert sorted(code for _, code in told) in ([0, 0], [0, 6]), told
    for said, code in told:
        assert code == 0 or "is being written by process" in said
    assert now(lists).parent.name == f"as_of={as_of}"
    assert litter(lists) == []


def test_of_two_jobs_at_once_one_wins_and_the_other_says_who_holds_the_lock(shop, lists):
    pair_at_once(shop, lists, "2024-03-15")


@pytest.mark.slow
def test_twenty_pairs_at_once_leave_one_whole_list_each(shop, lists):
    for day in range(1, 21):
        pair_at_once(shop, lists, f"2024-03-{day:02}")


def killed_at(shop: Path, lists: Path, seconds: float, as_of: str) -> None:
    """Kill a job after so many seconds; the old list or the new one must be whole, and the next job must clean up."""
    held = now(lists)
    job = start(shop, "batch", "--as-of", as_of, "--out", str(lists))
    time.sleep(seconds)
    job.send_signal(signal.SIGKILL)
    job.communicate(timeout=60)
    assert now(lists) in {held, *lists.glob(f"as_of={as_of}/run=*")}
    for folder in lists.glob("as_of=*/run=*"):
        assert (folder / MANIFEST).exists()
        verify_folder(folder)


def test_a_job_killed_on_the_way_leaves_a_whole_list_and_the_next_one_cleans_up(shop, lists):
    for place, seconds in enumerate((1.5, 2.5, 3.5)):
        killed_at(shop, lists, seconds, f"2024-02-{10 + place}")
    assert churn(shop, "batch", "--as-of", "2024-02-20", "--out", str(lists))[0] == 0
    assert litter(lists) == []


@pytest.mark.slow
def test_jobs_killed_at_fifty_moments_leave_whole_lists(shop, lists):
    moments = random.Random(20170101)
    for place in range(50):
        killed_at(shop, lists, moments.uniform(0.5, 5.5), f"2024-0{1 + place % 3}-{1 + place // 3:02}")
    assert churn(shop, "batch", "--as-of", "2024-02-28", "--out", str(lists))[0] == 0
    assert litter(lists) == []


def test_a_list_made_of_kept_features_is_the_list_made_of_the_source(shop, tmp_path):
    lists, again = tmp_path / "lists", tmp_path / "again"
    assert churn(shop, "batch", "--as-of", EARLIER, "--keep-features", "--out", str(lists))[0] == 0
    features = str(now(lists) / "features.parquet")
    code, said = churn(shop, "batch", "--features", features, "--out", str(again))
    assert code == 0, said
    assert "no page: a file of features holds no history" in said
    for name in ("scores.parquet", "reasons.parquet"):
        one, other = (pq.read_table(folder / name) for folder in (now(lists), now(again)))
        assert one.drop_columns([n for n in one.column_names if n == "run_id"]).equals(
            other.drop_columns([n for n in other.column_names if n == "run_id"])
        )
    assert (now(lists) / "list.csv").read_bytes() == (now(again) / "list.csv").read_bytes()
    code, said = churn(shop, "batch", "--as-of", "2024-03-02", "--features", features, "--out", str(again))
    assert code == 3
    assert f"holds the customers of {EARLIER}, but a list as of 2024-03-02 was asked for" in said


@pytest.mark.parametrize("spoil", ["cut", "flipped"])
def test_a_spoilt_features_file_is_refused_before_use(shop, tmp_path, spoil):
    lists = tmp_path / "lists"
    assert churn(shop, "batch", "--as-of", EARLIER, "--keep-features", "--out", str(lists))[0] == 0
    path = tmp_path / "features.parquet"
    shutil.copy(now(lists) / "features.parquet", path)
    (tmp_path / "features.parquet.sha256").write_text(f"{sha256(path)}  features.parquet\n")
    content = bytearray(path.read_bytes())
    if spoil == "cut":
        del content[len(content) // 2 :]
    else:
        content[len(content) // 2] ^= 1
    path.write_bytes(content)
    code, said = churn(shop, "batch", "--features", str(path), "--out", str(lists))
    assert code == 5
    assert "features.parquet is not the file that was written" in said
