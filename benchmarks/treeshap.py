"""Exact contributions by tables beside XGBoost's own code and plain prediction, in one run.

Run: `uv run --locked python -m benchmarks.treeshap`. 300 trees of depth 6, 60 features (6 of them names, some missing),
100,000 rows. XGBoost's own contributions are timed on 2,000 rows and scaled: they cost the same for every row.
"""

import time
from collections.abc import Callable
from functools import partial

import numpy as np
import xgboost as xgb

from pipeline.model.inputs import Inputs
from pipeline.model.trees import TreeMember, tree_matrix

ROWS, FEATURES, NAMES, TREES, DEPTH = 100_000, 60, 6, 300, 6
ORACLE_ROWS = 2_000
ROUNDS = 5


def made_up() -> tuple[np.ndarray, np.ndarray, Inputs]:
    """Draw rows like a customer table: skewed numbers, a quarter of the columns with gaps, a few names."""
    rng = np.random.default_rng(20170101)
    matrix = rng.lognormal(size=(ROWS, FEATURES))
    matrix[:, -NAMES:] = rng.integers(0, 12, (ROWS, NAMES))
    gaps = rng.random((ROWS, FEATURES // 4)) < 0.12
    matrix[:, : FEATURES // 4][gaps] = np.nan
    score = np.nan_to_num(np.log(matrix[:, :20] + 0.1)) @ rng.normal(size=20) / 3 + (matrix[:, -1] > 6)
    answers = (rng.random(ROWS) < 1 / (1 + np.exp(2 - score))).astype(float)
    columns = tuple(f"f{number}" for number in range(FEATURES))
    levels = tuple(f"level {number:02}" for number in range(12))
    return matrix, answers, Inputs(columns, dict.fromkeys(columns[-NAMES:], levels))


def seconds(what: Callable[[], object]) -> float:
    """Return the wall time of one call."""
    started = time.perf_counter()
    what()
    return time.perf_counter() - started


def main() -> None:
    """Print rows per second and ratios."""
    matrix, answers, inputs = made_up()
    asked = {"objective": "binary:logistic", "max_depth": DEPTH, "eta": 0.1, "nthread": 2, "tree_method": "hist"}
    booster = xgb.train(asked, tree_matrix(matrix, inputs, answers), TREES)
    started = time.perf_counter()
    member = TreeMember.of(booster, inputs)
    built = time.perf_counter() - started
    assert member.plan is not None, "the trees are too deep for tables"
    member.contributions(matrix[:1_000])
    few = matrix[:ORACLE_ROWS]
    distance = member.distance(few)
    booster.set_param({"nthread": 2})
    narrow = np.ascontiguousarray(matrix, dtype=np.float32)
    takes: dict[str, list[float]] = {"tables": [], "predict": [], "own": []}
    for _ in range(ROUNDS):
        takes["tables"].append(seconds(lambda: member.contributions(matrix)))
        takes["predict"].append(seconds(lambda: booster.inplace_predict(narrow, predict_type="margin")))
        few_matrix = xgb.DMatrix(few.astype(np.float32), feature_names=list(inputs.features), nthread=2)
        few_matrix.feature_types = ["c" if name in inputs.categories else "q" for name in inputs.features]
        takes["own"].append(seconds(partial(booster.predict, few_matrix, pred_contribs=True)) * ROWS / ORACLE_ROWS)
    best = {name: min(found) for name, found in takes.items()}
    print(
        f"XGBoost {xgb.__version__}; {TREES} trees of depth {DEPTH}, {FEATURES} features, {ROWS:,} rows, best of {ROUNDS}"
    )
    print(f"largest difference on {ORACLE_ROWS:,} rows: {distance:.1e} log-odds; tables built in {built:.2f} s\n")
    print("| | seconds | rows a second | beside the tables |\n|---|---|---|---|")
    words = {
        "tables": "contributions by tables",
        "predict": "plain `inplace_predict`",
        "own": "XGBoost's `pred_contribs`",
    }
    for name, word in words.items():
        print(f"| {word} | {best[name]:.2f} | {ROWS / best[name]:,.0f} | {best[name] / best['tables']:.2f} |")


if __name__ == "__main__":
    main()
