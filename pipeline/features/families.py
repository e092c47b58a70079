"""Families: behaviours that an analyst reads as one subject. An action in params.yaml says which of them it answers."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Family:
    """Behaviours that an analyst reads as one subject."""

    key: str
    words: str


FAMILIES: Mapping[str, Family] = {
    family.key: family
    for family in (
        Family("recency", "Time since the last purchase"),
        Family("rhythm", "Buying rhythm"),
        Family("frequency", "How often they buy"),
        Family("spending", "What they spend"),
        Family("trend", "Change of habit"),
        Family("variety", "What they buy"),
        Family("discounts", "Discounts and coupons"),
        Family("returns", "Returns and refunds"),
        Family("timing", "When they buy"),
        Family("tenure", "Time as a customer"),
        Family("absence", "Time since the last use"),
        Family("use", "How much they use it"),
        Family("use_trend", "Change in use"),
        Family("use_habits", "How they use it"),
        Family("first_month", "The first month"),
        Family("plan", "Plan and price"),
        Family("contract", "Contract and renewal"),
        Family("payments", "Payments"),
        Family("service", "Help they asked for"),
        Family("surveys", "What they told us"),
        Family("contact", "What we sent them"),
        Family("profile", "Who they are"),
    )
}
