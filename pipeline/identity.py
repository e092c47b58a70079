"""What a product was made from: one short id of the inputs, the settings and the code, and never of the clock."""

import sys
from pathlib import Path

from pipeline.artifacts import MANIFEST, content_id, sha256
from pipeline.params_section import Section


def run_id(inputs: list[Path], *settings: Section) -> str:
    """Return 12 hex digits that are equal for equal inputs, settings and code.

    A folder counts by its manifest, which holds the hash of each of its files; the code is the package's loaded modules,
    which are those that the running stage imports.
    """
    hashes = [sha256(path / MANIFEST if path.is_dir() else path) for path in inputs]
    return content_id(hashes, [section.model_dump(mode="json") for section in settings], _code_hashes())


def _code_hashes() -> dict[str, str]:
    # The command line is no part of what a stage computes: `dvc repro` and a direct call make the same product.
    loaded = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "pipeline"}
    files = {name: module.__file__ for name, module in sorted(loaded.items()) if name != "pipeline.cli"}
    return {name: sha256(Path(file)) for name, file in files.items() if file}
