"""`params.yaml: source` as frozen, checked values: where the tables come from and how they map onto the contract."""

from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator, Field, field_validator, model_validator

from pipeline.params_section import Name, Section

KindName = Literal["customers", "purchases", "usage", "subscriptions", "payments", "tickets", "contacts", "surveys"]


class ColumnParams(Section):
    """One column of a user's table: where it is read from and how its text is written."""

    column: str | None = None
    value: str | None = None
    format: str | None = None
    decimal: Literal[".", ","] = "."
    zone: str | None = None  # of times without an offset, where it is not the business's: exports are often in UTC
    values: dict[str, str] = Field(default_factory=dict)  # your word: the contract's

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.column is None) == (self.value is None):
            raise ValueError("needs either `column` (a column of the file) or `value` (the same for every row)")
        return self

    @field_validator("values", mode="before")
    @classmethod
    def _words(cls, values: object) -> object:
        # YAML reads an unquoted yes, no, 1 or 0 as something else than the word that stands in the file.
        pairs = values.items() if isinstance(values, dict) else ()
        odd = [word for pair in pairs for word in pair if not isinstance(word, str)]
        if odd:
            raise ValueError(f"holds {odd[0]!r}, which YAML does not read as a word; put it in quotes")
        return values

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

    kind: KindName
    path: str
    columns: dict[str, Column]
    attributes: dict[Name, AttributeParams] = Field(default_factory=dict)
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


class SimulatedParams(Section):
    """A made-up business whose truth is known: how large, for how long, and which one of its kind."""

    customers: Annotated[int, Field(strict=True, ge=1, le=100_000_000)] = 6000
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**31)] = 1
    weeks: Annotated[int, Field(strict=True, ge=8, le=520)] = 65
    uses_per_week: Annotated[float, Field(gt=0, le=1000)] = 1.0


class SourceParams(Section):
    """Where the tables come from."""

    origin: Literal["complete_journey", "cdnow", "files", "simulated"] = Field(alias="from")
    files: FilesParams
    simulated: SimulatedParams = SimulatedParams()

    @model_validator(mode="after")
    def _files_are_mapped(self) -> Self:
        if self.origin == "files" and not self.files.tables:
            raise ValueError("is `files`, but source.files.tables maps no table; see examples/params.files.yaml")
        return self
