"""From contributions to reasons: families summed, ranked by how far they move the risk, and said in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.features.behaviour import Feature
from pipeline.features.catalogue import feature_named
from pipeline.features.families import FAMILIES
from pipeline.model.churn_model import ChurnModel, points_per_log_odd
from pipeline.params import ExplainParams
from pipeline.scoring.features_file import typical_of
from pipeline.scoring.sentences import Rows, in_order, sentences
from pipeline.scoring.wording import Saying, others_in

NO_DRIVER = "No clear driver"
TOLD_TOGETHER, MOST_TOGETHER = frozenset({"profile"}), 3
"""Families whose behaviours have little to do with one another, so that one alone would stand for what it is not."""


@dataclass(frozen=True)
class Explained:
    """Contributions of one batch of customers, by feature and by family, and what one log-odd is worth in risk points."""

    features: pd.DataFrame
    contributions: np.ndarray
    names: tuple[str, ...]
    families: tuple[str, ...]
    by_family: pd.DataFrame
    points_per_log_odd: np.ndarray

    def points(self) -> np.ndarray:
        """Return the risk points of every family, shaped (customers, families)."""
        return np.asarray(self.by_family.to_numpy() * self.points_per_log_odd[:, None])


def explain(model: ChurnModel, features: pd.DataFrame) -> Explained:
    """Explain every row: the base plus the sum over families is the customer's log-odds, exactly."""
    return explained_by(model, features, model.contributions(features))


def explained_by(model: ChurnModel, features: pd.DataFrame, contributions: np.ndarray) -> Explained:
    """Return what `explain` does, of contributions already told."""
    present = [key for key in FAMILIES if key in model.families]
    columns = np.array(model.families)
    by_family = pd.DataFrame(
        {key: contributions[:, columns == key].sum(axis=1) for key in present}, index=features.index
    )
    log_odds = model.base_log_odds + by_family.to_numpy().sum(axis=1)
    slope = points_per_log_odd(log_odds, model.base_log_odds)
    return Explained(features, contributions, model.features, model.families, by_family, slope)


def reasons(explained: Explained, params: ExplainParams, currency: str) -> pd.DataFrame:
    """Return what `reasons_table` does, as a frame, where the explained rows are all customers there are."""
    phrases = Phrases(typical_values(explained.features, explained.names), currency)
    told: pd.DataFrame = reasons_table(explained, params, phrases).to_pandas(date_as_object=True)
    return told


def reasons_table(explained: Explained, params: ExplainParams, phrases: "Phrases") -> pa.Table:
    """Return the reasons of every customer, in the order of the explained rows.

    `phrases` knows what is usual among all customers, of whom the explained rows may be only a part. Columns:
    `contribution_<family>`, then sentence, family and points of `reason_1` to `reason_3` (raise the risk),
    `protective_reason` (lowers it most) and `actionable_reason` (raises it most among what an action can change).
    """
    teller = _Teller(explained, phrases)
    raising = _ranked(explained.points(), params.min_points)
    lowering = _ranked(-explained.points(), params.min_points)[:, 0]
    columns = {
        "customer_id": pa.array(explained.features["customer_id"], pa.string()),
        "as_of": pa.array(explained.features["as_of"].to_numpy(), pa.date32()),
        **{f"contribution_{key}": pa.array(explained.by_family[key].to_numpy()) for key in explained.by_family},
    }
    for place in range(3):
        chosen = raising[:, place] if place < min(params.reasons, raising.shape[1]) else np.full(len(raising), -1)
        columns |= teller.tell(f"reason_{place + 1}", chosen, sign=1)
    columns["reason_1"] = pc.fill_null(columns["reason_1"], NO_DRIVER)
    columns |= teller.tell("protective_reason", lowering, sign=-1)
    columns |= teller.tell("actionable_reason", teller.first_actionable(raising), sign=1, actionable=True)
    return pa.table(columns)


def typical_values(features: pd.DataFrame, names: Sequence[str]) -> dict[str, object]:
    """Return the median of each numeric feature and the most frequent value of each other one (first by name if tied)."""
    return {name: typical_of(pa.chunked_array([pa.array(features[name], from_pandas=True)])) for name in names}


def _ranked(points: np.ndarray, min_points: float) -> np.ndarray:
    """Return the families in falling order of points; −1 where a family moves the risk by less than `min_points`."""
    order = np.argsort(-points, axis=1, kind="stable")
    return np.where(np.take_along_axis(points, order, axis=1) >= min_points, order, -1)


class Phrases:
    """Sentences beside what is typical."""

    def __init__(self, typical: Mapping[str, object], currency: str) -> None:
        """Speak of customers beside `typical`, the median or most frequent value of each feature."""
        self._typical = typical
        self._currency = currency

    def say(self, feature: Feature, features: pd.DataFrame, rows: Rows) -> pa.Array:
        """Say one feature of some rows of a table of features."""
        names = (feature.name, *others_in(feature))
        saying = Saying.of(feature, self._typical, self._currency)
        return sentences(saying, {name: features[name].iloc[rows] for name in names})


class _Teller:
    """Tells, for customers and chosen families, which behaviour moved most and says it."""

    def __init__(self, explained: Explained, phrases: Phrases) -> None:
        self._explained = explained
        self._phrases = phrases
        self._keys = list(explained.by_family)
        self._points = explained.points()
        self._members = [np.flatnonzero(np.array(explained.families) == key) for key in self._keys]
        self._actionable = np.array([feature_named(name).actionable for name in explained.names])

    def tell(self, column: str, chosen: np.ndarray, *, sign: int, actionable: bool = False) -> dict[str, pa.Array]:
        """Return sentence, family and points of the chosen family of each customer; null where −1 was chosen."""
        told = [(np.empty(0, np.int64), pa.array([], pa.string()))]
        for family in range(len(self._keys)):
            rows = np.flatnonzero(chosen == family)
            strongest = self._strongest(rows, family, sign, actionable)
            said = self._each(strongest, rows)
            if self._keys[family] in TOLD_TOGETHER:
                said = self._with_others(said, rows, family, sign)
            told.append((rows, said))
        none = chosen < 0
        families = pa.array(self._keys, pa.string()).take(pa.array(chosen, pa.int64(), mask=none))
        points = pa.array(self._points[np.arange(len(chosen)), chosen], pa.float64(), mask=none)
        return {column: in_order(told, len(chosen)), f"{column}_family": families, f"{column}_points": points}

    def _each(self, features: np.ndarray, rows: np.ndarray) -> pa.Array:
        """Say to each row its feature."""
        told = [(np.empty(0, np.int64), pa.array([], pa.string()))]
        for place in np.unique(features):
            here = np.flatnonzero(features == place)
            feature = feature_named(self._explained.names[place])
            told.append((here, self._phrases.say(feature, self._explained.features, rows[here])))
        return in_order(told, len(rows))

    def _with_others(self, said: pa.Array, rows: np.ndarray, family: int, sign: int) -> pa.Array:
        """Add what else of the family moves a row that way, where it moves it at least half as far as the strongest."""
        members = self._members[family]
        added = sign * self._explained.contributions[np.ix_(rows, members)]
        order = np.argsort(-added, axis=1, kind="stable")
        pushes = np.take_along_axis(added, order, axis=1)
        for place in range(1, min(MOST_TOGETHER, len(members))):
            also = np.flatnonzero((pushes[:, place] > 0) & (2 * pushes[:, place] >= pushes[:, 0]))
            more = in_order([(also, self._each(members[order[also, place]], rows[also]))], len(rows))
            said = pc.binary_join_element_wise(said, more, " ", null_handling="skip")
        return said

    def first_actionable(self, ranked: np.ndarray) -> np.ndarray:
        """Return the first ranked family of each customer in which something that can be changed raises the risk."""
        able = np.column_stack([self._can_act(family) for family in range(len(self._keys))])
        hits = (ranked >= 0) & np.take_along_axis(able, np.maximum(ranked, 0), axis=1)
        first = np.take_along_axis(ranked, hits.argmax(axis=1)[:, None], axis=1)[:, 0]
        return np.where(hits.any(axis=1), first, -1)

    def _can_act(self, family: int) -> np.ndarray:
        members = self._members[family][self._actionable[self._members[family]]]
        return np.asarray((self._explained.contributions[:, members] > 0).any(axis=1))

    def _strongest(self, rows: np.ndarray, family: int, sign: int, actionable: bool) -> np.ndarray:
        members = self._members[family]
        if actionable:
            members = members[self._actionable[members]]
        if not len(rows):
            return np.empty(0, dtype=np.int64)
        added = self._explained.contributions[np.ix_(rows, members)]
        return np.asarray(members[np.argmax(sign * added, axis=1)])
