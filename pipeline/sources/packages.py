"""Data that comes inside a Python package: the files are read, the package's code is never imported."""

from importlib.util import find_spec
from pathlib import Path

from pipeline.errors import ContractError


def packaged_file(package: str, distribution: str, *parts: str) -> Path:
    """Return the path of a data file inside an installed package; raises ContractError where it is not installed."""
    spec = find_spec(package)
    folders = [Path(folder) for folder in (spec.submodule_search_locations or [])] if spec else []
    for path in (folder.joinpath(*parts) for folder in folders):
        if path.is_file():
            return path
    raise ContractError(
        f"The data package {distribution} is not installed, so {parts[-1]} cannot be read. "
        "Install the group `flow` (`uv sync --group flow`), or set source.from to `files`."
    )
