"""All that the page is made of, gathered by the stage: results of earlier stages, and nothing read from a file here."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pandas as pd

from pipeline.campaign.spreadsheet import read_campaign_csv
from pipeline.features.families import FAMILIES
from pipeline.model.churn_model import points_per_log_odd, probability
from pipeline.monitoring.feed import Volume
from pipeline.profit import Offer
from pipeline.reports.history import History

FEWEST_FAMILIES = 3
NUMBERS = ("churn_probability", "customer_value", "expected_net_value")


class Explains(Protocol):
    """What the page asks of a model: the contribution of each feature, and the names to read it by."""

    @property
    def features(self) -> tuple[str, ...]:
        """Return the feature names in order."""

    @property
    def families(self) -> tuple[str, ...]:
        """Return the family key of each feature."""

    def contributions(self, frame: pd.DataFrame) -> np.ndarray:
        """Return log-odds, shaped (rows, features)."""


def read_list(campaign_csv: str) -> pd.DataFrame:
    """Return the campaign list from the text of campaign.csv: numbers as float64, all else as text, nothing as null."""
    listed = read_campaign_csv(campaign_csv)
    return listed.astype(dict.fromkeys(NUMBERS, "float64"))


@dataclass(frozen=True)
class Findings:
    """The inputs of the report.

    `contract`, `evaluation`, `campaign` and `kpis` are the JSON files of those names; `scores`, `reasons`, `listed` the
    tables (`listed` is the campaign list, in its order); `features` the rows of all scored customers; `history` the
    weeks of the customers on the page, where a table tells them; `save_rate` is the share of would-be leavers an offer keeps,
    `answers` the families of reasons that each action of the playbook answers, `offers` their money; `segments` names the
    group each customer belongs to, by customer id, where the tables tell one; `drift` is drift.json, and `changes` what is
    different since the last list, where there is one; `volumes` are the rows of each log day by day. Where `features` holds
    only a part of the customers, `typical` says what is typical of all.
    """

    contract: Mapping[str, Any]
    evaluation: Mapping[str, Any]
    campaign: Mapping[str, Any]
    kpis: Mapping[str, Any]
    scores: pd.DataFrame
    reasons: pd.DataFrame
    listed: pd.DataFrame
    features: pd.DataFrame
    history: History | None
    model: Explains
    save_rate: float
    answers: Mapping[str, Collection[str]]
    offers: Sequence[Offer] = ()
    segments: "pd.Series[Any] | None" = None
    drift: Mapping[str, Any] | None = None
    changes: Mapping[str, Any] | None = None
    typical: Mapping[str, object] | None = None
    volumes: Mapping[str, Sequence[Volume]] = field(default_factory=dict)

    @property
    def currency(self) -> str:
        """Return the ISO code of the currency."""
        return str(self.contract["currency"])

    @property
    def as_of(self) -> str:
        """Return the day of the list, as `YYYY-MM-DD`."""
        return str(self.scores["as_of"].iloc[0])[:10]

    @property
    def base_risk(self) -> float:
        """Return the probability that belongs to the model's base: the average customer."""
        return float(probability(self.scores["base_log_odds"].to_numpy()[:1])[0])

    @property
    def families(self) -> list[str]:
        """Return the keys of the families that the reasons speak of, in catalogue order."""
        return [key for key in FAMILIES if f"contribution_{key}" in self.reasons.columns]

    @property
    def has_families(self) -> bool:
        """Return whether there are enough families to tell risk by: else it is told by behaviour."""
        return len(self.families) >= FEWEST_FAMILIES

    def contacted(self) -> pd.DataFrame:
        """Return the customers to contact, the most valuable contact first."""
        return self.listed[self.listed["decision"] == "contact"]

    def family_points(self) -> pd.DataFrame:
        """Return the risk points of each family for every scored customer, indexed by customer id."""
        contributions = self.reasons.set_index("customer_id")[[f"contribution_{key}" for key in self.families]]
        by_family = contributions.set_axis(self.families, axis=1)
        return by_family.mul(self.slopes().reindex(by_family.index), axis=0)

    def slopes(self) -> pd.Series:
        """Return what one log-odd is worth in risk points, by customer id."""
        scores = self.scores
        slopes = points_per_log_odd(scores["log_odds"].to_numpy(), float(scores["base_log_odds"].iloc[0]))
        return pd.Series(slopes, index=scores["customer_id"].to_numpy())


def family_words(key: str) -> str:
    """Return what an analyst calls a family."""
    return FAMILIES[key].words
