"""`params.yaml` as frozen, checked values: a wrong one becomes a sentence that names the key and the way out."""

import re
from contextlib import suppress
from datetime import date
from typing import Annotated, Literal, Self, get_args

from pydantic import BeforeValidator, Field, model_validator

from pipeline.errors import ParamsError
from pipeline.params_section import Name, Section
from pipeline.params_source import SourceParams

Share = Annotated[float, Field(ge=0, le=1)]
Days = Annotated[int, Field(strict=True, ge=1, le=3650)]
Money = Annotated[float, Field(ge=0)]


def _as_of(value: object) -> object:
    """Accept `newest` or an ISO date, and nothing that only looks like one: no number, no time of day."""
    if value == "newest" or type(value) is date:
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        with suppress(ValueError):
            return date.fromisoformat(value)
    raise ValueError('must be "newest" or a quoted date such as "2024-03-01"')


AsOf = Annotated[Literal["newest"] | date, BeforeValidator(_as_of)]


def read_as_of(text: str) -> Literal["newest"] | date:
    """Read a date given on the command line; raises ParamsError for what is neither `newest` nor a date."""
    try:
        read = _as_of(text)
    except ValueError:
        raise ParamsError(f'--as-of is "{text}"; write a date such as 2024-03-01, or newest.') from None
    return read if isinstance(read, date) else "newest"


EngineName = Literal["duckdb", "spark"]
ENGINES = get_args(EngineName)


class ContractParams(Section):
    """How much breakage the contract lets pass."""

    quarantine_share: Share


class SnapshotsParams(Section):
    """Who can churn, when we ask, and what counts as churn. All windows are half-open and count whole business days."""

    label: Literal["inactivity", "decline", "cancellation", "given"]
    decline_share: Annotated[float, Field(gt=0, lt=1)]
    at_risk_days: Days
    gap_days: Annotated[int, Field(strict=True, ge=0, le=365)]
    horizon_days: Days
    history_days: Days
    step_days: Days
    newest_as_of: AsOf
    test_dates: Annotated[int, Field(strict=True, ge=1)]
    max_train_dates: Annotated[int, Field(strict=True, ge=1)]
    test_share: Annotated[float, Field(gt=0, lt=1)] = 0.3


class FeaturesParams(Section):
    """How features are computed and which are allowed."""

    engine: EngineName
    sensitive_attributes: bool


class XGBoostParams(Section):
    """The tree booster's settings, by XGBoost's own names; a setting left out keeps XGBoost's value."""

    learning_rate: Annotated[float, Field(gt=0, le=1)]
    max_depth: Annotated[int, Field(strict=True, ge=1, le=12)]
    min_child_weight: Annotated[float, Field(ge=0)]
    reg_lambda: Annotated[float, Field(ge=0)]
    reg_alpha: Annotated[float, Field(ge=0)] = 0
    gamma: Annotated[float, Field(ge=0)] = 0
    subsample: Annotated[float, Field(gt=0, le=1)]
    colsample_bytree: Annotated[float, Field(gt=0, le=1)]
    max_bin: Annotated[int, Field(strict=True, ge=2, le=4096)] = 256


class TrainParams(Section):
    """How the model learns."""

    seed: Annotated[int, Field(strict=True, ge=0, lt=2**31)]
    folds: Annotated[int, Field(strict=True, ge=2, le=20)]
    max_rounds: Annotated[int, Field(strict=True, ge=10, le=10_000)]
    min_churners: Annotated[int, Field(strict=True, ge=1)]
    trusted_columns: tuple[str, ...] = ()
    xgboost: XGBoostParams


class EvaluateParams(Section):
    """How the model is judged."""

    replicates: Annotated[int, Field(strict=True, ge=100, le=100_000)]
    top_shares: Annotated[tuple[Annotated[float, Field(gt=0, le=1)], ...], Field(min_length=1)]


class BandsParams(Section):
    """Where the risk bands begin; below `medium` is low."""

    medium: Share
    high: Share
    very_high: Share

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if not self.medium < self.high < self.very_high:
            raise ValueError("needs medium < high < very_high")
        return self


class ScoreParams(Section):
    """The date customers are scored at, and the names of risk levels."""

    as_of: AsOf
    bands: BandsParams


class DriftParams(Section):
    """When a column counts as moved, and when the score has moved too far to hand out a list."""

    false_alarm_share: Annotated[float, Field(gt=0, lt=0.5)]
    min_stability_index: Annotated[float, Field(ge=0)]
    stop_stability_index: Annotated[float, Field(gt=0)]


class ExplainParams(Section):
    """How many reasons a customer gets, and how strong each must be."""

    reasons: Annotated[int, Field(strict=True, ge=1, le=3)]
    min_points: Annotated[float, Field(ge=0, le=100)]


class ValueParams(Section):
    """What a kept customer is worth."""

    horizon_days: Days
    margin_share: Annotated[float, Field(gt=0, le=1)]
    yearly_discount: Annotated[float, Field(ge=0, lt=1)]
    history_days: Days
    shrinkage_days: Annotated[int, Field(strict=True, ge=0)]
    assumed_yearly_payment: Money | None = None


class CampaignParams(Section):
    """What may be spent, what is assumed of offers, and how many are left alone to measure by."""

    name: Name
    control_share: Annotated[float, Field(ge=0, lt=1)]
    budget: Money
    capacity: Annotated[int, Field(strict=True, ge=0)]
    save_rate: Share
    redemption_share: Share
    sure_thing_below: Share
    lost_cause_above: Share

    @model_validator(mode="after")
    def _thresholds_in_order(self) -> Self:
        if self.sure_thing_below >= self.lost_cause_above:
            raise ValueError("needs sure_thing_below to be smaller than lost_cause_above")
        return self


class ActionParams(Section):
    """Something that can be offered, what it costs, and which families of reasons it answers."""

    words: str
    answers: Annotated[tuple[str, ...], Field(min_length=1)]
    offer_cost: Money
    contact_cost: Money
    channel: str
    cooldown_days: Annotated[int, Field(strict=True, ge=0)]


class Params(Section):
    """All of params.yaml."""

    source: SourceParams
    contract: ContractParams
    snapshots: SnapshotsParams
    features: FeaturesParams
    train: TrainParams
    evaluate: EvaluateParams
    score: ScoreParams
    explain: ExplainParams
    drift: DriftParams
    value: ValueParams
    campaign: CampaignParams
    actions: Annotated[dict[Name, ActionParams], Field(min_length=1)]


def on_engine(params: Params, engine: str | None) -> Params:
    """Return the settings with the engine that was asked for on the command line, where one was."""
    if engine is None:
        return params
    if engine not in ENGINES:
        raise ParamsError(f'--engine is "{engine}"; write {" or ".join(ENGINES)}.')
    return params.model_copy(update={"features": params.features.model_copy(update={"engine": engine})})
