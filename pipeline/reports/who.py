"""Who is at risk: risk against value, and the bands."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pipeline.money import amount
from pipeline.profit import break_even_probability
from pipeline.reports.decisions import BANDS, DECISIONS
from pipeline.reports.findings import Findings
from pipeline.reports.shown import Facts, count, counted, fact, percent, percent_ticks, rough

COLUMNS, ROWS = 40, 18
LINE_POINTS = 40
WORTH_CONTACTING = ("holdout", "capacity", "budget", "contact")
SHADE_EDGES = (2, 5, 12, 30, 80)
MONEY_TICKS = tuple(step * 10**power for power in range(7) for step in (1, 2, 5))


def who(found: Findings) -> Facts:
    """Return the map of risk and value, and the customers by band."""
    scores = found.scores
    high = scores["risk_band"].isin(["high", "very_high"])
    least = percent(float(scores.loc[high, "churn_probability"].min())) if high.any() else ""
    who_are = "customer is" if high.sum() == 1 else "customers are"
    lead = f"**{count(int(high.sum()))}** {who_are} at high or very high risk{f', {least} or more' if least else ''}. "
    lead += f"In all, **{rough(float(scores['expected_loss'].sum()), found.currency)}** of margin is expected to go."
    return {
        "head": "Who is at risk?",
        "lead": lead + _places(found),
        "map": _map(found),
        "bands": _bands(found),
        "segments": _segments(found),
        "decisions": _decisions(found),
    }


def _places(found: Findings) -> str:
    """Say how many are worth contacting, and how many of them the list takes."""
    codes = found.campaign["decisions"]
    worth = sum(codes[code]["customers"] for code in WORTH_CONTACTING)
    return f" {counted(worth, 'customer is', 'customers are')} worth contacting; the list takes {count(len(found.contacted()))}."


def _map(found: Findings) -> Facts:
    """Count customers in cells of risk and log value: the size of the picture does not grow with the customers."""
    scores = found.scores[found.scores["customer_value"] > 0]
    low, high = (max(float(scores["customer_value"].quantile(at)), 0.01) for at in (0.005, 1.0))
    span = (np.log(low), max(np.log(high), np.log(low) + 1))
    x_ticks = percent_ticks(max(float(scores["churn_probability"].max()), 0.02) if len(scores) else 1.0)
    widest = x_ticks[-1]["value"]
    cells = pd.DataFrame(
        {
            "column": np.minimum(scores["churn_probability"].to_numpy() / widest * COLUMNS, COLUMNS - 1).astype(int),
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
        "x_ticks": x_ticks,
        "y_ticks": [
            fact((np.log(tick) - span[0]) / (span[1] - span[0]), amount(tick, found.currency))
            for tick in MONEY_TICKS
            if span[0] <= np.log(tick) <= span[1]
        ],
        "line": _break_even(found, span, widest),
        "x": "chance of leaving",
        "y": "value of keeping the customer",
        "outlined": "outlined: on the list",
    }


def _break_even(found: Findings, span: tuple[float, float], widest: float) -> Facts | None:
    """Return the line along which the action that pays first just pays; None where no action is known."""
    if not found.offers:
        return None
    heights = np.linspace(*span, LINE_POINTS)
    first = np.min([break_even_probability(np.exp(heights), offer) for offer in found.offers], axis=0)
    points = [
        [round(float(risk), 4), round(float((height - span[0]) / (span[1] - span[0])), 4)]
        for risk, height in zip(first, heights, strict=True)
        if risk <= widest
    ]
    return {"points": points, "shown": "left of it no action pays"} if len(points) > 1 else None


def _steps(values: np.ndarray, span: tuple[float, float]) -> np.ndarray:
    place = (values - span[0]) / (span[1] - span[0]) * ROWS
    return np.clip(place, 0, ROWS - 1).astype(int)


def _bands(found: Findings) -> Facts:
    rows = _with_decisions(found)
    return _parted(
        found, "By risk band", "Band", {words: rows[rows["risk_band"] == key] for key, words in BANDS.items()}
    )


def _segments(found: Findings) -> Facts | None:
    """Return the customers by the group they belong to, the dearest first; None where no table tells groups."""
    if found.segments is None:
        return None
    rows = _with_decisions(found)
    groups = dict(iter(rows.groupby(rows["customer_id"].map(found.segments), sort=True)))
    dearest = sorted(groups, key=lambda words: -groups[words]["expected_loss"].sum())
    return _parted(found, "By segment", "Segment", {str(words): groups[words] for words in dearest})


def _with_decisions(found: Findings) -> pd.DataFrame:
    return found.scores.merge(found.listed[["customer_id", "decision"]], on="customer_id", how="left")


def _parted(found: Findings, title: str, head: str, parts: Mapping[str, pd.DataFrame]) -> Facts:
    rows = [_part(part, words, found.currency) for words, part in parts.items()]
    most = max((row["loss"]["value"] for row in rows), default=0.0) or 1.0
    return {
        "title": title,
        "heads": [head, "Customers", "Expected to leave", "Margin expected to go", "To contact"],
        "rows": [row | {"bar": round(row["loss"]["value"] / most, 4)} for row in rows],
    }


def _part(rows: pd.DataFrame, words: str, currency: str) -> Facts:
    leavers, loss = float(rows["churn_probability"].sum()), float(rows["expected_loss"].sum())
    on_list = int((rows["decision"] == "contact").sum())
    return {
        "words": words,
        "customers": fact(len(rows), count(len(rows))),
        "leavers": fact(leavers, count(leavers)),
        "loss": fact(loss, rough(loss, currency)),
        "contact": fact(on_list, count(on_list)),
    }


def _decisions(found: Findings) -> Facts:
    """Return how many customers got each decision, in the order in which decisions are made."""
    codes = found.campaign["decisions"]
    return {
        "title": "What was decided for everybody",
        "heads": ["Decision", "Customers", "Because"],
        "rows": [
            [DECISIONS[code], count(one["customers"]), one["words"]] for code, one in codes.items() if one["customers"]
        ],
    }
