"""A file of features: one row a customer at risk on one date, with what a decision needs to know of each beside them.

Beside the columns of docs/features.md it holds `customer_id`, `as_of`, `customer_value` (what a customer is worth if kept, in
whole units) and `currency`, and may hold `contact_permission`, `preferred_channel`, `days_since_sent` and `payment_route`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.artifacts import MANIFEST, recorded_hashes, sha256
from pipeline.errors import ContractError, IntegrityError, TooLittleDataError
from pipeline.side_by_side import side_by_side

PART_ROWS = 50_000
SAMPLE_ROWS = 100_000
KEYS = ("customer_id", "as_of", "customer_value", "currency")
FACTS = {
    "contact_permission": pa.bool_(),
    "preferred_channel": pa.string(),
    "days_since_sent": pa.int64(),
    "payment_route": pa.bool_(),
}


@dataclass(frozen=True)
class Overview:
    """What must be known of all customers before the first is scored.

    `typical` is the median or most frequent value of each column the model reads; `sample` an even selection of the rows.
    """

    customers: int
    typical: dict[str, object]
    sample: pd.DataFrame


def verify(features: Path) -> str:
    """Return the sha256 of a file after comparing it with the one written down beside it.

    That is the folder's manifest, or `FILE.sha256` as `sha256sum` writes it. Raises IntegrityError where they differ, or
    where nothing is written down: a damaged Parquet file can read as other numbers, or end the process.
    """
    if not features.is_file():
        raise IntegrityError(f"There is no features file {features}.")
    expected, found = _written_down(features), sha256(features)
    if found != expected:
        raise IntegrityError(f"{features} is not the file that was written: copy it again, or make it again.")
    return found


def _written_down(features: Path) -> str:
    beside = features.with_name(features.name + ".sha256")
    if beside.is_file():
        return beside.read_text(encoding="utf-8", errors="replace").partition(" ")[0].strip().lower()
    if (features.parent / MANIFEST).is_file():
        recorded = recorded_hashes(features.parent).get(features.name)
        if recorded is not None:
            return str(recorded)
    raise IntegrityError(
        f"Nothing says whether {features} is whole. Where it was made, write `sha256sum {features.name} > {beside.name}`, and "
        "copy both."
    )


def parts_of(features: Path) -> Iterator[pd.DataFrame]:
    """Yield the rows of a features file, at most `PART_ROWS` at a time."""
    for batch in _batches(features):
        yield batch.to_pandas(date_as_object=True)


def joined(features: Path) -> Iterator[pa.Table]:
    """Yield the rows of a folder of parts as tables of one schema, for one file."""
    for batch in _batches(features):
        yield pa.Table.from_batches([batch]).cast(pa.schema([(one.name, one.type) for one in batch.schema]))


def _batches(features: Path) -> Iterator[pa.RecordBatch]:
    for path in _files(features):
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            # Asked for all row groups at once, Arrow would keep the bytes of every one it has read.
            for group in range(file.num_row_groups):
                yield from file.iter_batches(PART_ROWS, row_groups=[group])


def _files(features: Path) -> list[Path]:
    """Return the file, or the files of a folder that workers wrote, in the order of the customers."""
    return sorted(features.glob("*.parquet")) if features.is_dir() else [features]


def only(features: Path, name: str) -> Any:
    """Return the one value that a column holds; raises ContractError where it holds none, or several.

    Raises TooLittleDataError where there is no row at all.
    """
    values = pc.unique(_column(features, name)).to_pylist()
    if not values:
        raise TooLittleDataError(f"{features} holds no customer, so there is nobody to list; make it of another date.")
    if len(values) != 1 or values[0] is None:
        raise ContractError(f"{features} should hold customers of one {name}, but the column holds {values[:3]}.")
    return values[0]


def refuse_unfit(features: Path, names: Sequence[str]) -> None:
    """Raise IntegrityError for a missing column, and ContractError for a customer there twice or without a worth."""
    try:
        held = pq.read_schema(features).names
    except (OSError, pa.ArrowInvalid) as error:
        raise IntegrityError(f"{features} is no Parquet file ({error}).") from None
    missing = [name for name in (*KEYS, *names) if name not in held]
    if missing:
        raise IntegrityError(
            f"{features} has no column {', '.join(missing)}; make it with this version and this model."
        )
    customers, worth = (_column(features, name) for name in ("customer_id", "customer_value"))
    counts = pc.value_counts(customers.drop_null())
    twice = counts.filter(pc.greater(counts.field("counts"), 1)).field("values").to_pylist()
    if twice or customers.null_count:
        told = f"{twice[0]!r} is there more than once" if twice else f"{customers.null_count:,} rows name nobody"
        raise ContractError(f"{features} should have one row a customer, but {told}.")
    unknown = len(worth) - pc.sum(pc.fill_null(pc.is_finite(worth), fill_value=False)).as_py() if len(worth) else 0
    if unknown:
        raise ContractError(
            f"{features} does not say what {unknown:,} customers are worth; customer_value should be a number, 0 for nothing."
        )


def overview(features: Path, names: Sequence[str]) -> Overview:
    """Return what is typical of the columns `names`, and a sample; two columns are in memory at a time."""
    customers = sum(pq.read_metadata(file).num_rows for file in _files(features))
    step = max(1, customers // SAMPLE_ROWS)
    few = pa.array(np.arange(0, customers, step))

    def looked_at(name: str) -> tuple[object, pa.ChunkedArray]:
        column = _column(features, name)
        return typical_of(column), column.take(few)

    found = dict(zip(names, side_by_side(looked_at, names), strict=True))
    sample = {
        "customer_id": _column(features, "customer_id").take(few),
        **{name: few for name, (_, few) in found.items()},
    }
    typical = {name: usual for name, (usual, _) in found.items()}
    return Overview(customers, typical, pa.table(sample).to_pandas(date_as_object=True))


def typical_of(column: pa.ChunkedArray) -> object:
    """Return the median of numbers, the most frequent of other values (the first by name if tied); missing ones apart.

    >>> typical_of(pa.chunked_array([[1.0, None, 4.0]])), typical_of(pa.chunked_array([["b", "a", None]]))
    (2.5, 'a')
    """
    known = column.drop_null()
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type) or pa.types.is_dictionary(column.type):
        counts = {one["values"]: one["counts"] for one in pc.value_counts(known).to_pylist()}
        return min(counts, key=lambda value: (-counts[value], value), default=None)
    values = known.to_numpy().astype(np.float64)
    values = values[~np.isnan(values)]
    return float(np.median(values)) if len(values) else float("nan")


def facts_of(part: pd.DataFrame) -> dict[str, pa.Array]:
    """Return what a decision needs to know of each customer; null for what the file does not hold.

    `payment_route` is left out where the file has none: then nobody is known to need it.
    """
    held = {name: part[name] if name in part else pd.Series([None] * len(part)) for name in FACTS}
    return {
        name: pa.array(held[name], kind, from_pandas=True, safe=False)
        for name, kind in FACTS.items()
        if name in part or name != "payment_route"
    }


def _column(features: Path, name: str) -> pa.ChunkedArray:
    read = [pq.read_table(file, columns=[name], page_checksum_verification=True)[name] for file in _files(features)]
    return pa.chunked_array([chunk for column in read for chunk in column.chunks], read[0].type)
