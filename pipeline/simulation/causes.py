"""Why customers of the made-up business leave: each cause adds to the log-hazard when it strikes, then wears off."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cause:
    """One cause: what a strike adds to the log-hazard of a customer of usual sensitivity, and how fast that halves.

    `weekly_share` is the share of customers it strikes in a week, where that is a matter of chance alone.
    """

    name: str
    words: str
    log_hazard: float
    half_life_weeks: float
    weekly_share: float = 0.0


FAILED_PAYMENTS = Cause("failed_payments", "Payments failed, one after the other", 1.1, 3)
PRICE_RISE = Cause("price_rise", "The price of the plan rose", 1.5, 9, 0.006)
BAD_TICKET = Cause("bad_ticket", "A complaint was settled slowly and badly", 1.7, 7, 0.006)
DECLINING_USAGE = Cause("declining_usage", "Use fell to a fraction of what it was", 1.7, 4, 0.006)
POOR_FIRST_MONTH = Cause("poor_first_month", "The first month brought little use", 1.4, 9)
COMPETITOR = Cause("competitor", "A competitor campaigned in the region: no table tells of it", 0.8, 3)

CAUSES = (FAILED_PAYMENTS, PRICE_RISE, BAD_TICKET, DECLINING_USAGE, POOR_FIRST_MONTH, COMPETITOR)
CAUSE_NAMES = tuple(cause.name for cause in CAUSES)
NO_CAUSE = "none"
"""Said of whoever left without any cause having doubled the hazard."""

TELLING = 0.7
"""The log-hazard from which a cause is called the main one: it doubles the hazard."""
