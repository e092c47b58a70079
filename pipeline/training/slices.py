"""Is the model as good for new customers, for small ones, and for a question about later? Part by part, with intervals."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.training.judged import Judged, part_facts

REPLICATES = 200
FEWEST_ROWS = 20
"""A part with fewer rows is not shown: its figures would be about persons."""

TENURE, VALUE = "days_as_customer", "spend_182d"
TENURE_BANDS = (
    ("First month", 0, 30),
    ("Months 2 and 3", 30, 91),
    ("Months 4 to 12", 91, 365),
    ("After a year", 365, None),
)
VALUE_BANDS = ("Lowest third of spending", "Middle third of spending", "Highest third of spending")

Mask = npt.NDArray[np.bool_]


def by_tenure(judged: Judged, rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the facts of each tenure band, by days since the first purchase; none where that is not a feature."""
    if TENURE not in rows.columns:
        return []
    days = rows[TENURE].to_numpy(dtype=np.float64, na_value=np.nan)
    bands = [(words, (days >= first) & (days < (end or np.inf))) for words, first, end in TENURE_BANDS]
    return _facts(judged, bands)


def by_value(judged: Judged, rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the facts of each third of customers by what they spent in the last 182 days."""
    if VALUE not in rows.columns:
        return []
    spent = rows[VALUE].to_numpy(dtype=np.float64, na_value=0.0)
    cuts = np.quantile(spent, [1 / 3, 2 / 3])
    third = np.searchsorted(cuts, spent, side="left")
    return _facts(judged, [(words, third == place) for place, words in enumerate(VALUE_BANDS)])


def by_lead(
    judged: Judged, later: Mapping[int, npt.NDArray[np.float64]], known_from: Mapping[int, str]
) -> list[dict[str, Any]]:
    """Return the facts for labels that start so many days later; `later` holds NaN where the data end before the answer.

    A lead time whose answers are not all out yet says from when it is known.
    """
    found = []
    for lead_days, churned in later.items():
        known = ~np.isnan(churned)
        part = Judged(judged.customers[known].reset_index(drop=True), churned[known], judged.log_odds[known])
        facts = part_facts(part, REPLICATES) if known.sum() >= FEWEST_ROWS else {}
        found.append({"lead_days": lead_days, "known_from": known_from.get(lead_days), **facts})
    return found


def _facts(judged: Judged, bands: Sequence[tuple[str, Mask]]) -> list[dict[str, Any]]:
    shown = [(words, rows) for words, rows in bands if rows.sum() >= FEWEST_ROWS]
    return [{"words": words, **part_facts(judged.part(rows), REPLICATES)} for words, rows in shown]
