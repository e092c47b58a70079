"""Who is at risk: risk against value, and the bands."""

import numpy as np
import pandas as pd

from pipeline.money import amount
from pipeline.reports.decisions import BANDS
from pipeline.reports.findings import Findings
from pipeline.reports.shown import Facts, count, fact, percent, percent_ticks, rough

COLUMNS, ROWS = 40, 18
SHADE_EDGES = (2, 5, 12, 30, 80)
MONEY_TICKS = tuple(step * 10**power for power in range(7) for step in (1, 2, 5))


def who(found: Findings) -> Facts:
    """Return the map of risk and value, and the customers by band."""
    scores = found.scores
    high = scores["risk_band"].isin(["high", "very_high"])
    least = percent(float(scores.loc[high, "churn_probability"].min())) if high.any() else ""
    lead = (
        f"**{count(int(high.sum()))}** customers are at high or very high risk{f', {least} or more' if least else ''}. "
    )
    lead += f"In all, **{rough(float(scores['expected_loss'].sum()), found.currency)}** of margin is expected to go."
    return {"head": "Who is at risk?", "lead": lead, "map": _map(found), "bands": _bands(found)}


def _map(found: Findings) -> Facts:
    """Count customers in cells of risk and log value: the size of the picture does not grow with the customers."""
    scores = found.scores[found.scores["customer_value"] > 0]
    low, high = (max(float(scores["customer_value"].quantile(at)), 0.01) for at in (0.005, 1.0))
    span = (np.log(low), max(np.log(high), np.log(low) + 1))
    cells = pd.DataFrame(
        {
            "column": np.minimum(scores["churn_probability"].to_numpy() * COLUMNS, COLUMNS - 1).astype(int),
            "row": _steps(np.log(scores["customer_value"].to_numpy()), span),
            "contact": scores["customer_id"].isin(set(found.contacted()["customer_id"])).to_numpy(),
        }
    )
    counted = cells.groupby(["column", "row"])["contact"].agg(["size", "sum"]).reset_index()
    shades = np.searchsorted(SHADE_EDGES, counted["size"], side="right")
    return {
        "title": "Risk alone is no reason to call: value decides with it",
        "caption": "Each cell is a group of customers; the stronger the shade, the more of them. "
        "Outlined: some of them are on the list.",
        "columns": COLUMNS,
        "rows": ROWS,
        "cells": [
            {"column": int(column), "row": int(row), "shade": int(shade), "listed": bool(on_list)}
            for column, row, on_list, shade in zip(
                counted["column"], counted["row"], counted["sum"] > 0, shades, strict=True
            )
        ],
        "x_ticks": percent_ticks(1.0),
        "y_ticks": [
            fact((np.log(tick) - span[0]) / (span[1] - span[0]), amount(tick, found.currency))
            for tick in MONEY_TICKS
            if span[0] <= np.log(tick) <= span[1]
        ],
        "x": "chance of leaving",
        "y": "value of keeping the customer",
        "outlined": "outlined: on the list",
    }


def _steps(values: np.ndarray, span: tuple[float, float]) -> np.ndarray:
    place = (values - span[0]) / (span[1] - span[0]) * ROWS
    return np.clip(place, 0, ROWS - 1).astype(int)


def _bands(found: Findings) -> Facts:
    scores = found.scores.merge(found.listed[["customer_id", "decision"]], on="customer_id", how="left")
    rows = [_band(scores[scores["risk_band"] == key], words, found.currency) for key, words in BANDS.items()]
    most = max((row["loss"]["value"] for row in rows), default=0.0) or 1.0
    return {
        "title": "By risk band",
        "heads": ["Band", "Customers", "Expected to leave", "Margin expected to go", "To contact"],
        "rows": [row | {"bar": round(row["loss"]["value"] / most, 4)} for row in rows],
    }


def _band(rows: pd.DataFrame, words: str, currency: str) -> Facts:
    leavers, loss = float(rows["churn_probability"].sum()), float(rows["expected_loss"].sum())
    on_list = int((rows["decision"] == "contact").sum())
    return {
        "words": words,
        "customers": fact(len(rows), count(len(rows))),
        "leavers": fact(leavers, count(leavers)),
        "loss": fact(loss, rough(loss, currency)),
        "contact": fact(on_list, count(on_list)),
    }
