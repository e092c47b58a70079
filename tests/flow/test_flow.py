"""From a folder of foreign CSV files to a list of customers: nothing but `source` in params.yaml was changed."""

import json
import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
from made_up_shop import HOSTILE

from pipeline.artifacts import read_json, sha256
from pipeline.campaign.spreadsheet import read_campaign_csv
from pipeline.features.families import FAMILIES
from pipeline.model.churn_model import ChurnModel
from pipeline.reports.packed import unpack

PRODUCTS = (
    "data/checked/purchases.parquet",
    "data/checked/customers.parquet",
    "data/checked/contacts.parquet",
    "data/checked/quarantine.parquet",
    "data/checked/contract.json",
    "data/snapshots.parquet",
    "data/features.parquet",
    "models/churn/model.json",
    "models/churn/manifest.json",
    "models/churn/profile.json",
    "models/run.json",
    "reports/evaluation.json",
    "reports/drift.json",
    "data/scores.parquet",
    "data/reasons.parquet",
    "reports/campaign.csv",
    "reports/campaign.json",
    "reports/campaign.xlsx",
    "reports/report.html",
    "reports/report.json",
    "reports/kpis.json",
)
SAME_BYTES = tuple(name for name in PRODUCTS if name != "models/run.json")
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
DECISIONS = {
    "opted_out",
    "payment_route",
    "cooldown",
    "lost_cause",
    "sure_thing",
    "below_value",
    "holdout",
    "capacity",
    "budget",
    "contact",
}


def frame(path: Path) -> pd.DataFrame:
    return pq.read_table(path).to_pandas(date_as_object=True)


@pytest.fixture(scope="session")
def scores(done: Path) -> pd.DataFrame:
    return frame(done / "data/scores.parquet")


@pytest.fixture(scope="session")
def reasons(done: Path) -> pd.DataFrame:
    return frame(done / "data/reasons.parquet")


@pytest.fixture(scope="session")
def listed(done: Path) -> pd.DataFrame:
    return read_campaign_csv((done / "reports/campaign.csv").read_text(encoding="utf-8"))


def logistic(log_odds: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-log_odds))


def contributions(reasons: pd.DataFrame) -> pd.DataFrame:
    """Return the contributions alone, the columns named by family."""
    columns = [name for name in reasons if name.startswith("contribution_")]
    return reasons[columns].rename(columns=lambda name: name.removeprefix("contribution_"))


def points(scores: pd.DataFrame, reasons: pd.DataFrame) -> pd.DataFrame:
    """Return contributions in percentage points: 100 (p - p0) is shared out in proportion to them."""
    base, log_odds = (scores[name].to_numpy() for name in ("base_log_odds", "log_odds"))
    moved = 100 * (logistic(log_odds) - logistic(base))
    return contributions(reasons).mul(moved / (log_odds - base), axis=0)


@pytest.mark.parametrize("name", PRODUCTS)
def test_every_product_is_left_behind(done, name):
    assert (done / name).stat().st_size > 0


def test_nothing_half_written_is_left_behind(done):
    left = [path for path in done.rglob("*") if path.is_file() and path.parent.name != "source"]
    products = {str(path.relative_to(done)) for path in left} - {"params.yaml", "flow.log"}
    others = {name for name in products if not name.startswith(("mlflow.db", "mlartifacts/"))}
    assert others == {*PRODUCTS, "data/checked/manifest.json"}


@pytest.mark.parametrize("name", SAME_BYTES)
def test_one_thread_without_a_diary_and_two_threads_with_one_write_equal_bytes(runs, name):
    """Only `models/run.json` may differ: it holds the id that MLflow gave the run."""
    assert sha256(runs[1] / name) == sha256(runs[2] / name)


def test_only_the_diary_knows_whether_a_run_was_tracked(runs):
    alone, tracked = (read_json(runs[threads] / "models/run.json") for threads in (1, 2))
    assert alone["mlflow_run_id"] is None
    assert tracked["mlflow_run_id"]
    assert alone | {"mlflow_run_id": ""} == tracked | {"mlflow_run_id": ""}


def test_foreign_rows_are_read_to_the_last_cent_and_day(done):
    """1 January is 2023-01-01 by day first, 5,59 is 559 cents, and an evening in Berlin stays on its day."""
    tables = read_json(done / "data/checked/contract.json")["tables"]
    assert {kind: facts["quarantined"] for kind, facts in tables.items()} == dict.fromkeys(tables, 0)
    assert (tables["purchases"]["first_day"], tables["purchases"]["last_day"]) == ("2023-01-01", "2024-03-30")
    purchases = frame(done / "data/checked/purchases.parquet")
    assert set(purchases["category"]) == {"Brot", "Käse", "Wein", "Gemüse"}
    assert set(purchases["discount"].dropna()) == {50}
    assert purchases["amount"].between(250, 4 * 1400 + 99).all()
    assert set(purchases["hour"]) == set(range(8, 20))


def test_the_declared_attribute_is_a_feature_and_permission_is_none(done):
    features = ChurnModel.load(done / "models/churn").features
    assert "attribute_origin" in features
    assert not [name for name in features if "permission" in name]


def test_everyone_at_risk_on_the_scoring_date_is_scored_once(done, scores):
    snapshots = frame(done / "data/snapshots.parquet")
    at_risk = snapshots.loc[snapshots["role"] == "score", "customer_id"]
    assert sorted(scores["customer_id"]) == sorted(at_risk)
    assert list(scores["risk_rank"]) == list(range(1, len(scores) + 1))
    assert scores["churn_probability"].is_monotonic_decreasing


def test_base_and_contributions_are_the_log_odds_and_their_logistic_the_probability(scores, reasons):
    assert list(reasons["customer_id"]) == list(scores["customer_id"])
    added = scores["base_log_odds"] + contributions(reasons).sum(axis=1)
    assert (added - scores["log_odds"]).abs().max() <= 1e-9
    assert np.abs(logistic(scores["log_odds"]) - scores["churn_probability"]).max() <= 1e-9


def test_a_family_contributes_what_the_models_features_of_it_do(done, scores, reasons):
    model, rows = ChurnModel.load(done / "models/churn"), frame(done / "data/features.parquet")
    scored = rows[rows["as_of"] == scores["as_of"].iloc[0]].set_index("customer_id", drop=False)
    by_feature = pd.DataFrame(model.contributions(scored.loc[scores["customer_id"]])).T
    by_family = by_feature.groupby(list(model.families)).sum().T
    found = contributions(reasons)
    assert set(found) == set(by_family) <= set(FAMILIES)
    assert (found - by_family[list(found)]).abs().to_numpy().max() <= 1e-9


@pytest.mark.parametrize("reason", ["reason_1", "reason_2", "reason_3", "protective_reason", "actionable_reason"])
def test_the_points_of_a_reason_are_its_familys_contribution(scores, reasons, reason):
    told = reasons[f"{reason}_family"].notna()
    all_points = points(scores, reasons)
    of_family = [all_points.loc[row, reasons.loc[row, f"{reason}_family"]] for row in reasons.index[told]]
    assert told.any()
    assert np.abs(reasons.loc[told, f"{reason}_points"].to_numpy() - of_family).max() <= 1e-9


def test_reasons_are_the_families_that_raise_the_risk_most_and_the_one_that_lowers_it_most(scores, reasons):
    """Fewer than three are given only where fewer families reach a point, or in proportion less where few leave."""
    least = min(1.0, 10 / (1 + np.exp(-scores["base_log_odds"].iloc[0])))
    for row, of_families in points(scores, reasons).iterrows():
        falling = of_families.sort_values(ascending=False, kind="stable")
        told = [reasons.loc[row, f"reason_{place}_family"] for place in (1, 2, 3)]
        assert [name for name in told if not pd.isna(name)] == list(falling[falling >= least].index[:3])
        lowered = [falling.index[-1]] if falling.iloc[-1] <= -least else []
        assert reasons.loc[[row], "protective_reason_family"].dropna().to_list() == lowered


def test_everyone_scored_has_exactly_one_decision(scores, listed):
    assert listed["customer_id"].is_unique
    assert set(listed["customer_id"]) == set(scores["customer_id"])
    assert set(listed["decision"]) <= DECISIONS
    arms = {"contact": "treatment", "holdout": "control"}
    assert list(listed["arm"]) == [arms.get(decision, "none") for decision in listed["decision"]]


def test_whoever_said_no_is_left_alone(done, listed):
    members = frame(done / "data/checked/customers.parquet").set_index("customer_id")
    refused = listed["customer_id"].map(members["contact_permission"]).eq(False)  # noqa: FBT003
    assert refused.sum() > 10
    assert set(listed.loc[refused, "decision"]) == {"opted_out"}


def test_list_and_scores_say_the_same_of_a_customer(scores, reasons, listed):
    known = scores.merge(reasons, on="customer_id").set_index("customer_id").loc[listed["customer_id"]]
    assert list(listed["churn_probability"].astype(float)) == list(known["churn_probability"].round(4))
    assert list(listed["reason_1"]) == list(known["reason_1"])


@pytest.mark.filterwarnings("ignore:.*extension is not supported")
@pytest.mark.parametrize("customer", HOSTILE)
def test_a_hostile_id_reaches_list_workbook_and_page_as_it_is(done, listed, customer):
    sheet = openpyxl.load_workbook(done / "reports/campaign.xlsx")["List"]
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    rows = read_json(done / "reports/report.json")["list"]["rows"]
    assert list(listed["customer_id"]).count(customer) == 1
    assert [cell.data_type for cell in cells if cell.value == customer] == ["s"]
    assert [row["id"] for row in rows].count(customer) == 1
    assert [row["id"] for row in page(done).data()["rows"]].count(customer) == 1


def test_no_cell_of_the_list_begins_like_a_formula(done):
    text = (done / "reports/campaign.csv").read_text(encoding="utf-8")
    assert '"\'=cmd()"' in text
    assert not re.search(r'(^|,)"?=', text, flags=re.MULTILINE)


class Page(HTMLParser):
    """What a reader sees of a page, and the scripts in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.scripts: list[str] = []
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        """Remember the tag that text stands in."""
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        """Leave it."""
        self._inside = ""

    def handle_data(self, data: str) -> None:
        """Keep a text with those of its sort."""
        if self._inside not in {"script", "style"}:
            self.seen.append(data)
        elif self._inside == "script":
            self.scripts.append(data)

    def data(self) -> dict[str, Any]:
        """Return the list that the page carries."""
        found: dict[str, Any] = unpack(json.loads(self.scripts[0]))
        return found


def page(folder: Path) -> Page:
    return Page((folder / "reports/report.html").read_text(encoding="utf-8"))


def test_every_number_on_the_page_is_in_the_json_beside_it(done):
    known = set(NUMBER.findall((done / "reports/report.json").read_text(encoding="utf-8")))
    shown = {number for text in page(done).seen for number in NUMBER.findall(text)}
    assert len(shown) > 100
    assert shown <= known, sorted(shown - known)


def test_the_page_carries_the_list_of_the_json_beside_it(done):
    assert page(done).data() == read_json(done / "reports/report.json")["list"]


def test_a_customer_is_on_the_page_with_the_probability_of_the_scores(done, scores):
    shown = {row["id"]: row["risk"]["value"] for row in page(done).data()["rows"]}
    assert shown == {row.customer_id: round(row.churn_probability, 4) for row in scores.itertuples()}


def test_the_page_tells_the_rows_of_each_day_that_were_checked(done):
    """The shop's data end on 30 March 2024, the day before the list, and its newsletters go out every thirty days."""
    told = read_json(done / "reports/report.json")["arrived"]
    for kind, drawn in zip(("purchases", "contacts"), told["pictures"], strict=True):
        days = frame(done / f"data/checked/{kind}.parquet")["event_day"].value_counts()
        assert drawn["title"] == kind.capitalize()
        shown = {
            date.fromordinal(date(2024, 3, 3).toordinal() + at): bar["rows"] for at, bar in enumerate(drawn["bars"])
        }
        assert shown == {day: days.get(day, 0) for day in shown}
        assert max(shown) == date(2024, 3, 30)


def test_figures_of_the_page_are_those_of_the_evaluation(done):
    judged = read_json(done / "reports/evaluation.json")["metrics"]
    quality = json.dumps(read_json(done / "reports/report.json")["quality"])
    assert f"{judged['auc']['value']:.3f}" in quality
