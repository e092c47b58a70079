"""Everyone gets exactly one decision: the first code that applies, in the order of the list below."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.campaign.actions import BestActions
from pipeline.params import CampaignParams
from pipeline.profit import Flags

DECISIONS = {
    "opted_out": "Asked not to be contacted.",
    "payment_route": "A payment failed or a card is about to expire: that is met by the payment team, not by an offer.",
    "cooldown": "Was written to so recently that every action meant for this customer still rests.",
    "lost_cause": "The risk is so high that we assume nothing helps any more.",
    "sure_thing": "The risk is so low that we assume the customer stays anyway.",
    "below_value": "Contacting is expected to cost at least as much as it brings.",
    "holdout": "Worth contacting, but drawn at random to be left alone, so that the effect can be measured.",
    "capacity": "Worth contacting, but the list is full: it holds as many customers as the team can contact.",
    "budget": "Worth contacting, and the list has room, but the money left over does not pay for this customer.",
    "contact": "Contact with the action shown.",
}
SET_BY = {
    "cooldown": "`cooldown_days` of each action",
    "lost_cause": "`campaign.lost_cause_above`",
    "sure_thing": "`campaign.sure_thing_below`",
    "below_value": "`campaign.save_rate` and the costs of each action",
    "holdout": "`campaign.control_share`",
    "capacity": "`campaign.capacity`",
    "budget": "`campaign.budget`",
}
"""The settings in params.yaml behind a code; one that stands alone is no setting's doing."""


def barred(customers: pd.DataFrame, best: BestActions, campaign: CampaignParams) -> dict[str, Flags]:
    """Return who must not or need not be contacted, by code, whatever budget and capacity say."""
    probability = customers["churn_probability"].to_numpy(np.float64)
    return {
        "opted_out": _is_true(~customers["contact_permission"]),
        "payment_route": _payment_route(customers),
        "cooldown": ~best.rested,
        "lost_cause": probability > campaign.lost_cause_above,
        "sure_thing": probability < campaign.sure_thing_below,
        "below_value": best.net_value <= 0,
    }


def first_that_applies(applies: Mapping[str, Flags]) -> npt.NDArray[np.str_]:
    """Return each customer's code; `contact` where no other applies.

    >>> first_that_applies({"budget": np.array([True, True, False]), "opted_out": np.array([True, False, False])})
    array(['opted_out', 'budget', 'contact'], dtype='<U9')
    """
    codes = [code for code in DECISIONS if code in applies]
    return np.select([applies[code] for code in codes], codes, default="contact")


def _payment_route(customers: pd.DataFrame) -> Flags:
    if "payment_route" in customers:
        return _is_true(customers["payment_route"])
    return np.zeros(len(customers), dtype=np.bool_)


def _is_true(answers: pd.Series) -> Flags:
    return answers.astype("boolean").fillna(value=False).to_numpy(dtype=np.bool_)
