"""Reads a reason back: which feature it tells, and the numbers in it. Knows the templates, not the code that fills them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.features.catalogue import Feature, feature_named
from pipeline.money import minor_per_unit

NOUGHT = {
    "no": 0.5, "none": 0.5, "level with": 0.005, "no change": 0.005, "held steady": 0.05, "steady": 0.05,
    "stayed the same": 0.0, "today": 0.0, "ends today": 0.0, "renews today": 0.0, "expires today": 0.0,
}  # fmt: skip
"""Words that stand for 0, and how far from it the value may be at most."""

MONEY = {"money", "price", "money_slope"}
NAMES = {"category", "attribute"}
SLOPES = {"slope", "money_slope"}
"""Units whose nought is wider: a twentieth of a purchase, or of a coin of account, is no change."""
NUMBER = re.compile(r"\d[\d,]*(?:\.(\d+))?")
NEGATIVE = re.compile(r"−|\bdown\b|\bfell\b|\bfall\b|\bago\b")


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
            room = 0.05 if self.feature.unit in SLOPES else NOUGHT[self.text.lower()]
            return abs(float(value)) <= room * scale + 1e-9
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
    for text, implied in _variants(_filled(feature)):
        pattern, names = _pattern(text)
        found = re.fullmatch(pattern, sentence, flags=re.IGNORECASE)
        if found is not None:
            spoken = [] if implied is None or "own" in names else [Told(feature, "own", implied)]
            return [*spoken, *_told(feature, names, found.groups())]
    return None


def _filled(feature: Feature) -> str:
    says = feature.behaviour.says.replace("{window}", feature.window.phrase)
    return says.replace("{before}", f"{feature.window.days} days before")


def _variants(says: str) -> Iterator[tuple[str, str | None]]:
    """Return every way a template can come out, with the number that its choice of words stands for, if one."""
    optional = re.search(r"<([^>]*)>", says)
    if optional:
        for kept in (optional[1], ""):
            yield from _variants(says.replace(optional[0], kept, 1))
        return
    choices = re.search(r"\[([^\]]*)\]", says)
    if not choices:
        yield _ended(says), None
        return
    options = choices[1].split("|")
    for place in range(len(options)):
        number = place + (len(options) == 2)
        implied = ("no", "1")[number] if number < 2 else None
        yield _ended(_chosen(says, place)), implied


def _chosen(says: str, place: int) -> str:
    return re.sub(r"\[([^\]]*)\]", lambda match: match[1].split("|")[place], says)


def _ended(says: str) -> str:
    return says + ("." if ";" in says else "; {usual} is {typical}.")


def _told(feature: Feature, names: list[str], texts: tuple[str, ...]) -> Iterator[Told]:
    for name, text in zip(names, texts, strict=True):
        if name in {"own", "typical"}:
            yield Told(feature, name, text)
        else:
            yield Told(feature_named(name), "own", text)


def _pattern(says: str) -> tuple[str, list[str]]:
    """Return a template as a regular expression, and what each of its groups holds."""
    names, parts = [], []
    for part in re.split(r"(\{[a-z0-9_]*\})", says):
        if part == "{usual}":
            parts.append("(?:typical|most common)")
        elif part.startswith("{"):
            names.append(part[1:-1] or "own")
            parts.append("(.+?)")
        else:
            parts.append(re.escape(part))
    return "".join(parts), names
