"""From an XGBoost model to tables of contributions, looked up by the bits of the conditions on the way to each leaf.

What a leaf adds to a feature depends on a customer only through which of its features satisfy all conditions on the path
to it. Let the path have d features, o_i = 1 where feature i satisfies its conditions, else 0, and z_i the share of
training rows (by cover) that would have gone along at the nodes of feature i. The Shapley value of feature i for a leaf
of value v, its game being the path-dependent expectation of Lundberg et al. (2020), is

    v * (o_i - z_i) * integral over t in [0, 1] of the product over j != i of (t * o_j + (1 - t) * z_j),

because k! (d - 1 - k)! / d! is the integral of t^k (1 - t)^(d - 1 - k). The integrand is a polynomial of degree d - 1, so
Gauss and Legendre's rule with (d + 1) // 2 points gives it exactly. With 2^d patterns of o there are few enough values to
write all of them down before the first customer comes. Neighbouring leaves share a table: a subtree whose nodes, with the
features above it, need at most `MOST_BITS` bits is one group, and one look-up gives the sum over its leaves.

Sources: Lundberg et al., "From local explanations to global understanding with explainable AI for trees", Nature Machine
Intelligence 2 (2020); Yang, "Fast TreeSHAP" (2021, arXiv 2109.09847), for tabulating by pattern; Nadel and Wettenstein,
"From Decision Trees to Boolean Logic: A Fast and Unified SHAP Algorithm" (2025, arXiv 2511.09376), for patterns as bits.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import xgboost as xgb

MOST_BITS = 8
MOST_PATH_FEATURES = 12
MOST_ENTRIES = 100_000_000

Floats32 = npt.NDArray[np.float32]
Floats64 = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Tree:
    """One tree: inner nodes ask whether a feature lies below a threshold or outside a set of levels; then they go left.

    `threshold` holds the value of a leaf, `cover` the training weight that came by, `levels` the sets that go right.
    """

    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    feature: npt.NDArray[np.int32]
    threshold: Floats32
    default_left: npt.NDArray[np.int8]
    cover: Floats64
    levels: Mapping[int, list[int]]

    def is_leaf(self, node: int) -> bool:
        """Say whether a node has no children."""
        return bool(self.left[node] < 0)

    @cached_property
    def inner(self) -> list[int]:
        """Return the inner nodes, parents first."""
        return self.inner_below(0)

    def inner_below(self, root: int) -> list[int]:
        """Return the inner nodes of a subtree, parents first."""
        found, waiting = [], [root]
        while waiting:
            node = waiting.pop()
            if not self.is_leaf(node):
                found.append(node)
                waiting += [int(self.right[node]), int(self.left[node])]
        return found

    def expected(self, node: int = 0) -> float:
        """Return the mean value of the leaves below a node, by cover."""
        if self.is_leaf(node):
            return float(self.threshold[node])
        return sum(self.share(node, child) * self.expected(child) for child in self.children(node))

    def children(self, node: int) -> tuple[int, int]:
        """Return the left and the right child."""
        return int(self.left[node]), int(self.right[node])

    def share(self, node: int, child: int) -> float:
        """Return the share of a node's cover that goes on to a child."""
        return float(self.cover[child] / self.cover[node])


@dataclass(frozen=True)
class Step:
    """A turn taken on the way to a leaf."""

    node: int
    goes_left: bool


@dataclass
class _Written:
    """The flat arrays as they grow; `…_ends` close the runs of the array they are named after."""

    node_feature: list[int] = field(default_factory=list)
    node_threshold: list[float] = field(default_factory=list)
    node_default: list[int] = field(default_factory=list)
    node_set: list[int] = field(default_factory=list)
    sets: list[list[int]] = field(default_factory=list)
    tree_nodes: list[int] = field(default_factory=lambda: [0])
    tree_groups: list[int] = field(default_factory=lambda: [0])
    group_bits: list[int] = field(default_factory=lambda: [0])
    bit_conditions: list[int] = field(default_factory=lambda: [0])
    condition_node: list[int] = field(default_factory=list)
    condition_left: list[int] = field(default_factory=list)
    group_features: list[int] = field(default_factory=lambda: [0])
    features: list[int] = field(default_factory=list)
    group_start: list[int] = field(default_factory=lambda: [0])
    group_leaves: list[int] = field(default_factory=lambda: [0])
    leaf_value: list[float] = field(default_factory=list)
    leaf_parts: list[int] = field(default_factory=lambda: [0])
    part_share: list[float] = field(default_factory=list)
    part_slot: list[int] = field(default_factory=list)
    part_set_bits: list[int] = field(default_factory=list)
    part_clear_bits: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    """All trees as flat arrays for compiled loops, and the bias that contributions are counted from.

    Runs are cut by arrays one longer: the nodes of tree t are `tree_nodes[t]` to `tree_nodes[t + 1]`, and so on.
    """

    arrays: Mapping[str, npt.NDArray[Any]]
    entries: int
    bias: float


def plan(booster: xgb.Booster) -> Plan | None:
    """Lay out a booster's trees; None where a path has too many features, or the tables would be too large."""
    trees, bias = read_trees(booster)
    written = _Written()
    for tree in trees:
        _write_nodes(written, tree)
        if not tree.is_leaf(0):
            _write_groups(written, tree, 0, [])
        written.tree_groups.append(len(written.group_bits) - 1)
        if _is_too_large(written):
            return None
    return Plan(_arrays(written), written.group_start[-1], bias + sum(tree.expected() for tree in trees))


def read_trees(booster: xgb.Booster) -> tuple[list[Tree], float]:
    """Return the trees of a booster and its base margin, read from its own JSON."""
    learner = json.loads(bytes(booster.save_raw("json")))["learner"]
    base = json.loads(learner["learner_model_param"]["base_score"].strip("[]"))
    return [_tree(one) for one in learner["gradient_booster"]["model"]["trees"]], math.log(base / (1 - base))


def _tree(document: Mapping[str, Any]) -> Tree:
    parts = zip(
        document["categories_nodes"], document["categories_segments"], document["categories_sizes"], strict=True
    )
    return Tree(
        np.array(document["left_children"], np.int32),
        np.array(document["right_children"], np.int32),
        np.array(document["split_indices"], np.int32),
        np.array(document["split_conditions"], np.float32),
        np.array(document["default_left"], np.int8),
        np.array(document["sum_hessian"], np.float64),
        {node: document["categories"][start : start + size] for node, start, size in parts},
    )


def _is_too_large(written: _Written) -> bool:
    paths = np.diff(written.leaf_parts)
    return bool(written.group_start[-1] > MOST_ENTRIES or paths.max(initial=0) > MOST_PATH_FEATURES)


def _write_nodes(written: _Written, tree: Tree) -> None:
    for node in tree.inner:
        written.node_feature.append(int(tree.feature[node]))
        written.node_threshold.append(float(tree.threshold[node]))
        written.node_default.append(int(tree.default_left[node]))
        written.node_set.append(len(written.sets) if node in tree.levels else -1)
        if node in tree.levels:
            written.sets.append(tree.levels[node])
    written.tree_nodes.append(len(written.node_feature))


def _write_groups(written: _Written, tree: Tree, root: int, path: list[Step]) -> None:
    """Write the subtree at `root` as one group where its bits suffice, else its two halves."""
    above = {int(tree.feature[step.node]) for step in path}
    if tree.is_leaf(root) or len(above) + len(tree.inner_below(root)) <= MOST_BITS:
        _write_group(written, tree, root, path)
        return
    left, right = tree.children(root)
    _write_groups(written, tree, left, [*path, Step(root, goes_left=True)])
    _write_groups(written, tree, right, [*path, Step(root, goes_left=False)])


def _write_group(written: _Written, tree: Tree, root: int, path: list[Step]) -> None:
    """Write a group: first a bit for each feature above it, all its conditions together, then one for each node in it."""
    places = {node: place for place, node in enumerate(tree.inner)}
    above = list(dict.fromkeys(int(tree.feature[step.node]) for step in path))
    inside = tree.inner_below(root)
    for feature in above:
        for step in path:
            if tree.feature[step.node] == feature:
                _write_condition(written, places[step.node], goes_left=step.goes_left)
        written.bit_conditions.append(len(written.condition_node))
    for node in inside:
        _write_condition(written, places[node], goes_left=True)
        written.bit_conditions.append(len(written.condition_node))
    features = list(dict.fromkeys([*above, *(int(tree.feature[node]) for node in inside)]))
    bits = len(above) + len(inside)
    written.features += features
    written.group_features.append(len(written.features))
    written.group_bits.append(written.group_bits[-1] + bits)
    written.group_start.append(written.group_start[-1] + (len(features) << bits))
    _Leaves(written, tree, features, {node: len(above) + place for place, node in enumerate(inside)}).write(root, path)
    written.group_leaves.append(len(written.leaf_value))


def _write_condition(written: _Written, place: int, *, goes_left: bool) -> None:
    written.condition_node.append(place)
    written.condition_left.append(int(goes_left))


@dataclass(frozen=True)
class _Way:
    """What a leaf asks of one feature: the share that goes along, and the bits that must be set or clear."""

    share: float = 1.0
    set_bits: int = 0
    clear_bits: int = 0


@dataclass(frozen=True)
class _Leaves:
    """Writes the leaves of a group, each with its way through every feature on its path."""

    written: _Written
    tree: Tree
    features: list[int]
    bit_of: Mapping[int, int]

    def write(self, root: int, path: list[Step]) -> None:
        """Write every leaf below `root`."""
        ways: dict[int, _Way] = {}
        for place, feature in enumerate(dict.fromkeys(int(self.tree.feature[step.node]) for step in path)):
            ways[feature] = _Way(self._share(path, feature), set_bits=1 << place)
        self._below(root, ways)

    def _share(self, path: list[Step], feature: int) -> float:
        steps = [step for step in path if self.tree.feature[step.node] == feature]
        return math.prod(
            self.tree.share(step.node, self.tree.children(step.node)[not step.goes_left]) for step in steps
        )

    def _below(self, node: int, ways: Mapping[int, _Way]) -> None:
        if self.tree.is_leaf(node):
            self._leaf(node, ways)
            return
        feature, bit = int(self.tree.feature[node]), 1 << self.bit_of[node]
        before = ways.get(feature, _Way())
        left, right = self.tree.children(node)
        with_left = _Way(before.share * self.tree.share(node, left), before.set_bits | bit, before.clear_bits)
        with_right = _Way(before.share * self.tree.share(node, right), before.set_bits, before.clear_bits | bit)
        self._below(left, {**ways, feature: with_left})
        self._below(right, {**ways, feature: with_right})

    def _leaf(self, node: int, ways: Mapping[int, _Way]) -> None:
        self.written.leaf_value.append(float(self.tree.threshold[node]))
        for feature, way in ways.items():
            self.written.part_share.append(way.share)
            self.written.part_slot.append(self.features.index(feature))
            self.written.part_set_bits.append(way.set_bits)
            self.written.part_clear_bits.append(way.clear_bits)
        self.written.leaf_parts.append(len(self.written.part_share))


def _arrays(written: _Written) -> dict[str, npt.NDArray[Any]]:
    types = {"node_threshold": np.float32, "leaf_value": np.float64, "part_share": np.float64}
    lists = {name: value for name, value in vars(written).items() if name != "sets"}
    arrays: dict[str, npt.NDArray[Any]] = {
        name: np.array(value, types.get(name, np.int64)) for name, value in lists.items()
    }
    return arrays | {"goes_left": _goes_left(written.sets)}


def _goes_left(sets: list[list[int]]) -> npt.NDArray[np.uint8]:
    """Return (sets, levels + 1): whether a level goes left; the last column is for levels that no set holds."""
    width = max((max(one, default=0) for one in sets), default=0) + 2
    table = np.ones((max(len(sets), 1), width), np.uint8)
    for row, one in enumerate(sets):
        table[row, one] = 0
    return table
