"""What a simulated business of a million customers costs: time, memory and bytes, each size in a process of its own.

Run: `uv run --locked python -m benchmarks.simulate [6000 100000 1000000] [--uses-per-week=0.4]`. What is written goes to a
temporary folder and is deleted.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow.parquet as pq

from pipeline.contract.tables import KINDS
from pipeline.simulation.write import SOURCE

USES = "--uses-per-week="
EVENTS = tuple(kind for kind in KINDS if kind != "customers")


def measured(customers: int, uses_per_week: str, out: Path) -> str:
    """Write a business and return its row of the table."""
    command = ["churn", "simulate", "--customers", str(customers), "--uses-per-week", uses_per_week, "--out", str(out)]
    start = time.perf_counter()
    _, status, used = os.wait4(subprocess.Popen([*command, "--quiet"]).pid, 0)
    wall = time.perf_counter() - start
    assert status == 0, f"churn simulate ended with {os.waitstatus_to_exitcode(status)}"
    events = sum(pq.read_metadata(file).num_rows for kind in EVENTS for file in (out / SOURCE).glob(f"{kind}-*"))
    size = sum(file.stat().st_size for file in out.rglob("*.parquet"))
    figures = (f"{customers:,}", f"{events:,}", f"{wall:.0f}", f"{used.ru_utime + used.ru_stime:.0f}")
    return f"| {' | '.join(figures)} | {used.ru_maxrss / 1e6:.2f} | {size / 1e9:.2f} |"


def main() -> None:
    """Print the table."""
    sizes = [int(one) for one in sys.argv[1:] if not one.startswith("--")] or [6_000, 100_000, 1_000_000]
    uses = next((one.removeprefix(USES) for one in sys.argv[1:] if one.startswith(USES)), "0.4")
    print("| customers | events | wall s | CPU s | peak GB | written GB |\n|---|---|---|---|---|---|")
    for customers in sizes:
        with tempfile.TemporaryDirectory() as folder:
            print(measured(customers, uses, Path(folder) / "business"), flush=True)


if __name__ == "__main__":
    main()
