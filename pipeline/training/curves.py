"""The pictures of a model: whether probabilities come true, and what a list of some length finds and brings."""

import numpy as np

from pipeline.model.inputs import Floats
from pipeline.training.bootstrap import Bootstrap, Draws, Shared, Statistic
from pipeline.training.metrics import Ranking, Weights, equal_bins, found_in_tops, means
from pipeline.training.profits import Economics, profit_at

BINS = 10
CONTACTED_SHARES = tuple(step / 50 for step in range(51))


def reliability(churned: Floats, chance: Floats) -> list[dict[str, float]]:
    """Return up to ten bins of equal count, each with Wilson's 95 % interval of its churn share."""
    order, starts = equal_bins(chance, BINS)
    return [_bin(churned[rows], chance[rows]) for rows in np.split(order, starts[1:])]


def gain_curve(ranking: Ranking) -> list[dict[str, float]]:
    """Return the share of churners among the customers with the highest risk, for lists of growing length."""
    found = found_in_tops(ranking, Weights.once(len(ranking.churned)), np.array(CONTACTED_SHARES))[0].tolist()
    return [{"contacted_share": share, "found_share": of} for share, of in zip(CONTACTED_SHARES, found, strict=True)]


def curves(ranking: Ranking, bootstrap: Bootstrap) -> dict[str, list[dict[str, float]]]:
    """Return `gain_curve` and `profit_curve`, both for lists of growing length with their 95 % intervals.

    Found is the share of churners on the list. The profit is per customer, in the published economics at the mean save
    rate: the highest point lies at the maximum profit, up to the steps.
    """
    tops = Shared(lambda weights: found_in_tops(ranking, weights, np.array(CONTACTED_SHARES)))
    statistics: dict[str, Statistic] = {
        str(share): _column(tops, place) for place, share in enumerate(CONTACTED_SHARES)
    }
    draws = bootstrap.measure({**statistics, "churned": lambda weights: means(ranking.churned, weights)})
    churned = draws.pop("churned")
    found = dict(zip(CONTACTED_SHARES, draws.values(), strict=True))
    return {
        "gain_curve": [_point(share, "found_share", of) for share, of in found.items()],
        "profit_curve": [_point(share, "profit", _profit(share, of, churned)) for share, of in found.items()],
    }


def _column(tops: Shared[Floats], place: int) -> Statistic:
    return lambda weights: tops(weights)[:, place]


def _profit(share: float, found: Draws, churned: Draws) -> Draws:
    leavers = np.append(found.replicates * churned.replicates, found.value * churned.value)
    profit = profit_at(leavers, share - leavers, Economics())
    return Draws(float(profit[-1]), profit[:-1])


def _point(share: float, name: str, drawn: Draws) -> dict[str, float]:
    estimate = drawn.interval()
    return {"contacted_share": share, name: estimate["value"], "low": estimate["low"], "high": estimate["high"]}


def wilson(happened: float, count: int) -> tuple[float, float]:
    """Return Wilson's (1927) 95 % interval of a share.

    >>> tuple(round(end, 4) for end in wilson(10, 100))
    (0.0552, 0.1744)
    """
    z = 1.959963984540054
    share, spread = happened / count, z**2 / count
    middle, half = share + spread / 2, z * np.sqrt(share * (1 - share) / count + spread / (4 * count))
    return float((middle - half) / (1 + spread)), float((middle + half) / (1 + spread))


def _bin(churned: Floats, chance: Floats) -> dict[str, float]:
    low, high = wilson(float(churned.sum()), len(churned))
    return {
        "from_probability": float(chance.min()),
        "to_probability": float(chance.max()),
        "snapshots": len(churned),
        "mean_probability": float(chance.mean()),
        "churn_share": float(churned.mean()),
        "low": low,
        "high": high,
    }
