"""The edge towards users' files: each source hands over rows of the contract's kinds."""

from ibis.backends.duckdb import Backend

from pipeline.contract.raw import RawTable, Source
from pipeline.params_source import SourceParams
from pipeline.sources.cdnow import open_cdnow
from pipeline.sources.complete_journey import open_complete_journey
from pipeline.sources.files import open_files
from pipeline.sources.simulated import open_simulated

__all__ = ["RawTable", "Source", "open_source"]


def open_source(params: SourceParams, engine: Backend) -> Source:
    """Open the source that params.yaml names."""
    match params.origin:
        case "complete_journey":
            return open_complete_journey(engine)
        case "cdnow":
            return open_cdnow(engine)
        case "files":
            return open_files(params.files, engine)
        case "simulated":
            return open_simulated(params.simulated, engine)
