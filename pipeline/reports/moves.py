"""How the behaviours that matter most move risk: points against the behaviour's own value, as the model sees it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.features.catalogue import feature_named
from pipeline.reports.findings import Findings, family_words
from pipeline.reports.shown import Facts, fact, signed, ticks
from pipeline.scoring.wording import shown

PICTURES = 6
GROUPS = 12
MOST_ROWS = 5_000
BARS = 24
TAIL_SHARE = 0.02

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Seen:
    """One behaviour of the sampled customers: its values in rising order, and the points that belong to each."""

    name: str
    values: Floats
    points: Floats


def moves(found: Findings) -> Facts:
    """Return one picture for each of the numeric features with the largest contributions, one family at most twice.

    Of very many customers an evenly spaced sample is drawn, in the order of their ids.
    """
    rows = _sample(found.features)
    points = found.model.contributions(rows) * found.slopes().loc[rows["customer_id"]].to_numpy()[:, None]
    chosen = _largest(rows, points, found.model.features)
    drawn = [_groups(_seen(rows, points[:, at], found.model.features[at])) for at in chosen]
    extent = [point for picture in drawn for group in picture["groups"] for point in (group["low"], group["high"])]
    low, high = min([0.0, *extent]), max([0.0, *extent])
    heights = [fact(at, signed(at) if at else "0") for at in ticks(low, high, [1, 2, 5, 10, 20, 25, 50])]
    return {
        "title": "How the main behaviours move risk",
        "caption": "Line: the middle customer with such a value. Shade: the middle half of them. Grey bars: where "
        "customers are. One scale of risk points for all.",
        "ticks": heights,
        "pictures": [picture | _told(picture, found.currency) for picture in drawn],
    }


def _sample(features: pd.DataFrame) -> pd.DataFrame:
    ordered = features.sort_values("customer_id", ignore_index=True)
    return ordered.iloc[:: -(-len(ordered) // MOST_ROWS)].reset_index(drop=True)


def _largest(rows: pd.DataFrame, points: Floats, names: Sequence[str]) -> list[int]:
    chosen: list[int] = []
    families: list[str] = []
    for at in np.argsort(-np.abs(points).mean(axis=0), kind="stable"):
        family = feature_named(names[at]).family
        if families.count(family) < 2 and _varies(rows[names[at]]):
            chosen.append(int(at))
            families.append(family)
    return chosen[:PICTURES]


def _varies(column: "pd.Series[float]") -> bool:
    return bool(pd.api.types.is_numeric_dtype(column) and column.nunique() > 2)


def _seen(rows: pd.DataFrame, points: Floats, name: str) -> _Seen:
    """Drop customers without a record, and the few whose value lies far out."""
    values = rows[name].to_numpy(dtype=np.float64, na_value=np.nan)
    recorded = ~np.isnan(values)
    low, high = np.quantile(values[recorded], [TAIL_SHARE / 2, 1 - TAIL_SHARE / 2], method="inverted_cdf")
    inside = recorded & (values >= low) & (values <= high)
    order = np.argsort(values[inside], kind="stable")
    return _Seen(name, values[inside][order], points[inside][order])


def _groups(seen: _Seen) -> Facts:
    """Cut the customers into groups of about equal size; equal values stay together."""
    cuts = np.linspace(0, len(seen.values), GROUPS + 1)[1:-1].astype(int)
    edges = np.unique(np.searchsorted(seen.values, seen.values[cuts], side="left"))
    parts = [part for part in np.split(np.arange(len(seen.values)), edges) if len(part)]
    groups = [_group(seen.values[part], seen.points[part]) for part in parts]
    heights = np.histogram(seen.values, bins=BARS)[0]
    return {
        "name": seen.name,
        "low": float(seen.values[0]),
        "high": float(seen.values[-1]),
        "groups": groups,
        "bars": [round(float(height), 4) for height in heights / heights.max()],
    }


def _group(values: Floats, points: Floats) -> Facts:
    low, middle, high = np.quantile(points, [0.25, 0.5, 0.75])
    return {"at": float(np.median(values))} | {
        key: round(float(value), 2) for key, value in (("low", low), ("middle", middle), ("high", high))
    }


def _told(picture: Facts, currency: str) -> Facts:
    """Put a picture into words: its heading, what it shows, and the ends of its axis."""
    feature = feature_named(picture["name"])
    first, last = picture["groups"][0], picture["groups"][-1]
    ends = [shown(group["at"], feature.unit, currency) for group in (first, last)]
    pushes = [signed(group["middle"], 1) for group in (first, last)]
    return {
        "title": feature.words,
        "caption": f"{family_words(feature.family)}. From {ends[0]} to {ends[1]}: {pushes[0]} to {pushes[1]} points.",
        "left": shown(picture["low"], feature.unit, currency),
        "right": shown(picture["high"], feature.unit, currency),
    }
