"""From a features file to scores and reasons, part by part: contributions are computed once and serve both."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.model.churn_model import ChurnModel, log_odds_of
from pipeline.params import Params
from pipeline.scoring.reasons import Phrases, explained_by, reasons, reasons_table, typical_values
from pipeline.scoring.score import ranked

PART_ROWS = 50_000

Worth = Callable[[pd.Series], np.ndarray]


def scored_and_explained(
    model: ChurnModel, features: Path, worth: Worth, params: Params, currency: str, run_id: str
) -> tuple[pd.DataFrame, pa.Table]:
    """Return scores, highest risk first, and reasons in the same order, of every row of a features file.

    `worth` tells what customers are worth if kept. What is typical is taken from the whole file.
    """
    phrases = Phrases(typical_of(features, model), currency)
    keys, log_odds, told = [], [], []
    for part in parts_of(features):
        added = model.contributions(part)
        log_odds.append(log_odds_of(model.base_log_odds, added))
        told.append(reasons_table(reasons(explained_by(model, part, added), params.explain, currency, phrases)))
        keys.append(part[["customer_id", "as_of"]])
    everybody = pd.concat(keys, ignore_index=True)
    value = worth(everybody["customer_id"])
    scores = ranked(model, everybody, np.concatenate(log_odds), value, params.score, run_id)
    place = pd.Index(everybody["customer_id"]).get_indexer(scores["customer_id"])
    return scores, _taken(told, pa.array(place))


def _taken(parts: list[pa.Table], place: pa.Array) -> pa.Table:
    """Return the rows of all parts in another order, letting go of the parts column by column."""
    schema, columns = (
        parts[0].schema,
        [pa.chunked_array([c for t in parts for c in t[name].chunks]) for name in parts[0].column_names],
    )
    parts.clear()
    columns.reverse()
    return pa.Table.from_arrays([columns.pop().take(place) for _ in schema], schema=schema)


def parts_of(features: Path) -> Iterator[pd.DataFrame]:
    """Yield the rows of a features file, at most `PART_ROWS` at a time."""
    with pq.ParquetFile(features, page_checksum_verification=True) as file:
        for batch in file.iter_batches(PART_ROWS):
            yield batch.to_pandas(date_as_object=True)


def typical_of(features: Path, model: ChurnModel) -> dict[str, object]:
    """Return the median, or the most frequent name, of every column the model reads, one column in memory at a time."""
    return {
        name: typical_values(pq.read_table(features, columns=[name]).to_pandas(), [name])[name]
        for name in model.features
    }
