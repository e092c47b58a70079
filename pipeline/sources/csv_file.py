"""One CSV file, plain or gzipped: read by what is declared, never by what it looks like."""

import csv
import gzip
import io
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Literal, TextIO, cast

from pipeline.contract.raw import Reject
from pipeline.errors import ContractError
from pipeline.params_source import TableParams
from pipeline.sources.sql import quoted

_CODECS = {"utf-8": "utf-8-sig", "latin-1": "latin-1", "utf-16": "utf-16"}
_STRUCTURE = {
    "TOO MANY COLUMNS": "too_long",
    "MISSING COLUMNS": "too_short",
    "UNQUOTED VALUE": "quoting",
    "INVALID ENCODING": "encoding",
    "LINE SIZE OVER MAXIMUM": "line_size",
}
_LINE_BYTES = 2_000_000


@dataclass(frozen=True)
class CsvFile:
    """A CSV file with its header on line 1; `is_even` once its line ends were made alike."""

    path: Path
    header: tuple[str, ...]
    delimiter: str
    encoding: str
    is_even: bool = False

    def types(self) -> dict[str, str]:
        """Return the type of each column: all text."""
        return dict.fromkeys(self.header, "VARCHAR")

    def relation(self, rejects: str) -> str:
        """Return the SQL that reads the file, its unreadable lines going to a table."""
        columns = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in self.header)
        options = {
            "columns": f"{{{columns}}}",
            "auto_detect": "false",
            "header": "true",
            "delim": quoted(self.delimiter),
            "quote": "'\"'",
            "escape": "'\"'",
            "encoding": quoted(self.encoding),
            "strict_mode": "true",
            "max_line_size": str(_LINE_BYTES),
            "store_rejects": "true",
            "rejects_table": quoted(rejects),
            "rejects_scan": quoted(f"{rejects}_scan"),
        }
        return f"read_csv({quoted(str(self.path))}, {', '.join(f'{key} = {value}' for key, value in options.items())})"

    def rejects(self, lines: list[tuple[int, str, str]]) -> tuple[Reject, ...]:
        """Return the engine's unreadable records (number, kind, text) as lines of the file.

        Raises ContractError where a quote is opened and never closed: everything after it is in doubt.
        """
        places = self._places({number for number, _, _ in lines})
        found = tuple(
            Reject(self.path.name, places.get(number, number), "", text.strip()[:80], _STRUCTURE.get(kind, "structure"))
            for number, kind, text in lines
        )
        for reject, (_, kind, text) in zip(found, lines, strict=True):
            if kind == "UNQUOTED VALUE" and "\n" in text.strip():
                raise ContractError(
                    f"{self.path.name} line {reject.line} opens a quote that is not closed on it, so the rows after it "
                    f'cannot be told apart: "{reject.value[:40]}". Close it, or write quotes inside a value twice.'
                )
        return found

    @contextmanager
    def with_one_line_end(self) -> Iterator["CsvFile"]:
        """Yield a copy that ends every line alike, for readers that refuse a mixture; it is gone afterwards."""
        with tempfile.TemporaryDirectory() as folder:
            even = Path(folder) / self.path.name
            with _bytes(self.path) as mixed, _bytes(even, "wb") as file:
                # A line of bytes ends in \n, so a \r\n is never cut in two.
                file.writelines(line[:-2] + b"\n" if line.endswith(b"\r\n") else line for line in mixed)
            yield replace(self, path=even, is_even=True)

    def _places(self, records: set[int]) -> dict[int, int]:
        """Return the line each numbered record starts on (the header is record 1, blank lines are records)."""
        return {number: line for number, line, _ in self._records(max(records, default=0)) if number in records}

    def lines(self, rows: Sequence[int], unreadable: set[int]) -> list[int]:
        """Return the lines that readable rows start on, given the lines that hold none."""
        wanted, found, row = set(rows), {}, -1
        for number, line, fields in self._records():
            if number == 1 or not fields or line in unreadable:
                continue
            row += 1
            if row in wanted:
                found[row] = line
            if len(found) == len(wanted):
                break
        return [found[row] for row in rows]

    def _records(self, last: int | None = None) -> Iterator[tuple[int, int, list[str]]]:
        with _opened(self.path, self.encoding) as text:
            reader = csv.reader(text, delimiter=self.delimiter)
            line = 1
            for number, fields in enumerate(reader, start=1):
                yield number, line, fields
                if number == last:
                    return
                line = reader.line_num + 1


def open_csv(path: Path, params: TableParams) -> CsvFile:
    """Read the header of a CSV file; raises ContractError where it cannot be what is declared."""
    _refuse_wrong_encoding(path, params.encoding)
    header = _header(path, params)
    _refuse_wrong_delimiter(path, header, params)
    twice = next((name for name in header if header.count(name) > 1), None)
    if twice is not None:
        first = header.index(twice) + 1
        second = header.index(twice, first) + 1
        raise ContractError(
            f'{path.name} has two columns called "{twice}" (number {first} and number {second}); rename one.'
        )
    return CsvFile(path, header, params.delimiter, params.encoding)


def _header(path: Path, params: TableParams) -> tuple[str, ...]:
    with _opened(path, params.encoding) as text:
        first = next(csv.reader(text, delimiter=params.delimiter), [])
    if any("\ufffd" in name for name in first):
        raise ContractError(f"{path.name} line 1 is not {params.encoding}; declare `encoding`, such as latin-1.")
    if not any(name.strip() for name in first):
        raise ContractError(
            f"{path.name} line 1 is empty, where the names of the columns should stand. Put them there."
        )
    return tuple(first)


def _refuse_wrong_encoding(path: Path, encoding: str) -> None:
    with _bytes(path) as file:
        try:
            start = file.read(4)
        except (gzip.BadGzipFile, EOFError) as error:
            raise ContractError(
                f"{path.name} is no whole gzip file ({error}); copy it again, or drop the .gz."
            ) from None
    is_utf16 = start[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\x00" in start
    if is_utf16 and encoding != "utf-16":
        raise ContractError(f"{path.name} is UTF-16, but is declared as {encoding}; declare `encoding: utf-16`.")


def _refuse_wrong_delimiter(path: Path, header: tuple[str, ...], params: TableParams) -> None:
    likely = [mark for mark in ";,\t|" if mark != params.delimiter and mark in header[0]]
    if len(header) == 1 and likely:
        raise ContractError(
            f'{path.name} line 1 has no "{params.delimiter}" but has "{likely[0]}" in it: "{header[0][:60]}". '
            f"Declare `delimiter: {likely[0]!r}`."
        )


@contextmanager
def _opened(path: Path, encoding: str, errors: str = "replace") -> Iterator[TextIO]:
    with _bytes(path) as file, io.TextIOWrapper(file, _CODECS[encoding], errors, newline="") as text:
        yield text


def _bytes(path: Path, mode: Literal["rb", "wb"] = "rb") -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path, mode)) if path.suffix == ".gz" else path.open(mode)
