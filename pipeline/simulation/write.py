"""Writing the made-up business to a folder: its tables in one place, the truth about it in another."""

from contextlib import ExitStack
from pathlib import Path

import yaml

from pipeline import artifacts
from pipeline.errors import ParamsError
from pipeline.params_source import SimulatedParams
from pipeline.progress import Progress
from pipeline.simulation.mapping import files_section
from pipeline.simulation.parts import Parts
from pipeline.simulation.source import block_count, blocks, clock_of
from pipeline.simulation.tables import tables_of
from pipeline.simulation.truth import facts, truth_of

SOURCE, TRUTH = "source", "truth"


def write_business(params: SimulatedParams, out: Path, progress: Progress) -> int:
    """Write tables, truth and the mapping of the tables, and return the number of rows.

    Leaves `source/` (what the pipeline may read), `truth/` (what it never does) and `source.yaml` (the section of
    params.yaml that reads `source/`). Raises ParamsError where the folder holds something already.
    """
    if out.exists() and any(out.iterdir()):
        raise ParamsError(f"--out is {out}, which holds files already; give a new folder, or delete it first.")
    out.mkdir(parents=True, exist_ok=True)
    rows, clock = 0, clock_of(params)
    with ExitStack() as stack:
        folders = [stack.enter_context(artifacts.new_folder(out / name)) for name in (SOURCE, TRUTH)]
        tables, truth = (stack.enter_context(Parts(folder)) for folder in folders)
        for block in progress.each(blocks(params), "customers", block_count(params)):
            made = tables_of(block, clock, params)
            tables.add(block.number, made)
            truth.add(block.number, truth_of(block, clock, params))
            rows += sum(table.num_rows for table in made.values())
        artifacts.write_json(folders[1] / "business.json", facts(params))
    section = {"source": {"from": "files", "files": files_section(str(out / SOURCE))}}
    artifacts.write_text(out / "source.yaml", yaml.safe_dump(section, sort_keys=False))
    return rows
