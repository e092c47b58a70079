"""What the whole flow costs on the simulated business of 6,000 customers: every stage in a process of its own, as DVC runs it.

Run: `uv run --locked python -m benchmarks.flow [params.yaml]`; without one, `examples/params.simulated.yaml`. Products go to a
temporary folder and are deleted. Modules are compiled to bytecode on first use, so the second run is what a rerun costs.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pipeline.cli import STAGES

EXAMPLE = Path(__file__).parents[1] / "examples/params.simulated.yaml"


def measured(stage: str, folder: str) -> tuple[float, float, float]:
    """Run a stage and return its seconds by the wall, those of the processor, and its peak memory in GB."""
    command = ["churn", stage, "--quiet"]
    start = time.perf_counter()
    _, status, used = os.wait4(subprocess.Popen(command, cwd=folder).pid, 0)
    assert status == 0, f"churn {stage} ended with {os.waitstatus_to_exitcode(status)}"
    return time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1e6


def main() -> None:
    """Print the table."""
    params = Path(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLE
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(params, Path(folder) / "params.yaml")
        print("| stage | wall s | CPU s | peak GB |\n|---|---|---|---|")
        each = []
        for stage in STAGES:
            each.append(measured(stage, folder))
            print(f"| `{stage}` | {each[-1][0]:.1f} | {each[-1][1]:.1f} | {each[-1][2]:.2f} |", flush=True)
        walls, used, peaks = zip(*each, strict=True)
        print(f"| all | {sum(walls):.1f} | {sum(used):.1f} | {max(peaks):.2f} |")


if __name__ == "__main__":
    main()
