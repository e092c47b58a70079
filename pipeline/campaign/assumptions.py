"""What a campaign takes for granted, in sentences with the numbers, so that nobody reads a guess as a result."""

import pandas as pd

from pipeline.params import CampaignParams


def assumption_sentences(listed: pd.DataFrame, campaign: CampaignParams) -> list[str]:
    """Return the assumptions behind a list, those of money first, then what the source does not record."""
    return [
        f"Of the customers who would have left, any offer keeps {_percent(campaign.save_rate)}: assumed.",
        f"Of those who would have stayed anyway, {_percent(campaign.redemption_share)} take the offer too: assumed.",
        f"With a churn probability under {_percent(campaign.sure_thing_below)}, customers stay anyway: assumed.",
        f"With one over {_percent(campaign.lost_cause_above)}, contacting no longer helps: assumed.",
        "A customer who churns is lost, and one who is saved stays, for as long as the value looks ahead: assumed.",
        _permission(listed),
        *([] if "payment_route" in listed else ["No payments are recorded, so nobody goes to the payment route."]),
    ]


def _percent(share: float) -> str:
    """Return a share in words that lose nothing.

    >>> _percent(0.29), _percent(0.025)
    ('29%', '2.5%')
    """
    return f"{100 * share:g}%"


def _permission(listed: pd.DataFrame) -> str:
    unknown = int(listed["contact_permission"].isna().sum())
    if unknown == len(listed):
        return "The source records no contact permission: everyone is treated as having given it."
    if unknown:
        return f"For {unknown:,} customers no contact permission is recorded: they are treated as having given it."
    return "Contact permission is recorded for every customer."
