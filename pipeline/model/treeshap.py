"""Exact path-dependent TreeSHAP, compiled: what each feature adds to a tree ensemble's margin.

`pipeline.model.tree_tables` tells the idea and writes down what there is to look up; here it is filled in and looked up. A
block of rows goes through a tree at a time, column by column: every node's answer becomes a bit, the bits of a group a
pattern, and the pattern the place in the group's table. The margin is the bias plus the sum of the contributions, so no
second prediction is needed. `oracle` is XGBoost's own code: 40 to 180 times slower, it checks a sample in every run and
takes over for models whose paths are too long for tables.
"""

from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
import xgboost as xgb
from numba import njit, prange

from pipeline.model.inputs import Floats
from pipeline.model.tree_tables import Floats32, Floats64, Plan

BLOCK_ROWS = 512
CLOSE_ENOUGH = 5e-5
"""In log-odds: thresholds, leaf values and XGBoost's own sums are float32."""

# Each uses every core; and the plainest of numba's threading layers ends the process where two are started at once.
_ONE_AT_A_TIME = Lock()

Array = npt.NDArray[Any]


def oracle(booster: xgb.Booster, matrix: xgb.DMatrix) -> tuple[Floats, float]:
    """Return XGBoost's own contributions (rows, features) in log-odds, and the bias they are counted from."""
    together = booster.predict(matrix, pred_contribs=True, validate_features=False).astype(np.float64)
    return together[:, :-1], float(together[0, -1])


def fill(laid_out: Plan) -> Floats32:
    """Return the tables of a plan, one after another."""
    tables = np.zeros(laid_out.entries, np.float32)
    found = laid_out.arrays
    points, weights = _quadrature(int(np.diff(found["leaf_parts"]).max(initial=1)))
    with _ONE_AT_A_TIME:
        _fill(
            tables,
            found["group_start"],
            found["group_bits"],
            found["group_leaves"],
            found["leaf_value"],
            found["leaf_parts"],
            found["part_share"],
            found["part_slot"],
            found["part_set_bits"],
            found["part_clear_bits"],
            points,
            weights,
        )
    return tables


def contributions(laid_out: Plan, tables: Floats32, rows: Floats32) -> Floats32:
    """Return (rows, features) in log-odds; NaN is missing, level numbers stand for names. Equal on any number of threads.

    Both are laid out column by column, as frames are.
    """
    found = laid_out.arrays
    added = np.empty(rows.shape, np.float32, order="F")
    with _ONE_AT_A_TIME:
        _look_up(
            np.ascontiguousarray(rows.T),
            added.T,
            found["node_feature"],
            found["node_threshold"],
            found["node_default"],
            found["node_set"],
            found["goes_left"],
            found["tree_nodes"],
            found["tree_groups"],
            found["group_bits"],
            found["bit_conditions"],
            found["condition_node"],
            found["condition_left"],
            found["group_features"],
            found["features"],
            found["group_start"],
            tables,
        )
    return added


def _quadrature(most_features: int) -> tuple[Floats64, Floats64]:
    """Return points and weights on [0, 1], row q for the rule of q + 1 points."""
    most = (most_features + 1) // 2
    points, weights = np.zeros((most, most)), np.zeros((most, most))
    for count in range(1, most + 1):
        found, weighed = np.polynomial.legendre.leggauss(count)
        points[count - 1, :count], weights[count - 1, :count] = (found + 1) / 2, weighed / 2
    return points, weights


@njit(cache=True)
def _leaf_values(value: float, share: Floats64, points: Floats64, weights: Floats64) -> Floats64:  # pragma: no cover
    """Return (features, 2^features): what one leaf adds to each feature on its path, by which of them go along."""
    count = len(share)
    added = np.zeros((count, 1 << count))
    rule = (count + 1) // 2
    before, after = np.empty(count + 1), np.empty(count + 1)
    for pattern in range(1 << count):
        for point in range(rule):
            t, weight = points[rule - 1, point], weights[rule - 1, point]
            before[0] = after[count] = 1.0
            for i in range(count):
                before[i + 1] = before[i] * ((t if (pattern >> i) & 1 else 0.0) + (1 - t) * share[i])
            for i in range(count - 1, -1, -1):
                after[i] = after[i + 1] * ((t if (pattern >> i) & 1 else 0.0) + (1 - t) * share[i])
            for i in range(count):
                added[i, pattern] += weight * before[i] * after[i + 1]
        for i in range(count):
            added[i, pattern] *= value * (((pattern >> i) & 1) - share[i])
    return added


@njit(parallel=True, cache=True)
def _fill(  # noqa: PLR0913, PLR0917 - compiled code takes arrays, not objects
    tables: Floats32,
    group_start: Array,
    group_bits: Array,
    group_leaves: Array,
    leaf_value: Array,
    leaf_parts: Array,
    part_share: Array,
    part_slot: Array,
    part_set_bits: Array,
    part_clear_bits: Array,
    points: Floats64,
    weights: Floats64,
) -> None:  # pragma: no cover
    """Add up, for every group and pattern of its bits, what its leaves give to each of its features."""
    for group in prange(len(group_start) - 1):
        bits = group_bits[group + 1] - group_bits[group]
        total = np.zeros(group_start[group + 1] - group_start[group])
        for leaf in range(group_leaves[group], group_leaves[group + 1]):
            first, end = leaf_parts[leaf], leaf_parts[leaf + 1]
            added = _leaf_values(leaf_value[leaf], part_share[first:end], points, weights)
            for pattern in range(1 << bits):
                satisfied = 0
                for i in range(end - first):
                    must, must_not = part_set_bits[first + i], part_clear_bits[first + i]
                    if (pattern & must) == must and (pattern & must_not) == 0:
                        satisfied |= 1 << i
                for i in range(end - first):
                    total[(part_slot[first + i] << bits) + pattern] += added[i, satisfied]
        for place in range(len(total)):
            tables[group_start[group] + place] = total[place]


@njit(cache=True)
def _answers(
    column: Floats32, answer: Array, threshold: np.float32, default: int, level_set: int, goes_left: Array
) -> None:  # pragma: no cover
    """Write whether each value of a column goes left at a node, compared in float32 as XGBoost does."""
    if level_set >= 0:
        known = goes_left.shape[1] - 1
        for i in range(len(column)):
            value = column[i]
            answer[i] = default if np.isnan(value) else goes_left[level_set, min(int(value), known)]
    elif default:
        for i in range(len(column)):
            answer[i] = not (column[i] >= threshold)
    else:
        for i in range(len(column)):
            answer[i] = column[i] < threshold


@njit(cache=True)
def _patterns(
    pattern: Array, along: Array, answers: Array, bits: Array, condition_node: Array, condition_left: Array
) -> None:  # pragma: no cover
    """Write each row's bits of a group: bit k is set where all its conditions hold."""
    pattern[:] = 0
    for bit in range(len(bits) - 1):
        first, end = bits[bit], bits[bit + 1]
        if end - first == 1:
            answer, turned = answers[condition_node[first]], np.uint8(1 - condition_left[first])
            for i in range(len(pattern)):
                pattern[i] |= np.uint32(answer[i] ^ turned) << np.uint32(bit)
        else:
            along[:] = 1
            for condition in range(first, end):
                answer, turned = answers[condition_node[condition]], np.uint8(1 - condition_left[condition])
                for i in range(len(pattern)):
                    along[i] &= answer[i] ^ turned
            for i in range(len(pattern)):
                pattern[i] |= np.uint32(along[i]) << np.uint32(bit)


@njit(parallel=True, cache=True)
def _look_up(  # noqa: PLR0913, PLR0917
    values: Floats32,
    added: Floats32,
    node_feature: Array,
    node_threshold: Array,
    node_default: Array,
    node_set: Array,
    goes_left: Array,
    tree_nodes: Array,
    tree_groups: Array,
    group_bits: Array,
    bit_conditions: Array,
    condition_node: Array,
    condition_left: Array,
    group_features: Array,
    features: Array,
    group_start: Array,
    tables: Floats32,
) -> None:  # pragma: no cover
    """Add up the tables' entries of each row, a block of rows at a time; `values` and `added` are (features, rows)."""
    width, count = values.shape
    most_nodes = 1
    for tree in range(len(tree_nodes) - 1):
        most_nodes = max(most_nodes, tree_nodes[tree + 1] - tree_nodes[tree])
    for block in prange((count + BLOCK_ROWS - 1) // BLOCK_ROWS):
        first = block * BLOCK_ROWS
        here = min(BLOCK_ROWS, count - first)
        columns = np.zeros((width, BLOCK_ROWS), np.float32)
        columns[:, :here] = values[:, first : first + here]
        total = np.zeros((width, BLOCK_ROWS), np.float32)
        answers = np.empty((most_nodes, BLOCK_ROWS), np.uint8)
        pattern, along = np.empty(BLOCK_ROWS, np.uint32), np.empty(BLOCK_ROWS, np.uint8)
        for tree in range(len(tree_nodes) - 1):
            root = tree_nodes[tree]
            for node in range(root, tree_nodes[tree + 1]):
                column = columns[node_feature[node]]
                _answers(
                    column, answers[node - root], node_threshold[node], node_default[node], node_set[node], goes_left
                )
            for group in range(tree_groups[tree], tree_groups[tree + 1]):
                low, high = group_bits[group], group_bits[group + 1]
                _patterns(pattern, along, answers, bit_conditions[low : high + 1], condition_node, condition_left)
                size = 1 << (high - low)
                for slot in range(group_features[group + 1] - group_features[group]):
                    start = group_start[group] + slot * size
                    table = tables[start : start + size]
                    sums = total[features[group_features[group] + slot]]
                    for i in range(BLOCK_ROWS):
                        sums[i] += table[pattern[i]]
        added[:, first : first + here] = total[:, :here]
