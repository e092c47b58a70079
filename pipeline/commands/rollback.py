"""Go back to the list that was current before."""

from pathlib import Path

from pipeline import artifacts
from pipeline.progress import Progress
from pipeline.scoring import publish


def run(out: Path, progress: Progress) -> None:
    """Let `current` lead to the whole list before the present one; raises TooLittleDataError where there is none."""
    with artifacts.held(out):
        publish.clear_litter(out)
        before = publish.previous(out)
        artifacts.point(out / publish.CURRENT, before)
    progress.note(f"{out / publish.CURRENT} leads to {before} again")
