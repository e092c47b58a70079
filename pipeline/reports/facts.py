"""Every number and sentence the page shows, as one JSON value: the page is drawn from it and from nothing else."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from pipeline.reports import watch
from pipeline.reports.arrivals import arrivals
from pipeline.reports.business import business
from pipeline.reports.customers import customers
from pipeline.reports.findings import Findings
from pipeline.reports.glossary import LEAVING, glossary, left
from pipeline.reports.quality import quality, verdict
from pipeline.reports.shown import Facts, count, counted, day
from pipeline.reports.today import DO_NOT_ACT, today
from pipeline.reports.who import who
from pipeline.reports.why import why

KINDS = {"purchases": "Purchases", "contacts": "Contacts", "customers": "Customers"}


def report_facts(found: Findings) -> Facts:
    """Return the content of reports/report.json: numbers beside the way they are shown, and whole sentences.

    Displayed strings come ready: the page and its script format nothing, so a number on the page is a number in here.
    """
    doing = today(found)
    return {
        "title": _title(found, doing),
        "head": _head(found),
        "today": doing,
        "business": business(found.kpis),
        "who": who(found),
        "why": why(found),
        "quality": quality(found),
        "arrived": arrivals(found.volumes),
        "drift": watch.drift(found.drift),
        "changes": watch.changes(found.changes),
        "list": customers(found),
        "words": {"head": "What the words mean", "terms": glossary(found)},
        "footer": _footer(found),
    }


def _title(found: Findings, doing: Facts) -> str:
    return _does(found, doing) if _about_time(found) else f"{_does(found, doing)} · {day(found.as_of)}"


def _does(found: Findings, doing: Facts) -> str:
    if found.campaign["why_empty"]:
        return "Nobody to contact"
    return DO_NOT_ACT if doing["stopped"] else f"{doing['contacts']['shown']} {doing['contacts']['words']}"


def _head(found: Findings) -> Facts:
    return {
        "title": "Who is about to leave, and what to do about it",
        "lead": f"{_when(found)} {_question(found)} {counted(len(found.scores), 'customer', 'customers')} could still leave.",
        "verdict": verdict(found.evaluation),
        "feeds": [
            _feed(kind, table)
            for kind, table in sorted(found.contract["tables"].items(), key=lambda one: not one[1].get("last_day"))
        ],
        "warnings": list(found.contract["warnings"]),
        "warned": counted(len(found.contract["warnings"]), "note", "notes") + " on the data",
    }


def _about_time(found: Findings) -> str | None:
    """Return why nothing is said about time, where the table of customers has none."""
    return found.evaluation.get("about_time")


def _when(found: Findings) -> str:
    return _about_time(found) or f"As of {day(found.as_of)}, start of day ({found.contract['time_zone']})."


def _question(found: Findings) -> str:
    task = found.evaluation["task"]
    if _about_time(found):
        return f"Leaving means {left(task)}."
    opens = date.fromisoformat(found.as_of) + timedelta(days=task["gap_days"])
    last = opens + timedelta(days=task["horizon_days"] - 1)
    return f"Leaving means {LEAVING[task['label']]} from {day(opens)} to {day(last)}."


def _feed(kind: str, table: Mapping[str, Any]) -> Facts:
    """Say of one table until when it reaches, how much it holds and what was set aside."""
    reaches = f"to {day(table['last_day'])}" if table.get("last_day") else "undated"
    aside = table["quarantined"]
    kept = f"{counted(table['rows'], 'row', 'rows')} of {counted(table['customers'], 'customer', 'customers')}"
    set_aside = f"{count(aside)} set aside" if aside else "none set aside"
    return {
        "words": f"{KINDS.get(kind, kind.capitalize())}: {reaches}",
        "note": f"{kept}, {set_aside}",
        "late": aside > 0,
    }


def _footer(found: Findings) -> str:
    evaluation = found.evaluation
    dates = evaluation["as_of"]["train"]
    trained = f"{counted(len(dates), 'date', 'dates')}, the first {day(dates[0])}, the last {day(dates[-1])}"
    if _about_time(found):
        return f"Model {evaluation['model_version']}. Run {evaluation['run_id']}. The data have no dates."
    opens, closes = day(found.contract["data_start"]), day(found.contract["data_end"])
    return (
        f"Model {evaluation['model_version']}, trained on {trained}. Run {evaluation['run_id']}. "
        f"Data from {opens}, {closes} not included."
    )
