"""Reads a reason back: which feature it tells, and the numbers in it. Knows the templates, not the code that fills them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.features.catalogue import Feature, feature_named
from pipeline.money import minor_per_unit

NOUGHT = {"no": 0.5, "none": 0.5, "level with": 0.005, "no change": 0.005, "held steady": 0.05, "steady": 0.05}
"""Words that stand for 0, and how far from it the value may be at most."""

MONEY = {"money", "price", "money_slope"}
NAMES = {"category", "attribute"}
NUMBER = re.compile(r"\d[\d,]*(?:\.(\d+))?")
NEGATIVE = re.compile(r"−|\bdown\b|\bfell\b|\bfall\b")


@dataclass(frozen=True)
class Told:
    """A value as told: of which feature, whose ("own" or "typical"), and how it was put."""

    feature: Feature
    whose: str
    text: str

    def agrees(self, value: object, currency: str) -> bool:
        """Say whether the value of the table, rounded as it was told, is what was told."""
        if self.feature.unit in NAMES and isinstance(value, str):
            return self.text == value
        if value is None or value != value:  # noqa: PLR0124 - NaN
            return self.text == "not known"
        scale = minor_per_unit(currency) if self.feature.unit in MONEY else 1
        if self.text.lower() in NOUGHT:
            return abs(float(value)) <= NOUGHT[self.text.lower()] * scale + 1e-9
        number = NUMBER.search(self.text)
        assert number, f"no number in {self.text!r}"
        scale = 0.01 if "%" in self.text else scale
        sign = -1 if NEGATIVE.search(self.text) else 1
        told = sign * float(number[0].replace(",", "")) * scale
        return abs(told - float(value)) <= 0.5 * 10.0 ** -len(number[1] or "") * scale + 1e-9


def read(sentence: str, feature: Feature) -> list[Told] | None:
    """Return the values that a sentence tells, where it is the sentence of that feature; None where it is another's."""
    if sentence == f"No record of {feature.words[:1].lower()}{feature.words[1:]}.":
        return []
    pattern, names = _pattern(feature)
    found = re.fullmatch(pattern, sentence, flags=re.IGNORECASE)
    return None if found is None else list(_told(feature, names, found.groups()))


def _told(feature: Feature, names: list[str], texts: tuple[str, ...]) -> Iterator[Told]:
    for name, text in zip(names, texts, strict=True):
        if name in {"own", "typical"}:
            yield Told(feature, name, text)
        else:
            yield Told(feature_named(name), "own", text)


def _pattern(feature: Feature) -> tuple[str, list[str]]:
    """Return the template as a regular expression, and what each of its groups holds."""
    says = feature.behaviour.says.replace("{window}", feature.window.phrase)
    says = says.replace("{before}", f"{feature.window.days} days before")
    says += "." if ";" in says else "; {usual} is {typical}."
    names, parts = [], []
    for part in re.split(r"(\{[a-z0-9_]*\}|\[[^\]]*\])", says):
        if part == "{usual}":
            parts.append("(?:typical|most common)")
        elif part.startswith("{"):
            names.append(part[1:-1] or "own")
            parts.append("(.+?)")
        elif part.startswith("["):
            parts.append("(?:" + "|".join(map(re.escape, part[1:-1].split("|"))) + ")")
        else:
            parts.append(re.escape(part))
    return "".join(parts), names
