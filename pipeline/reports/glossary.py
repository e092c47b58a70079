"""What the words mean, with the numbers they depend on."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.reports.findings import Findings
from pipeline.reports.shown import Facts, counted, percent

LEAVING = {
    "inactivity": "no purchase",
    "decline": "spending far less than usual",
    "cancellation": "ending the last subscription of one's own will",
}


def left(task: Mapping[str, Any]) -> str:
    """Say what counts as leaving.

    >>> left({"label": "inactivity", "horizon_days": 28, "gap_days": 0})
    'no purchase in the 28 days that follow'
    """
    if task["label"] == "given":
        return "what the table of customers says"
    days = f"the {task['horizon_days']} days that follow"
    if task["gap_days"]:
        days = f"the {task['horizon_days']} days that follow a gap of {counted(task['gap_days'], 'day', 'days')}"
    return f"{LEAVING[task['label']]} in {days}"


STILL_THERE = {
    "cancellation": "Has a subscription, and so can still end it.",
    "given": "Has not left by what the table says.",
}


def at_risk(task: Mapping[str, Any]) -> str:
    """Say who can leave.

    >>> at_risk({"label": "decline", "at_risk_days": 182, "horizon_days": 28})
    'Bought in the last 182 days and spent something in the last 28, and so can still spend less.'
    """
    if task["label"] in STILL_THERE:
        return STILL_THERE[task["label"]]
    bought = f"Bought in the last {task['at_risk_days']} days"
    if task["label"] == "inactivity":
        return f"{bought}, and so can still leave."
    return f"{bought} and spent something in the last {task['horizon_days']}, and so can still spend less."


def _read(verdicts: Sequence[Mapping[str, Any]]) -> str:
    """Say how to read a risk: as it stands only where the test bears it out."""
    calibrated = next((verdict for verdict in verdicts if verdict["key"] == "calibration"), None)
    if calibrated is None:
        return "Whether it can be read as it stands was not tested."
    if calibrated["holds"]:
        return "Of a hundred customers shown with the same risk, about that many leave."
    return str(calibrated["sentence"])


def glossary(found: Findings) -> list[Facts]:
    """Return the terms of the page in the order a reader meets them."""
    task = found.evaluation["task"]
    base = percent(found.base_risk, 1)
    terms = {
        "As of": "The moment the list was decided. No purchase or contact of that day or later was used, and a customer "
        "is judged only by what was known of his by then.",
        "Leave, churn": f"{left(task).capitalize()}.",
        "At risk": at_risk(task),
        "Risk": f"The chance of leaving. {_read(found.evaluation['verdicts'])}",
        "Rank": "The place among all customers at risk, the highest risk first.",
        "Risk points": f"Percentage points of risk: they add up from the {base} of the average customer.",
        "Reason": "What a family of behaviours, such as spending, adds to the risk of one customer, or takes from it. "
        "It is what the model saw, not proof of a cause.",
        "Customer value": "The margin a customer is expected to bring if kept.",
        "At stake": "Risk times value: the margin that is expected to go.",
        "Net value": "What contacting is expected to bring after the offer, the offers taken by customers "
        "who would have stayed, and the contact itself.",
        "Can be changed": "The strongest reason in which the business has a hand. The action of a customer need not "
        "answer it: his card marks the reason that it answers.",
        "Save rate": f"Of those who would leave, the share a contact keeps: {percent(found.save_rate)}, "
        "assumed until lists have been measured.",
        "Control group": "Chosen like the others, then left alone at random. "
        "Comparing with it is the only way to know what the list did.",
        "Typical": "The median customer: half have more, half have less. "
        "“Usually” compares a customer with his own past.",
        "Interval": "A 95% interval holds the true figure in about 95 of 100 such tests.",
    }
    return [{"term": term, "meaning": meaning} for term, meaning in terms.items()]
