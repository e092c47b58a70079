"""Putting more rows in order than memory holds."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.artifacts import storage_errors
from pipeline.side_by_side import side_by_side

SHELF_ROWS = 65_536
"""About how many rows a shelf should hold: they are sorted in memory."""

Keys = npt.NDArray[np.float64]
Order = Sequence[tuple[str, str]]


class Shelves:
    """Rows go onto shelves by a key, on the disk, and each shelf is put in order only when it is taken.

    Shelf k holds the keys in [cuts[k − 1], cuts[k]), so shelves follow each other as their rows do.
    """

    def __init__(self, folder: Path, cuts: Keys) -> None:
        """Keep the shelves in an empty folder; `cuts` rise."""
        self._folder, self._cuts = folder, np.asarray(cuts, np.float64)
        self._writers: dict[int, pa.ipc.RecordBatchStreamWriter] = {}

    @classmethod
    def of_sample(cls, folder: Path, sample: Keys, count: int) -> Self:
        """Return shelves of about `SHELF_ROWS` rows each for `count` rows whose keys lie as those of the sample do."""
        shelves = -(-count // SHELF_ROWS)
        cuts = np.quantile(sample, np.arange(1, shelves) / shelves) if shelves > 1 else np.empty(0)
        return cls(folder, np.unique(cuts))

    @classmethod
    def of_places(cls, folder: Path, count: int) -> Self:
        """Return shelves for `count` rows whose keys are their places, from 0."""
        return cls(folder, np.arange(SHELF_ROWS, count, SHELF_ROWS, dtype=np.float64))

    def put(self, rows: pa.Table, keys: Keys) -> None:
        """Put each row onto the shelf of its key."""
        shelf = np.searchsorted(self._cuts, keys, side="right")
        order = np.argsort(shelf, kind="stable")
        ends = np.cumsum(np.bincount(shelf, minlength=len(self._cuts) + 1))
        sorted_rows = rows.take(pa.array(order))
        with storage_errors(self._folder):
            for number in np.unique(shelf).tolist():
                first = int(ends[number - 1]) if number else 0
                self._writer(number, rows.schema).write_table(sorted_rows.slice(first, int(ends[number]) - first))

    def taken(self, order: Order) -> Iterator[pa.Table]:
        """Yield the rows shelf by shelf, each in `order`: columns with `ascending` or `descending`, as Arrow sorts."""
        with storage_errors(self._folder):
            for writer in self._writers.values():
                writer.close()
        yield from side_by_side(partial(self._taken, order=order), sorted(self._writers))

    def _taken(self, number: int, order: Order) -> pa.Table:
        with pa.memory_map(str(self._path(number))) as file, pa.ipc.open_stream(file) as stream:
            rows = stream.read_all().sort_by(list(order)).combine_chunks()
        self._path(number).unlink()
        return rows

    def _writer(self, number: int, schema: pa.Schema) -> pa.ipc.RecordBatchStreamWriter:
        if number not in self._writers:
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            self._writers[number] = pa.ipc.new_stream(str(self._path(number)), schema, options=options)
        return self._writers[number]

    def _path(self, number: int) -> Path:
        return self._folder / f"shelf-{number:05}.arrows"
