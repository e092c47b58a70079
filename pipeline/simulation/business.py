"""What the made-up business is: its plans, its customers and its habits, as numbers in one place.

A membership sold by the month or by the year, with an app that is used and a shop for members. Time is counted in weeks
from the first day; a whole number is a Monday's midnight in the business's zone.
"""

from dataclasses import dataclass
from datetime import date, timedelta

ZONE = "Europe/Berlin"
CURRENCY = "EUR"
END = date(2025, 1, 6)
"""The first day that is not in the data: a Monday, fixed, so that no run depends on the clock."""

MONTH_WEEKS, YEAR_WEEKS = 30 / 7, 364 / 7
MONTH_DAYS, YEAR_DAYS = 30, 364


@dataclass(frozen=True)
class Plan:
    """One thing to subscribe to: its monthly price in cents, who takes it, and what it does to leaving."""

    name: str
    monthly_cents: int
    share: float
    log_hazard: float


PLANS = (Plan("basic", 900, 0.5, 0.2), Plan("standard", 1500, 0.35, 0.0), Plan("premium", 2500, 0.15, -0.2))
YEARLY_SHARE = 0.25
YEARLY_MONTHS = 10
"""A year costs as much as ten months."""

REGIONS = ("north", "east", "south", "west")
ACQUIRED_BY = {"friend": -0.3, "search": 0.0, "advert": 0.3, "partner": 0.1}
"""How customers came, and what that does to the log-hazard of leaving."""
ACQUIRED_SHARES = (0.2, 0.4, 0.25, 0.15)

METHODS = ("card", "direct debit", "invoice")
METHOD_SHARES = (0.65, 0.25, 0.1)
CHANNELS = ("e-mail", "app", "phone")
CHANNEL_SHARES = (0.6, 0.3, 0.1)
PERMISSION_SHARE = 0.88

OLD_CUSTOMER_SHARE = 0.6
"""This share of all customers had joined before the data begins; the others join in it."""
OLD_TENURE_WEEKS = 60
COMEBACK_SHARE = 0.1
"""Of those who leave of their own will, so many come back some weeks later."""

CATEGORIES = ("food", "home", "sport", "books", "garden")
TOPICS = ("billing", "delivery", "app", "membership")
EVENTS = ("session", "search", "video", "workout")
USAGE_CHANNELS = ("app", "web")


@dataclass(frozen=True)
class Action:
    """Something the company did to customers drawn at random, and how a typical customer answers: in log-hazard."""

    name: str
    words: str
    channel: str
    log_hazard: float
    half_life_weeks: float


ACTIONS = (
    Action("discount", "A voucher for the next two months", "e-mail", -0.5, 6),
    Action("service_call", "A call that asks what went wrong", "phone", -0.4, 6),
    Action("reminder", "A message with what the membership offers", "app", -0.1, 4),
)
CAMPAIGN_EVERY_WEEKS = 6
CAMPAIGN_SHARE = 0.2
"""Every six weeks this share of customers, drawn at random, is contacted, each with one of the actions."""


def first_day(weeks: int) -> date:
    """Return the Monday on which the data begins."""
    return END - timedelta(weeks=weeks)
