"""How good it is part by part: dates, new and old customers, small and large ones, and the model's members."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.reports.shown import NOTHING, Facts, count, day, percent, signed, with_interval

Row = Mapping[str, Any]

HEADS = ["Answers", "Left", "Share that left", "Said on average", "AUC, 95% interval"]
NEW = "new customers"

BANDS = {
    "tenure": ("New and old customers", "By the days since they were first seen as customers."),
    "value": ("Small and large customers", "By what they bring; new customers apart, who had no time to bring much."),
}


def parts(evaluation: Mapping[str, Any]) -> list[Facts]:
    """Return a table for each way to part the answers that was measured."""
    found = (_bands(evaluation, "tenure"), _bands(evaluation, "value"), _members(evaluation))
    return [table for table in found if table]


def by_date(evaluation: Mapping[str, Any]) -> Facts:
    """Return what each date of the test says, after the shares that left on the dates learnt from."""
    rates = evaluation.get("rates", {"dates": [], "sentence": ""})
    learnt = [_learnt(row) for row in rates["dates"] if row["role"] == "train"]
    judged = [line for row in evaluation["by_as_of"] for line in _with_new(day(row["as_of"]), row)]
    return {
        "title": "Date by date",
        "caption": "The same model on each date of the test: what it said on average, and what happened; first the dates it "
        f"learnt from. {rates['sentence']}".strip(),
        "heads": ["As of", *HEADS],
        "rows": [*learnt, *judged],
    }


def _learnt(row: Row) -> list[str]:
    share = percent(row["churn_share"], 1)
    return [
        f"{day(row['as_of'])}, learnt from",
        count(row["snapshots"]),
        count(row["churners"]),
        share,
        NOTHING,
        NOTHING,
    ]


def _with_new(words: str, row: Row) -> list[list[str]]:
    """Return the row, and the row of the new customers in it, where they are told."""
    new = row.get("new_customers")
    return [[words, *part_cells(row)], *([[f"{words}, {NEW}", *part_cells(new)]] if new else [])]


def _bands(evaluation: Mapping[str, Any], by: str) -> Facts | None:
    """Return the table of one way to part the customers; None where it was not measured."""
    rows = evaluation.get(f"by_{by}")
    if not rows:
        return None
    title, caption = BANDS[by]
    if by == "tenure" and evaluation.get("new_customers"):
        caption = f"{caption} {evaluation['new_customers']['sentence']}"
    table = [[row["words"], *part_cells(row)] for row in rows]
    return {"title": title, "caption": caption, "heads": ["Customers", *HEADS], "rows": table}


def part_cells(row: Row) -> list[str]:
    """Return the cells of a part: how many, who left, what was said, and the AUC; of few rows no more than the number."""
    if "churn_share" not in row:
        return [count(row["snapshots"]), "too few to show", *[NOTHING] * 3]
    shares = [percent(row["churn_share"], 1), percent(row["mean_probability"], 1)]
    return [count(row["snapshots"]), count(row["churners"]), *shares, with_interval(row["auc"])]


def _members(evaluation: Mapping[str, Any]) -> Facts | None:
    """Return what each member of the model says alone, and what having it brings; None where it was not measured."""
    rows: Sequence[Row] = evaluation.get("members") or []
    if not rows:
        return None
    return {
        "title": "What each part of the model brings",
        "caption": "The model is the mean of these. Gains are against the others without it, on the test; last, how much lower "
        "it makes the log loss of customers held out in training, which decided what takes part.",
        "heads": ["Part", "AUC alone", "Log loss alone", "AUC gained", "Log loss saved", "Saved in training"],
        "rows": [_member(row) for row in rows],
    }


def _member(row: Row) -> list[str]:
    alone = [f"{row[key]['value']:.3f}" for key in ("auc", "log_loss")]
    gained = [_gain(row[key]) for key in ("auc_gain", "log_loss_gain")]
    without = row["oof_log_loss_without"]
    return [
        row["words"],
        *alone,
        *gained,
        NOTHING if without is None else signed(without - row["oof_log_loss_model"], 4),
    ]


def _gain(estimate: Mapping[str, float] | None) -> str:
    if estimate is None:
        return NOTHING
    return f"{signed(estimate['value'], 3)} ({signed(estimate['low'], 3)} to {signed(estimate['high'], 3)})"
