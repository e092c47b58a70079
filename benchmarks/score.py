"""A million customers from features to scores, exact contributions, reasons in words, Parquet and CSV.

Run after `dvc repro`: `uv run --locked python -m benchmarks.score [250000 500000 1000000]`. The flow's own model and its rows,
repeated with a little noise. The floor reads the same file, predicts plainly (the trees alone, nothing explained) and writes
the same columns and files, which it has at hand before its clock starts. Both sides begin with compiled code.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow.csv import write_csv

from pipeline.artifacts import growing_file, growing_table, read_table, write_table
from pipeline.campaign.spreadsheet import csv_lines
from pipeline.model.churn_model import ChurnModel
from pipeline.model.trees import TreeMember
from pipeline.params_file import load_params
from pipeline.scoring.features_file import overview, parts_of
from pipeline.scoring.stream import Job, in_this_process, scored_and_explained
from pipeline.stages import products

SENTENCES = ("reason_1", "reason_2", "reason_3", "protective_reason", "actionable_reason")
PART_ROWS = 100_000


def make(path: Path, customers: int) -> None:
    """Repeat the flow's rows with noise on what is no whole number, until there are enough customers."""
    rng = np.random.default_rng(20170101)
    rows = read_table(products.FEATURES).to_pandas(date_as_object=True)
    floats = [name for name in rows.columns if rows[name].dtype == np.float64]
    schema, writer = None, None
    for start in range(0, customers, PART_ROWS):
        count = min(PART_ROWS, customers - start)
        part = rows.iloc[rng.integers(0, len(rows), count)].reset_index(drop=True)
        part[floats] *= rng.normal(1, 0.01, (count, len(floats)))
        part["customer_id"] = [f"C{number:08}" for number in range(start, start + count)]
        part["as_of"] = rows["as_of"].iloc[-1]
        part["customer_value"] = rng.lognormal(4, 1, count)
        table = pa.Table.from_pandas(part, schema=schema, preserve_index=False)
        schema = table.schema
        writer = writer or pq.ParquetWriter(path, schema, compression="zstd", write_page_checksum=True)
        writer.write_table(table)
    assert writer is not None
    writer.close()


def listed(scores: pa.Table, told: pa.Table) -> pa.Table:
    """Return the columns of the CSV."""
    columns = {
        name: scores[name] for name in ("customer_id", "risk_rank", "churn_probability", "customer_value", "risk_band")
    }
    return pa.table(columns | {name: told[name] for name in SENTENCES})


def ours(features: Path, folder: Path) -> Callable[[], None]:
    """Do the job."""
    model, params = ChurnModel.load(products.MODEL), load_params(Path("params.yaml"))
    model.contributions(next(iter(parts_of(features))).head(10))

    def work() -> None:
        (folder / "work").mkdir()
        seen = overview(features, model.features)
        ordered = in_this_process(Job(model, params, "USD", "run"), features, seen, folder / "work")
        with (
            growing_table(folder / "scores.parquet") as add_scores,
            growing_table(folder / "reasons.parquet") as add_reasons,
            growing_file(folder / "list.csv") as add_lines,
        ):
            for place, part in enumerate(scored_and_explained(ordered)):
                add_scores(part.scores)
                add_reasons(part.reasons)
                add_lines(csv_lines(listed(part.scores, part.reasons), header=not place))

    return work


def floor(features: Path, folder: Path) -> Callable[[], None]:
    """Read, predict plainly and write what the job wrote."""
    model = ChurnModel.load(products.MODEL)
    trees = next(member for member in model.members if isinstance(member, TreeMember))
    places = model.inputs.places(trees.inputs.features)
    scores, told = (pq.read_table(folder / name) for name in ("scores.parquet", "reasons.parquet"))

    def work() -> None:
        for part in parts_of(features):
            matrix = model.inputs.matrix(part)[:, places].astype(np.float32)
            trees.booster.inplace_predict(matrix, predict_type="margin")
        write_table(folder / "floor_scores.parquet", scores)
        write_table(folder / "floor_reasons.parquet", told)
        write_csv(listed(scores, told), folder / "floor_list.csv")

    return work


def child(what: str, features: Path, folder: Path) -> None:
    """Run one side in this process and print what it took."""
    work = {"ours": ours, "floor": floor}[what](features, folder)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    wall, used = time.perf_counter(), time.process_time()
    work()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    took = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - used}
    print(json.dumps(took | {"before_gb": before, "peak_gb": peak}))


def measured(customers: int) -> None:
    """Print both sides and their ratio."""
    with tempfile.TemporaryDirectory() as name:
        features, folder = Path(name) / "features.parquet", Path(name)
        make(features, customers)
        took = {}
        for what in ("ours", "floor"):
            command = [sys.executable, __file__, what, str(features), str(folder)]
            said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
            took[what] = json.loads(said[-1])
        one, other = took["ours"], took["floor"]
        print(
            f"| {customers:,} | {one['wall']:.1f} | {other['wall']:.1f} | {one['wall'] / other['wall']:.2f} | {one['cpu']:.1f} "
            f"| {other['cpu']:.1f} | {one['cpu'] / other['cpu']:.2f} | {one['peak_gb']:.2f} | {one['before_gb']:.2f} |",
            flush=True,
        )


def main() -> None:
    """Print a row for every number of customers."""
    if sys.argv[1:2] in (["ours"], ["floor"]):
        child(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
        return
    model = ChurnModel.load(products.MODEL)
    print(f"{len(model.features)} features, {len(model.members)} members\n")
    print("| customers | job, s | floor, s | ratio | job, CPU s | floor, CPU s | ratio | peak, GB | at start, GB |")
    print("|---|---|---|---|---|---|---|---|---|")
    for customers in [int(one) for one in sys.argv[1:]] or [1_000_000]:
        measured(customers)


if __name__ == "__main__":
    main()
