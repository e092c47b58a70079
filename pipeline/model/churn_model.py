"""The model: the mean of additive members' margins, made a probability by a Platt map.

log_odds = (slope / M) * (sum over members of base_m + sum over features of contribution_m) + offset: the log-odds are a
base plus what each feature adds, and nothing else. They are computed as that sum.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd

from pipeline.artifacts import content_id, new_folder, read_json, verify_folder, write_json, write_text
from pipeline.errors import IntegrityError
from pipeline.model.inputs import Floats, Inputs
from pipeline.model.logistic import LogisticMember
from pipeline.model.rhythm import RhythmMember
from pipeline.model.trees import TreeMember
from pipeline.model.treeshap import CLOSE_ENOUGH

FILE = "model.json"
FORMAT = 2
USUAL_RISK = 0.1
"""Where fewer leave, a point of risk is worth more."""


class Member(Protocol):
    """Something whose margin is a constant plus a sum over the features it reads."""

    @property
    def inputs(self) -> Inputs:
        """Return the columns it reads, a part of the model's."""

    @property
    def base(self) -> float:
        """Return the margin that contributions are counted from, in log-odds."""

    def contributions(self, matrix: Floats) -> Floats:
        """Return (rows, features) in log-odds."""

    def document(self) -> dict[str, Any]:
        """Return the member as JSON-able values, with its `kind`."""


KINDS: Mapping[str, type[TreeMember] | type[LogisticMember] | type[RhythmMember]] = {
    "trees": TreeMember,
    "logistic": LogisticMember,
    "rhythm": RhythmMember,
}


@dataclass(frozen=True)
class Platt:
    """A straight line from margin to log-odds: it keeps the order of customers and corrects their probability."""

    slope: float
    offset: float


@dataclass(frozen=True, eq=False)
class ChurnModel:
    """A churn model that can say, to the last digit, what each feature added to a customer's log-odds."""

    inputs: Inputs
    families: tuple[str, ...]
    members: tuple[Member, ...]
    platt: Platt
    task: Mapping[str, Any] = field(default_factory=dict)

    @property
    def features(self) -> tuple[str, ...]:
        """Return the names of the columns the model reads, in order."""
        return self.inputs.features

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the kind of each member, in order."""
        names = {kind: name for name, kind in KINDS.items()}
        return tuple(names[type(member)] for member in self.members)  # type: ignore[index]

    @cached_property
    def version(self) -> str:
        """Return 12 hex digits that identify the model's content."""
        return content_id("churn model", self.document())

    @property
    def base_log_odds(self) -> float:
        """Return the log-odds that contributions are counted from."""
        return self._share * sum(member.base for member in self.members) + self.platt.offset

    def contributions(self, frame: pd.DataFrame) -> Floats:
        """Return (rows, features): what each feature adds to each customer's log-odds."""
        matrix = self.inputs.matrix(frame)
        added = np.zeros(matrix.shape, order="F")
        for member in self.members:
            reads_all = member.inputs.features == self.features
            places = self.inputs.places(member.inputs.features)
            told = member.contributions(matrix if reads_all else matrix[:, places])
            for place, column in zip(places, told.T, strict=True):
                added[:, place] += column
        del matrix  # Before the copy: parts in hand at once are what scoring needs memory for.
        added *= self._share
        return np.ascontiguousarray(added)

    def margins(self, frame: pd.DataFrame) -> Floats:
        """Return (members, rows): what each member says by itself, before the mean and the calibration."""
        matrix = self.inputs.matrix(frame)
        read = [matrix[:, self.inputs.places(member.inputs.features)] for member in self.members]
        return np.stack(
            [m.base + m.contributions(part).sum(axis=1) for m, part in zip(self.members, read, strict=True)]
        )

    def checked(self, frame: pd.DataFrame) -> float:
        """Return how far the trees' contributions to some rows lie from XGBoost's own at most, in log-odds.

        Raises IntegrityError where that is more than `CLOSE_ENOUGH`.
        """
        matrix = self.inputs.matrix(frame)
        trees = [member for member in self.members if isinstance(member, TreeMember)]
        distances = (member.distance(matrix[:, self.inputs.places(member.inputs.features)]) for member in trees)
        farthest = max(distances, default=0.0)
        if farthest > CLOSE_ENOUGH:
            raise IntegrityError(
                f"The contributions of {len(frame)} customers differ from XGBoost's own by {farthest:.1e} log-odds, more "
                f"than {CLOSE_ENOUGH:.0e}; nothing was written. Train the model again with this version."
            )
        return farthest

    def log_odds(self, frame: pd.DataFrame) -> Floats:
        """Return (rows,): the base plus the sum of the contributions."""
        return log_odds_of(self.base_log_odds, self.contributions(frame))

    def probabilities(self, frame: pd.DataFrame) -> Floats:
        """Return (rows,): the calibrated probability of churn."""
        return probability(self.log_odds(frame))

    def unseen_categories(self, frame: pd.DataFrame) -> dict[str, int]:
        """Return how many rows hold a level the model never met, by column; such a level counts as missing."""
        return self.inputs.unseen(frame)

    def document(self) -> dict[str, Any]:
        """Return the whole model as JSON-able values."""
        return {
            "format": FORMAT,
            "task": dict(self.task),
            "features": list(self.features),
            "families": list(self.families),
            "categories": {name: list(levels) for name, levels in self.inputs.categories.items()},
            "platt": {"slope": self.platt.slope, "offset": self.platt.offset},
            "members": [{"reads": list(member.inputs.features), **member.document()} for member in self.members],
        }

    def save(self, folder: Path, beside: Mapping[str, Any] | None = None) -> None:
        """Write `model.json`, the JSON files given `beside` it by name, and their manifest, replacing the folder."""
        with new_folder(folder) as new:
            write_text(new / FILE, json.dumps(self.document(), allow_nan=False) + "\n")
            for name, value in (beside or {}).items():
                write_json(new / name, value)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a saved model, its hash verified first; raises IntegrityError for one that is not what was saved."""
        # A damaged booster can crash the process, so nothing is parsed before the manifest agrees.
        verify_folder(folder)
        document = read_json(folder / FILE)
        if document.get("format") != FORMAT:
            raise IntegrityError(
                f"{folder / FILE} has format {document.get('format')}, this version reads {FORMAT}; train it again."
            )
        return cls.from_document(document)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Return the model that `document()` made, equal to the last bit."""
        categories = {name: tuple(levels) for name, levels in document["categories"].items()}
        inputs = Inputs(tuple(document["features"]), categories)
        members = tuple(
            KINDS[member["kind"]].from_document(member, inputs.only(member["reads"])) for member in document["members"]
        )
        return cls(inputs, tuple(document["families"]), members, Platt(**document["platt"]), document["task"])

    @property
    def _share(self) -> float:
        return self.platt.slope / len(self.members)


def log_odds_of(base_log_odds: float, contributions: Floats) -> Floats:
    """Return base plus contributions, row by row: the one definition of a customer's log-odds."""
    return np.asarray(base_log_odds + contributions.sum(axis=1))


def probability(log_odds: Floats) -> Floats:
    """Return the probability of log-odds, without overflow at either end.

    >>> probability(np.array([-800.0, 0.0, 800.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    small = np.exp(-np.abs(log_odds))
    return np.asarray(np.where(log_odds >= 0, 1.0, small) / (1.0 + small))


def points_per_log_odd(log_odds: np.ndarray, base_log_odds: float) -> np.ndarray:
    """Return 100·(p − p₀)/(L − L₀): the chord of the logistic curve from the average customer to this one.

    Points are contributions times this positive factor, so they keep sign and proportion and add up to 100·(p − p₀).

    >>> points_per_log_odd(np.array([0.0, 1.0]), 0.0).round(2).tolist()
    [25.0, 23.11]
    """
    base = probability(np.array([base_log_odds]))[0]
    distance = log_odds - base_log_odds
    near = np.abs(distance) < 1e-9
    chord = (probability(log_odds) - base) / np.where(near, 1.0, distance)
    return np.asarray(100 * np.where(near, base * (1 - base), chord))


def least_points(asked: float, base_log_odds: float) -> float:
    """Return how many points a reason has to move the risk by: what was asked for, and in proportion less where few leave.

    >>> least_points(1.0, 0.0), round(least_points(1.0, -4.6), 2)  # where usually 1 in 100 leaves, a whole point is a lot
    (1.0, 0.1)
    """
    return asked * min(1.0, float(probability(np.array([base_log_odds]))[0]) / USUAL_RISK)
