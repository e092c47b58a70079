"""Is the model as good for new customers, for small ones, and for a question about later? Part by part, with intervals."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.features.unseen_windows import name_in
from pipeline.training.judged import FEWEST_ROWS, Judged, part_facts

REPLICATES = 200

TENURES = ("days_as_customer", "days_subscribed", "days_since_joined")
"""Days since somebody was first seen as a customer, by purchases, by subscriptions and by the customer table."""
VALUES = ("spend_182d", "monthly_price", "paid_182d")
"""What a customer brings, the first that is a feature."""

NEW_DAYS = 30
NEW = "New customers (first month)"
TENURE_BANDS = (
    ("Months 2 and 3", NEW_DAYS, 91),
    ("Months 4 to 12", 91, 365),
    ("After a year", 365, None),
)
VALUE_BANDS = ("Lowest third", "Middle third", "Highest third")

Mask = npt.NDArray[np.bool_]


def tenure_days(rows: pd.DataFrame) -> npt.NDArray[np.float64] | None:
    """Return the days since each customer was first seen; None where no feature tells them."""
    told = [rows[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in TENURES if name in rows.columns]
    return np.fmax.reduce(told) if told else None


def new_customers(rows: pd.DataFrame) -> Mask | None:
    """Return who is in his first month as a customer; None where no feature tells it."""
    days = tenure_days(rows)
    return None if days is None else days < NEW_DAYS


def by_tenure(judged: Judged, rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the facts of each tenure band, new customers first; none where no feature tells the tenure."""
    days = tenure_days(rows)
    if days is None:
        return []
    bands = [(words, (days >= first) & (days < (end or np.inf))) for words, first, end in TENURE_BANDS]
    return [{"words": NEW, **part_facts(judged.part(days < NEW_DAYS), REPLICATES)}, *_facts(judged, bands)]


def by_value(judged: Judged, rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the facts of each third by what customers bring, and of new customers, who had no time to bring much."""
    column = next((name for one in VALUES if (name := name_in(rows.columns, one)) is not None), None)
    if column is None:
        return []
    brought, new = rows[column].to_numpy(dtype=np.float64, na_value=0.0), new_customers(rows)
    old = np.ones(len(rows), dtype=bool) if new is None else ~new
    if not old.any():
        return []
    third = np.searchsorted(np.quantile(brought[old], [1 / 3, 2 / 3]), brought, side="left")
    bands = [(words, old & (third == place)) for place, words in enumerate(VALUE_BANDS)]
    return [*with_new(judged, new), *_facts(judged, bands)]


def by_as_of(judged: Judged, rows: pd.DataFrame, replicates: int) -> list[dict[str, Any]]:
    """Return the facts of each date, and of the new customers on it."""
    days, new = rows["as_of"].astype(str).to_numpy(), new_customers(rows)
    return [
        {"as_of": day, **part_facts(judged.part(days == day), replicates, 1), **_new_among(judged, new, days == day)}
        for day in sorted(set(days))
    ]


def by_lead(
    judged: Judged,
    later: Mapping[int, npt.NDArray[np.float64]],
    known_from: Mapping[int, str],
    new: Mask | None = None,
) -> list[dict[str, Any]]:
    """Return the facts for labels that start so many days later; `later` holds NaN where the data end before the answer.

    A lead time whose answers are not all out yet says from when it is known. `new` marks the new customers.
    """
    found = []
    for lead_days, churned in later.items():
        known = ~np.isnan(churned)
        asked = Judged(judged.customers, churned, judged.log_odds)
        facts = part_facts(asked.part(known), REPLICATES) | _new_among(asked, new, known) if known.any() else {}
        found.append({"lead_days": lead_days, "known_from": known_from.get(lead_days), **facts})
    return found


def with_new(judged: Judged, new: Mask | None) -> list[dict[str, Any]]:
    """Return the row of the new customers; none where no feature tells who is new."""
    return [] if new is None else [{"words": NEW, **part_facts(judged.part(new), REPLICATES)}]


def _new_among(judged: Judged, new: Mask | None, rows: Mask) -> dict[str, Any]:
    return {} if new is None else {"new_customers": part_facts(judged.part(new & rows), REPLICATES)}


def _facts(judged: Judged, bands: Sequence[tuple[str, Mask]]) -> list[dict[str, Any]]:
    shown = [(words, rows) for words, rows in bands if rows.sum() >= FEWEST_ROWS]
    return [{"words": words, **part_facts(judged.part(rows), REPLICATES)} for words, rows in shown]
