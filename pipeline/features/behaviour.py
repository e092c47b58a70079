"""A behaviour: a measure of a log over windows, and how people speak of it; and a feature, its column."""

from dataclasses import dataclass
from typing import Literal

from pipeline.features.first_days import FirstDays
from pipeline.features.logs import Tables
from pipeline.features.measures import Attribute, Measure, ValueMeasure
from pipeline.features.states import State
from pipeline.features.windows import Window

AnyMeasure = Measure | ValueMeasure | FirstDays | State | Attribute


@dataclass(frozen=True)
class Behaviour:
    """A measure of a log over windows, and how people speak of it.

    In `says`, `{}` is the customer's own value, `{window}` the window in words, `{before}` the one before it,
    `{other_feature}` another value of his, and `[purchase|purchases]` follows the number. A sentence with a semicolon
    brings its own comparison; to any other the typical value is added. `concern` says which values worry: a high or a low
    one, all else equal. Trees and regression may not learn the opposite, so that no reason reads backwards; None leaves it free.
    A column that `grows` counts from the very first row, so its range moves with the calendar: trees and regression may
    not learn from it, only the model's member for buying rhythm, which takes a customer's age into account.
    """

    stem: str
    words: str
    unit: str
    family: str
    measure: AnyMeasure
    windows: tuple[Window, ...]
    says: str
    concern: Literal["high", "low"] | None = None
    actionable: bool = False
    grows: bool = False

    def is_in(self, tables: Tables) -> bool:
        """Return whether the checked tables hold all that the behaviour reads."""
        return self.measure.log.is_in(tables) and self.measure.needs <= self.measure.log.columns(tables)


@dataclass(frozen=True)
class Feature:
    """One column: a behaviour seen through one window."""

    behaviour: Behaviour
    window: Window

    @property
    def name(self) -> str:
        """Return the column's name."""
        return self.behaviour.stem + self.window.suffix

    @property
    def words(self) -> str:
        """Return what the column holds, in words."""
        return f"{self.behaviour.words} {self.window.phrase}".strip()

    @property
    def unit(self) -> str:
        """Return the unit, one of those that `pipeline.scoring.wording` can say."""
        return self.behaviour.unit

    @property
    def family(self) -> str:
        """Return the key of the family."""
        return self.behaviour.family

    @property
    def direction(self) -> int:
        """Return 1 where a higher value may only raise the risk, −1 where it may only lower it, 0 where it is free."""
        return {"high": 1, "low": -1, None: 0}[self.behaviour.concern]

    @property
    def grows(self) -> bool:
        """Return whether the column's range moves with the calendar, so that trees and regression may not learn from it."""
        return self.behaviour.grows

    @property
    def is_steady(self) -> bool:
        """Return whether the column's range stays where it is while the calendar goes on, so that a move of it is news."""
        return not (self.grows or self.window.so_far)

    @property
    def actionable(self) -> bool:
        """Return whether something can be offered that changes it."""
        return self.behaviour.actionable
