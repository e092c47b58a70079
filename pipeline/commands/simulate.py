"""Write a made-up business whose truth is known."""

from pathlib import Path

from pipeline.params_source import SimulatedParams
from pipeline.progress import Progress
from pipeline.simulation.write import write_business


def run(params: SimulatedParams, out: Path, progress: Progress) -> None:
    """Write tables and truth into a new folder, and say how to read them."""
    rows = write_business(params, out, progress)
    progress.note(
        f"{rows:,} rows of {params.customers:,} customers in {out / 'source'}, the truth beside in {out / 'truth'}"
    )
    progress.note(f"To run the flow on them, put the section of {out / 'source.yaml'} into params.yaml")
