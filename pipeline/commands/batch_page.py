"""The page of a nightly list: the same as the flow's, of what the job has at hand."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from pipeline import artifacts
from pipeline.campaign.actions import offer_of
from pipeline.campaign.proposal import Proposal, in_list_order
from pipeline.campaign.spreadsheet import DECIMALS
from pipeline.commands.batch_list import REASONS, SCORES, SENTENCES
from pipeline.engines import duckdb
from pipeline.model.churn_model import ChurnModel
from pipeline.monitoring.feed import daily_volumes
from pipeline.params import Params
from pipeline.reports.customers import on_the_page
from pipeline.reports.facts import report_facts
from pipeline.reports.findings import Findings
from pipeline.reports.history import history
from pipeline.reports.kpis import kpis
from pipeline.reports.page import render
from pipeline.reports.segments import segments
from pipeline.scoring.features_file import Overview, parts_of

MOST_FEATURES = 100_000
"""Behaviours are drawn from an even selection of so many customers, and those on the page."""

FROM_SCORES = ("customer_id", "as_of", "churn_probability", "log_odds", "base_log_odds", "risk_rank", "risk_band")
WORTH = ("customer_value", "expected_loss", "model_version", "run_id")


@dataclass(frozen=True)
class Made:
    """What the job has made so far: the folder of the list, the overview of its features, decisions, drift and changes."""

    folder: Path
    seen: Overview
    decided: Proposal
    drift: dict[str, Any]
    changes: dict[str, Any] | None


class Night(Protocol):
    """The night whose page is drawn."""

    @property
    def model(self) -> ChurnModel:
        """Return the model."""

    @property
    def features(self) -> Path:
        """Return the file of features."""


def judges(evaluation: Path, model: ChurnModel) -> bool:
    """Return whether a file is there and judges this very model."""
    return evaluation.exists() and bool(artifacts.read_json(evaluation)["model_version"] == model.version)


def page(night: Night, checked: Path, evaluation: Path, params: Params, made: Made) -> str:
    """Return the page of a list."""
    contract: dict[str, Any] = artifacts.read_json(checked / "contract.json")
    tables = duckdb.open_tables(duckdb.connect(), checked)
    scores = _scores(made.folder)
    as_of = scores["as_of"].iloc[0]
    listed = in_list_order(made.decided.list).round(DECIMALS)
    shown = on_the_page(listed)
    found = Findings(
        contract=contract,
        evaluation=artifacts.read_json(evaluation),
        campaign=made.decided.totals,
        kpis=kpis(tables, contract, params.snapshots, params.value, scores),
        scores=scores,
        reasons=_reasons(made.folder, set(shown)),
        listed=listed,
        features=_features(night.features, made.seen.customers, set(shown)),
        history=history(tables, shown, as_of),
        model=night.model,
        save_rate=params.campaign.save_rate,
        drift=made.drift,
        changes=made.changes,
        answers={name: action.answers for name, action in params.actions.items()},
        offers=[offer_of(action, params.campaign) for action in params.actions.values()],
        segments=segments(tables, scores["customer_id"], scores["customer_value"].to_numpy(), as_of),
        typical=made.seen.typical,
        volumes=daily_volumes(tables, as_of),
    )
    return render(report_facts(found))


def _scores(folder: Path) -> pd.DataFrame:
    texts = ["as_of", "risk_band", "model_version", "run_id"]
    table = pq.read_table(folder / SCORES, columns=[*FROM_SCORES, *WORTH], read_dictionary=texts[1:])
    scores: pd.DataFrame = table.to_pandas(date_as_object=True)
    return scores


def _reasons(folder: Path, shown: set[str]) -> pd.DataFrame:
    """Return contributions and families of everybody, and the sentences of those on the page."""
    schema = pq.read_schema(folder / REASONS).names
    families = [name for name in schema if name.endswith("_family")]
    spoken = {*SENTENCES, "as_of"}
    rows = pq.read_table(
        folder / REASONS, columns=[name for name in schema if name not in spoken], read_dictionary=families
    )
    frame: pd.DataFrame = rows.to_pandas()
    place = np.flatnonzero(frame["customer_id"].isin(shown))
    for name in SENTENCES:
        told = pq.read_table(folder / REASONS, columns=[name])[name].take(place)
        frame[name] = pd.Series(told.to_pandas().to_numpy(), index=place, dtype=object).reindex(frame.index)
    return frame


def _features(features: Path, customers: int, shown: set[str]) -> pd.DataFrame:
    step = max(1, customers // MOST_FEATURES)
    chosen, first = [], 0
    for part in parts_of(features):
        drawn = (np.arange(first, first + len(part)) % step == 0) | part["customer_id"].isin(shown).to_numpy()
        chosen.append(part[drawn])
        first += len(part)
    together: pd.DataFrame = pd.concat(chosen, ignore_index=True)
    return together
