"""`params.yaml` as frozen, checked values: a wrong one becomes a sentence that names the key and the way out."""

import re
from contextlib import suppress
from datetime import date
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from pipeline.errors import ParamsError

Share = Annotated[float, Field(ge=0, le=1)]
Days = Annotated[int, Field(strict=True, ge=1, le=3650)]
Money = Annotated[float, Field(ge=0)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]


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


class Section(BaseModel):
    """A part of params.yaml: frozen, and a key it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ColumnParams(Section):
    """One column of a user's table: where it is read from and how its text is written."""

    column: str | None = None
    value: str | None = None
    format: str | None = None
    decimal: Literal[".", ","] = "."
    zone: str | None = None  # of times without an offset, where it is not the business's: exports are often in UTC

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.column is None) == (self.value is None):
            raise ValueError("needs either `column` (a column of the file) or `value` (the same for every row)")
        return self

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str | None) -> str | None:
        return zone if zone is None else _zone(zone)


def _zone(zone: str) -> str:
    if zone not in available_timezones():
        raise ValueError(f'is no time zone ("{zone}"); write one such as "Europe/Oslo" or "UTC"')
    return ZoneInfo(zone).key


def _column(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


Column = Annotated[ColumnParams, BeforeValidator(_column)]


class AttributeParams(Section):
    """A customer attribute used as a feature, called by its name; it must never change, as it has no date."""

    column: str
    type: Literal["category", "number"] = "category"
    immutable: bool = False
    sensitive: bool = False


class TableParams(Section):
    """One of the user's tables: its kind, its files and how its columns map onto the kind's."""

    kind: Literal["customers", "purchases", "contacts"]
    path: str
    columns: dict[str, Column]
    attributes: dict[Name, AttributeParams] = {}
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: Literal["utf-8", "latin-1", "utf-16"] = "utf-8"
    null_texts: tuple[str, ...] = ("",)


class FilesParams(Section):
    """A folder of CSV or Parquet files, and how they map onto the contract."""

    folder: str
    time_zone: str
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    tables: dict[Name, TableParams]

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        return _zone(zone)


class SourceParams(Section):
    """Where the tables come from."""

    origin: Literal["complete_journey", "cdnow", "files"] = Field(alias="from")
    files: FilesParams

    @model_validator(mode="after")
    def _files_are_mapped(self) -> Self:
        if self.origin == "files" and not self.files.tables:
            raise ValueError("is `files`, but source.files.tables maps no table; see examples/params.files.yaml")
        return self


class ContractParams(Section):
    """How much breakage the contract lets pass."""

    quarantine_share: Share


class SnapshotsParams(Section):
    """Who can churn, when we ask, and what counts as churn. All windows are half-open and count whole business days."""

    label: Literal["inactivity", "decline"]
    decline_share: Annotated[float, Field(gt=0, lt=1)]
    at_risk_days: Days
    gap_days: Annotated[int, Field(strict=True, ge=0, le=365)]
    horizon_days: Days
    history_days: Days
    step_days: Days
    newest_as_of: AsOf
    test_dates: Annotated[int, Field(strict=True, ge=1)]
    max_train_dates: Annotated[int, Field(strict=True, ge=1)]


class FeaturesParams(Section):
    """How features are computed and which are allowed."""

    engine: Literal["duckdb"]
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
