"""What dvc.lock says the training data were made from: hashes and settings, where it speaks of these very data."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

UPSTREAM = ("contract", "snapshots", "features")
CODE = "pipeline/"


@dataclass(frozen=True)
class Locked:
    """Hashes by path, and settings by section, of the stages that made the training data."""

    hashes: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)


def locked(lock: Path, read: Sequence[Path]) -> Locked:
    """Return what dvc.lock holds of the data, or nothing where a file in `read` is not the one it speaks of.

    Who runs the stages by hand leaves dvc.lock behind: then a hash from it would name other data than the run's.
    """
    if not lock.exists():
        return Locked()
    stages = yaml.safe_load(lock.read_text(encoding="utf-8")).get("stages", {})
    upstream = [stages[name] for name in UPSTREAM if name in stages]
    hashes = dict(entry for stage in upstream for entry in _hashes(stage))
    if any(hashes.get(path.as_posix()) != _md5(path) for path in read):
        return Locked()
    settings = {name: section for stage in upstream for name, section in _settings(stage).items()}
    return Locked(hashes, settings)


def _hashes(stage: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for entry in (*stage.get("deps", []), *stage.get("outs", [])):
        if not entry["path"].startswith(CODE) and "md5" in entry:
            yield entry["path"], entry["md5"]


def _settings(stage: Mapping[str, Any]) -> dict[str, Any]:
    return dict(stage.get("params", {}).get("params.yaml", {}))


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
