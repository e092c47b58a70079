"""The ten decisions as the page and the workbook name them."""

from collections.abc import Mapping

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
