"""What the columns looked like when the model learned: counts in bins, no customer in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import is_numeric_dtype

BINS = 10
LEVELS = 20


@dataclass(frozen=True)
class Binning:
    """How a column's values fall into bins; the last bin holds the missing ones.

    Numbers are cut at `edges`: bin k holds edges[k−1] < value ≤ edges[k]. Names are counted by `levels`, and those not
    listed fall together.
    """

    edges: tuple[float, ...] = ()
    levels: tuple[str, ...] | None = None

    @classmethod
    def of(cls, column: pd.Series) -> Self:
        """Return bins of about equal counts, fewer where values repeat; of names the most frequent, a bin each."""
        if not is_numeric_dtype(column):
            counts = column.dropna().astype(str).value_counts()
            frequent = sorted(counts.index, key=lambda name: (-counts[name], name))[:LEVELS]
            return cls(levels=tuple(frequent))
        values = column.dropna().to_numpy(np.float64)
        if not len(values):
            return cls()
        cuts = np.quantile(values, np.arange(1, BINS) / BINS, method="inverted_cdf")
        return cls(edges=tuple(float(cut) for cut in np.unique(cuts)))

    def counts(self, column: pd.Series) -> npt.NDArray[np.float64]:
        """Return how many values fall into each bin.

        >>> Binning(edges=(1.0, 2.0)).counts(pd.Series([0.5, 1.0, 1.5, 9.0, None])).tolist()
        [2.0, 1.0, 1.0, 1.0]
        >>> Binning(levels=("east",)).counts(pd.Series(["east", "north", None])).tolist()
        [1.0, 1.0, 1.0]
        """
        return np.bincount(self._bins(column), minlength=self.size).astype(np.float64)

    @property
    def size(self) -> int:
        """Return the number of bins, that of missing values included."""
        return (len(self.edges) if self.levels is None else len(self.levels)) + 2

    def _bins(self, column: pd.Series) -> npt.NDArray[np.int64]:
        missing = column.isna().to_numpy()
        if self.levels is None:
            values = column.to_numpy(dtype=np.float64, na_value=np.nan)
            found = np.searchsorted(np.array(self.edges), values, side="left")
        else:
            places = {name: place for place, name in enumerate(self.levels)}
            found = np.array([places.get(str(name), len(places)) for name in column], dtype=np.int64)
        return np.where(missing, self.size - 1, found).astype(np.int64)


@dataclass(frozen=True)
class Profile:
    """The columns of some rows as counts in bins; `customers` is how many different people the rows are of."""

    rows: int
    customers: int
    columns: Mapping[str, tuple[Binning, tuple[float, ...]]]

    @classmethod
    def of(cls, frame: pd.DataFrame, names: Sequence[str]) -> Self:
        """Count the columns `names` of a frame with a `customer_id`."""
        binnings = {name: Binning.of(frame[name]) for name in names}
        columns = {name: (each, tuple(each.counts(frame[name]).tolist())) for name, each in binnings.items()}
        return cls(len(frame), int(frame["customer_id"].nunique()), columns)

    def document(self) -> dict[str, Any]:
        """Return the profile as JSON-able values."""
        columns = {
            name: {"edges": list(each.edges), "levels": each.levels and list(each.levels), "counts": list(counts)}
            for name, (each, counts) in self.columns.items()
        }
        return {"rows": self.rows, "customers": self.customers, "columns": columns}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Return the profile that `document()` made."""
        columns = {name: (_binning(column), tuple(column["counts"])) for name, column in document["columns"].items()}
        return cls(document["rows"], document["customers"], columns)


def _binning(column: Mapping[str, Any]) -> Binning:
    levels = column["levels"]
    return Binning(tuple(column["edges"]), None if levels is None else tuple(levels))
