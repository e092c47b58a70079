"""From contributions to reasons: families summed, ranked by how far they move the risk, and said in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.features.behaviour import Feature
from pipeline.features.catalogue import feature_named
from pipeline.features.families import FAMILIES
from pipeline.model.churn_model import ChurnModel, points_per_log_odd
from pipeline.params import ExplainParams
from pipeline.scoring.wording import Saying, others_in

NO_DRIVER = "No clear driver"
MOST_REMEMBERED = 20_000
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


def reasons(
    explained: Explained, params: ExplainParams, currency: str, phrases: "Phrases | None" = None
) -> pd.DataFrame:
    """Return the reasons of every customer, in the order of the explained rows.

    `phrases` knows what is usual among all customers, where the explained rows are only a part of them.

    Columns: `contribution_<family>`, then sentence, family and points of `reason_1` to `reason_3` (raise the risk),
    `protective_reason` (lowers it most) and `actionable_reason` (raises it most among what an action can change).
    """
    usual = phrases or Phrases(typical_values(explained.features, explained.names), currency)
    teller = _Teller(explained, usual)
    raising = _ranked(explained.points(), params.min_points)
    given = raising[:, : params.reasons]
    columns: dict[str, Any] = {
        f"contribution_{key}": explained.by_family[key].to_numpy() for key in explained.by_family
    }
    for place in range(3):
        chosen = given[:, place] if place < given.shape[1] else np.full(len(given), -1)
        columns |= teller.tell(f"reason_{place + 1}", chosen, sign=1)
    columns["reason_1"] = [sentence or NO_DRIVER for sentence in columns["reason_1"]]
    lowering = _ranked(-explained.points(), params.min_points)[:, 0]
    columns |= teller.tell("protective_reason", lowering, sign=-1)
    columns |= teller.tell("actionable_reason", teller.first_actionable(raising), sign=1, actionable=True)
    keys = {
        "customer_id": explained.features["customer_id"].to_numpy(),
        "as_of": explained.features["as_of"].to_numpy(),
    }
    return pd.DataFrame(keys | columns)


def reasons_table(told: pd.DataFrame) -> pa.Table:
    """Return reasons as an Arrow table whose types do not depend on which rows it holds."""
    types = {"customer_id": pa.string(), "as_of": pa.date32()}
    fields = [(name, types.get(name, _type_of(name))) for name in told.columns]
    return pa.Table.from_pandas(told, schema=pa.schema(fields), preserve_index=False).replace_schema_metadata()


def _type_of(name: str) -> pa.DataType:
    return pa.float64() if name.startswith("contribution_") or name.endswith("_points") else pa.string()


def typical_values(features: pd.DataFrame, names: Sequence[str]) -> dict[str, object]:
    """Return the median of each numeric feature and the most frequent value of each other one (first by name if tied)."""
    return {name: _typical(features[name]) for name in names}


def _typical(column: pd.Series) -> object:
    if pd.api.types.is_numeric_dtype(column):
        return column.median()
    counts = column.value_counts()
    return min(counts[counts == counts.max()].index, default=None)


def _ranked(points: np.ndarray, min_points: float) -> np.ndarray:
    """Return the families in falling order of points; −1 where a family moves the risk by less than `min_points`."""
    order = np.argsort(-points, axis=1, kind="stable")
    return np.where(np.take_along_axis(points, order, axis=1) >= min_points, order, -1)


class Phrases:
    """Sentences beside what is typical: customers with the same values share one, and it is said once."""

    def __init__(self, typical: Mapping[str, object], currency: str) -> None:
        """Speak of customers beside `typical`, the median or most frequent value of each feature."""
        self._typical = typical
        self._currency = currency
        self._said: dict[str, tuple[Saying, dict[tuple[object, ...], str]]] = {}

    def say(self, feature: Feature, names: Sequence[str], customers: Iterable[tuple[object, ...]]) -> list[str]:
        """Say one feature of many customers, each given by his values of `names`."""
        saying, said = self._of(feature)
        sentences = []
        for values in customers:
            if values not in said:
                said[values] = saying.of_customer(dict(zip(names, values, strict=True)))
            sentences.append(said[values])
        if len(said) > MOST_REMEMBERED:
            said.clear()
        return sentences

    def _of(self, feature: Feature) -> tuple[Saying, dict[tuple[object, ...], str]]:
        if feature.name not in self._said:
            self._said[feature.name] = (Saying.of(feature, self._typical, self._currency), {})
        return self._said[feature.name]


class _Teller:
    """Tells, for customers and chosen families, which behaviour moved most and says it."""

    def __init__(self, explained: Explained, phrases: Phrases) -> None:
        self._explained = explained
        self._phrases = phrases
        self._keys = list(explained.by_family)
        self._points = explained.points()
        self._members = [np.flatnonzero(np.array(explained.families) == key) for key in self._keys]
        self._actionable = np.array([feature_named(name).actionable for name in explained.names])

    def tell(self, column: str, chosen: np.ndarray, *, sign: int, actionable: bool = False) -> dict[str, list[object]]:
        """Return sentence, family and points of the chosen family of each customer; None where −1 was chosen."""
        sentences = np.full(len(chosen), None, dtype=object)
        for family in range(len(self._keys)):
            rows = np.flatnonzero(chosen == family)
            strongest = self._strongest(rows, family, sign, actionable)
            sentences[rows] = self._each(strongest, rows)
            if self._keys[family] in TOLD_TOGETHER:
                self._tell_others(sentences, rows, family, sign)
        none = chosen < 0
        families = np.array(self._keys, dtype=object)[chosen]
        points = self._points[np.arange(len(chosen)), chosen].astype(object)
        families[none], points[none] = None, None
        columns = {column: sentences, f"{column}_family": families, f"{column}_points": points}
        return {name: values.tolist() for name, values in columns.items()}

    def _each(self, features: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Say to each row its feature."""
        sentences = np.empty(len(rows), dtype=object)
        for feature in np.unique(features):
            told = features == feature
            sentences[told] = self._sentences(int(feature), rows[told])
        return sentences

    def _tell_others(self, sentences: np.ndarray, rows: np.ndarray, family: int, sign: int) -> None:
        """Add what else of the family moves a row that way, where it moves it at least half as far as the strongest."""
        members = self._members[family]
        added = sign * self._explained.contributions[np.ix_(rows, members)]
        order = np.argsort(-added, axis=1, kind="stable")
        pushes = np.take_along_axis(added, order, axis=1)
        for place in range(1, min(MOST_TOGETHER, len(members))):
            also = (pushes[:, place] > 0) & (2 * pushes[:, place] >= pushes[:, 0])
            sentences[rows[also]] += " " + self._each(members[order[also, place]], rows[also])

    def first_actionable(self, ranked: np.ndarray) -> np.ndarray:
        """Return the first ranked family of each customer in which something that can be changed raises the risk."""
        able = np.column_stack([self._can_act(family) for family in range(len(self._keys))])
        hits = (ranked >= 0) & np.take_along_axis(able, np.maximum(ranked, 0), axis=1)
        first = np.take_along_axis(ranked, hits.argmax(axis=1)[:, None], axis=1)[:, 0]
        return np.where(hits.any(axis=1), first, -1)

    def _can_act(self, family: int) -> np.ndarray:
        members = self._members[family][self._actionable[self._members[family]]]
        return np.asarray((self._explained.contributions[:, members] > 0).any(axis=1))

    def _sentences(self, place: int, rows: np.ndarray) -> list[str]:
        """Say one feature of many customers; customers with the same values share the sentence, said once."""
        feature = feature_named(self._explained.names[place])
        names = (feature.name, *others_in(feature))
        columns = [self._explained.features[name].iloc[rows].tolist() for name in names]
        return self._phrases.say(feature, names, zip(*columns, strict=True))

    def _strongest(self, rows: np.ndarray, family: int, sign: int, actionable: bool) -> np.ndarray:
        members = self._members[family]
        if actionable:
            members = members[self._actionable[members]]
        if not len(rows):
            return np.empty(0, dtype=np.int64)
        added = self._explained.contributions[np.ix_(rows, members)]
        return np.asarray(members[np.argmax(sign * added, axis=1)])
