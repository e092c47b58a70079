"""Other businesses than the shop of the fixture: a table without dates, subscribers, one customer, nobody to contact."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from unit.report_fixture import AS_OF, StandIn, _campaign, _listed, _reasons, _scores, evaluation, findings

from pipeline.reports.findings import Findings
from pipeline.reports.history import History
from pipeline.snapshots.given import NO_TIME

ATTRIBUTES = {
    "attribute_contract": ["Month-to-month", "Two year"],
    "attribute_a_name_so_long_that_no_margin_holds_it": ["yes", "no"],
    "attribute_months_as_customer": [3.0, 12.0, 40.0, 71.0],
}


def static_table(customers: int = 200) -> Findings:
    """Return a table that gives the answer: attributes alone, no day anywhere, and so no claim about time."""
    draw, found = np.random.default_rng(5), findings(customers)
    ids = found.features["customer_id"]
    columns = {name: draw.choice(values, customers) for name, values in ATTRIBUTES.items()}
    features = pd.DataFrame({"customer_id": ids, "as_of": AS_OF, **columns})
    added = draw.normal(0, 0.7, (customers, len(ATTRIBUTES)))
    model = StandIn(tuple(ATTRIBUTES), ("profile",) * 3, pd.DataFrame(added, index=ids, columns=list(ATTRIBUTES)))
    scores = _scores(draw, features, -1.0, added.sum(axis=1))
    reasons = _reasons(features, {"profile": added.sum(axis=1)}, scores)
    reasons = reasons.set_index("customer_id").loc[scores["customer_id"]].reset_index()
    told = "Contract is Month-to-month; most common is Two year. Months as customer is 3; typical is 40."
    reasons = reasons.assign(reason_1=reasons["reason_1"].where(reasons["reason_1_family"].isna(), told))
    listed = _listed(draw, scores, reasons)
    no_time = {"label": "given", "horizon_days": None, "gap_days": None, "at_risk_days": None}
    table = {"rows": customers, "customers": customers, "quarantined": 0, "duplicates": 0}
    return replace(
        found,
        contract=dict(found.contract)
        | {"data_start": None, "data_end": None, "tables": {"customers": table}, "warnings": []},
        evaluation=evaluation(
            task=no_time,
            about_time=NO_TIME,
            by_lead=[],
            by_tenure=[],
            by_value=[],
            new_customers=None,
            baselines=[],
            rule_curve=None,
        ),
        campaign=_campaign(listed),
        kpis=_kpis_of_today(found.kpis),
        scores=scores,
        reasons=reasons,
        listed=listed,
        features=features,
        history=None,
        model=model,
        segments=None,
        drift={"verdict": NO_TIME},
        changes=None,
        volumes={},
        answers={"win_back_voucher": ()},
    )


def _kpis_of_today(kpis: Mapping[str, Any]) -> dict[str, Any]:
    worth = next(figure for figure in kpis["kpis"] if figure["key"] == "customer_value") | {"by_month": []}
    nothing = {"smallest_shown": 20, "shown": [], "too_small": {"cohorts": 0, "customers": 0}}
    today = {"data_start": None, "data_end": None, "joined_words": None, "kpis": [worth]}
    return dict(kpis) | today | {"monthly": [], "groups": None, "cohorts": nothing}


def subscribers(customers: int = 300) -> Findings:
    """Return a business of subscriptions: five figures, no orders, plans as segments, uses as history."""
    found = findings(customers)
    figures = [figure for figure in found.kpis["kpis"] if figure["key"] != "order_value"]
    price = dict(figures[-1]) | {"key": "monthly_price", "words": "Price a month"}
    monthly = [
        {key: row[key] for key in ("month", "joined", "at_start", "left", "kept")} for row in found.kpis["monthly"]
    ]
    kpis = dict(found.kpis) | {"kpis": [*figures, price], "monthly": monthly, "joined_words": "first subscribed"}
    plans = pd.Series(np.resize(["Basic", "Family & friends", "Premium"], customers), index=found.segments.index)
    history = History(found.history.weeks, "Uses a week", "use", "uses")
    task = {"label": "cancellation", "horizon_days": 28, "gap_days": 7, "at_risk_days": None}
    return replace(found, kpis=kpis, segments=plans, history=history, evaluation=evaluation(task=task))


def one_customer() -> Findings:
    """Return a list of a single customer, with the longest name of all."""
    found = findings(7)
    longest = "9876543210987654321098765"

    def only(frame: pd.DataFrame) -> pd.DataFrame:
        return frame[frame["customer_id"] == longest].reset_index(drop=True)

    listed = only(found.listed)
    return replace(
        found,
        scores=only(found.scores),
        reasons=only(found.reasons),
        listed=listed,
        features=only(found.features),
        campaign=_campaign(listed),
    )


def nobody_to_contact() -> Findings:
    """Return a day on which no money is left."""
    found = findings()
    listed = found.listed.assign(decision="budget", action=None, channel=None, arm="none")
    return replace(found, listed=listed, campaign=_campaign(listed))


VARIANTS: Mapping[str, Callable[[], Findings]] = {
    "a table without dates": static_table,
    "subscribers": subscribers,
    "one customer": one_customer,
    "nobody to contact": nobody_to_contact,
}
