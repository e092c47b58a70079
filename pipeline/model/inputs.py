"""From a frame of features to numbers, by name: the same for learning and for scoring."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from pipeline.errors import IntegrityError

Floats = npt.NDArray[np.float64]

LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Inputs:
    """Which columns a model reads, in order, and the levels it knows of each category column."""

    features: tuple[str, ...]
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def matrix(self, frame: pd.DataFrame) -> Floats:
        """Return (rows, features) float64: numbers as they are, categories as level numbers, missing as NaN.

        A level that was not learnt is missing. Raises IntegrityError, by name, for a column that is not there, that is
        no number where one was learnt, or that holds an infinity.

        >>> paid = Inputs(("orders", "shop"), {"shop": ("east", "west")})
        >>> paid.matrix(pd.DataFrame({"shop": ["west", "north"], "orders": [3, None]})).tolist()
        [[3.0, 1.0], [nan, nan]]
        """
        _refuse_missing(frame, self.features)
        # Column by column, as frames are: rows would be written with a stride.
        matrix = np.empty((len(frame), len(self.features)), dtype=np.float64, order="F")
        for position, name in enumerate(self.features):
            matrix[:, position] = self._column(frame[name])
        self._refuse_infinite(matrix)
        return matrix

    def only(self, features: Sequence[str]) -> Self:
        """Return the inputs of a part of the columns."""
        categories = {name: levels for name, levels in self.categories.items() if name in features}
        return type(self)(tuple(features), categories)

    def places(self, features: Sequence[str]) -> list[int]:
        """Return where columns stand in the matrix."""
        return [self.features.index(name) for name in features]

    def unseen(self, frame: pd.DataFrame) -> dict[str, int]:
        """Return how many rows hold a level that was not learnt, by category column; one without any is left out."""
        counts = {name: _unknown(frame[name], levels) for name, levels in self.categories.items()}
        return {name: count for name, count in counts.items() if count}

    def _column(self, values: pd.Series) -> Floats:
        name = str(values.name)
        if name in self.categories:
            return _level_numbers(values, self.categories[name])
        if not (is_numeric_dtype(values) or is_bool_dtype(values)):
            raise IntegrityError(
                f"The model reads {name} as a number, but the features hold {values.dtype}; "
                "run `dvc repro` to make features and model together."
            )
        return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan))

    def _refuse_infinite(self, matrix: Floats) -> None:
        # A missing value compares false with everything, so the extremes are those of the known ones.
        lows, highs = np.fmin.reduce(matrix, axis=0, initial=0.0), np.fmax.reduce(matrix, axis=0, initial=0.0)
        infinite = [self.features[place] for place in np.flatnonzero((lows < -LARGEST) | (highs > LARGEST))]
        if infinite:
            raise IntegrityError(
                f"{', '.join(infinite)} hold{'s' if len(infinite) == 1 else ''} an infinity or a number beyond "
                f"{LARGEST:.1g}, which no model can read; a division by zero in the measure should give a null."
            )


def learn_inputs(frame: pd.DataFrame, features: Sequence[str]) -> Inputs:
    """Return the inputs that training rows give: every column that is no number is a category with the levels seen."""
    _refuse_missing(frame, features)
    texts = [name for name in features if not is_numeric_dtype(frame[name])]
    return Inputs(tuple(features), {name: tuple(sorted(map(str, frame[name].dropna().unique()))) for name in texts})


def _refuse_missing(frame: pd.DataFrame, features: Sequence[str]) -> None:
    missing = [name for name in features if name not in frame.columns]
    if missing:
        raise IntegrityError(
            f"The model reads {len(features)} columns, but {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} "
            "not among the features; run `dvc repro` to make them again."
        )


def _level_numbers(values: pd.Series, levels: Sequence[str]) -> Floats:
    places = {level: float(place) for place, level in enumerate(levels)}
    return np.asarray(values.astype(object).map(places).to_numpy(dtype=np.float64, na_value=np.nan))


def _unknown(values: pd.Series, levels: Sequence[str]) -> int:
    return int((np.isnan(_level_numbers(values, levels)) & values.notna().to_numpy()).sum())
