"""Spark through Ibis: rows are read, kept and written by the workers; none passes through this process unless asked for."""

import importlib.util
import os
import shutil
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from pipeline import artifacts
from pipeline.engines import Dated
from pipeline.engines.duckdb import QUARANTINE
from pipeline.errors import ParamsError

Told = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]
Order = Sequence[tuple[str, str]]

_ROWS_A_PART = 500_000
_SPARKS_OWN_PARTITIONS = "200"
_LOCAL_PARTITIONS = 8
_LOG_SETTINGS = Path(__file__).with_name("log4j2.properties")


def connect() -> Any:
    """Open the Spark that the surroundings name, else one in this process on all cores.

    `SPARK_REMOTE`, `spark-submit`, `SPARK_CONF_DIR` and `PYSPARK_SUBMIT_ARGS` mean what they mean to Spark. Raises
    ParamsError where PySpark or Java is not there.
    """
    _refuse_missing()
    # Workers must run this interpreter: the `python3` they would find on their path may lack what it has.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_SUBMIT_OPTS", f"-Dlog4j2.configurationFile={_LOG_SETTINGS.as_uri()}")
    warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
    from pipeline.engines.spark_backend import Backend  # noqa: PLC0415 - PySpark is an extra

    Backend.register_options()
    return Backend().connect(_few_partitions(_session()))


def open_tables(engine: Any, folder: Path) -> dict[str, ir.Table]:
    """Return the checked tables that are in a folder, by kind."""
    files = sorted(file for file in folder.glob("*.parquet") if file.stem != QUARANTINE)
    return {file.stem: read(engine, file.stem, file) for file in files}


def read(engine: Any, name: str, path: Path) -> ir.Table:
    """Let the workers read a Parquet file, or a folder of them, under a name; they must see it at the same place."""
    engine.spark.read.parquet(_place(path)).createOrReplaceTempView(name)
    return engine.table(name)


def register(engine: Any, name: str, rows: pa.Table) -> ir.Table:
    """Let the engine read an Arrow table under a name."""
    engine.spark.createDataFrame(rows).createOrReplaceTempView(name)
    return engine.table(name)


def keeper(engine: Any) -> Callable[[str, ir.Table], ir.Table]:
    """Return a function that has the workers compute an expression once, at its first use, and keep it under a name."""

    def keep(name: str, expression: ir.Table) -> ir.Table:
        engine.frame(expression).persist().createOrReplaceTempView(f"kept_{name}")
        return engine.table(f"kept_{name}")

    return keep


def block_keeper(_: Any) -> Callable[[str, ir.Table], ir.Table]:
    """Return a function that leaves a block as it is: workers plan all of them together."""
    return lambda _, expression: expression


def write_dated(engine: Any, dated: Iterable[Dated], path: Path) -> None:
    """Have the workers write a folder with one sub-folder a date, as `pipeline.artifacts.read_table` reads it.

    Which part a customer's rows go to depends on the id alone, and each part is in order: equal rows give equal bytes.
    """
    with artifacts.new_folder(path) as folder:
        for one in dated:
            parts = -(-one.rows // _ROWS_A_PART) or 1
            rows = engine.frame(one.expression.drop("as_of")).repartition(parts, "customer_id")
            write_parts(rows.sortWithinPartitions("customer_id"), folder / f"{artifacts.AS_OF}{one.as_of}")


def write_by_customer(engine: Any, expression: ir.Table, _: ir.Table, path: Path) -> None:
    """Have the workers write an ordered expression as a folder of parts that follow each other as its rows do."""
    write_parts(engine.frame(expression), path)


def map_in_order(engine: Any, rows: Path, told: Told, schema: pa.Schema, order: Order) -> Any:
    """Return as a Spark frame, in `order`, what `told` makes of some rows where they lie; `schema` is that of its batches."""
    from pyspark.sql.functions import col  # noqa: PLC0415 - an extra
    from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415

    # Putting in order looks at everything twice, first for where to cut: what was told is kept.
    frame = engine.spark.read.parquet(_place(rows)).mapInArrow(told, from_arrow_schema(schema)).persist()
    return frame.orderBy(*(col(name).asc() if way == "ascending" else col(name).desc() for name, way in order))


def write_parts(rows: Any, folder: Path) -> None:
    """Have the workers write a Spark frame as `part-00000.parquet` and so on into a new folder."""
    rows.write.option("compression", "zstd").parquet(_place(folder))
    for file in folder.iterdir():
        if file.suffix == ".parquet":
            # Spark adds a random name of the job, which would give equal rows another identity every time.
            file.rename(folder / f"{file.name[: len('part-00000')]}.parquet")
        else:
            file.unlink()


def _place(path: Path) -> str:
    # Not `as_uri`: Spark takes its %3D for the name itself. Without `file:` a cluster would look in its own file system.
    return f"file://{path.absolute()}"


def _refuse_missing() -> None:
    if importlib.util.find_spec("pyspark") is None:
        raise ParamsError(
            "The engine spark needs PySpark, which is not installed; add the extra `spark` (`uv sync --extra spark`, or "
            "`pip install 'churn-pipeline[spark]'`), or use the engine duckdb."
        )
    if "SPARK_REMOTE" not in os.environ and not _java():
        raise ParamsError(
            "The engine spark needs Java 17 or newer, and there is no `java` in JAVA_HOME or on the PATH; install one (on "
            "Debian `apt-get install openjdk-17-jre-headless`), or use the engine duckdb."
        )


def _java() -> str | None:
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java", path=str(Path(home, "bin"))) if home else shutil.which("java")


def _session() -> Any:
    from pyspark.errors import PySparkException  # noqa: PLC0415 - an extra
    from pyspark.sql import SparkSession  # noqa: PLC0415

    builder = SparkSession.builder.appName("churn")
    if "SPARK_REMOTE" not in os.environ:
        builder = builder.config("spark.ui.showConsoleProgress", "false").config("spark.ui.enabled", "false")
    try:
        return builder.getOrCreate()
    except PySparkException as error:
        raise ParamsError(
            f"Spark did not start: {error}. It needs Java 17 or newer and a master it can reach; docs/spark.md says how to "
            "name one. Or use the engine duckdb."
        ) from error


def _few_partitions(session: Any) -> Any:
    """Let one machine shuffle into few partitions: Spark's own 200 cost more than the rows. A setting of yours stays."""
    own = session.conf.get("spark.sql.shuffle.partitions") == _SPARKS_OWN_PARTITIONS
    if own and session.conf.get("spark.master", "").startswith("local"):
        session.conf.set("spark.sql.shuffle.partitions", str(_LOCAL_PARTITIONS))
    return session
