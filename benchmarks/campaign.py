"""What contacting by our risks would change, measured as a campaign is: arms drawn at random, and the truth beside it.

Run: `uv run --locked python -m benchmarks.campaign [--customers=30000]`. The simulated business goes through the flow's own
stages with examples/params.simulated.yaml up to the model, on fewer dates. The customers of the date that judges it are then
drawn into two arms, half each, by the salted hash of a campaign; one gets a voucher. Who stays is drawn by the truth, which
knows each customer's chance in either arm; nothing that decides has read it. Then everything is told from the arms alone,
with 95 % intervals, and the truth stands beside it.
"""

import argparse
import tempfile
from contextlib import chdir
from datetime import date
from importlib import import_module
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.campaign.arms import lottery
from pipeline.campaign.uplift import Estimate, Trial, adjusted, effect, policy_value, qini_gain
from pipeline.model.churn_model import ChurnModel
from pipeline.params import Params
from pipeline.params_file import load_params
from pipeline.progress import Progress
from pipeline.simulation.truth import HAZARDS, risk
from pipeline.simulation.write import write_business
from pipeline.stages import products
from pipeline.stages.rows import snapshot_rows
from pipeline.stages.score import values_of

ROOT = Path(__file__).parents[1]
Floats = npt.NDArray[np.float64]
TENTH = 0.1
REPLICATES = 200
TRAIN_DATES = 3
"""Enough for so many customers; more would only take longer."""
DISCOUNT_HALF_LIFE_WEEKS = 6


def main() -> None:
    """Print three tables: the whole list, orders, and rules of whom to contact."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=30_000)
    params = load_params(ROOT / "examples/params.simulated.yaml")
    made = params.source.simulated.model_copy(update={"customers": parser.parse_args().customers})
    params = params.model_copy(
        update={
            "source": params.source.model_copy(update={"simulated": made}),
            "snapshots": params.snapshots.model_copy(update={"max_train_dates": TRAIN_DATES, "test_dates": 1}),
        }
    )
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        for stage in ("contract", "snapshots", "features", "train"):
            import_module(f"pipeline.stages.{stage}").run(params, Progress(stage, quiet=True))
        customers = _with_truth(_scored(params), params)
    trial = _drawn(customers)
    _whole(trial, customers)
    _orders(trial, customers)
    _rules(trial, customers)


def _scored(params: Params) -> pd.DataFrame:
    rows = snapshot_rows("test")
    newest: date = rows["as_of"].max()
    rows = rows[rows["as_of"] == newest].reset_index(drop=True)
    scored = rows[["customer_id", "as_of"]].assign(risk=ChurnModel.load(products.MODEL).probabilities(rows))
    return scored.assign(value=values_of(rows["customer_id"], newest, products.CHECKED, params))


def _with_truth(scored: pd.DataFrame, params: Params) -> pd.DataFrame:
    out = Path("truth").absolute()
    write_business(params.source.simulated, out, Progress("simulate", quiet=True))
    known = scored.merge(_read(out, "weeks"), on=["customer_id", "as_of"]).merge(_read(out, "people"), on="customer_id")
    hazards = known[list(HAZARDS)]
    contacted = risk(hazards, known["response_discount"], DISCOUNT_HALF_LIFE_WEEKS)
    return known.assign(kept_alone=1 - risk(hazards), kept_contacted=1 - contacted)


def _read(out: Path, name: str) -> pd.DataFrame:
    return pd.concat(pd.read_parquet(part) for part in sorted((out / "truth").glob(f"{name}-*.parquet")))


def _drawn(customers: pd.DataFrame) -> Trial:
    treated = lottery("benchmark", customers["customer_id"]) % np.uint64(2) == 0
    chance = np.where(treated, customers["kept_contacted"], customers["kept_alone"])
    kept = np.random.default_rng(1).random(len(customers)) < chance
    return Trial(kept.astype(np.float64), treated, np.full(len(customers), 0.5))


def _whole(trial: Trial, customers: pd.DataFrame) -> None:
    truth = (customers["kept_contacted"] - customers["kept_alone"]).mean()
    print(f"{len(customers):,} customers, {trial.treated.sum():,} of them contacted\n")
    print("| kept more by contacting everybody | told from the arms | truly |\n|---|---|---|")
    plain, less = effect(trial), effect(adjusted(trial, customers["risk"].to_numpy()))
    print(f"| difference of the arms | {_points(plain)} | {100 * truth:.2f} |")
    print(f"| with the risk taken off | {_points(less)} | {100 * truth:.2f} |\n")


def _orders(trial: Trial, customers: pd.DataFrame) -> None:
    effects = (customers["kept_contacted"] - customers["kept_alone"]).to_numpy()
    at_stake = (customers["risk"] * customers["value"]).to_numpy()
    orders = {
        "by risk": customers["risk"].to_numpy(),
        "by risk times value": at_stake,
        "by value": customers["value"].to_numpy(),
        "by the true effect, which nobody knows": effects,
        "at random": np.random.default_rng(2).random(len(customers)),
    }
    print("| order | Qini gain, points | truly |\n|---|---|---|")
    for words, score in orders.items():
        gain, low, high = (100 * one for one in (qini_gain(trial, score), *_interval(trial, score)))
        print(f"| {words} | {gain:.2f} ({low:.2f} to {high:.2f}) | {100 * _truly(effects, score):.2f} |")
    print()


def _truly(effects: Floats, score: Floats) -> float:
    sums = np.concatenate([[0], np.cumsum(effects[np.argsort(-score, kind="stable")])]) / len(effects)
    return float((sums - sums[-1] * np.linspace(0, 1, len(sums))).mean())


def _interval(trial: Trial, score: Floats) -> tuple[float, float]:
    drawing = np.random.default_rng(3)
    gains = []
    for _ in range(REPLICATES):
        who = drawing.integers(len(score), size=len(score))
        gains.append(qini_gain(Trial(trial.outcome[who], trial.treated[who], trial.propensity[who]), score[who]))
    low, high = np.quantile(gains, [0.025, 0.975])
    return float(low), float(high)


def _rules(trial: Trial, customers: pd.DataFrame) -> None:
    effects = customers["kept_contacted"] - customers["kept_alone"]
    rules = {
        "nobody": np.zeros(len(customers), dtype=np.bool_),
        "the tenth with the highest risk": _top(customers["risk"]),
        "a tenth at random": _top(pd.Series(np.random.default_rng(4).random(len(customers)))),
        "the tenth with the largest true effect": _top(effects),
        "everybody": np.ones(len(customers), dtype=np.bool_),
    }
    print("| contacted | kept, told from the arms | without normalising | truly |\n|---|---|---|---|")
    for words, contacts in rules.items():
        truth = np.where(contacts, customers["kept_contacted"], customers["kept_alone"]).mean()
        told, plain = (policy_value(trial, contacts, normalised=one) for one in (True, False))
        print(f"| {words} | {_points(told)} | {_points(plain)} | {100 * truth:.2f} |")


def _top(score: pd.Series) -> npt.NDArray[np.bool_]:
    return np.asarray(score.rank(ascending=False, method="first") <= TENTH * len(score))


def _points(found: Estimate) -> str:
    half = 1.96 * found.standard_error
    return f"{100 * found.value:.2f} ({100 * (found.value - half):.2f} to {100 * (found.value + half):.2f})"


if __name__ == "__main__":
    main()
