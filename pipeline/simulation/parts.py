"""Writing tables a block at a time: Parquet parts of a hundred thousand customers, never held in memory as a whole."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.simulation.block import BLOCK

PART_BLOCKS = 100_000 // BLOCK
_ROW_GROUP = 250_000


class Parts:
    """A folder of Parquet files, `<table>-<part>.parquet`, filled block by block."""

    def __init__(self, folder: Path) -> None:
        """Begin with the first part."""
        self._folder, self._part = folder, 0
        self._open: dict[str, pq.ParquetWriter] = {}
        self._waiting: dict[str, list[pa.Table]] = {}
        self._files = ExitStack()

    def __enter__(self) -> Self:
        """Begin to write."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the last part."""
        self._close()

    def add(self, number: int, tables: Mapping[str, pa.Table]) -> None:
        """Add the tables of a block."""
        if number // PART_BLOCKS != self._part:
            self._close()
            self._part = number // PART_BLOCKS
        for name, table in tables.items():
            waiting = self._waiting.setdefault(name, [])
            waiting.append(table)
            if sum(each.num_rows for each in waiting) >= _ROW_GROUP:
                self._write(name)

    def _write(self, name: str) -> None:
        rows = pa.concat_tables(self._waiting.pop(name)).combine_chunks()
        if name not in self._open:
            path = self._folder / f"{name}-{self._part:03d}.parquet"
            writer = pq.ParquetWriter(path, rows.schema, compression="zstd", write_page_checksum=True)
            self._open[name] = self._files.enter_context(writer)
        self._open[name].write_table(rows)

    def _close(self) -> None:
        for name in list(self._waiting):
            self._write(name)
        self._files.close()
        self._open.clear()
