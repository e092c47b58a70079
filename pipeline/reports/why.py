"""Why: which families of behaviour drive risk, for everyone and on today's list."""

import numpy as np
import pandas as pd

from pipeline.reports.findings import Findings, family_words
from pipeline.reports.moves import moves
from pipeline.reports.shown import Facts, fact, signed, ticks
from pipeline.scoring.wording import lower_first

BIN_POINTS = 1
WIDEST_POINTS = 60


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
        "spread": _spread(order, points),
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


def _spread(order: list[str], points: pd.DataFrame) -> Facts:
    """Count, per family, the customers in bins of risk points; the few beyond the widest bin are put into it."""
    binned = (points.clip(-WIDEST_POINTS, WIDEST_POINTS) / BIN_POINTS).round().astype(int)
    low, high = int(binned.to_numpy().min()), int(binned.to_numpy().max())
    rows = [{"words": family_words(key), "shares": _shares(binned[key], low, high)} for key in order]
    return {
        "title": "How far each family moves each customer",
        "caption": "Thick: many customers. Right of the line a family raises the risk, left of it it lowers it.",
        "first_bin": low * BIN_POINTS,
        "bin_points": BIN_POINTS,
        "rows": rows,
        "raises": "raises risk →",
        "lowers": "← lowers risk",
        "ticks": _point_ticks(low * BIN_POINTS, high * BIN_POINTS),
        "unit": "risk points",
    }


def _shares(bins: "pd.Series[int]", low: int, high: int) -> list[float]:
    counts = np.bincount(bins.to_numpy() - low, minlength=high - low + 1)
    return [round(float(number), 5) for number in counts / counts.sum()]
