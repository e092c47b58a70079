"""From a features file to scores and reasons, part by part, in order of risk: memory does not grow with the customers.

A part's contributions are computed once and serve both. The rows are laid down on the disk by their log-odds, roughly, and
put in order a shelf at a time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd
import pyarrow as pa

from pipeline.model.churn_model import ChurnModel, log_odds_of
from pipeline.params import Params
from pipeline.scoring.features_file import FACTS, Overview, facts_of, parts_of
from pipeline.scoring.reasons import Phrases, explained_by, reasons_table
from pipeline.scoring.score import COLUMNS as SCORE
from pipeline.scoring.score import ORDER, score_columns, with_ranks
from pipeline.scoring.shelves import Shelves
from pipeline.side_by_side import side_by_side

FEWEST_SAMPLED = 20_000


@dataclass(frozen=True)
class Scored:
    """Some customers in order of risk: the columns of scores.parquet and of reasons.parquet, and facts for a decision."""

    scores: pa.Table
    reasons: pa.Table
    facts: pa.Table


@dataclass(frozen=True)
class Job:
    """What scores are made with; `run_id` stands beside every score."""

    model: ChurnModel
    params: Params
    currency: str
    run_id: str


def in_this_process(job: Job, features: Path, seen: Overview, work: Path) -> Iterator[pa.Table]:
    """Yield what is told of every customer of a features file, in `ORDER`.

    `seen` is the overview of the same file, `work` an empty folder for what does not fit into memory.
    """
    phrases = Phrases(seen.typical, job.currency)
    few = seen.sample.iloc[:: max(1, len(seen.sample) // FEWEST_SAMPLED)]
    shelves = Shelves.of_sample(work, -job.model.log_odds(few), seen.customers)
    for told in side_by_side(partial(told_of, job, phrases), parts_of(features)):
        shelves.put(told, -told["log_odds"].to_numpy())
    yield from shelves.taken(ORDER)


def told_of(job: Job, phrases: Phrases, part: pd.DataFrame) -> pa.Table:
    """Return scores without ranks, reasons and facts of some customers; contributions are computed once and serve both."""
    added = job.model.contributions(part)
    log_odds = log_odds_of(job.model.base_log_odds, added)
    scores = score_columns(job.model, part, log_odds, job.params.score, job.run_id)
    told = reasons_table(explained_by(job.model, part, added), job.params.explain, phrases)
    beside = {name: told[name] for name in told.column_names if name not in scores}
    return pa.table(scores | beside | facts_of(part))


def scored_and_explained(ordered: Iterator[pa.Table]) -> Iterator[Scored]:
    """Part what is told of customers in `ORDER` into scores with ranks, reasons and facts."""
    first = 1
    for rows in ordered:
        facts = [name for name in FACTS if name in rows.column_names]
        told = [name for name in rows.column_names if name in {"customer_id", "as_of"} or name not in {*SCORE, *FACTS}]
        yield Scored(with_ranks(rows.select(SCORE), first), rows.select(told), rows.select(facts))
        first += rows.num_rows
