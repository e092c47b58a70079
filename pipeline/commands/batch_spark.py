"""The nightly list on Spark: workers score, explain and put in order; what they wrote is read back a part at a time."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.engines import spark
from pipeline.scoring.features_file import Overview, parts_of
from pipeline.scoring.reasons import Phrases
from pipeline.scoring.score import ORDER
from pipeline.scoring.shelves import SHELF_ROWS
from pipeline.scoring.shipped import packed, told
from pipeline.scoring.stream import Job, told_of


def in_workers(job: Job, features: Path, seen: Overview, work: Path) -> Iterator[pa.Table]:
    """Yield what `pipeline.scoring.stream.in_this_process` does, value for value."""
    schema = told_of(job, Phrases(seen.typical, job.currency), next(parts_of(features)).head(1)).schema
    ordered = spark.map_in_order(spark.connect(), features, partial(told, packed(job, seen)), schema, ORDER)
    spark.write_parts(ordered, work / "told")
    for file in sorted((work / "told").iterdir()):
        with pq.ParquetFile(file, page_checksum_verification=True) as part:
            for batch in part.iter_batches(SHELF_ROWS):
                yield pa.Table.from_batches([batch]).cast(schema)
