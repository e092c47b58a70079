"""The playbook: for each customer the action that answers one of his reasons and is expected to bring the most."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.errors import ParamsError
from pipeline.features.families import FAMILIES
from pipeline.params import ActionParams, CampaignParams
from pipeline.profit import Flags, Floats, Offer, expected_cost, net_value

RISING_FAMILIES = ("reason_1_family", "reason_2_family", "reason_3_family", "actionable_reason_family")


def refuse_unknown_families(actions: Mapping[str, ActionParams]) -> None:
    """Raise ParamsError where an action answers a family of reasons that there is not."""
    for name, action in actions.items():
        for family in action.answers:
            if family not in FAMILIES:
                close = difflib.get_close_matches(family, FAMILIES, n=1)
                meant = f"; did you mean `{close[0]}`" if close else ""
                known = ", ".join(FAMILIES)
                raise ParamsError(
                    f"params.yaml: actions.{name}.answers names {family}, which is no family of reasons{meant}. There are: {known}."
                )


@dataclass(frozen=True)
class BestActions:
    """Per customer: the place of his action in the playbook, what it brings and costs, and how it was found.

    `answers_reason` is false where no action of the playbook answers any of his reasons; `rested` is false where every
    action meant for him is still in its cooldown (the other values are then those of the action he would get).
    """

    place: npt.NDArray[np.int64]
    net_value: Floats
    expected_cost: Floats
    answers_reason: Flags
    rested: Flags


def best_actions(customers: pd.DataFrame, campaign: CampaignParams, actions: Mapping[str, ActionParams]) -> BestActions:
    """Choose each customer's action.

    Meant for a customer are the actions that answer a family that raises his risk; where the playbook has none, all of
    them. Of those the one with the highest expected net value that is out of its cooldown; the earlier in the playbook
    on a tie. An action that does not fit never steps in for one that fits but rests: writing anyway would be the
    fatigue that the cooldown is there to prevent.
    """
    net, cost = _economics(customers, campaign, actions)
    fitting = _per_action(_answers(customers, action) for action in actions.values())
    answered: Flags = np.any(fitting, axis=1)
    meant = fitting | ~answered[:, None]
    available = meant & _per_action(_rested(customers, action) for action in actions.values())
    rested: Flags = np.any(available, axis=1)
    place = np.where(available | (meant & ~rested[:, None]), net, -np.inf).argmax(axis=1)
    row = np.arange(len(customers))
    return BestActions(place, net[row, place], cost[row, place], answered, rested)


def offer_of(action: ActionParams, campaign: CampaignParams, save_rate: float | None = None) -> Offer:
    """Return an action's money with the campaign's assumptions, or with another save rate."""
    rate = campaign.save_rate if save_rate is None else save_rate
    return Offer(rate, campaign.redemption_share, action.offer_cost, action.contact_cost)


def _economics(
    customers: pd.DataFrame, campaign: CampaignParams, actions: Mapping[str, ActionParams]
) -> tuple[Floats, Floats]:
    probability = customers["churn_probability"].to_numpy(np.float64)
    value = customers["customer_value"].to_numpy(np.float64)
    offers = [offer_of(action, campaign) for action in actions.values()]
    net = [net_value(probability, value, offer) for offer in offers]
    return np.column_stack(net), np.column_stack([expected_cost(probability, offer) for offer in offers])


def _answers(customers: pd.DataFrame, action: ActionParams) -> pd.Series:
    return customers[list(RISING_FAMILIES)].isin(action.answers).any(axis=1)


def _rested(customers: pd.DataFrame, action: ActionParams) -> pd.Series:
    """Return who was sent nothing in [as-of - cooldown, as-of)."""
    return ~(customers["days_since_sent"] <= action.cooldown_days).fillna(value=False)


def _per_action(columns: Iterable[pd.Series]) -> Flags:
    return np.column_stack([np.asarray(column, dtype=np.bool_) for column in columns])
