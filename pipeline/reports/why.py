"""Why: which families of behaviours drive risk, for everyone and on today's list."""

import numpy as np
import pandas as pd

from pipeline.features.catalogue import feature_named
from pipeline.reports.findings import Findings
from pipeline.reports.moves import moves
from pipeline.reports.shown import NOTHING, Facts, fact, signed, ticks
from pipeline.reports.subjects import Subjects, subjects
from pipeline.scoring.wording import lower_first, upper_first

BIN_POINTS = 1
WIDEST_POINTS = 60
SHADES = 5


def why(found: Findings) -> Facts:
    """Return the headline, the bars and the spread of every subject, in risk points."""
    told = subjects(found)
    of_list = told.points.loc[found.contacted()["customer_id"].to_numpy()]
    push = of_list.mean().fillna(0.0) if len(of_list) else told.points.mean()
    order = sorted(told.points.columns, key=lambda words: -push[words])
    return {
        "head": "Why?",
        "lead": _lead(order, push, len(of_list)),
        "families": _bars(order, told, push),
        "spread": _spread(order, told, found.features),
        "moves": moves(found),
    }


def _lead(order: list[str], push: "pd.Series[float]", on_list: int) -> str:
    named = [f"**{lower_first(words)}**" for words in order[:3] if push[words] > 0]
    who = "This list is there" if on_list else "Risk is high"
    if not named:
        return "Nothing stands out on the list."
    also = "" if len(named) == 1 else f", then {' and '.join(named[1:])}"
    return f"{who} mostly because of {named[0]}{also}."


def _bars(order: list[str], told: Subjects, push: "pd.Series[float]") -> Facts:
    sizes = told.points.abs().mean()
    everyone = [fact(round(sizes[words], 2), f"{sizes[words]:.1f}") for words in order]
    listed = [fact(round(push[words], 2), signed(push[words], 1)) for words in order]
    extent = [one["value"] for one in (*everyone, *listed)]
    added = "a family: all its behaviours added up" if told.one == "family" else "one behaviour"
    return {
        "title": "What drives risk, and what drives this list",
        "caption": f"Each bar is {added}, in points of risk.",
        "everyone": "everyone: average size",
        "list": "this list: average push",
        "rows": [
            {"words": name, "everyone": size, "list": pushes}
            for name, size, pushes in zip(order, everyone, listed, strict=True)
        ],
        "ticks": _point_ticks(min(0.0, *extent), max(1.0, *extent)),
        "unit": "risk points",
        "numbers": {
            "heads": [upper_first(told.one), "Everyone", "List"],
            "rows": [
                [name, size["shown"], pushes["shown"]]
                for name, size, pushes in zip(order, everyone, listed, strict=True)
            ],
        },
    }


def _point_ticks(low: float, high: float) -> list[Facts]:
    return [fact(at, signed(at) if at else "0") for at in ticks(low, high, [1, 2, 5, 10, 20, 25, 50])]


def _spread(order: list[str], told: Subjects, features: pd.DataFrame) -> Facts:
    """Count, per subject, the customers in bins of risk points; the few beyond the widest bin are put into it.

    Each bin is shaded by how high the value of the leading behaviour is there, as its place among all values.
    """
    binned = (told.points.clip(-WIDEST_POINTS, WIDEST_POINTS) / BIN_POINTS).round().astype(int)
    low, high = int(binned.to_numpy().min()), int(binned.to_numpy().max())
    places = told.places(features)
    leads = "the behaviour that leads the family" if told.one == "family" else "its value"
    return {
        "title": f"How far each {told.one} moves each customer",
        "caption": f"Thick: many customers. Dark: {leads} is high there, pale: low.",
        "first_bin": low * BIN_POINTS,
        "bin_points": BIN_POINTS,
        "rows": [
            {
                "words": words,
                "shares": _shares(binned[words], low, high),
                "shades": _shades(binned[words], places[words], low, high),
            }
            for words in order
        ],
        "raises": "raises risk →",
        "lowers": "← lowers risk",
        "ticks": _point_ticks(low * BIN_POINTS, high * BIN_POINTS),
        "unit": "risk points",
        "numbers": {
            "heads": [upper_first(told.one), "Lowers most", "Middle customer", "Raises most", "Led by"],
            "rows": [_numbers(words, told) for words in order],
        },
    }


def _numbers(words: str, told: Subjects) -> list[str]:
    points = told.points[words]
    ends = [signed(float(at), 1) for at in (points.min(), points.median(), points.max())]
    return [words, *ends, feature_named(told.led_by[words]).words if words in told.led_by else NOTHING]


def _shades(bins: "pd.Series[int]", places: "pd.Series[float]", low: int, high: int) -> list[int]:
    """Return the shade of each bin, from 0 (pale) to SHADES − 1: the mean place of the values in it."""
    means = places.groupby(bins.to_numpy() - low).mean().reindex(range(high - low + 1)).fillna(0.0)
    return [min(int(place * SHADES), SHADES - 1) for place in means]


def _shares(bins: "pd.Series[int]", low: int, high: int) -> list[float]:
    counts = np.bincount(bins.to_numpy() - low, minlength=high - low + 1)
    return [round(float(number), 5) for number in counts / counts.sum()]
