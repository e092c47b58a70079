"""The files of a nightly list: scores, reasons, decisions, and what changed; memory holds only what a decision reads."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline import artifacts
from pipeline.campaign.actions import RISING_FAMILIES
from pipeline.campaign.proposal import COLUMNS, Proposal, decide, list_order
from pipeline.campaign.spreadsheet import csv_lines
from pipeline.errors import IntegrityError
from pipeline.progress import Progress
from pipeline.scoring.changes import READ, changes, summary
from pipeline.scoring.features_file import Overview
from pipeline.scoring.shelves import Shelves
from pipeline.scoring.stream import Job, Scored, in_this_process, scored_and_explained

SCORES, REASONS, LIST = "scores.parquet", "reasons.parquet", "list.csv"
FROM_SCORES = ("customer_id", "churn_probability", "customer_value", "expected_loss")
SAME = ("as_of", "model_version")
SENTENCES = tuple(name for name in COLUMNS if "reason" in name)
DECIDED = ("decision", "action", "channel", "expected_net_value", "arm", "campaign_id")


@dataclass(frozen=True)
class Paths:
    """Where a list is made: its folder, the features it is made of, and room for what does not fit into memory."""

    folder: Path
    features: Path
    work: Path


Ordered = Callable[[Job, Path, Overview, Path], Iterator[pa.Table]]


def write_list(paths: Paths, job: Job, seen: Overview, in_order: Ordered = in_this_process) -> Proposal:
    """Write scores, reasons, the list and its totals, and return decisions in the order of the scores."""
    customers = []
    with (
        artifacts.growing_table(paths.folder / SCORES) as add_scores,
        artifacts.growing_table(paths.folder / REASONS) as add_reasons,
    ):
        for part in scored_and_explained(in_order(job, paths.features, seen, _room(paths, "scored"))):
            add_scores(part.scores)
            add_reasons(part.reasons)
            customers.append(_read_by_decisions(part))
    together = pa.concat_tables(customers).unify_dictionaries().to_pandas()
    decided = decide(together, job.params.campaign, job.params.actions)
    artifacts.write_json(paths.folder / "list.json", decided.totals)
    with artifacts.growing_file(paths.folder / LIST) as add:
        for place, rows in enumerate(_in_list_order(paths, decided.list)):
            add(csv_lines(rows, header=not place))
    return decided


def write_changes(folder: Path, before: Path | None, progress: Progress) -> dict[str, Any] | None:
    """Write what changed since the current list, and return the counts; None for a first list."""
    if before is None:
        return None
    try:
        artifacts.verify_folder(before, "it stays as it is, and what changed since then cannot be told")
    except IntegrityError as error:
        progress.note(str(error))
        return None
    earlier, now = (pq.read_table(one / SCORES, columns=list(READ)) for one in (before, folder))
    found = changes(earlier, now)
    facts = summary(earlier, now, found)
    artifacts.write_bytes(folder / "changes.csv", csv_lines(found))
    artifacts.write_json(folder / "changes.json", facts)
    return facts


def _room(paths: Paths, name: str) -> Path:
    room = paths.work / name
    room.mkdir()
    return room


def _read_by_decisions(part: Scored) -> pa.Table:
    """Return what decisions read of some customers, texts that repeat as numbers."""
    columns = {name: part.scores[name] for name in FROM_SCORES}
    columns |= {name: part.scores[name].cast(pa.string()).dictionary_encode() for name in SAME}
    columns |= {name: part.reasons[name].dictionary_encode() for name in RISING_FAMILIES}
    columns |= {name: part.facts[name] for name in part.facts.column_names}
    return pa.table(columns | {"preferred_channel": part.facts["preferred_channel"].dictionary_encode()})


def _in_list_order(paths: Paths, decided: pd.DataFrame) -> Iterator[pa.Table]:
    """Yield the rows of the list from what was written in the order of the scores."""
    place = np.empty(len(decided), np.int64)
    place[list_order(decided)] = np.arange(len(decided))
    shelves = Shelves.of_places(_room(paths, "list"), len(decided))
    first = 0
    for told in _told(paths.folder):
        here = slice(first, first + told.num_rows)
        columns = {
            name: pa.array(decided[name].iloc[here], pa.string()) for name in DECIDED if name != "expected_net_value"
        }
        columns["expected_net_value"] = pa.array(decided["expected_net_value"].iloc[here])
        columns |= {name: told[name] for name in told.column_names}
        rows = pa.table({name: columns[name] for name in COLUMNS} | {"place": pa.array(place[here])})
        shelves.put(rows, place[here].astype(np.float64))
        first += told.num_rows
    for rows in shelves.taken([("place", "ascending")]):
        yield rows.drop_columns("place")


def _told(folder: Path) -> Iterator[pa.Table]:
    """Yield scores with the sentences of their reasons beside them: both files have the same rows in each row group."""
    read = [name for name in COLUMNS if name in {*FROM_SCORES, *SAME}]
    with pq.ParquetFile(folder / SCORES) as scores, pq.ParquetFile(folder / REASONS) as reasons:
        for group in range(scores.num_row_groups):
            said = reasons.read_row_group(group, columns=list(SENTENCES))
            rows = scores.read_row_group(group, columns=read)
            yield pa.table({name: rows[name] for name in read} | {name: said[name] for name in SENTENCES})
