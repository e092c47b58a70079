"""Values in words: the customer's own value, then what is usual. A sentence states facts, never which way they push."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import pandas as pd

from pipeline.features.behaviour import Feature
from pipeline.features.catalogue import feature_named
from pipeline.money import amount, minor_per_unit

Values = Mapping[str, Any]

CHOICE = re.compile(r"\[([^\]]*)\]")
OPTION = re.compile(r"<([^>]*)>")
OTHER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def reason_sentence(feature: Feature, values: Values, typical: Values, currency: str) -> str:
    """Say a customer's own value of a feature and what it is compared with.

    `values` are the customer's features by name, `typical` the medians (most frequent names) of all scored customers.
    A missing value is said to be missing, never to be 0.
    """
    return Saying.of(feature, typical, currency).of_customer(values)


@dataclass(frozen=True)
class Saying:
    """A feature's sentence, ready for one customer after another: all that is the same for everybody is said already."""

    feature: Feature
    name: str
    currency: str
    text: str
    usual: str
    typical: str

    @classmethod
    def of(cls, feature: Feature, typical: Values, currency: str) -> Self:
        """Return the sentence of a feature beside what is typical."""
        text = feature.behaviour.says.replace("{window}", feature.window.phrase).replace("{before}", _before(feature))
        usual = typically(typical[feature.name], feature.unit, currency)
        word = "most common" if isinstance(typical[feature.name], str) else "typical"
        return cls(feature, feature.name, currency, text, usual, f"; {word} is {usual}")

    def of_customer(self, values: Values) -> str:
        """Say a customer's own value."""
        own = values[self.name]
        if pd.isna(own):
            return f"No record of {lower_first(self.feature.words)}."
        text = OPTION.sub(lambda match: self._option(match[1], values), self.text) if "<" in self.text else self.text
        text = chosen(text, own) if "[" in text else text
        text = text.replace("{}", said(own, self.feature.unit, self.currency), 1)
        if "{" in text:
            text = OTHER.sub(lambda match: self._other(match[1], values), text)
        return upper_first(text) + ("" if ";" in text else self.typical) + "."

    def _option(self, text: str, values: Values) -> str:
        """Return a part that is only said where all that it quotes is known."""
        return "" if any(pd.isna(values.get(name)) for name in OTHER.findall(text)) else text

    def _other(self, name: str, values: Values) -> str:
        if name == "typical":
            return self.usual
        return "not known" if pd.isna(values[name]) else said(values[name], feature_named(name).unit, self.currency)


def others_in(feature: Feature) -> tuple[str, ...]:
    """Return the names of the customer's other features that the sentence of a feature quotes."""
    quoted = OTHER.findall(feature.behaviour.says)
    return tuple(dict.fromkeys(name for name in quoted if name not in {"typical", "window", "before"}))


def said(value: Any, unit: str, currency: str) -> str:
    """Say one value in its unit, as it stands in a sentence.

    >>> said(0, "count", "USD"), said(31, "days", "USD"), said(4512, "money", "USD"), said(0.604, "share", "USD")
    ('no', '31 days', '$45', '60%')
    >>> said(-0.5, "change", "USD"), said(0.003, "slope", "USD"), said(1250, "price", "EUR")
    ('50% down on', 'held steady', '€12.50')
    """
    return WORDINGS[unit](value, currency)


def typically(value: Any, unit: str, currency: str) -> str:
    """Say a typical value after "typical is".

    >>> typically(0, "count", "USD"), typically(-0.2, "change", "USD"), typically(0.3, "slope", "USD")
    ('none', '20% down', 'a rise of 0.3')
    """
    if pd.isna(value):
        return "not known"
    if unit in TYPICAL:
        return TYPICAL[unit](value, unit, currency)
    return said(value, unit, currency)


def shown(value: Any, unit: str, currency: str) -> str:
    """Say one value in its unit as it stands in a table, where a missing one is `no record`."""
    if pd.isna(value):
        return "no record"
    return f"{value:,.0f}" if unit == "count" else typically(value, unit, currency)


def money(minor: float, currency: str, decimals: int = 0) -> str:
    """Say an amount given in minor units.

    >>> money(-123456, "EUR"), money(1250, "NOK", 2)
    ('−€1,235', 'NOK 12.50')
    """
    return amount(minor / minor_per_unit(currency), currency, decimals)


def _count(value: float, _: str) -> str:
    return "no" if value == 0 else f"{value:,.0f}"


def _days(value: float, _: str) -> str:
    number = f"{value:,.0f}" if value >= 3 or round(value, 1) == round(value) else f"{value:.1f}"
    return f"{number} day" if number == "1" else f"{number} days"


def _change(value: float, _: str) -> str:
    percent = round(100 * value)
    return "level with" if percent == 0 else f"{abs(percent):,}% {'up' if percent > 0 else 'down'} on"


def _slope(value: float, _: str) -> str:
    return _moved(value, f"{abs(value):.1f}")


def _money_slope(value: float, currency: str) -> str:
    return _moved(value / minor_per_unit(currency), money(abs(value), currency, 2))


def _step(value: float, _: str) -> str:
    return "stayed the same" if value == 0 else f"{'rose' if value > 0 else 'fell'} by {abs(value):,g}"


def _until(verb: str, verbed: str) -> Callable[[float, str], str]:
    """Say when something happens or happened, given the days until then."""

    def say(value: float, _: str) -> str:
        if value == 0:
            return f"{verb} today"
        return f"{verb} in {_days(value, _)}" if value > 0 else f"{verbed} {_days(-value, _)} ago"

    return say


def _moved(value: float, amount: str) -> str:
    return "held steady" if abs(value) < 0.05 else f"{'rose' if value > 0 else 'fell'} by {amount}"


WORDINGS: Mapping[str, Callable[..., str]] = {
    "count": _count,
    "days": _days,
    "money": money,
    "price": lambda value, currency: money(value, currency, 2),
    "share": lambda value, _: f"{value:.0%}",
    "change": _change,
    "times": lambda value, _: f"{value:.1f} times",
    "number": lambda value, _: f"{value:,.1f}",
    "amount": lambda value, _: f"{value:,.0f}",
    "points": lambda value, _: f"{value:,g}",
    "step": _step,
    "days_until_end": _until("ends", "ended"),
    "days_until_renewal": _until("renews", "renewed"),
    "days_until_expiry": _until("expires", "expired"),
    "slope": _slope,
    "money_slope": _money_slope,
    "category": lambda value, _: str(value),
    "attribute": lambda value, _: value if isinstance(value, str) else f"{value:,g}",
}

NOUNS = {
    "held steady": "no change",
    "level with": "no change",
    "rose by": "a rise of",
    "fell by": "a fall of",
    "down on": "down",
    "up on": "up",
    "stayed the same": "no change",
    "ends ": "",
    "ended ": "",
    "renews ": "",
    "renewed ": "",
    "expires ": "",
    "expired ": "",
}

TYPICAL: Mapping[str, Callable[..., str]] = {
    "count": lambda value, _, __: "none" if value == 0 else f"{value:,.0f}",
    "change": lambda value, unit, currency: _noun(said(value, unit, currency)),
    "slope": lambda value, unit, currency: _noun(said(value, unit, currency)),
    "money_slope": lambda value, unit, currency: _noun(said(value, unit, currency)),
    "step": lambda value, unit, currency: _noun(said(value, unit, currency)),
    "days_until_end": lambda value, unit, currency: _noun(said(value, unit, currency)),
    "days_until_renewal": lambda value, unit, currency: _noun(said(value, unit, currency)),
    "days_until_expiry": lambda value, unit, currency: _noun(said(value, unit, currency)),
}


def _noun(moved: str) -> str:
    for verb, noun in NOUNS.items():
        moved = moved.replace(verb, noun)
    return moved


def chosen(text: str, value: object) -> str:
    """Choose the words for one or many, or for none, one or many."""
    number = round(value) if isinstance(value, int | float) else 2
    return CHOICE.sub(lambda match: _worded(match[1].split("|"), number), text)


def _worded(words: list[str], number: int) -> str:
    *for_none, for_one, for_many = words
    return for_none[0] if for_none and number == 0 else for_one if number == 1 else for_many


def _before(feature: Feature) -> str:
    return f"{feature.window.days} days before"


def upper_first(text: str) -> str:
    """Begin in upper case, as a heading does; a name such as sBG stays as it is.

    >>> upper_first("recency"), upper_first("sBG on the time subscribed")
    ('Recency', 'sBG on the time subscribed')
    """
    return text if text[1:2].isupper() else text[:1].upper() + text[1:]


def lower_first(text: str) -> str:
    """Begin in lower case, as inside a sentence."""
    return text[:1].lower() + text[1:]
