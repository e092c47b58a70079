"""The catalogue as a page and as a table: written from its lines, so that it cannot disagree with them."""

from collections.abc import Container, Iterator

from pipeline.features import catalogue
from pipeline.features.behaviour import Behaviour, Feature
from pipeline.features.catalogue import features_of
from pipeline.features.families import FAMILIES

HEAD = """# Features

Every behaviour the model may look at, by family. Written by `churn docs` from `pipeline/features/catalogue.py`; CI fails
when this page is out of date. A window of n days is [as-of − n, as-of): it never holds the as-of day. Money is in minor
units (cents). A behaviour whose table or columns are not there falls away.

Where no date to learn from has as many days of data before it as a window has, the column would not hold what it says: on
such dates it holds everything so far. So it counts everything so far on every date, as a column `…_so_far`; what compares
two windows, or needs a window's length, is left out.
"""


def features_page() -> str:
    """Return docs/features.md."""
    return HEAD + "".join(_section(key) for key in FAMILIES if _of_family(key))


def catalogue_rows(present: Container[str] = ()) -> list[dict[str, str]]:
    """Return one row a column: name, words, unit, type, what an absent customer gets, family, actionable.

    Columns that stand in for a window unseen are among them where they are `present`.
    """
    return [_row(one) for one in catalogue.every_feature() if not one.window.so_far or one.name in present]


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
