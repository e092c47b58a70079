"""Scoring where the rows lie: what it takes travels to the workers as bytes, and each worker unpacks it once."""

import json
from collections.abc import Iterator
from functools import lru_cache

import pyarrow as pa

from pipeline.errors import IntegrityError
from pipeline.model.churn_model import ChurnModel
from pipeline.params import Params
from pipeline.scoring.features_file import Overview
from pipeline.scoring.reasons import Phrases
from pipeline.scoring.stream import Job, told_of


def packed(job: Job, seen: Overview) -> bytes:
    """Return all that scoring and explaining need besides the rows, as JSON: floats come back as they were."""
    parts = {
        "model_version": job.model.version,
        "model": job.model.document(),
        "params": job.params.model_dump(mode="json", by_alias=True),
        "currency": job.currency,
        "run_id": job.run_id,
        "typical": seen.typical,
    }
    return json.dumps(parts).encode("utf-8")


def told(packed_job: bytes, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield what `told_of` says of each batch of features; raises IntegrityError where a worker runs other code."""
    job, phrases = _unpacked(packed_job)
    for batch in batches:
        yield from told_of(job, phrases, batch.to_pandas(date_as_object=True)).combine_chunks().to_batches()


@lru_cache(maxsize=1)
def _unpacked(packed_job: bytes) -> tuple[Job, Phrases]:
    parts = json.loads(packed_job)
    model, params = ChurnModel.from_document(parts["model"]), Params.model_validate(parts["params"])
    if model.version != parts["model_version"]:
        raise IntegrityError(
            f"A worker reads model {parts['model_version']} as {model.version}: it runs another version of churn-pipeline than "
            "the driver. Install the same one on both."
        )
    return Job(model, params, parts["currency"], parts["run_id"]), Phrases(parts["typical"], parts["currency"])
