"""Why: which families of behaviour drive risk, for everyone and on today's list."""

import numpy as np
import pandas as pd

from pipeline.features.catalogue import feature_named
from pipeline.reports.findings import Findings, family_words
from pipeline.reports.moves import leading, moves, sample
from pipeline.reports.shown import NOTHING, Facts, fact, signed, ticks
from pipeline.scoring.wording import lower_first

BIN_POINTS = 1
WIDEST_POINTS = 60
SHADES = 5


def why(found: Findings) -> Facts:
    """Return the headline, the bars and the spread of every family, in risk points."""
    points = found.family_points()
    of_list = points.loc[found.contacted()["customer_id"].to_numpy()]
    push = of_list.mean().fillna(0.0) if len(of_list) else points.mean()
    order = sorted(points.columns, key=lambda key: -push[key])
    return {
        "head": "Why?",
        "lead": _lead(order, push, len(of_list)),
        "families": _bars(order, points, push),
        "spread": _spread(order, points, found),
        "moves": moves(found),
    }


def _lead(order: list[str], push: "pd.Series[float]", on_list: int) -> str:
    named = [f"**{lower_first(family_words(key))}**" for key in order[:3] if push[key] > 0]
    who = "This list is there" if on_list else "Risk is high"
    if not named:
        return "No family of behaviours stands out on the list."
    also = "" if len(named) == 1 else f", then {' and '.join(named[1:])}"
    return f"{who} mostly because of {named[0]}{also}."


def _bars(order: list[str], points: pd.DataFrame, push: "pd.Series[float]") -> Facts:
    sizes = points.abs().mean()
    everyone = [fact(round(sizes[key], 2), f"{sizes[key]:.1f}") for key in order]
    listed = [fact(round(push[key], 2), signed(push[key], 1)) for key in order]
    words = [family_words(key) for key in order]
    extent = [one["value"] for one in (*everyone, *listed)]
    return {
        "title": "What drives risk, and what drives this list",
        "caption": "Each bar is a family: all its behaviours added up, in points of risk.",
        "everyone": "everyone: average size",
        "list": "this list: average push",
        "rows": [
            {"words": name, "everyone": size, "list": pushes}
            for name, size, pushes in zip(words, everyone, listed, strict=True)
        ],
        "ticks": _point_ticks(min(0.0, *extent), max(1.0, *extent)),
        "unit": "risk points",
        "numbers": {
            "heads": ["Family", "Everyone", "List"],
            "rows": [
                [name, size["shown"], pushes["shown"]]
                for name, size, pushes in zip(words, everyone, listed, strict=True)
            ],
        },
    }


def _point_ticks(low: float, high: float) -> list[Facts]:
    return [fact(at, signed(at) if at else "0") for at in ticks(low, high, [1, 2, 5, 10, 20, 25, 50])]


def _spread(order: list[str], points: pd.DataFrame, found: Findings) -> Facts:
    """Count, per family, the customers in bins of risk points; the few beyond the widest bin are put into it.

    Each bin is shaded by how high the value of the family's leading behaviour is there, as its place among all values.
    """
    binned = (points.clip(-WIDEST_POINTS, WIDEST_POINTS) / BIN_POINTS).round().astype(int)
    low, high = int(binned.to_numpy().min()), int(binned.to_numpy().max())
    places = _places(found).reindex(points.index)
    rows = [
        {
            "words": family_words(key),
            "shares": _shares(binned[key], low, high),
            "shades": _shades(binned[key], places[key], low, high),
        }
        for key in order
        if key in places
    ]
    return {
        "title": "How far each family moves each customer",
        "caption": "Thick: many customers. Dark: the behaviour that leads the family is high there, pale: low.",
        "first_bin": low * BIN_POINTS,
        "bin_points": BIN_POINTS,
        "rows": rows,
        "raises": "raises risk →",
        "lowers": "← lowers risk",
        "ticks": _point_ticks(low * BIN_POINTS, high * BIN_POINTS),
        "unit": "risk points",
        "numbers": {
            "heads": ["Family", "Lowers most", "Middle customer", "Raises most", "Led by"],
            "rows": [_numbers(key, points[key], places.attrs["names"].get(key)) for key in order],
        },
    }


def _numbers(key: str, points: "pd.Series[float]", name: str | None) -> list[str]:
    ends = [signed(float(at), 1) for at in (points.min(), points.median(), points.max())]
    return [family_words(key), *ends, feature_named(name).words if name else NOTHING]


def _places(found: Findings) -> pd.DataFrame:
    """Return, by customer and family, the place of the leading behaviour's value among all: 0 the lowest, 1 the highest.

    NaN where there is no record; 0.5 for a family without a behaviour that is a number.
    """
    features = found.features.set_index("customer_id")
    names = leading(found, sample(found.features))
    places = {key: features[names[key]].rank(pct=True) if key in names else 0.5 for key in found.families}
    table = pd.DataFrame(places, index=features.index)
    table.attrs["names"] = names
    return table


def _shades(bins: "pd.Series[int]", places: "pd.Series[float]", low: int, high: int) -> list[int]:
    """Return the shade of each bin, from 0 (pale) to SHADES − 1: the mean place of the values in it."""
    means = places.groupby(bins.to_numpy() - low).mean().reindex(range(high - low + 1)).fillna(0.0)
    return [min(int(place * SHADES), SHADES - 1) for place in means]


def _shares(bins: "pd.Series[int]", low: int, high: int) -> list[float]:
    counts = np.bincount(bins.to_numpy() - low, minlength=high - low + 1)
    return [round(float(number), 5) for number in counts / counts.sum()]
