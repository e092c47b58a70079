"""How the families that matter most move risk: their points against the behaviour that leads each."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.features.catalogue import feature_named
from pipeline.reports.findings import Findings, family_words
from pipeline.reports.shown import Facts, fact, signed, ticks
from pipeline.scoring.wording import shown

PICTURES, FEWEST_PICTURES = 6, 3
MUCH_POINTS = 2
CUT_SHARES = (0.03, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
MOST_ROWS = 5_000
BARS = 24

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Seen:
    """One behaviour of the sampled customers: its values in rising order (`places`), and the points of each."""

    name: str
    places: Floats
    points: Floats


def moves(found: Findings) -> Facts:
    """Return one picture for each of the families that move risk most: its points against its leading behaviour.

    A family is shown whole, because behaviours of one subject share what they say: one alone can even seem to push the
    other way. Of very many customers an evenly spaced sample is drawn, in the order of their ids.
    """
    rows = sample(found.features)
    points = found.family_points().loc[rows["customer_id"]]
    leads = leading(found, rows)
    largest = sorted(leads, key=lambda key: -points[key].abs().mean())[:PICTURES]
    drawn = [_groups(_seen(rows[leads[key]], points[key])) for key in largest]
    drawn = [picture for place, picture in enumerate(drawn) if place < FEWEST_PICTURES or _moves_much(picture)]
    extent = [point for picture in drawn for group in picture["groups"] for point in (group["low"], group["high"])]
    low, high = min([0.0, *extent]), max([0.0, *extent])
    heights = [fact(at, signed(at) if at else "0") for at in ticks(low, high, [1, 2, 5, 10, 20, 25, 50])]
    return {
        "title": "How the main families move risk",
        "caption": "Against the behaviour that leads each. Line: the middle customer with such a value. "
        "Shade: the middle half of them. Grey bars: where customers are. One scale of risk points for all. "
        f"The first {FEWEST_PICTURES}, and what else moves some group by {MUCH_POINTS} points or more.",
        "ticks": heights,
        "pictures": [picture | _told(picture, found.currency) for picture in drawn],
    }


def sample(features: pd.DataFrame) -> pd.DataFrame:
    """Return at most MOST_ROWS customers, evenly spaced in the order of their ids."""
    ordered = features.sort_values("customer_id", ignore_index=True)
    return ordered.iloc[:: -(-len(ordered) // MOST_ROWS)].reset_index(drop=True)


def leading(found: Findings, rows: pd.DataFrame) -> dict[str, str]:
    """Return, by family, the numeric feature with the largest contributions."""
    sizes = np.abs(found.model.contributions(rows)).mean(axis=0)
    order = np.argsort(sizes, kind="stable")
    numeric = [int(at) for at in order if varies(rows[found.model.features[at]])]
    return {found.model.families[at]: found.model.features[at] for at in numeric}


def varies(column: "pd.Series[float]") -> bool:
    """Return whether a column holds numbers, and more than two of them."""
    return bool(pd.api.types.is_numeric_dtype(column) and column.nunique() > 2)


def _seen(column: "pd.Series[float]", points: "pd.Series[float]") -> _Seen:
    places, pushes = (np.asarray(numbers, dtype=np.float64) for numbers in (column, points))
    recorded = ~np.isnan(places)
    order = np.argsort(places[recorded], kind="stable")
    return _Seen(str(column.name), places[recorded][order], pushes[recorded][order])


def _groups(seen: _Seen) -> Facts:
    """Cut the customers into groups, finer at the ends; equal values stay together. The picture ends where groups do."""
    cuts = (len(seen.places) * np.array(CUT_SHARES)).astype(int)
    edges = np.unique(np.searchsorted(seen.places, seen.places[cuts], side="left"))
    parts = [part for part in np.split(np.arange(len(seen.places)), edges) if len(part)]
    groups = [_group(seen.places[part], seen.points[part]) for part in parts]
    low, high = groups[0]["at"], groups[-1]["at"]
    heights = np.histogram(seen.places, bins=BARS, range=(low, high))[0]
    bars = [round(float(height), 4) for height in heights / max(heights.max(), 1)]
    return {"name": seen.name, "low": low, "high": high, "groups": groups, "bars": bars}


def _group(places: Floats, points: Floats) -> Facts:
    quartiles = np.quantile(points, [0.25, 0.5, 0.75])
    found = dict(zip(("low", "middle", "high"), (round(float(point), 2) for point in quartiles), strict=True))
    return {"at": float(np.median(places))} | found


def _moves_much(picture: Facts) -> bool:
    return any(abs(group["middle"]) >= MUCH_POINTS for group in picture["groups"])


def _told(picture: Facts, currency: str) -> Facts:
    """Put a picture into words: its heading, what it shows, and the ends of its axis."""
    feature = feature_named(picture["name"])
    left, right = (shown(picture[end], feature.unit, currency) for end in ("low", "high"))
    pushes = [signed(group["middle"], 1) for group in (picture["groups"][0], picture["groups"][-1])]
    return {
        "title": family_words(feature.family),
        "caption": f"{feature.words}. From {left} to {right}: {pushes[0]} to {pushes[1]} points.",
        "left": left,
        "right": right,
    }
