"""One Parquet file: its types are its own, so they are declared by whoever wrote it."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import ContractError
from pipeline.sources.sql import quoted


@dataclass(frozen=True)
class ParquetFile:
    """A Parquet file with the types of its columns."""

    path: Path
    columns: dict[str, str]

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(self.columns)

    def types(self) -> dict[str, str]:
        """Return the type of each column."""
        return self.columns

    def relation(self, _rejects: str) -> str:
        """Return the SQL that reads the file."""
        return f"read_parquet({quoted(str(self.path))})"


def open_parquet(path: Path) -> ParquetFile:
    """Read the schema of a Parquet file; raises ContractError where it is cut short or no Parquet."""
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowInvalid, OSError):
        raise ContractError(f"{path.name} is no whole Parquet file; copy or export it again.") from None
    return ParquetFile(path, {name: str(kind) for name, kind in zip(schema.names, schema.types, strict=True)})
