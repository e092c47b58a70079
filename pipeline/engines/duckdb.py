"""DuckDB through Ibis: one process, UTC, no network, no extension fetched."""

import os
import ibis
from ibis.backends.duckdb import Backend


def threads() -> int:
    """Return how many threads to use: `CHURN_THREADS`, else all cores. Results are equal for any number."""
    return int(os.environ.get("CHURN_THREADS") or os.cpu_count() or 1)


def connect() -> Backend:
    """Open an in-memory engine."""
    engine = ibis.duckdb.connect(threads=threads())
    engine.raw_sql("SET autoinstall_known_extensions = false")
    engine.raw_sql("SET enable_progress_bar = false")
    # As a start-up option the zone fails: ICU is linked in, but not loaded yet at that moment.
    engine.raw_sql("SET TimeZone = 'UTC'")
    return engine
