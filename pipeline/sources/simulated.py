"""A made-up business, written anew from its seed and read as a user's files are; the truth about it is not even written."""

import tempfile
from pathlib import Path

from ibis.backends.duckdb import Backend

from pipeline.contract.raw import Source
from pipeline.params_source import SimulatedParams
from pipeline.simulation.mapping import files_params
from pipeline.simulation.source import write_tables
from pipeline.sources.files import open_files


def open_simulated(params: SimulatedParams, engine: Backend) -> Source:
    """Simulate the business and open its tables."""
    with tempfile.TemporaryDirectory(prefix="churn-simulated-") as folder:
        write_tables(params, Path(folder))
        return open_files(files_params(Path(folder)), engine)
