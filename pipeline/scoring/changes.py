"""What is different since the last list: who is new, who is gone, and who moved to another risk band."""

from typing import Any

import pandas as pd

COLUMNS = [
    "customer_id",
    "change",
    "risk_band_before",
    "risk_band_now",
    "churn_probability_before",
    "churn_probability_now",
]


def changes(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Return a row for every customer who is `new`, `gone` or `moved` to another band, by customer id."""
    wanted = ["customer_id", "risk_band", "churn_probability"]
    both = before[wanted].merge(now[wanted], on="customer_id", how="outer", suffixes=("_before", "_now"))
    both["change"] = "moved"
    both.loc[both["risk_band_before"].isna(), "change"] = "new"
    both.loc[both["risk_band_now"].isna(), "change"] = "gone"
    is_different = both["risk_band_before"].fillna("") != both["risk_band_now"].fillna("")
    return both.loc[is_different, COLUMNS].sort_values("customer_id").reset_index(drop=True)


def summary(before: pd.DataFrame, now: pd.DataFrame, found: pd.DataFrame) -> dict[str, Any]:
    """Return the counts, and how much the two lists' customers of highest risk overlap.

    `top_jaccard` is shared ÷ either, of the tenth of customers with the highest risk in each list.
    """
    tops = [set(one.nsmallest(max(len(one) // 10, 1), "risk_rank")["customer_id"]) for one in (before, now)]
    return {
        "as_of_before": str(before["as_of"].iloc[0]),
        "as_of_now": str(now["as_of"].iloc[0]),
        **{change: int((found["change"] == change).sum()) for change in ("new", "gone", "moved")},
        "top_jaccard": len(tops[0] & tops[1]) / len(tops[0] | tops[1]),
    }
