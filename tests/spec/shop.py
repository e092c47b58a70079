"""A shop in a folder: files written as given, mapped, and checked."""

import gzip
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from pipeline.contract.check import Checked, check_source
from pipeline.engines import duckdb
from pipeline.params import ContractParams
from pipeline.params_source import FilesParams
from pipeline.sources.files import open_files

ORDERS = {"customer_id": "Customer", "purchased_at": "When", "amount": "Total"}
EVENTS = {"customer_id": "Customer", "contacted_at": "When", "event": "What"}


@dataclass(frozen=True)
class Shop:
    """A folder of files and how they are mapped."""

    folder: Path
    time_zone: str = "UTC"
    currency: str = "EUR"
    tables: dict[str, dict] = field(default_factory=dict)

    def file(self, name, content):
        """Write a file; a name in .gz is compressed."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") and data[:2] != b"\x1f\x8b" else data)
        return self

    def orders(self, path="orders.csv", *, columns=None, **params):
        """Map a table of purchases."""
        self.tables["orders"] = {"kind": "purchases", "path": path, "columns": columns or ORDERS, **params}
        return self

    def table(self, name, kind, path, columns, **params):
        """Map a table of any kind."""
        self.tables[name] = {"kind": kind, "path": path, "columns": columns, **params}
        return self

    def check(self, quarantine_share=0.0) -> Checked:
        """Open and check what is mapped."""
        params = FilesParams.model_validate(
            {
                "folder": str(self.folder),
                "time_zone": self.time_zone,
                "currency": self.currency,
                "tables": self.tables,
            }
        )
        engine = duckdb.connect()
        allowed = ContractParams(quarantine_share=quarantine_share)
        return check_source(open_files(params, engine), allowed, duckdb.keeper(engine))


def rows(checked: Checked, kind="purchases") -> list[dict]:
    return checked.tables[kind].to_pyarrow().to_pylist()


def drawn(table: pa.Table | list[dict], *columns: str) -> str:
    """Draw some columns as text, one row a line."""
    lines = table if isinstance(table, list) else table.to_pylist()
    return "\n".join(" ".join(str(line[column]) for column in columns) for line in lines)


def text(drawing: str) -> str:
    """Return a drawing without its indentation."""
    return "\n".join(line.strip() for line in drawing.strip().splitlines())
