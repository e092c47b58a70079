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
from pipeline.model.churn_model import ChurnModel, least_points, points_per_log_odd
from pipeline.params import ExplainParams
from pipeline.scoring.features_file import typical_of
from pipeline.scoring.sentences import Rows, sentences
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
    base_log_odds: float

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
    return Explained(features, contributions, model.features, model.families, by_family, slope, model.base_log_odds)


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
    least = least_points(params.min_points, explained.base_log_odds)
    raising = _ranked(explained.points(), least)
    lowering = _ranked(-explained.points(), least)[:, 0]
    nobody = np.full(len(raising), -1)
    asked = {
        f"reason_{place + 1}": _Asked(raising[:, place] if place < min(params.reasons, raising.shape[1]) else nobody, 1)
        for place in range(3)
    }
    asked["protective_reason"] = _Asked(lowering, -1)
    asked["actionable_reason"] = _Asked(teller.first_actionable(raising), 1, actionable=True)
    columns = {
        "customer_id": pa.array(explained.features["customer_id"], pa.string()),
        "as_of": pa.array(explained.features["as_of"].to_numpy(), pa.date32()),
        **{f"contribution_{key}": pa.array(explained.by_family[key].to_numpy()) for key in explained.by_family},
        **teller.tell(asked),
    }
    columns["reason_1"] = pc.fill_null(columns["reason_1"], NO_DRIVER)
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


@dataclass(frozen=True)
class _Asked:
    """The family to tell each customer of, −1 for none, in the direction of `sign`; `actionable` of what can be changed."""

    families: np.ndarray
    sign: int
    actionable: bool = False


class _Teller:
    """Tells, for customers and chosen families, which behaviour moved most and says it."""

    def __init__(self, explained: Explained, phrases: Phrases) -> None:
        self._explained = explained
        self._phrases = phrases
        self._keys = list(explained.by_family)
        self._points = explained.points()
        self._members = [np.flatnonzero(np.array(explained.families) == key) for key in self._keys]
        self._actionable = np.array([feature_named(name).actionable for name in explained.names])

    def tell(self, asked: Mapping[str, _Asked]) -> dict[str, pa.Array]:
        """Return sentence, family and points of the chosen family of each customer, by column; null where −1 was chosen."""
        chosen = np.stack([self._behaviours(one) for one in asked.values()])
        said = self._said(chosen)
        told: dict[str, pa.Array] = {}
        for (column, one), sentence in zip(asked.items(), said, strict=True):
            none = one.families < 0
            keys = pa.array(self._keys, pa.string()).take(pa.array(one.families, pa.int64(), mask=none))
            points = self._points[np.arange(len(none)), one.families]
            told |= {column: sentence, f"{column}_family": keys}
            told[f"{column}_points"] = pa.array(points, pa.float64(), mask=none)
        return told

    def _behaviours(self, asked: _Asked) -> np.ndarray:
        """Return (`MOST_TOGETHER`, customers): the behaviours to say, −1 for none."""
        found = np.full((MOST_TOGETHER, len(asked.families)), -1)
        for family, key in enumerate(self._keys):
            rows = np.flatnonzero(asked.families == family)
            found[0, rows] = self._strongest(rows, family, asked)
            if key in TOLD_TOGETHER and len(rows):
                found[1:, rows] = self._others(rows, family, asked.sign)
        return found

    def _said(self, chosen: np.ndarray) -> list[pa.Array]:
        """Return one text a customer for each of the (columns, `MOST_TOGETHER`, customers) chosen behaviours.

        A behaviour is said once of a customer, in however many columns it stands.
        """
        customers = chosen.shape[-1]
        taken = np.flatnonzero(chosen >= 0)
        # A number for each pair of behaviour and customer, so that equal pairs meet and those of one behaviour stand together.
        pairs, again = np.unique(chosen.flat[taken] * customers + taken % customers, return_inverse=True)
        places, begins = np.unique(pairs // customers, return_index=True)
        texts = [pa.array([], pa.string())]
        for place, rows in zip(places, np.split(pairs % customers, begins)[1:], strict=True):
            texts.append(self._phrases.say(feature_named(self._explained.names[place]), self._explained.features, rows))
        at = np.full(chosen.shape, -1)
        at.flat[taken] = again
        together = pa.concat_arrays(texts)
        return [self._joined([together.take(pa.array(one, mask=one < 0)) for one in column]) for column in at]

    def _joined(self, first_and_others: Sequence[pa.Array]) -> pa.Array:
        first, *others = first_and_others
        if all(one.null_count == len(one) for one in others):
            return first
        # Where all are null, Arrow would leave the row out.
        joined = pc.binary_join_element_wise(pc.fill_null(first, ""), *others, " ", null_handling="skip")
        return pc.if_else(first.is_valid(), joined, pa.scalar(None, pa.string()))

    def _others(self, rows: np.ndarray, family: int, sign: int) -> np.ndarray:
        """Return what else of the family moves a row that way, where it moves it at least half as far as the strongest."""
        members = self._members[family]
        added = sign * self._explained.contributions[np.ix_(rows, members)]
        order = np.argsort(-added, axis=1, kind="stable")
        pushes = np.take_along_axis(added, order, axis=1)
        found = np.full((MOST_TOGETHER - 1, len(rows)), -1)
        for place in range(1, min(MOST_TOGETHER, len(members))):
            also = (pushes[:, place] > 0) & (2 * pushes[:, place] >= pushes[:, 0])
            found[place - 1] = np.where(also, members[order[:, place]], -1)
        return found

    def first_actionable(self, ranked: np.ndarray) -> np.ndarray:
        """Return the first ranked family of each customer in which something that can be changed raises the risk.

        By at least half as much as what raises it most there: the points told are the family's.
        """
        able = np.column_stack([self._can_act(family) for family in range(len(self._keys))])
        hits = (ranked >= 0) & np.take_along_axis(able, np.maximum(ranked, 0), axis=1)
        first = np.take_along_axis(ranked, hits.argmax(axis=1)[:, None], axis=1)[:, 0]
        return np.where(hits.any(axis=1), first, -1)

    def _can_act(self, family: int) -> np.ndarray:
        pushes = self._explained.contributions[:, self._members[family]]
        able = np.where(self._actionable[self._members[family]], pushes, 0.0).max(axis=1)
        return np.asarray((able > 0) & (2 * able >= pushes.max(axis=1)))

    def _strongest(self, rows: np.ndarray, family: int, asked: _Asked) -> np.ndarray:
        members = self._members[family]
        if asked.actionable:
            members = members[self._actionable[members]]
        if not len(rows):
            return np.empty(0, dtype=np.int64)
        added = self._explained.contributions[np.ix_(rows, members)]
        return np.asarray(members[np.argmax(asked.sign * added, axis=1)])
