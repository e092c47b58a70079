"""What the flow says of a business whose truth is known: who leaves, why, and who was made to."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_up_shop import ROOT
from whole_flow import copy_code, start_flow, wait_for

from pipeline.model.churn_model import ChurnModel
from pipeline.params_file import load_params
from pipeline.progress import Progress
from pipeline.scoring.reasons import explain, reasons
from pipeline.simulation.truth import HAZARDS, risk
from pipeline.simulation.write import write_business
from pipeline.stages.rows import feature_names, snapshot_rows
from pipeline.training.metrics import auc
from pipeline.training.suspects import alone

pytestmark = pytest.mark.slow
PARAMS = ROOT / "examples/params.simulated.yaml"
RECENT_DAYS = 28

FAMILY_OF = {"failed_payments": "payments", "price_rise": "plan", "bad_ticket": "service"}
"""The family of reasons that a planted cause must show in."""
RUN = {"failed_payments": 2, "price_rise": 1, "bad_ticket": 1}
"""This many strikes within RECENT_DAYS before the as-of date: one failed payment is no run."""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the whole flow ran on the shipped example of the simulated business."""
    folder = tmp_path_factory.mktemp("simulated")
    (folder / "params.yaml").write_bytes(PARAMS.read_bytes())
    wait_for(start_flow(folder, copy_code(tmp_path_factory.mktemp("code")), 2), folder)
    return folder


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    """Return the truth of that business, written by itself: the flow never had it."""
    out = tmp_path_factory.mktemp("truth") / "business"
    write_business(load_params(PARAMS).source.simulated, out, Progress("simulate", quiet=True))
    return {name: pd.read_parquet(out / f"truth/{name}-000.parquet") for name in ("weeks", "strikes", "ends")}


@pytest.fixture(scope="module")
def judged(done: Path, truth: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the rows the model was judged on, with `model`, `oracle`, `main_cause` and `reason_1_family`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(done)
        rows = snapshot_rows("test")
        model = ChurnModel.load(Path("models/churn"))
    told = reasons(explain(model, rows), load_params(PARAMS).explain, "EUR")
    rows = rows.assign(model=model.probabilities(rows), reason_1_family=told["reason_1_family"])
    weeks = truth["weeks"].assign(oracle=risk(truth["weeks"][list(HAZARDS)]))
    known = rows.merge(weeks[["customer_id", "as_of", "oracle", "main_cause"]], on=["customer_id", "as_of"])
    assert len(known) == len(rows) > 6000
    return known.assign(churned=known["churned"].astype(float))


def surely_better(first: np.ndarray, second: np.ndarray, rows: pd.DataFrame) -> bool:
    """Say whether one ranking is better than another in 39 of 40 draws of customers, judged on the same draws."""
    chance, churned = np.random.default_rng(5), rows["churned"].to_numpy()
    rows_of = list(rows.groupby("customer_id").indices.values())
    gains = []
    for _ in range(400):
        drawn = np.concatenate([rows_of[place] for place in chance.integers(len(rows_of), size=len(rows_of))])
        gains.append(auc(churned[drawn], first[drawn]) - auc(churned[drawn], second[drawn]))
    return bool(np.quantile(gains, 0.025) > 0)


def test_the_truth_ranks_better_than_the_model(judged):
    churned, oracle, model = (judged[name].to_numpy() for name in ("churned", "oracle", "model"))
    assert auc(churned, oracle) > auc(churned, model)
    assert surely_better(oracle, model, judged)


def best_alone(column: pd.Series, churned: np.ndarray) -> float:
    """Return the best AUC of a column: either way up, missing first or last, or its groups ranked by their own answers."""
    found = [alone(column, churned)]
    if pd.api.types.is_numeric_dtype(column):
        numbers = column.to_numpy(np.float64, na_value=np.nan)
        ranked = [auc(churned, np.nan_to_num(numbers, nan=where)) for where in (-1e9, 1e9)]
        found += [max(one, 1 - one) for one in ranked]
    return max(found)


def test_the_model_ranks_better_than_every_single_feature(done, judged, monkeypatch):
    """A feature may even know the answers it is judged by, to put its values in order; the model may not."""
    monkeypatch.chdir(done)
    names, churned = feature_names(snapshot_rows("test")), judged["churned"].to_numpy()
    apart = {name: best_alone(judged[name], churned) for name in names}
    assert len(apart) > 150
    assert auc(churned, judged["model"].to_numpy()) > max(apart.values())
    best = judged[max(apart, key=lambda name: apart[name])].to_numpy(np.float64, na_value=np.nan)
    way = np.nan_to_num(best, nan=1e9)
    assert surely_better(judged["model"].to_numpy(), way if auc(churned, way) > 0.5 else -way, judged)


def hit(rows: pd.DataFrame, strikes: pd.DataFrame, cause: str, days: int, times: int = 1) -> np.ndarray:
    """Mark the rows whose customer a cause struck that often in so many days before the as-of date."""
    struck = strikes[strikes["cause"] == cause].merge(rows[["customer_id", "as_of"]], on="customer_id")
    ago = (pd.to_datetime(struck["as_of"]) - pd.to_datetime(struck["struck_by"])).dt.days
    count = struck[(ago >= 0) & (ago < days)].groupby(["customer_id", "as_of"]).size()
    often = pd.MultiIndex.from_frame(count[count >= times].index.to_frame())
    return pd.MultiIndex.from_frame(rows[["customer_id", "as_of"]]).isin(often)


@pytest.fixture(params=["the dates it was judged on", "the newest list"])
def told(request: pytest.FixtureRequest, done: Path, judged: pd.DataFrame) -> pd.DataFrame:
    """Return `customer_id`, `as_of` and the family of the first reason, of judged rows or of the list that was written."""
    return judged if "judged" in request.param else pd.read_parquet(done / "data/reasons.parquet")


@pytest.mark.parametrize("cause", FAMILY_OF)
def test_a_planted_cause_is_the_first_reason_of_most_it_hit_and_of_few_others(told, truth, cause):
    is_hit = hit(told, truth["strikes"], cause, RECENT_DAYS, RUN[cause])
    leads = (told["reason_1_family"] == FAMILY_OF[cause]).to_numpy()
    never = ~hit(told, truth["strikes"], cause, 100_000)
    assert is_hit.sum() >= 30
    assert leads[is_hit].mean() > 0.5
    assert leads[never].mean() < 0.05


@pytest.mark.parametrize("cause", FAMILY_OF)
def test_who_leaves_most_of_all_for_a_planted_cause_reads_it_first(judged, cause):
    """However long ago it struck: where it is the strongest cause in the hazard and doubles it."""
    rows = judged[judged["main_cause"] == cause]
    assert len(rows) > 100
    assert (rows["reason_1_family"] == FAMILY_OF[cause]).mean() > 0.5


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ("failed_payments", "failed"),
        ("price_rise", "price rose"),
        ("bad_ticket", "ticket"),
    ],
)
def test_the_sentence_names_the_cause(done, truth, cause, words):
    """The family alone would not do: a plan is also a name and a price, and a payment also a card that expires."""
    listed = pd.read_parquet(done / "data/reasons.parquet")
    is_hit = hit(listed, truth["strikes"], cause, RECENT_DAYS, RUN[cause])
    assert listed.loc[is_hit, "reason_1"].str.contains(words).mean() > 0.5


def test_a_run_of_failed_payments_goes_to_the_payment_route_and_never_gets_a_discount(done, truth):
    """Unless it is over: a payment that works ends it, and who allows no contact is left alone."""
    listed = pd.read_csv(done / "reports/campaign.csv", dtype={"customer_id": str}, parse_dates=["as_of"])
    listed["as_of"] = listed["as_of"].dt.date
    with_run = listed[hit(listed, truth["strikes"], "failed_payments", RECENT_DAYS, 2)]
    assert (with_run["decision"] == "payment_route").mean() > 0.5


def involuntary(ends: pd.DataFrame, as_of: object, horizon_days: int) -> set[str]:
    """Return whose last end in a label window was, in truth, the company's after payments that failed."""
    close = as_of + timedelta(days=horizon_days)
    within = ends[(ends["ended_on"] >= as_of) & (ends["ended_on"] < close)].sort_values("ended_at")
    last = within.groupby("customer_id").tail(1)
    return set(last.loc[last["left_as"] == "involuntary", "customer_id"])


def test_who_was_made_to_leave_by_a_failed_payment_is_labelled_involuntary_and_nobody_else(done, truth):
    """On every as-of date with an answer, whether or not the tables tell the reason; they are not learnt from."""
    rows = pd.read_parquet(done / "data/snapshots.parquet")
    answered, ends = rows[rows["role"] != "score"], truth["ends"]
    horizon = load_params(PARAMS).snapshots.horizon_days
    only = set(ends.groupby("customer_id").filter(lambda mine: (mine["left_as"] == "involuntary").all())["customer_id"])
    counted = untold = 0
    for as_of, people in answered.groupby("as_of"):
        made_to = involuntary(ends, as_of, horizon)
        labelled = people[people["left_as"] == "involuntary"]
        assert set(labelled["customer_id"]) == made_to & set(people["customer_id"])
        assert labelled["churned"].isna().all()
        counted += len(made_to & only & set(people["customer_id"]))
        untold += int((~ends.set_index("customer_id")["reason_told"].loc[list(labelled["customer_id"])]).sum())
    assert counted > 150
    assert untold > 20
