"""What happened, kept by columns until a block of customers is done."""

from collections import defaultdict

import numpy as np
import numpy.typing as npt

Columns = dict[str, npt.NDArray[np.generic]]


class Happenings:
    """Rows of several tables, added a batch at a time."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._batches: dict[str, list[Columns]] = defaultdict(list)

    def add(self, table: str, **columns: npt.NDArray[np.generic] | float | str) -> None:
        """Add rows to a table: `who` and `at` are arrays, any other column an array or the same for all of them."""
        size = len(np.asarray(columns["who"]))
        if size:
            self._batches[table].append({name: np.broadcast_to(value, size) for name, value in columns.items()})

    def columns(self, table: str) -> Columns:
        """Return all rows of a table by column; a table without rows has no columns."""
        batches = self._batches[table]
        return {name: np.concatenate([batch[name] for batch in batches]) for name in (batches[0] if batches else ())}
