"""How long judging takes: 100,000 test snapshots, every figure with its interval, 1,000 replicates and 200 for parts.

Run: `uv run --locked python benchmarks/evaluate.py [--rows=100000]`. Rows are made up, with purchases enough for every rule.
Compilation is timed apart, on few rows.
"""

import sys
import time

import numpy as np
import pandas as pd

from pipeline.features.catalogue import feature_named
from pipeline.params import EvaluateParams, TrainParams, XGBoostParams
from pipeline.training import fit
from pipeline.training.evaluate import evaluate

FEATURES = (
    "days_since_purchase",
    "orders_182d",
    "spend_182d",
    "purchase_days_182d",
    "tenure_182d",
    "days_bought",
    "days_as_customer",
)
TASK = {"label": "inactivity", "horizon_days": 28, "gap_days": 0, "at_risk_days": 182, "decline_share": None}
XGBOOST = XGBoostParams(
    learning_rate=0.1, max_depth=3, min_child_weight=5, reg_lambda=5, subsample=0.8, colsample_bytree=0.5
)
TRAIN = TrainParams(seed=1, folds=3, max_rounds=100, min_churners=50, xgboost=XGBOOST)
TRAIN_ROWS = 20_000
TEST_DATES = 2


def rows(count: int, dates: tuple[str, ...], seed: int) -> pd.DataFrame:
    """Draw customers who buy at their own rates and leave the more surely the longer they are silent."""
    drawing, each = np.random.default_rng(seed), count // len(dates)
    total = each * len(dates)
    bought, silent = 1 + drawing.poisson(drawing.gamma(1, 8, total)), drawing.integers(1, 182, total)
    age = silent + drawing.integers(0, 500, total) * (bought > 1)
    log_odds = 0.02 * (silent - 90) - 0.2 * (bought - 6)
    return pd.DataFrame(
        {
            "customer_id": np.tile([f"c{number:07}" for number in range(each)], len(dates)),
            "as_of": np.repeat(dates, each),
            "days_since_purchase": silent,
            "orders_182d": bought,
            "spend_182d": bought * drawing.integers(500, 5000, total),
            "purchase_days_182d": bought,
            "tenure_182d": np.minimum(age, 182),
            "days_bought": bought,
            "days_as_customer": age,
            "churned": drawing.random(total) < 1 / (1 + np.exp(-log_odds)),
        }
    )


def main() -> None:
    """Print the seconds."""
    asked = int(next((one.split("=")[1] for one in sys.argv[1:] if one.startswith("--rows=")), "100000"))
    known = rows(TRAIN_ROWS, ("2024-01-01", "2024-02-01"), 1)
    named = [feature_named(name) for name in FEATURES]
    model, facts = fit.train(known, known["churned"].to_numpy(), known["customer_id"], named, TRAIN, TASK)
    params = EvaluateParams(replicates=1000, top_shares=(0.05, 0.1, 0.2))
    few = EvaluateParams(replicates=100, top_shares=(0.1,))
    print("| | wall s | CPU s |\n|---|---|---|")
    for what, count, settings in (("first, with compiling", 2_000, few), (f"{asked:,} snapshots", asked, params)):
        test = rows(count, ("2024-04-01", "2024-05-01")[:TEST_DATES], 2)
        wall, used = time.perf_counter(), time.process_time()
        evaluate(model, test, known, settings, learnt=facts)
        print(f"| {what} | {time.perf_counter() - wall:.1f} | {time.process_time() - used:.1f} |", flush=True)


if __name__ == "__main__":
    main()
