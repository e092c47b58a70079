"""Made-up customers who buy and leave as BG/NBD has it, seen on two dates."""

from functools import cache

import numpy as np
import pandas as pd

DATES = {"2024-07-01": 200, "2024-07-29": 228}
HORIZON_DAYS = 28
WINDOW_DAYS = 182


@cache
def rhythm_rows(seed: int = 0, customers: int = 700) -> pd.DataFrame:
    """Return a row per customer at risk and date, with what tells of his rhythm and whether he then stayed away."""
    drawing = np.random.default_rng(seed)
    shoppers = {f"c{number:04}": _days(drawing) for number in range(customers)}
    rows = [_row(who, days, as_of, today) for as_of, today in DATES.items() for who, days in shoppers.items()]
    seen = pd.DataFrame(rows)
    return seen[(seen["days_since_purchase"] <= WINDOW_DAYS)].reset_index(drop=True)


def _days(drawing: np.random.Generator) -> np.ndarray:
    rate, leaving, day = drawing.gamma(1.2, 1 / 12), drawing.beta(0.8, 4), drawing.uniform(0, 190)
    days = [day]
    while day < 300 and (len(days) == 1 or drawing.random() > leaving):
        day += drawing.exponential(1 / rate)
        days.append(day)
    return np.unique(np.floor(days))


def _row(who: str, days: np.ndarray, as_of: str, today: int) -> dict[str, object]:
    past = days[days < today]
    near = past[past >= today - WINDOW_DAYS]
    ahead = (days >= today) & (days < today + HORIZON_DAYS)
    return {
        "customer_id": who,
        "as_of": as_of,
        "days_since_purchase": today - past.max(),
        "purchase_days_182d": len(near),
        "tenure_182d": today - near.min() if len(near) else np.nan,
        "days_bought": len(past),
        "days_as_customer": today - past.min(),
        "churned": not ahead.any(),
    }
