"""The catalogue as a page and as a table: written from its lines, so that it cannot disagree with them."""

from collections.abc import Iterator

from pipeline.features import catalogue
from pipeline.features.behaviour import Behaviour, Feature
from pipeline.features.catalogue import features_of
from pipeline.features.families import FAMILIES

HEAD = """# Features

Every behaviour the model may look at, by family. Written by `churn docs` from `pipeline/features/catalogue.py`; CI fails
when this page is out of date. A window of n days is [as-of − n, as-of): it never holds the as-of day. Money is in minor
units (cents). A behaviour whose table or columns are not there falls away.
"""


def features_page() -> str:
    """Return docs/features.md."""
    return HEAD + "".join(_section(key) for key in FAMILIES if _of_family(key))


def catalogue_rows() -> list[dict[str, str]]:
    """Return one row a column: name, words, unit, type, what an absent customer gets, family, actionable."""
    return [_row(feature) for feature in features_of(catalogue.BEHAVIOURS)]


def _section(key: str) -> str:
    lines = "\n".join(line for behaviour in _of_family(key) for line in _lines(behaviour))
    columns = "| Column | What it holds | Unit | No row at all | An action can change it |\n|---|---|---|---|---|"
    return f"\n## {FAMILIES[key].words}\n\n{columns}\n{lines}\n"


def _lines(behaviour: Behaviour) -> Iterator[str]:
    for feature in features_of([behaviour]):
        row = _row(feature)
        yield f"| `{row['name']}` | {row['words']} | {row['unit']} | {row['absent']} | {row['actionable']} |"


def _row(feature: Feature) -> dict[str, str]:
    measure = feature.behaviour.measure
    return {
        "name": feature.name,
        "words": feature.words,
        "unit": feature.unit.replace("_", " "),
        "type": measure.type or "as declared",
        "absent": "no record" if measure.absent is None else str(measure.absent),
        "family": FAMILIES[feature.family].words,
        "actionable": "yes" if feature.actionable else "no",
    }


def _of_family(key: str) -> list[Behaviour]:
    return [behaviour for behaviour in catalogue.BEHAVIOURS if behaviour.family == key]
