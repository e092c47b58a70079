"""Take one customer out of the products of the flow, and say what only people can take him out of."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline import artifacts
from pipeline.errors import TooLittleDataError
from pipeline.progress import Progress
from pipeline.stages import products

TABLES = (products.SNAPSHOTS, products.FEATURES, products.SCORES, products.REASONS)
DOCUMENTS = (products.CAMPAIGN, products.WORKBOOK, products.PAGE, products.REPORT_FACTS)
IDS = {"customer_id", "value"}
"""Where a product holds an id: its key, and the value that a row was put aside for."""

OUT_OF_REACH = (
    "the source: take him out of it first, else the next `dvc repro` brings him back",
    "DVC's cache and remotes: `dvc repro`, then `dvc gc --workspace` (with `--cloud` where there is a remote)",
    "what the model learnt: it holds no customer, and forgets his share when it is trained again",
    "the ledger of campaigns, backups, and lists that were sent on",
)


def run(customer_id: str, lists: Path, progress: Progress) -> None:
    """Rewrite every product of the flow without the customer, and remove the documents made of them.

    Lists below `lists` never change, so those that hold him are named. Running it again finds nothing more to do. Raises
    TooLittleDataError where neither a product nor a list holds him.
    """
    listed = sorted(
        str(path.parent) for path in lists.glob("as_of=*/run=*/scores.parquet") if _holds(path, customer_id)
    )
    changed = [*_forgotten_folder(products.CHECKED, customer_id), *_forgotten_tables(customer_id)]
    if not changed and not listed:
        raise TooLittleDataError(f"No product or list holds a customer {customer_id}. Ids are text, as in the source.")
    if changed:
        changed += _removed_documents()
    for said in changed:
        progress.note(said)
    for folder in listed:
        progress.note(
            f"{folder} still holds him, as a list never changes: delete it, and make it again if it is needed"
        )
    for place in OUT_OF_REACH:
        progress.note(f"not reached: {place}")


def _forgotten_tables(customer_id: str) -> Iterator[str]:
    for path in TABLES:
        if path.exists() and _holds(path, customer_id):
            kept, left_out = _without(artifacts.read_table(path), customer_id)
            artifacts.write_table(path, kept)
            yield f"{path}: {left_out:,} rows taken out"


def _forgotten_folder(folder: Path, customer_id: str) -> Iterator[str]:
    """Write a folder anew, its manifest with it, where one of its tables holds the customer."""
    tables = sorted(folder.glob("*.parquet"))
    if not any(_holds(path, customer_id) for path in tables):
        return
    artifacts.verify_folder(folder)
    with artifacts.new_folder(folder) as new:
        for path in sorted(folder.iterdir()):
            if path in tables:
                kept, left_out = _without(artifacts.read_table(path), customer_id)
                artifacts.write_table(new / path.name, kept)
                if left_out:
                    yield f"{path}: {left_out:,} rows taken out"
            elif path.name != artifacts.MANIFEST:
                artifacts.write_bytes(new / path.name, path.read_bytes())


def _removed_documents() -> list[str]:
    """Remove what people read: it is made of the products, and shows customers one by one."""
    there = [path for path in DOCUMENTS if path.exists()]
    for path in there:
        path.unlink()
    return [f"{path}: removed, `dvc repro` makes it again" for path in there]


def _holds(path: Path, customer_id: str) -> bool:
    named = artifacts.read_table(path, [name for name in pq.read_schema(path).names if name in IDS])
    return _without(named, customer_id)[1] > 0


def _without(table: pa.Table, customer_id: str) -> tuple[pa.Table, int]:
    """Return the rows that do not hold the customer, and how many do."""
    kept = table
    for name in IDS & set(table.column_names):
        if pa.types.is_string(table[name].type) or pa.types.is_large_string(table[name].type):
            kept = kept.filter(pc.fill_null(pc.not_equal(kept[name], customer_id), fill_value=True))
    return kept, table.num_rows - kept.num_rows
