"""The nightly job in a process of its own, and what is looked at in the folder of lists it leaves."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from pipeline.artifacts import verify_folder
from pipeline.scoring import publish

JOB = "import sys; from pipeline.cli import main; sys.argv[0] = 'churn'; main()"
EARLIER = "2024-03-01"


def start(
    where: Path, *arguments: str, limit: Callable[[], None] | None = None, **variables: str
) -> "subprocess.Popen[str]":
    """Start `churn` in a folder, with environment variables of its own."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DVC_", "MLFLOW_"))}
    command = [sys.executable, "-c", JOB, *arguments]
    return subprocess.Popen(
        command,
        cwd=where,
        env=inherited | variables,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        preexec_fn=limit,  # noqa: PLW1509
    )


def churn(where: Path, *arguments: str, limit: Callable[[], None] | None = None, **variables: str) -> tuple[int, str]:
    """Run `churn` to its end and return its exit code and what it said."""
    job = start(where, *arguments, limit=limit, **variables)
    said = " ".join(job.communicate(timeout=300))
    return job.returncode, said


def now(lists: Path) -> Path:
    """Return the folder of the current list, every file of it as it was written."""
    found = publish.current(lists)
    assert found is not None
    verify_folder(found)
    return found


def runs(lists: Path) -> list[str]:
    """Return every run folder there is."""
    return sorted(str(folder.relative_to(lists)) for folder in lists.glob("as_of=*/*"))


def litter(lists: Path) -> list[Path]:
    """Return what should not be there: half-written folders, files and links."""
    allowed = {".lock", ".lock.holder"}
    hidden = [*lists.glob(".*"), *lists.glob("as_of=*/.*")]
    return [path for path in hidden if path.name not in allowed]
