"""A nightly list at its edges: nobody, one customer, a moved world, other surroundings, and ids that mean harm."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from made_up_shop import HOSTILE, write_params, write_shop
from nightly import EARLIER, churn, litter, now, runs
from test_flow import Page

from pipeline.artifacts import file_hashes, read_json, sha256
from pipeline.campaign.spreadsheet import read_campaign_csv
from pipeline.features.catalogue import feature_named
from pipeline.monitoring.findings import SCORE
from pipeline.params_file import load_params
from pipeline.scoring import publish

WITHOUT_HARM = "K00000"
ALL_VERY_HIGH = {"medium": 0.0, "high": 0.0001, "very_high": 0.0002}


def settings(shop: Path, name: str, **changes: dict[str, object]) -> str:
    """Write the shop's params under a name of their own, each section named in `changes` updated."""
    params = yaml.safe_load((shop / "params.yaml").read_text(encoding="utf-8"))
    write_params(shop / name, params | {section: params[section] | changed for section, changed in changes.items()})
    return name


def shop_of(shop: Path, folder: Path, keep: Callable[[str], bool]) -> Path:
    """Copy the shop with the rows of some customers alone."""
    shutil.copytree(shop, folder, ignore=shutil.ignore_patterns("lists", "source"))
    write_shop(folder / "data/source", keep=keep)
    return folder


def published(where: Path, *arguments: str, **variables: str) -> Path:
    """Run a job to its good end and return the folder of its list."""
    code, said = churn(where, "batch", *arguments, **variables)
    assert code == 0, said
    return now(Path(arguments[arguments.index("--out") + 1]))


@pytest.fixture(scope="module")
def changed(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return lists in which every hostile id is new, then in another band, then gone, by what happened."""
    home = tmp_path_factory.mktemp("changed")
    out = ("--out", str(home / "lists"))
    without = shop_of(shop, home / "without", lambda customer: customer not in HOSTILE)
    published(without, "--as-of", EARLIER, *out)
    other_bands = settings(shop, "bands.yaml", score={"bands": ALL_VERY_HIGH})
    return {
        "new": published(shop, "--as-of", EARLIER, *out),
        "moved": published(shop, "--params", other_bands, "--as-of", EARLIER, *out),
        "gone": published(without, "--as-of", "2024-03-02", *out),
    }


@pytest.mark.slow
@pytest.mark.parametrize("change", ["new", "moved", "gone"])
def test_every_hostile_id_stands_unharmed_in_what_changed_and_runs_nowhere(changed, change):
    text = (changed[change] / "changes.csv").read_text(encoding="utf-8")
    told = read_campaign_csv(text).set_index("customer_id")["change"]
    assert told[list(HOSTILE)].to_list() == [change] * len(HOSTILE)
    assert '"\'=cmd()"' in text
    assert not re.search(r'(^|,)"?[=+@]', text, flags=re.MULTILINE)


@pytest.mark.slow
def test_no_hostile_id_becomes_a_place_on_the_disk(changed):
    lists = changed["new"].parents[1]
    assert {path.name for path in lists.parent.iterdir()} == {"lists", "without"}
    assert all(re.fullmatch(r"as_of=[\d-]{10}/run=\w{12}", name) for name in runs(lists))
    parts = {part for path in lists.rglob("*") for part in path.relative_to(lists).parts}
    assert parts & set(HOSTILE) == set()


SURROUNDINGS = {
    "a zone of three quarters of an hour": {"TZ": "Asia/Kathmandu"},
    "plain C": {"LANG": "C", "LC_ALL": "C"},
    "plain C and no UTF-8 in Python": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "hashes of one seed": {"PYTHONHASHSEED": "1"},
    "hashes of another": {"PYTHONHASHSEED": "2"},
    "one thread": {"CHURN_THREADS": "1", "OMP_NUM_THREADS": "1"},
}


def bytes_of(folder: Path) -> dict[str, str]:
    """Return the sha256 of every file of a list, the manifest among them, below its own run."""
    return file_hashes(folder) | {"run": folder.name, "manifest": sha256(folder / "manifest.json")}


def test_all_surroundings_at_once_and_another_working_folder_give_the_same_bytes(shop, two_nights, tmp_path):
    source = yaml.safe_load((shop / "params.yaml").read_text(encoding="utf-8"))["source"]
    source["files"]["folder"] = str(shop / "data/source")
    settings(shop, "absolute.yaml", source=source)
    places = ("--params", "absolute.yaml"), ("--model", "models/churn"), ("--evaluation", "reports/evaluation.json")
    named = [part for option, place in places for part in (option, str(shop / place))]
    surroundings = {name: value for one in SURROUNDINGS.values() for name, value in one.items()}
    found = published(tmp_path, "--as-of", EARLIER, "--out", str(tmp_path / "lists"), *named, **surroundings)
    assert "report.html" in bytes_of(found)
    assert bytes_of(found) == bytes_of(two_nights / publish.published(two_nights)[0])


@pytest.mark.slow
@pytest.mark.parametrize("surroundings", SURROUNDINGS.values(), ids=SURROUNDINGS)
def test_no_surroundings_change_a_byte(shop, two_nights, tmp_path, surroundings):
    found = published(shop, "--as-of", EARLIER, "--out", str(tmp_path / "lists"), **surroundings)
    assert bytes_of(found) == bytes_of(two_nights / publish.published(two_nights)[0])


def test_a_date_without_anybody_at_risk_is_nothing_to_do_and_the_old_list_stays(shop, lists):
    before, held = runs(lists), now(lists)
    code, said = churn(shop, "batch", "--as-of", "2023-01-01", "--out", str(lists))
    assert code == 4
    assert said.splitlines()[-1].strip() == (
        "Nobody is at risk on 2023-01-01: no customer did anything in the 182 days before it (snapshots.at_risk_days). "
        "Choose another date (--as-of), or look at the tables."
    )
    assert (runs(lists), now(lists), litter(lists)) == (before, held, [])


@pytest.mark.slow
def test_a_features_file_without_a_row_is_nothing_to_do(shop, lists, tmp_path):
    held = now(lists)
    features = kept_features(shop, tmp_path, lambda rows: rows.slice(0, 0))
    code, said = churn(shop, "batch", "--features", str(features), "--out", str(lists))
    assert code == 4
    assert f"{features} holds no customer, so there is nobody to list" in said
    assert (now(lists), litter(lists)) == (held, [])


def kept_features(shop: Path, folder: Path, chosen: Callable[[pa.Table], pa.Table]) -> Path:
    """Write chosen rows of the features of a list, with their sha256 beside them."""
    made = published(shop, "--as-of", EARLIER, "--keep-features", "--out", str(folder / "made"))
    path = folder / "features.parquet"
    pq.write_table(chosen(pq.read_table(made / "features.parquet")), path)
    path.with_name(f"{path.name}.sha256").write_text(f"{sha256(path)}  {path.name}\n", encoding="utf-8")
    return path


@pytest.mark.slow
@pytest.mark.parametrize("customer", [HOSTILE[0], WITHOUT_HARM])
def test_a_business_of_one_customer_has_a_list_a_page_and_what_changed(shop, tmp_path, customer):
    alone = shop_of(shop, tmp_path / "alone", lambda one: one == customer)
    day = "2023-06-01"
    found = published(alone, "--as-of", day, "--out", str(tmp_path / "lists"))
    assert pq.read_table(found / "scores.parquet")["customer_id"].to_pylist() == [customer]
    assert list(read_campaign_csv((found / "list.csv").read_text(encoding="utf-8"))["customer_id"]) == [customer]
    page = Page((found / "report.html").read_text(encoding="utf-8"))
    assert [row["id"] for row in page.data()["rows"]] == [customer]
    assert any("1 customer could still leave" in text for text in page.seen)
    next_day = published(alone, "--as-of", "2023-06-02", "--out", str(tmp_path / "lists"))
    assert read_json(next_day / "changes.json")["top_jaccard"] == 1


@pytest.mark.slow
def test_one_row_of_a_features_file_is_a_list_of_one(shop, tmp_path):
    features = kept_features(shop, tmp_path, lambda rows: rows.slice(7, 1))
    found = published(shop, "--features", str(features), "--out", str(tmp_path / "lists"))
    assert pq.read_metadata(found / "scores.parquet").num_rows == 1


@pytest.mark.slow
def test_a_handful_of_customers_is_no_moved_world(shop, tmp_path):
    """Three customers fall into three of ten bins: chance alone, however far the index goes."""
    found = published(shop, "--as-of", "2023-01-03", "--out", str(tmp_path / "lists"))
    drift = read_json(found / "drift.json")
    assert drift["score"]["statistic"] > load_params(shop / "params.yaml").drift.stop_stability_index
    assert not drift["score"]["drifted"]


def test_a_world_that_moved_is_refused_with_what_moved_in_words_and_what_to_do(shop, lists):
    before, held = runs(lists), now(lists)
    code, said = churn(shop, "batch", "--as-of", "2023-05-01", "--out", str(lists))
    assert code == 8
    told = said.splitlines()[-1]
    learnt = read_json(shop / "models/churn/profile.json")["columns"]
    words = [feature_named(name).words for name in learnt if name != SCORE]
    assert re.search(
        r"Risks have moved by \d\.\d\d .* beyond drift.stop_stability_index 0.5; no list was published", told
    )
    [named] = re.findall(r"behaviours have moved since the model learned \((.*); and \d+ more\)", told)
    assert set(named.split("; ")) <= set(words)
    assert not [name for name in learnt if re.search(rf"\b{re.escape(name)}\b", told)]
    assert told.strip().endswith("Train again on newer dates, or look for what changed in the data.")
    assert (runs(lists), now(lists), litter(lists)) == (before, held, [])
