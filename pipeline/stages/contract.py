"""Check the source tables against what the pipeline expects of them."""

from pathlib import Path

from pipeline import artifacts
from pipeline.contract.check import check_source
from pipeline.engines import duckdb
from pipeline.errors import ParamsError
from pipeline.params import Params
from pipeline.progress import Progress
from pipeline.sources import Source, open_source
from pipeline.stages import products


def run(params: Params, progress: Progress) -> None:
    """Write the checked tables, the rows put aside and what there is of each."""
    write_checked(params, products.CHECKED, progress)


def write_checked(params: Params, into: Path, progress: Progress) -> None:
    """Check the source and write what it holds into a folder, with a manifest."""
    engine = duckdb.connect()
    source = open_source(params.source, engine)
    _refuse_without_answer(source)
    checked = check_source(source, params.contract, duckdb.keeper(engine))
    with artifacts.new_folder(into) as folder:
        for kind, rows in progress.each(checked.tables.items(), "tables written", len(checked.tables)):
            duckdb.write_parquet(engine, rows, folder / f"{kind}.parquet")
        artifacts.write_table(folder / f"{duckdb.QUARANTINE}.parquet", checked.quarantine)
        artifacts.write_json(folder / "contract.json", checked.summary)
    for warning in checked.summary["warnings"]:
        progress.note(warning)
    for kind, found in checked.summary["tables"].items():
        progress.note(f"{kind}: {found['rows']:,} rows, {found['quarantined']:,} put aside")


def _refuse_without_answer(source: Source) -> None:
    tables = {table.kind: tuple(table.columns) for table in source.tables}
    if not {"purchases", "usage", "subscriptions"} & tables.keys() and "churned" not in tables.get("customers", ()):
        raise ParamsError(
            "source.files.tables maps no table from which churn could be told: none of kind purchases, usage or "
            "subscriptions, and no customers with `churned`; map one as examples/params.files.yaml shows."
        )
