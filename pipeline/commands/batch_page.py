"""The page of a nightly list: the same as the flow's, of what the job has at hand."""

from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from pipeline import artifacts
from pipeline.campaign.actions import offer_of
from pipeline.campaign.proposal import Proposal
from pipeline.campaign.spreadsheet import campaign_csv
from pipeline.engines import duckdb
from pipeline.model.churn_model import ChurnModel
from pipeline.params import Params
from pipeline.reports.customers import on_the_page
from pipeline.reports.facts import report_facts
from pipeline.reports.findings import Findings, read_list
from pipeline.reports.history import history
from pipeline.reports.kpis import kpis
from pipeline.reports.page import render
from pipeline.reports.segments import segments
from pipeline.scoring.stream import parts_of


class Made(Protocol):
    """The night whose page is drawn."""

    @property
    def model(self) -> ChurnModel:
        """Return the model."""

    @property
    def checked(self) -> Path:
        """Return the folder of checked tables."""


def page(
    night: Made,
    evaluation: Path,
    params: Params,
    made: tuple[pd.DataFrame, pd.DataFrame, Proposal],
    seen: tuple[Path, dict[str, Any], dict[str, Any] | None],
) -> str | None:
    """Return the page, or None where no evaluation of this very model is at hand; `seen` are features, drift and changes."""
    if not evaluation.exists() or artifacts.read_json(evaluation)["model_version"] != night.model.version:
        return None
    (scores, told, proposal), (features, drift, changes) = made, seen
    contract: dict[str, Any] = artifacts.read_json(night.checked / "contract.json")
    tables = duckdb.open_tables(duckdb.connect(), night.checked)
    as_of = scores["as_of"].iloc[0]
    listed = read_list(campaign_csv(proposal.list))
    found = Findings(
        contract=contract,
        evaluation=artifacts.read_json(evaluation),
        campaign=proposal.totals,
        kpis=kpis(tables, contract, params.snapshots, params.value, scores),
        scores=scores,
        reasons=told,
        listed=listed,
        features=pd.concat(parts_of(features), ignore_index=True),
        history=history(tables, on_the_page(listed), as_of),
        model=night.model,
        save_rate=params.campaign.save_rate,
        drift=drift,
        changes=changes,
        answers={name: action.answers for name, action in params.actions.items()},
        offers=[offer_of(action, params.campaign) for action in params.actions.values()],
        segments=segments(tables, scores["customer_id"], scores["customer_value"].to_numpy(), as_of),
    )
    return render(report_facts(found))
