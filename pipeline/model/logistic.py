"""The member that learns slopes: a logistic regression on log-scaled, standardised inputs with missing flags."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Self

import numpy as np

from pipeline.model.inputs import Floats, Inputs

FEWEST_FLAGGED = 20
"""A flag for missing values, or for a level, needs this many rows on either side, or it learns one customer."""


@dataclass(frozen=True)
class Term:
    """One input of the regression, made from one feature and centred on its mean over the training rows."""

    feature: str
    kind: Literal["value", "missing", "level"]
    level: str | None = None
    centre: float = 0.0
    scale: float = 1.0
    coefficient: float = 0.0
    low: float | None = None
    high: float | None = None

    def values(self, column: Floats, inputs: Inputs) -> Floats:
        """Return the term for a feature's column: 0 is average, and a missing number is average.

        Beyond the numbers learnt from, a step counts half: a line was never tried there, but the order of customers is kept.
        """
        raw = self.raw(column, inputs)
        within = raw if self.low is None else np.clip(raw, self.low, self.high)
        return np.nan_to_num(((raw + within) / 2 - self.centre) / self.scale, nan=0.0)

    def learnt(self, column: Floats, inputs: Inputs) -> Self:
        """Return the term with centre and scale from training rows; flags are centred only."""
        raw = self.raw(column, inputs)
        known = raw[~np.isnan(raw)]
        spread = float(known.std()) if self.kind == "value" and len(known) else 1.0
        is_number = self.kind == "value" and len(known) > 0
        low, high = (float(known.min()), float(known.max())) if is_number else (None, None)
        centre = float(known.mean()) if len(known) else 0.0
        return replace(self, centre=centre, scale=spread or 1.0, low=low, high=high)

    def raw(self, column: Floats, inputs: Inputs) -> Floats:
        """Return the term before it is centred and scaled."""
        if self.kind == "missing":
            return np.isnan(column).astype(np.float64)
        if self.kind == "level":
            return np.equal(column, inputs.categories[self.feature].index(str(self.level))).astype(np.float64)
        return np.asarray(np.sign(column) * np.log1p(np.abs(column)))


@dataclass(frozen=True)
class LogisticMember:
    """A regression whose margin is `base` plus what each feature's terms add."""

    inputs: Inputs
    terms: tuple[Term, ...]
    base: float

    def contributions(self, matrix: Floats) -> Floats:
        """Return (rows, features) in log-odds."""
        added = np.zeros(matrix.shape, order="F")
        for term in self.terms:
            position = self.inputs.features.index(term.feature)
            added[:, position] += term.coefficient * term.values(matrix[:, position], self.inputs)
        return added

    def document(self) -> dict[str, Any]:
        """Return the member as JSON-able values."""
        return {"kind": "logistic", "base": self.base, "terms": [asdict(term) for term in self.terms]}

    @classmethod
    def from_document(cls, document: Mapping[str, Any], inputs: Inputs) -> Self:
        """Return the member that `document` made, equal to the last bit."""
        return cls(inputs, tuple(Term(**term) for term in document["terms"]), document["base"])


def learn_terms(matrix: Floats, inputs: Inputs) -> tuple[Term, ...]:
    """Return the terms that training rows give, all coefficients 0."""
    return tuple(
        term.learnt(column, inputs)
        for name, column in zip(inputs.features, matrix.T, strict=True)
        for term in _terms_of(name, column, inputs)
    )


def design(terms: Sequence[Term], matrix: Floats, inputs: Inputs) -> Floats:
    """Return (rows, terms): the inputs of the regression."""
    columns = {name: matrix[:, position] for position, name in enumerate(inputs.features)}
    return np.column_stack([term.values(columns[term.feature], inputs) for term in terms])


def _terms_of(name: str, column: Floats, inputs: Inputs) -> list[Term]:
    flags = [Term(name, "missing")]
    if name in inputs.categories:
        flags += [Term(name, "level", level) for level in inputs.categories[name]]
        return [flag for flag in flags if _enough(flag.raw(column, inputs))]
    return [Term(name, "value"), *(flag for flag in flags if _enough(flag.raw(column, inputs)))]


def _enough(flagged: Floats) -> bool:
    return bool(min(flagged.sum(), len(flagged) - flagged.sum()) >= FEWEST_FLAGGED)
