"""Where lists lie: one folder a run that never changes, and one pointer that says which is current.

`as_of=DATE/run=ID/` appears whole or not at all; `published.txt` lists the runs in the order they became current; `current`
is a link that moves from one moment to the next. Whatever is killed when, `current` leads to a whole list.
"""

import shutil
from datetime import date
from pathlib import Path

from pipeline import artifacts
from pipeline.errors import TooLittleDataError

CURRENT = "current"
PUBLISHED = "published.txt"
WORK = ".work"
MODELS = "models"


def run_folder(out: Path, as_of: date, run_id: str) -> Path:
    """Return the folder of a run."""
    return out / f"as_of={as_of}" / f"run={run_id}"


def clear_litter(out: Path) -> None:
    """Remove what a killed job left behind; to be called by who holds the lock."""
    for litter in (
        *out.glob(f"{WORK}*"),
        *out.glob(".current*"),
        *out.glob("as_of=*/.run=*"),
        *out.glob(".published*"),
        *out.glob(f"{MODELS}/.*"),
    ):
        shutil.rmtree(litter) if litter.is_dir() and not litter.is_symlink() else litter.unlink()


def current(out: Path) -> Path | None:
    """Return the folder of the current list, or None where there is none yet."""
    link = out / CURRENT
    return out / link.readlink() if link.is_symlink() else None


def make_current(out: Path, run: Path) -> bool:
    """Let `current` point at a run, remember the order, and return whether it pointed elsewhere before."""
    name = str(run.relative_to(out))
    if current(out) == run:
        return False
    artifacts.write_text(out / PUBLISHED, "".join(f"{one}\n" for one in [*published(out), name]))
    artifacts.point(out / CURRENT, run)
    return True


def published(out: Path) -> list[str]:
    """Return the runs that became current, oldest first, as folders below `out`."""
    path = out / PUBLISHED
    return path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []


def previous(out: Path) -> Path:
    """Return the whole run that was current before; raises TooLittleDataError where there is none."""
    now = current(out)
    names = published(out)
    here = str(now.relative_to(out)) if now else None
    last = max((place for place, name in enumerate(names) if name == here), default=len(names))
    for name in reversed(names[:last]):
        if name != here and (out / name / artifacts.MANIFEST).exists():
            artifacts.verify_folder(out / name)
            return out / name
    raise TooLittleDataError(
        f"{out} holds no list before the current one ({here or 'none'}), so there is nothing to go back to."
    )
