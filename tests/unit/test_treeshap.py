"""Contributions by tables: equal to XGBoost's own code, and to Shapley's definition."""

import os
import subprocess
import sys
from itertools import combinations
from math import factorial
from textwrap import dedent

import numpy as np
import pytest
import xgboost as xgb
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.model.inputs import Inputs
from pipeline.model.tree_tables import Tree, plan, read_trees
from pipeline.model.trees import TreeMember, tree_matrix
from pipeline.model.treeshap import CLOSE_ENOUGH, oracle

LEVELS = tuple(f"level {number}" for number in range(7))


def made_up(rows: int, numbers: int, names: int, seed: int) -> tuple[np.ndarray, np.ndarray, Inputs]:
    """Draw numbers, some of them missing, and level numbers, and an answer that depends on both."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(rows, numbers + names))
    matrix[:, numbers:] = rng.integers(0, len(LEVELS), (rows, names))
    matrix[rng.random(matrix.shape) < 0.1] = np.nan
    score = np.nan_to_num(matrix[:, 0]) + np.nan_to_num(matrix[:, 1]) * np.nan_to_num(matrix[:, -1] % 3, nan=1)
    answers = (rng.random(rows) < 1 / (1 + np.exp(-score))).astype(float)
    columns = tuple(f"f{number}" for number in range(numbers + names))
    return matrix, answers, Inputs(columns, dict.fromkeys(columns[numbers:], LEVELS))


def grown(matrix: np.ndarray, answers: np.ndarray, inputs: Inputs, depth: int, trees: int) -> TreeMember:
    """Fit trees that grow deep."""
    asked = {"objective": "binary:logistic", "max_depth": depth, "eta": 0.1, "min_child_weight": 0.5, "nthread": 2}
    return TreeMember.of(xgb.train(asked, tree_matrix(matrix, inputs, answers), trees), inputs)


def shapley(tree: Tree, row: np.ndarray) -> np.ndarray:
    """Return Shapley's values of one tree by their definition: over all subsets of the features."""
    features = range(len(row))

    def worth(known: frozenset[int], node: int = 0) -> float:
        if tree.is_leaf(node):
            return float(tree.threshold[node])
        feature = int(tree.feature[node])
        if feature in known:
            return worth(known, tree.children(node)[not goes_left(tree, node, row[feature])])
        return sum(tree.share(node, child) * worth(known, child) for child in tree.children(node))

    values = np.zeros(len(row))
    for feature in features:
        others = [other for other in features if other != feature]
        for size in range(len(others) + 1):
            weight = factorial(size) * factorial(len(others) - size) / factorial(len(row))
            for subset in map(frozenset, combinations(others, size)):
                values[feature] += weight * (worth(subset | {feature}) - worth(subset))
    return values


def goes_left(tree: Tree, node: int, value: float) -> bool:
    """Read one node as a person would."""
    if np.isnan(value):
        return bool(tree.default_left[node])
    return int(value) not in tree.levels[node] if node in tree.levels else np.float32(value) < tree.threshold[node]


@pytest.mark.parametrize(("depth", "trees"), [(3, 500), (4, 50), (5, 100), (6, 300), (7, 50), (8, 50)])
def test_contributions_are_xgboosts_own(depth, trees):
    matrix, answers, inputs = made_up(8_000 if depth < 5 else 1_500, 12, 3, seed=depth)
    member = grown(matrix, answers, inputs, depth, trees)
    assert member.plan is not None
    assert member.distance(matrix[:1_000]) <= CLOSE_ENOUGH


@pytest.mark.slow
@pytest.mark.parametrize("depth", [3, 4, 5, 6, 7, 8])
@pytest.mark.parametrize("trees", [50, 500])
def test_contributions_of_8000_rows_are_xgboosts_own(depth, trees):
    matrix, answers, inputs = made_up(8_000, 25, 5, seed=depth)
    member = grown(matrix, answers, inputs, depth, trees)
    assert member.plan is not None
    assert member.distance(matrix) <= CLOSE_ENOUGH


@pytest.mark.parametrize("depth", [3, 6, 8])
def test_bias_and_contributions_add_up_to_the_margin(depth):
    matrix, answers, inputs = made_up(4_000, 12, 3, seed=depth)
    member = grown(matrix, answers, inputs, depth, 100)
    margins = member.booster.predict(tree_matrix(matrix, inputs), output_margin=True)
    assert np.abs(member.base + member.contributions(matrix).sum(axis=1) - margins).max() <= CLOSE_ENOUGH


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), depth=st.integers(1, 6), numbers=st.integers(1, 4), names=st.integers(1, 2))
def test_contributions_are_shapleys_by_definition(seed, depth, numbers, names):
    matrix, answers, inputs = made_up(120, numbers, names, seed)
    member = grown(matrix, answers, inputs, depth, 3)
    trees, _ = read_trees(member.booster)
    for row in matrix[:4]:
        expected = sum(shapley(tree, row) for tree in trees)
        assert np.abs(member.contributions(row[None])[0] - expected).max() <= 1e-5


def test_a_tree_that_is_one_leaf_adds_nothing_but_bias():
    matrix, _, inputs = made_up(50, 3, 1, seed=1)
    member = grown(matrix, np.ones(50) * 0.5, inputs, 3, 2)
    assert member.contributions(matrix).tolist() == np.zeros(matrix.shape).tolist()
    assert member.distance(matrix) <= CLOSE_ENOUGH


def test_a_value_on_the_threshold_goes_right_as_in_xgboost():
    matrix, answers, inputs = made_up(2_000, 4, 1, seed=3)
    member = grown(matrix, answers, inputs, 4, 20)
    trees, _ = read_trees(member.booster)
    thresholds = [tree.threshold[node] for tree in trees for node in tree.inner if node not in tree.levels]
    edges = np.full((len(thresholds), matrix.shape[1]), np.nan)
    edges[:, :4] = np.array(thresholds)[:, None]
    assert member.distance(edges) <= CLOSE_ENOUGH


def test_a_level_beyond_all_sets_goes_where_xgboost_sends_it():
    matrix, answers, inputs = made_up(2_000, 4, 2, seed=3)
    matrix[:, 4:] = np.where(matrix[:, 4:] > 4, 4, matrix[:, 4:])
    member = grown(matrix, answers, inputs, 4, 20)
    beyond = matrix[:50].copy()
    beyond[:, 4] = 6
    assert member.distance(beyond) <= CLOSE_ENOUGH


def test_paths_too_long_for_tables_are_left_to_xgboost():
    matrix, answers, inputs = made_up(6_000, 30, 1, seed=5)
    member = grown(matrix, answers, inputs, 16, 3)
    assert plan(member.booster) is None
    expected, bias = oracle(member.booster, tree_matrix(matrix[:20], inputs))
    assert np.array_equal(member.contributions(matrix[:20]), expected)
    assert member.base == bias


def test_rows_are_explained_alike_alone_and_together():
    matrix, answers, inputs = made_up(1_500, 8, 2, seed=4)
    member = grown(matrix, answers, inputs, 5, 60)
    together = member.contributions(matrix)
    alone = np.vstack([member.contributions(matrix[place : place + 1]) for place in (0, 511, 512, 1_499)])
    assert np.array_equal(together[[0, 511, 512, 1_499]], alone)


def test_two_threads_are_explained_at_once_with_the_plainest_threads_of_numba():
    at_once = """
        import sys
        from concurrent.futures import ThreadPoolExecutor
        import numba, numpy as np, pandas as pd
        from tests.unit.test_treeshap import grown, made_up

        matrix, answers, inputs = made_up(4_000, 3, 1, seed=5)
        member = grown(matrix, answers, inputs, 4, 20)
        with ThreadPoolExecutor(2) as pool:
            found = list(pool.map(member.contributions, [matrix] * 40))
        assert numba.threading_layer() == "workqueue"
        assert all((one == found[0]).all() for one in found)
    """
    run = subprocess.run(
        [sys.executable, "-c", dedent(at_once)],
        env={**os.environ, "NUMBA_THREADING_LAYER": "workqueue"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
