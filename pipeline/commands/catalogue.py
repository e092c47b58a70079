"""The behaviours as a table, with how many of the newest snapshots have a value today."""

from collections.abc import Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from pipeline import artifacts
from pipeline.features.dictionary import catalogue_rows
from pipeline.stages import products


def lines() -> Iterator[str]:
    """Yield one line a column: name, coverage, unit, family, words.

    The coverage is the share of the newest snapshots with a value: `not there` where the tables do not give the column,
    and empty before `churn features` has run.
    """
    covered = _coverage()
    yield _line({"name": "column", "unit": "unit", "family": "family", "words": "what it holds"}, "coverage")
    for row in catalogue_rows(covered or {}):
        yield _line(row, "" if covered is None else _said(covered.get(row["name"])))


def _coverage() -> Mapping[str, float] | None:
    if not products.FEATURES.exists():
        return None
    features = artifacts.read_table(products.FEATURES)
    newest: pa.Table = features.filter(pc.equal(features["as_of"], pc.max(features["as_of"])))
    return {name: 1 - newest[name].null_count / newest.num_rows for name in newest.column_names}


def _said(share: float | None) -> str:
    return "not there" if share is None else f"{share:.0%}"


def _line(row: Mapping[str, str], covered: str) -> str:
    return f"{row['name']:<26} {covered:>9}  {row['unit'].replace('_', ' '):<18} {row['family']:<26} {row['words']}"
