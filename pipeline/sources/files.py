"""A folder of a user's own CSV and Parquet files, mapped onto the contract by params.yaml."""

import difflib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import duckdb
from ibis.backends.duckdb import Backend

from pipeline.artifacts import sha256
from pipeline.contract.raw import ATTRIBUTE, RawTable, Reject, Source, line_of_row
from pipeline.contract.tables import KINDS
from pipeline.errors import ContractError, ParamsError
from pipeline.params_source import ColumnParams, FilesParams, TableParams
from pipeline.sources.csv_file import CsvFile, open_csv
from pipeline.sources.parquet_file import ParquetFile, open_parquet
from pipeline.sources.sql import named, quoted

_CSV = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz")
_REJECTS = "unreadable_lines"
_MIXED_LINE_ENDS = "state machine reached an invalid state"


@dataclass(frozen=True)
class _Mapping:
    """One table of params.yaml: its name there, what it says, and what every file must have."""

    name: str
    params: TableParams

    def origins(self) -> dict[str, ColumnParams]:
        """Return where each contract column and attribute is read from."""
        attributes = {
            ATTRIBUTE + name: ColumnParams(column=each.column) for name, each in self.params.attributes.items()
        }
        return self.params.columns | attributes

    def selection(self) -> str:
        """Return the SQL that gives a file's columns the contract's names."""
        return ", ".join(f"{_origin(each)} AS {named(name)}" for name, each in self.origins().items())


def open_files(params: FilesParams, engine: Backend) -> Source:
    """Open the files that params.yaml maps; raises ContractError where one cannot be read as declared."""
    mappings = [_Mapping(name, table) for name, table in params.tables.items()]
    for mapping in mappings:
        _refuse_bad_mapping(mapping)
    paths = {mapping.name: _found(Path(params.folder), mapping) for mapping in mappings}
    _refuse_same_content([path for found in paths.values() for path in found])
    tables = [_open_table(mapping, paths[mapping.name], engine) for mapping in mappings]
    return Source(params.time_zone, params.currency, tuple(tables))


def _refuse_bad_mapping(mapping: _Mapping) -> None:
    kind, key = KINDS[mapping.params.kind], f"source.files.tables.{mapping.name}"
    for name in mapping.params.columns:
        kind.column(name)
    missing = [name for name in kind.required if name not in mapping.params.columns]
    if missing:
        raise ParamsError(f"{key} maps no {' and no '.join(missing)}, which a table of kind {kind.name} needs.")
    hidden = [name for name in kind.known_when_closed if name in mapping.params.columns]
    if hidden and kind.closed_by not in mapping.params.columns:
        raise ParamsError(
            f"{key} maps {hidden[0]} but no {kind.closed_by}: nobody knows it before that, so earlier dates would see the "
            f"future. Map {kind.closed_by} too, or leave {hidden[0]} out."
        )
    if mapping.params.attributes and not kind.has_attributes:
        raise ParamsError(f"{key} has attributes, which only tables of kind customers can have; move them to one.")
    for name, attribute in mapping.params.attributes.items():
        if not attribute.immutable and "churned" not in mapping.params.columns:
            raise ParamsError(
                f"{key}.attributes.{name} has no date it holds from, so it would leak today into the past; declare "
                "`immutable: true` if it never changes, else leave it out."
            )


def _found(folder: Path, mapping: _Mapping) -> list[Path]:
    pattern = mapping.params.path
    matching = sorted(folder.glob(pattern))
    found = [path for path in matching if path.is_file()]
    if not found:
        what = "is a folder, not a file" if matching else "matches no file"
        raise ContractError(
            f"source.files.tables.{mapping.name}.path {what}: {folder / pattern}. Put it there, or correct the path "
            "(a pattern such as orders-*.csv takes several files)."
        )
    for path in found:
        if path.stat().st_size == 0:
            raise ContractError(f"{path.name} is empty (0 bytes); export it again, or take it out of {folder}.")
        if not os.access(path, os.R_OK):
            raise ContractError(f"{path.name} may not be read by this user; give it the permission to read {path}.")
    return found


def _refuse_same_content(paths: list[Path]) -> None:
    by_size = sorted(set(paths), key=lambda path: (path.stat().st_size, path.name))
    for first, second in pairwise(by_size):
        if first.stat().st_size == second.stat().st_size and sha256(first) == sha256(second):
            raise ContractError(
                f"{first.name} and {second.name} hold the same bytes: every row would count twice. Take one out."
            )


def _open_table(mapping: _Mapping, paths: list[Path], engine: Backend) -> RawTable:
    files = [_open_file(path, mapping) for path in paths]
    for file in files:
        _refuse_missing(file, mapping)
    _refuse_different_types(files, mapping)
    name = f"found_{mapping.name}"
    rejects = {file.path.name: _load(file, mapping, name, engine) for file in files}
    params = mapping.params
    return RawTable(
        params.kind,
        mapping.name,
        engine.table(name),
        params.columns,
        params.attributes,
        params.null_texts,
        tuple(reject for found in rejects.values() for reject in found),
        _locator(files, rejects),
    )


def _open_file(path: Path, mapping: _Mapping) -> CsvFile | ParquetFile:
    if path.suffix == ".parquet":
        return open_parquet(path)
    if path.name.endswith(_CSV):
        return open_csv(path, mapping.params)
    raise ContractError(f"{path.name} is no CSV or Parquet by its name; it must end in {', '.join(_CSV)} or .parquet.")


def _refuse_missing(file: CsvFile | ParquetFile, mapping: _Mapping) -> None:
    wanted = {name: each.column for name, each in mapping.origins().items() if each.column is not None}
    missing = [
        f'"{column}" ({name}{_meant(column, file)})' for name, column in wanted.items() if column not in file.header
    ]
    if missing:
        raise ContractError(
            f"{file.path.name} has no column {' and no '.join(missing)}. It has: {', '.join(file.header)}. "
            f"Correct source.files.tables.{mapping.name}.columns, or the file."
        )


def _meant(column: str, file: CsvFile | ParquetFile) -> str:
    plain = {name.strip().lower(): name for name in file.header}
    close = difflib.get_close_matches(column.strip().lower(), plain, n=1)
    return f'; did you mean "{plain[close[0]]}"?' if close else ""


def _refuse_different_types(files: list[CsvFile | ParquetFile], mapping: _Mapping) -> None:
    columns = [each.column for each in mapping.origins().values() if each.column is not None]
    for file in files[1:]:
        for column in columns:
            first, other = files[0].types()[column], file.types()[column]
            if first != other:
                raise ContractError(
                    f'{files[0].path.name} stores "{column}" as {first}, but {file.path.name} as {other}; store it '
                    f"alike in all files of {mapping.name}."
                )


def _load(file: CsvFile | ParquetFile, mapping: _Mapping, table: str, engine: Backend) -> tuple[Reject, ...]:
    """Read a file into the engine's table, once, so that whatever is wrong with it is found here and nowhere later."""
    try:
        return _insert(file, mapping, table, engine)
    except duckdb.Error as error:
        said = str(error).splitlines()[0]
    if isinstance(file, CsvFile) and not file.is_even and _MIXED_LINE_ENDS in said:
        with file.with_one_line_end() as even:
            return _load(even, mapping, table, engine)
    raise ContractError(f"{file.path.name} cannot be read to its end ({said}); copy or export it again.")


def _insert(file: CsvFile | ParquetFile, mapping: _Mapping, table: str, engine: Backend) -> tuple[Reject, ...]:
    rows = (
        f"SELECT {quoted(file.path.name)} AS file, row_number() OVER () - 1 AS row, {mapping.selection()} "  # noqa: S608
        f"FROM {file.relation(_REJECTS)}"
    )
    engine.con.execute(f"CREATE TEMP TABLE IF NOT EXISTS {named(table)} AS FROM ({rows}) LIMIT 0")
    for leftover in (_REJECTS, f"{_REJECTS}_scan"):
        engine.con.execute(f"DROP TABLE IF EXISTS {named(leftover)}")
    engine.con.execute(f"INSERT INTO {named(table)} {rows}")
    return file.rejects(_unreadable(engine)) if isinstance(file, CsvFile) else ()


def _unreadable(engine: Backend) -> list[tuple[int, str, str]]:
    kinds = "min_by(error_type::VARCHAR, byte_position), any_value(csv_line)"
    query = f"SELECT line, {kinds} FROM {_REJECTS} GROUP BY line ORDER BY line"  # noqa: S608
    found: list[tuple[int, str, str]] = engine.con.execute(query).fetchall()
    return found


def _locator(
    files: list[CsvFile | ParquetFile], rejects: dict[str, tuple[Reject, ...]]
) -> Callable[[str, Sequence[int]], list[int]]:
    csvs = {file.path.name: file for file in files if isinstance(file, CsvFile)}

    def locate(name: str, rows: Sequence[int]) -> list[int]:
        if name not in csvs:
            return line_of_row(name, rows)
        return csvs[name].lines(rows, {reject.line for reject in rejects[name]})

    return locate


def _origin(mapped: ColumnParams) -> str:
    return named(mapped.column) if mapped.column is not None else quoted(str(mapped.value))
