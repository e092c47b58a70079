"""What has moved: behaviours and risks since the model learned, answers still out, and the list since the last one."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.reports.shown import NOTHING, Facts, count, counted, day, percent

SHOWN = 8


def drift(facts: Mapping[str, Any] | None) -> Facts | None:
    """Return the section on drift; None where nothing was compared."""
    if not facts or "features" not in facts:
        return None
    estimate = facts["estimate"]
    return {
        "head": "Has the world moved?",
        "lead": f"**{facts['verdict']}** Compared are {counted(facts['compared']['customers'], 'customer', 'customers')} of "
        f"today with the {count(facts['learnt_from']['customers'])} the model learned from.",
        "moves": _moves(facts),
        "answers": _answers(facts.get("maturity", [])),
        "expected": f"By its own chances {percent(estimate['churned_share'], 1)} of today's customers will leave"
        + (f" and a leaver ranks above a stayer {percent(estimate['auc'])} of the time" if estimate["auc"] else "")
        + f". {estimate['blindness']}",
    }


def _moves(facts: Mapping[str, Any]) -> Facts:
    rows = [facts["score"], *facts["features"][:SHOWN]]
    return {
        "title": "How far today's customers are from those the model learned from",
        "caption": "The stability index is 0 where nothing moved. A behaviour has moved where its index passes a limit that "
        f"knows how many customers were compared: in {percent(facts['false_alarm_share'])} of unmoved worlds any would. "
        "The bar is full at the limit.",
        "heads": ["Behaviour", "Moved", "Against its limit", "Index", "No record then", "No record now"],
        "rows": [_move(row) for row in rows],
    }


def _move(row: Mapping[str, Any]) -> Facts:
    missing = [percent(row["missing_then"]), percent(row["missing_now"])]
    reached = row["statistic"] / row["threshold"]
    return {
        "words": row["words"],
        "moved": "yes" if row["drifted"] else "no",
        "bad": row["drifted"],
        "bar": round(min(reached, 1.0), 4),
        "reached": f"{_times(reached)} {row['threshold']:.2f}",
        "cells": [f"{row['statistic']:.2f}", *missing],
    }


def _times(reached: float) -> str:
    """Say how much of a limit is reached.

    >>> _times(0.93), _times(1.5), _times(11.88)
    ('93% of', '150% of', '12 times')
    """
    return f"{percent(reached)} of" if reached < 2 else f"{count(reached)} times"


def _answers(cohorts: Sequence[Mapping[str, Any]]) -> Facts | None:
    if not cohorts:
        return None
    return {
        "title": "What was expected, and what happened",
        "caption": "Dates the model did not learn from. Where the answers are not in, nothing is claimed.",
        "heads": ["As of", "Customers", "Expected to leave", "Left", "AUC expected", "AUC found"],
        "rows": [_cohort(cohort) for cohort in cohorts],
    }


def _cohort(cohort: Mapping[str, Any]) -> list[str]:
    known = "pending_until" not in cohort
    left = percent(cohort["churned_share"], 1) if known else f"pending until {day(cohort['pending_until'])}"
    found = _auc(cohort.get("auc"))
    expected = [percent(cohort["expected_share"], 1), left, _auc(cohort["expected_auc"]), found]
    return [day(cohort["as_of"]), count(cohort["customers"]), *expected]


def _auc(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.3f}"


def changes(facts: Mapping[str, Any] | None) -> Facts | None:
    """Return the section on what is different since the last list; None for a first one."""
    if not facts:
        return None
    return {
        "head": "What is different since the last list?",
        "lead": f"**{counted(facts['new'], 'customer is', 'customers are')} new, {count(facts['gone'])} gone and "
        f"{count(facts['moved'])} moved to another risk band** since the list of {day(facts['as_of_before'])}. Of the tenth at "
        f"highest risk in either list, {percent(facts['top_jaccard'])} are in both.",
        "table": {
            "title": "Since the last list",
            "heads": ["Customers", "Number"],
            "rows": [
                ["New: at risk now, not then", count(facts["new"])],
                ["Gone: at risk then, not now", count(facts["gone"])],
                ["Moved to another risk band", count(facts["moved"])],
            ],
        },
        "note": "The file changes.csv beside this page names them all.",
    }
