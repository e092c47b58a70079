"""How sure a figure is: measured again and again with customers drawn anew, all rows of a customer together."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

import numpy as np
import pandas as pd

from pipeline.model.inputs import Floats
from pipeline.training.metrics import Weights

Statistic = Callable[[Weights], Floats]
"""From weights to one number a replicate."""

Found = TypeVar("Found")

MOST_WEIGHTS_AT_ONCE = 2_500_000


class Shared(Generic[Found]):
    """What several statistics are read from: computed once for the same weights."""

    def __init__(self, of: Callable[[Weights], Found]) -> None:
        """Keep how it is computed."""
        self._of = of
        self._kept: tuple[Weights, Found] | None = None

    def __call__(self, weights: Weights) -> Found:
        """Return what was computed for these weights, or compute it."""
        if self._kept is None or self._kept[0] is not weights:
            self._kept = (weights, self._of(weights))
        return self._kept[1]


@dataclass(frozen=True)
class Draws:
    """A figure and its values in the replicates, in the same order as every other figure of the same bootstrap."""

    value: float
    replicates: Floats

    def __sub__(self, other: Self) -> "Draws":
        """Return the paired difference: both figures come from the same draws of customers."""
        return Draws(self.value - other.value, self.replicates - other.replicates)

    def interval(self) -> dict[str, float]:
        """Return the figure with its 95 % percentile interval; a draw without a churner is left out."""
        known = self.replicates[np.isfinite(self.replicates)]
        low, high = np.quantile(known, [0.025, 0.975]) if len(known) else (self.value, self.value)
        return {"value": self.value, "low": float(low), "high": float(high)}


@dataclass(frozen=True)
class Bootstrap:
    """Draws of customers with replacement, the same at every use."""

    customers: pd.Series
    replicates: int
    seed: int = 0

    def measure(self, statistics: Mapping[str, Statistic]) -> dict[str, Draws]:
        """Measure several statistics on the same draws."""
        once = Weights.once(len(self.customers))
        with np.errstate(divide="ignore", invalid="ignore"):
            blocks = [{name: of(weights) for name, of in statistics.items()} for weights in self.weights()]
            return {
                name: Draws(float(of(once)[0]), np.concatenate([block[name] for block in blocks]))
                for name, of in statistics.items()
            }

    def weights(self) -> Iterator[Weights]:
        """Yield how often each customer is drawn, some replicates at a time, until there are enough."""
        codes, names = pd.factorize(self.customers)
        drawing = np.random.default_rng(self.seed)
        at_once = max(1, MOST_WEIGHTS_AT_ONCE // max(len(codes), 1))
        for start in range(0, self.replicates, at_once):
            shape = (min(at_once, self.replicates - start), len(names))
            yield Weights(_counts(drawing.integers(0, len(names), shape)), codes)


def _counts(drawn: np.ndarray) -> Floats:
    rows, customers = drawn.shape
    places = drawn + np.arange(rows)[:, None] * customers
    return np.bincount(places.ravel(), minlength=rows * customers).reshape(rows, customers).astype(np.float64)
