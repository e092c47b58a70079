"""How the tables of the made-up business map onto the contract: each under its own names, like any user's files."""

from pathlib import Path
from typing import Any

from pipeline.params_source import FilesParams
from pipeline.simulation.business import CURRENCY, ZONE
from pipeline.simulation.tables import LOGS

_CUSTOMERS = ("customer_id", "joined_at", "contact_permission", "preferred_channel")
_ATTRIBUTES = ("region", "acquired_by")


def files_section(folder: str) -> dict[str, Any]:
    """Return `source.files` of a params.yaml that reads the business from a folder."""
    attributes = {name: {"column": name, "immutable": True} for name in _ATTRIBUTES}
    members = {"customers": _table("customers", _CUSTOMERS) | {"attributes": attributes}}
    logs = {kind: _table(kind, columns) for kind, columns in LOGS.items()}
    return {"folder": folder, "time_zone": ZONE, "currency": CURRENCY, "tables": members | logs}


def files_params(folder: Path) -> FilesParams:
    """Return the same as checked values."""
    return FilesParams.model_validate(files_section(str(folder)))


def _table(kind: str, columns: Any) -> dict[str, Any]:
    return {"kind": kind, "path": f"{kind}-*.parquet", "columns": {name: name for name in columns}}
