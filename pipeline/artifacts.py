"""The only way bytes reach a final path: written beside it, flushed to the disk, then renamed over it."""

import hashlib
import json
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from pipeline.errors import IntegrityError, LockHeldError, StorageError

MANIFEST = "manifest.json"
AS_OF = "as_of="
"""What the name of a date's folder begins with, in a table that is a folder of one folder a date."""


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    with _beside(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all, as UTF-8 with Unix line ends."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, value: Any) -> None:
    """Write a value as readable JSON; NaN and infinity are errors, because JSON has no such numbers."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON file; raises IntegrityError where it is missing or cut short."""
    try:
        return json.loads(read_text(path))
    except json.JSONDecodeError:
        raise IntegrityError(f"{path} is not whole JSON; run `dvc repro` to make it again.") from None


def read_text(path: Path) -> str:
    """Read a text file; raises IntegrityError where it is missing or is no text."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise IntegrityError(f"{path} is missing; run `dvc repro` to make it.") from None
    except UnicodeDecodeError as error:
        raise IntegrityError(f"{path} is damaged ({error}); run `dvc repro` to make it again.") from None


def write_table(path: Path, table: pa.Table) -> None:
    """Write an Arrow table as Parquet with page checksums; equal tables give equal bytes."""
    with _beside(path) as temporary:
        pq.write_table(table, temporary, compression="zstd", write_page_checksum=True, store_schema=True)


def write_tables(path: Path, tables: Iterable[pa.Table]) -> None:
    """Write Arrow tables of one schema as one Parquet file, holding one of them at a time."""
    with growing_table(path) as write:
        for table in tables:
            write(table)


@contextmanager
def growing_table(path: Path) -> Iterator[Callable[[pa.Table], None]]:
    """Yield a function that adds an Arrow table to one Parquet file, a row group each; all are of one schema."""
    with _beside(path) as temporary, ExitStack() as closing:
        writers: list[pq.ParquetWriter] = []

        def write(table: pa.Table) -> None:
            if not writers:
                opened = pq.ParquetWriter(temporary, table.schema, compression="zstd", write_page_checksum=True)
                writers.append(closing.enter_context(opened))
            writers[0].write_table(table)

        yield write


@contextmanager
def growing_file(path: Path) -> Iterator[Callable[[bytes], None]]:
    """Yield a function that adds bytes to one file."""
    with _beside(path) as temporary, temporary.open("wb") as file:

        def write(content: bytes) -> None:
            file.write(content)

        yield write


def read_table(path: Path, columns: list[str] | None = None) -> pa.Table:
    """Read a Parquet file, or a folder of one folder a date, verified; raises IntegrityError where it is missing or damaged.

    A folder's rows come by date and customer, as one engine in one process would have written them.
    """
    return _read_dated(path, columns) if path.is_dir() else _read_file(path, columns)


def _read_dated(path: Path, columns: list[str] | None) -> pa.Table:
    verify_folder(path)
    keyed = columns and list(dict.fromkeys([*columns, "customer_id"]))
    files = sorted(path.glob(f"{AS_OF}*/*.parquet"))
    rows = pa.concat_tables([_with_date(file, keyed) for file in files])
    rows = rows.sort_by([("as_of", "ascending"), ("customer_id", "ascending")])
    return rows.select(columns) if columns else rows


def _with_date(file: Path, columns: list[str] | None) -> pa.Table:
    """Read a file and add the date of its folder as the second column; every column may be null, whoever wrote it."""
    rows = _read_file(file, columns and [name for name in columns if name != "as_of"])
    rows = rows.cast(pa.schema([field.with_nullable(nullable=True) for field in rows.schema]))
    as_of = date.fromisoformat(file.parent.name.removeprefix(AS_OF))
    return rows.add_column(1, "as_of", pa.repeat(pa.scalar(as_of, pa.date32()), rows.num_rows))


def _read_file(path: Path, columns: list[str] | None) -> pa.Table:
    try:
        return pq.read_table(path, columns=columns, page_checksum_verification=True)
    except FileNotFoundError:
        raise IntegrityError(f"{path} is missing; run `dvc repro` to make it.") from None
    except (OSError, pa.ArrowInvalid) as error:
        raise IntegrityError(f"{path} is damaged ({error}); run `dvc repro` to make it again.") from None


def write_file(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file, then move it to `path`; for libraries that insist on a path."""
    with _beside(path) as temporary:
        write(temporary)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yield an empty folder that takes the place of `path` only when the block ends without an error.

    The folder gets a manifest of the sha256 of each of its files, written last.
    """
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        yield temporary
        with storage_errors(path):
            write_json(temporary / MANIFEST, {"sha256": file_hashes(temporary)})
            _replace_folder(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def new_work(path: Path) -> Iterator[Path]:
    """Yield an empty folder whose name begins with `path`, and remove it at the end of the block."""
    with storage_errors(path):
        work = Path(tempfile.mkdtemp(prefix=f"{path.name}.", dir=path.parent))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def verify_folder(path: Path, remedy: str = "run `dvc repro` to make it again") -> str:
    """Check every file of a folder against its manifest and return the sha256 of the manifest.

    Raises IntegrityError, which tells the `remedy`, before anything else reads a file that was changed, cut short or added.
    """
    recorded, found = recorded_hashes(path), file_hashes(path)
    for name in sorted(recorded.keys() | found.keys()):
        if recorded.get(name) != found.get(name):
            raise IntegrityError(f"{path / name} is not the file that was written; {remedy}.")
    return sha256(path / MANIFEST)


def recorded_hashes(folder: Path) -> dict[str, str]:
    """Return the sha256 of each file of a folder as its manifest has it; raises IntegrityError for what is no manifest."""
    manifest = read_json(folder / MANIFEST)
    recorded = manifest.get("sha256") if isinstance(manifest, dict) else None
    if not isinstance(recorded, dict):
        raise IntegrityError(f"{folder / MANIFEST} is no list of files and their sha256; write the folder again.")
    return recorded


def file_hashes(folder: Path) -> dict[str, str]:
    """Return the sha256 of every file in a folder and below but its manifest, by name."""
    files = sorted(item for item in folder.rglob("*") if item.is_file() and item != folder / MANIFEST)
    return {item.relative_to(folder).as_posix(): sha256(item) for item in files}


def sha256(path: Path) -> str:
    """Return the sha256 of a file as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def content_id(*parts: Any) -> str:
    """Return 12 hex digits that identify some JSON-able values: equal values, equal id.

    >>> content_id("model", {"a": 1})
    '0b1fc35bfaa0'
    """
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:12]


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            _flush(temporary)
            temporary.chmod(0o644)
            if path.is_dir():
                shutil.rmtree(path)  # a table of another engine: a file cannot be renamed over a folder
            temporary.replace(path)
            _flush(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn what a disk or a folder refuses within the block into StorageError."""
    try:
        yield
    except OSError as error:
        said = error.strerror or error
        raise StorageError(f"{path} could not be written: {said}. Free space or fix the folder.") from error


def _replace_folder(temporary: Path, path: Path) -> None:
    for item in (*temporary.rglob("*"), temporary):
        item.chmod(0o755 if item.is_dir() else 0o644)
        _flush(item)
    old = Path(tempfile.mkdtemp(prefix=f".{path.name}.old.", dir=path.parent))
    aside = old / path.name
    try:
        # A folder cannot be renamed over a full one: the old one steps aside for the moment between two renames.
        if path.exists():
            path.rename(aside)
        temporary.rename(path)
        _flush(path.parent)
    except OSError:
        if aside.exists() and not path.exists():
            aside.rename(path)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder for the length of the block; raises LockHeldError, naming the holder, where another has it.

    The lock is the operating system's: it goes with the process that holds it, however that ends.
    """
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    lock, holder = FileLock(folder / ".lock"), folder / ".lock.holder"
    try:
        lock.acquire(timeout=0)
    except Timeout:
        who = holder.read_text(encoding="utf-8") if holder.exists() else "another process"
        raise LockHeldError(f"{folder} is being written by {who}; wait for it to end, then run again.") from None
    try:
        write_text(holder, f"process {os.getpid()} on {socket.gethostname()}")
        yield
    finally:
        lock.release()


def point(link: Path, target: Path) -> None:
    """Let a link beside `target` point at it, from one moment to the next."""
    with storage_errors(link):
        temporary = link.with_name(f".{link.name}.{os.getpid()}")
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(target.relative_to(link.parent))
        temporary.replace(link)
        _flush(link.parent)
