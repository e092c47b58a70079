"""Publishing on a disk that fails: at whatever step it does, `current` leads to a whole list, and a reader never sees a mix."""

import errno
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline import artifacts
from pipeline.errors import LockHeldError, StorageError
from pipeline.scoring import publish

STEPS = ((os, "fsync"), (Path, "rename"), (Path, "replace"), (Path, "symlink_to"), (Path, "write_bytes"))
FILES = ("scores.parquet", "list.csv", "drift.json")


def night(out: Path, day: int) -> Path:
    """Publish a list of three files, as the nightly job does, and return its folder."""
    with artifacts.held(out):
        publish.clear_litter(out)
        run = publish.run_folder(out, date(2024, 3, day), f"{day:012}")
        with artifacts.new_folder(run) as folder:
            for name in FILES:
                artifacts.write_text(folder / name, f"{name} of {day}")
        publish.make_current(out, run)
    return run


class Failing:
    """A disk that fails at one of its steps."""

    def __init__(self, patch: pytest.MonkeyPatch, at: int) -> None:
        self.steps, self.at = 0, at
        for owner, name in STEPS:
            patch.setattr(owner, name, self._failing(getattr(owner, name)))

    def _failing(self, step: Callable[..., Any]) -> Callable[..., Any]:
        def taken(*arguments: Any, **named: Any) -> Any:
            self.steps += 1
            if self.steps == self.at:
                raise OSError(errno.EIO, "Input/output error")
            return step(*arguments, **named)

        return taken


@contextmanager
def failing_at(step: int) -> Iterator[Failing]:
    """Let the disk fail at one step of the block; at step 0 it never does."""
    with pytest.MonkeyPatch.context() as patch:
        yield Failing(patch, step)


def steps_of(work: Callable[[], object]) -> int:
    """Count the steps of some work on a disk that does not fail."""
    with failing_at(0) as disk:
        work()
    return disk.steps


def test_wherever_the_disk_fails_the_old_list_or_the_new_one_is_current_and_whole(tmp_path):
    night(tmp_path / "counted", 1)
    steps = steps_of(lambda: night(tmp_path / "counted", 2))
    assert steps > 20
    for at in range(1, steps + 1):
        out = tmp_path / str(at)
        old = night(out, 1)
        with failing_at(at), pytest.raises(StorageError, match="Input/output error"):
            night(out, 2)
        now = publish.current(out)
        assert now in {old, out / "as_of=2024-03-02/run=000000000002"}
        artifacts.verify_folder(now)
        assert night(out, 2) == publish.current(out)
        assert {path.name for path in out.iterdir()} - {".lock", ".lock.holder"} == {
            "as_of=2024-03-01", "as_of=2024-03-02", "current", "published.txt",
        }  # fmt: skip


def test_wherever_the_disk_fails_a_folder_that_is_written_anew_is_the_old_one_or_the_new_one(tmp_path):
    def write(folder: Path, text: str) -> None:
        with artifacts.new_folder(folder) as new:
            artifacts.write_text(new / "model.json", text)

    write(tmp_path / "counted", "old")
    steps = steps_of(lambda: write(tmp_path / "counted", "new"))
    for at in range(1, steps + 1):
        folder = tmp_path / f"model-{at}"
        write(folder, "old")
        with failing_at(at), pytest.raises(StorageError):
            write(folder, "new")
        artifacts.verify_folder(folder)
        assert (folder / "model.json").read_text(encoding="utf-8") in {"old", "new"}
        assert list(tmp_path.glob(f".model-{at}.*")) == []


def test_a_reader_who_follows_current_while_it_moves_reads_one_whole_list(tmp_path):
    lists = [night(tmp_path, day) for day in (1, 2)]
    ended = threading.Event()

    def move() -> None:
        for turn in range(400):
            publish.make_current(tmp_path, lists[turn % 2])
        ended.set()

    mover = threading.Thread(target=move)
    mover.start()
    read = set()
    while not ended.is_set():
        folder = (tmp_path / "current").resolve()
        read.add(tuple((folder / name).read_text(encoding="utf-8") for name in FILES))
    mover.join()
    assert read <= {tuple(f"{name} of {day}" for name in FILES) for day in (1, 2)}
    assert len(read) == 2


def test_what_a_dead_job_wrote_about_its_lock_holds_nobody_up(tmp_path):
    """The lock is the system's and went with the process; its name may even be that of a process that lives."""
    (tmp_path / ".lock").touch()
    (tmp_path / ".lock.holder").write_text(f"process {os.getpid()} on another-machine", encoding="utf-8")
    night(tmp_path, 1)
    with artifacts.held(tmp_path), pytest.raises(LockHeldError, match=f"process {os.getpid()} on "):
        night(tmp_path, 2)
