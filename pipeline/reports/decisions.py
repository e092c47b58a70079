"""Decisions, bands and actions as page, workbook and `churn why` name them."""

from collections.abc import Mapping
from typing import Any

DECISIONS: Mapping[str, str] = {
    "contact": "Contact",
    "holdout": "Control group",
    "payment_route": "Payment route",
    "capacity": "No place left",
    "budget": "Budget used up",
    "below_value": "Not worth an offer",
    "sure_thing": "Stays anyway",
    "lost_cause": "Past winning back",
    "cooldown": "Contacted lately",
    "opted_out": "Opted out",
}

BANDS: Mapping[str, str] = {"very_high": "Very high", "high": "High", "medium": "Medium", "low": "Low"}


def action_words(campaign: Mapping[str, Any], action: object) -> str:
    """Return what an action of the playbook is called; nothing where there is none."""
    words: dict[str, str] = {one["action"]: one["words"] for one in campaign["by_action"]}
    return words.get(action, action) if isinstance(action, str) else ""
