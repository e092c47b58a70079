"""Where a run happened: process, code and libraries, as tags."""

import os
import platform
import shutil
import subprocess
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIBRARIES = (
    *("churn-pipeline", "xgboost-cpu", "xgboost", "numpy", "scipy", "numba", "pandas", "pyarrow"),
    *("duckdb", "ibis-framework", "mlflow"),
)
EXPERIMENT_NAMES = {"DVC_EXP_NAME": "dvc.experiment", "DVC_EXP_BASELINE_REV": "dvc.baseline"}


def project_root() -> Path:
    """Return the folder of the project, also from the copies of it that queued experiments run in."""
    return Path(os.environ.get("DVC_ROOT") or Path.cwd()).resolve()


def surroundings() -> dict[str, str]:
    """Return tags of the process, the code and the libraries."""
    libraries = {f"version.{name}": found for name in LIBRARIES if (found := installed(name))}
    experiment = {tag: name for variable, tag in EXPERIMENT_NAMES.items() if (name := os.environ.get(variable))}
    return {**process_tags(), **_git(), **experiment, **libraries, "version.python": platform.python_version()}


def process_tags() -> dict[str, str]:
    """Return tags that tell this process from every other."""
    pid = str(os.getpid())
    return {"host": platform.node(), "pid": pid, "process": _started(pid)}


def is_dead(tags: Mapping[str, str]) -> bool:
    """Return whether the process that wrote these tags ran on this machine and is gone."""
    return is_here(tags) and tags.get("process") != _started(tags.get("pid", "0"))


def is_here(tags: Mapping[str, str]) -> bool:
    """Return whether these tags were written on this machine."""
    return tags.get("host") == platform.node()


def _started(pid: str) -> str:
    """Return since when a process runs, so that a later one of the same number is another; empty where it is gone."""
    try:
        ticks = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[19]
        return f"{Path('/proc/sys/kernel/random/boot_id').read_text(encoding='utf-8')[:8]}-{ticks}"
    except OSError:
        return _seen_alive(int(pid))


def _seen_alive(pid: int) -> str:
    if Path("/proc").exists() or pid <= 0:
        return ""
    try:
        os.kill(pid, 0)
    except OSError:
        return ""
    return "alive"


def _git() -> dict[str, str]:
    """Return revision and state of the code that runs: in an experiment's copy, the copy's."""
    revision = _ask_git("rev-parse", "HEAD")
    changed = _ask_git("status", "--porcelain", "--untracked-files=no")
    return {
        "git_revision": revision or "unknown",
        "git_dirty": "unknown" if changed is None else str(bool(changed)).lower(),
    }


def _ask_git(*question: str) -> str | None:
    git = shutil.which("git")
    if git is None:
        return None
    command = [git, *question]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)  # noqa: S603
    return answer.stdout.strip() if answer.returncode == 0 else None


def installed(library: str) -> str | None:
    """Return the installed version of a library, or None."""
    try:
        return version(library)
    except PackageNotFoundError:
        return None
