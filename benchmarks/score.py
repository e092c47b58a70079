"""A million customers from features to scores, exact contributions, reasons in words, Parquet and CSV.

Run after `dvc repro`: `uv run --locked python benchmarks/score.py [--customers=1000000]`. The flow's own model and its rows,
repeated with a little noise. The floor reads the same file, predicts plainly and writes the same columns and files.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from pipeline import artifacts
from pipeline.model.churn_model import ChurnModel
from pipeline.model.trees import TreeMember
from pipeline.params_file import load_params
from pipeline.scoring.stream import parts_of, scored_and_explained
from pipeline.stages import products

PART_ROWS = 100_000


def make(path: Path, customers: int) -> None:
    """Repeat the flow's rows with noise on what is no whole number, until there are enough customers."""
    rng = np.random.default_rng(20170101)
    rows = artifacts.read_table(products.FEATURES).to_pandas(date_as_object=True)
    floats = [name for name in rows.columns if rows[name].dtype == np.float64]
    schema = None
    with tempfile.TemporaryDirectory():
        writer = None
        for start in range(0, customers, PART_ROWS):
            count = min(PART_ROWS, customers - start)
            part = rows.iloc[rng.integers(0, len(rows), count)].reset_index(drop=True)
            part[floats] *= rng.normal(1, 0.01, (count, len(floats)))
            part["customer_id"] = [f"C{number:08}" for number in range(start, start + count)]
            part["as_of"] = rows["as_of"].iloc[-1]
            table = pa.Table.from_pandas(part, schema=schema, preserve_index=False)
            schema = table.schema
            writer = writer or pq.ParquetWriter(path, schema, compression="zstd", write_page_checksum=True)
            writer.write_table(table)
        assert writer is not None
        writer.close()


def write(scores: pd.DataFrame, told: pa.Table, folder: Path) -> None:
    """Write scores and reasons as Parquet and the list as CSV."""
    tables = [pa.Table.from_pandas(scores, preserve_index=False), told]
    artifacts.write_table(folder / "scores.parquet", tables[0])
    artifacts.write_table(folder / "reasons.parquet", tables[1])
    listed = tables[0].select(["customer_id", "churn_probability", "customer_value", "risk_band"])
    for name in ("reason_1", "reason_2", "reason_3", "protective_reason", "actionable_reason"):
        listed = listed.append_column(name, tables[1][name])
    artifacts.write_file(folder / "list.csv", lambda path: pc.write_csv(listed, path))


def ours(features: Path, folder: Path) -> None:
    """Do the job."""
    params = load_params(Path("params.yaml"))
    model = ChurnModel.load(products.MODEL)
    scores, told = scored_and_explained(
        model, features, lambda people: np.full(len(people), 100.0), params, "USD", "run"
    )
    write(scores, told, folder)


def floor(features: Path, folder: Path) -> None:
    """Read, predict plainly and write what the job wrote."""
    model = ChurnModel.load(products.MODEL)
    trees = next(member for member in model.members if isinstance(member, TreeMember))
    for part in parts_of(features):
        matrix = model.inputs.matrix(part)[:, model.inputs.places(trees.inputs.features)].astype(np.float32)
        trees.booster.inplace_predict(matrix, predict_type="margin")
    made = [artifacts.read_table(folder / name) for name in ("scores.parquet", "reasons.parquet")]
    scores = made[0].to_pandas(date_as_object=True)
    started = time.perf_counter()
    write(scores, made[1], folder)
    print(json.dumps({"write": time.perf_counter() - started}))


def child(what: str, features: Path, folder: Path) -> None:
    """Run one side in this process and print what it took."""
    model = ChurnModel.load(products.MODEL)
    model.contributions(next(iter(parts_of(features))).head(10))
    wall, used = time.perf_counter(), time.process_time()
    {"ours": ours, "floor": floor}[what](features, folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps({"wall": time.perf_counter() - wall, "cpu": time.process_time() - used, "peak_gb": peak}))


def main() -> None:
    """Print both sides and their ratio."""
    if sys.argv[1] in {"ours", "floor"} if len(sys.argv) > 1 else False:
        child(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
        return
    customers = int(next((one.split("=")[1] for one in sys.argv[1:] if one.startswith("--customers=")), "1000000"))
    with tempfile.TemporaryDirectory() as name:
        features, folder = Path(name) / "features.parquet", Path(name)
        make(features, customers)
        print(f"{customers:,} customers\n\n| | wall s | CPU s | peak GB |\n|---|---|---|---|")
        for what in ("ours", "floor"):
            command = [sys.executable, __file__, what, str(features), str(folder)]
            said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
            found = json.loads(said[-1])
            print(
                f"| {what} | {found['wall']:.1f} | {found['cpu']:.1f} | {found['peak_gb']:.2f} |",
                *said[:-1],
                flush=True,
            )


if __name__ == "__main__":
    main()
