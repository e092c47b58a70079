"""The nightly job on Spark: the same list, value for value, scored and explained by the workers."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.artifacts import verify_folder
from pipeline.commands import batch
from pipeline.errors import IntegrityError
from pipeline.model.churn_model import ChurnModel
from pipeline.params import ENGINES, Params, on_engine
from pipeline.scoring import publish
from pipeline.scoring.features_file import Overview
from pipeline.scoring.shipped import _unpacked, packed, told
from pipeline.scoring.stream import Job
from pipeline.stages import train
from tests.spark.conftest import SILENT, settings_of

pytestmark = [pytest.mark.spark, pytest.mark.slow]


@pytest.fixture
def trained(shop: Path, monkeypatch: pytest.MonkeyPatch) -> Params:
    """Go to the shop and train a small model there."""
    from pipeline.stages import features  # noqa: PLC0415

    settings = settings_of(shop, monkeypatch)
    small = settings.model_copy(update={"train": settings.train.model_copy(update={"max_rounds": 60})})
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "ftp://nowhere")
    for stage in (features, train):
        stage.run(small, SILENT)
    return small


def test_both_engines_publish_the_same_list(trained):
    lists = {}
    for engine in ENGINES:
        out = Path(f"lists_{engine}")
        job = batch.Job("newest", "models/churn", out, Path("reports/evaluation.json"), keep_features=True)
        batch.run(job, on_engine(trained, engine), SILENT)
        lists[engine] = publish.current(out)
        verify_folder(lists[engine])
    files = [sorted(file.name for file in folder.iterdir()) for folder in lists.values()]
    assert files[0] == files[1]
    for name in ("scores.parquet", "reasons.parquet", "features.parquet"):
        one, other = (without_run_id(pq.read_table(folder / name)) for folder in lists.values())
        assert one.schema.equals(other.schema), name
        assert one.equals(other), name
    for name in ("list.csv", "list.json", "drift.json"):
        one, other = ((folder / name).read_bytes() for folder in lists.values())
        assert one == other, name


def without_run_id(table: pa.Table) -> pa.Table:
    """Leave out what differs rightly: the engine is a setting, so each list was made by a run of its own."""
    return table.drop_columns("run_id") if "run_id" in table.column_names else table


def test_a_worker_that_reads_another_model_out_of_the_same_bytes_is_refused(trained):
    """It has another version of the package, whose scores would be mixed with the driver's."""
    model = ChurnModel.load(Path("models/churn"))
    shipped = packed(Job(model, trained, "EUR", "run"), Overview(0, {}, pd.DataFrame()))
    assert list(told(shipped, iter(()))) == []
    other = shipped.replace(model.version.encode(), b"0123456789ab")
    with pytest.raises(IntegrityError, match="another version of churn-pipeline"):
        _unpacked(other)
