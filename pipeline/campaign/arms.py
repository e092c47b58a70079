"""Who is left alone at random, so that what the campaign saved can be measured."""

import hashlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from pipeline.profit import Flags, Floats

TERCILES = 3


def lottery(campaign_id: str, customer_ids: Iterable[str]) -> npt.NDArray[np.uint64]:
    """Return each customer's lot in a campaign: 64 bits of a salted sha256, the same on every machine and in any order.

    >>> [int(lot) for lot in lottery("keep-2024-03-01", ["1", "2"])]
    [6266079749362980894, 11057425883155519423]
    """
    return np.array([_lot(f"{campaign_id}\n{customer_id}") for customer_id in customer_ids], dtype=np.uint64)


def _lot(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8")).digest()[:8], "big")


def draw_controls(lots: npt.NDArray[np.uint64], probability: Floats, value: Floats, share: float) -> Flags:
    """Return who is a control: in each stratum of risk tercile and value tercile the share with the smallest lots.

    A stratum's controls are its part of the running total of `share` times customers, rounded: the whole draw is
    within half a customer of the share, and every stratum within one.
    """
    stratum = TERCILES * _tercile(probability, lots) + _tercile(value, lots)
    controls = np.zeros(len(lots), dtype=np.bool_)
    sizes = np.bincount(stratum, minlength=TERCILES**2)
    for members, wanted in zip(range(TERCILES**2), _quotas(sizes, share), strict=True):
        drawn = np.flatnonzero(stratum == members)
        controls[drawn[np.argsort(lots[drawn], kind="stable")[:wanted]]] = True
    return controls


def _tercile(amounts: Floats, lots: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """Return 0, 1 or 2 by rank; equal amounts are ranked by lot, so that terciles stay equal in size."""
    rank = np.empty(len(amounts), dtype=np.int64)
    rank[np.lexsort((lots, amounts))] = np.arange(len(amounts))
    return rank * TERCILES // max(len(amounts), 1)


def _quotas(sizes: npt.NDArray[np.int64], share: float) -> npt.NDArray[np.int64]:
    """Return how many of each stratum to draw.

    >>> _quotas(np.array([3, 3, 4]), 0.2)  # running totals 0.6, 1.2 and 2.0
    array([1, 0, 1])
    """
    # A product such as 0.3 * 5 lies a hair off the half it means; the half is rounded up on every machine.
    running = np.floor(np.round(np.cumsum(sizes) * share, 9) + 0.5).astype(np.int64)
    return np.diff(running, prepend=0)
