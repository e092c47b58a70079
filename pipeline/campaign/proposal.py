"""The campaign that is proposed: who to contact with what, who not and why, and what the list is expected to bring."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.campaign.actions import RISING_FAMILIES, BestActions, best_actions, refuse_unknown_families
from pipeline.campaign.arms import draw_controls, lottery
from pipeline.campaign.choose import MILLIONTHS, Candidates, Choice, Limits, choose
from pipeline.campaign.decisions import DECISIONS, barred, first_that_applies
from pipeline.campaign.totals import Draft, campaign_totals
from pipeline.errors import TooLittleDataError
from pipeline.params import ActionParams, CampaignParams
from pipeline.profit import Flags

COLUMNS = (
    *("customer_id", "decision", "action", "channel", "expected_net_value", "churn_probability", "customer_value"),
    *("reason_1", "reason_2", "reason_3", "protective_reason", "actionable_reason"),
    *("arm", "campaign_id", "as_of", "model_version"),
)
REASONS = ("reason_1", "reason_2", "reason_3", "protective_reason", "actionable_reason", *RISING_FAMILIES)
ARMS = {"contact": "treatment", "holdout": "control"}


@dataclass(frozen=True)
class Proposal:
    """The list, one row per customer at risk with the columns of campaign.csv, and its totals, without customers."""

    list: pd.DataFrame
    totals: dict[str, Any]


@dataclass(frozen=True)
class _Selection:
    controls: Flags
    choice: Choice
    chosen: Flags
    comparable: Flags


def propose(
    scores: pd.DataFrame,
    reasons: pd.DataFrame,
    facts: pd.DataFrame,
    campaign: CampaignParams,
    actions: Mapping[str, ActionParams],
) -> Proposal:
    """Give every scored customer one decision and the chosen ones an action.

    `facts` needs `customer_id`, `contact_permission`, `preferred_channel` and `days_since_sent`, null where unknown,
    and may have `payment_route`; customers without a row in it are unknown in all of them. Action and channel stand
    only beside `contact`; the net value of everybody else is that of the action he would have got. Contacts come
    first, the highest net value at the top, then the other decisions in their order by expected loss.
    """
    decided = decide(_joined(scores, reasons, facts), campaign, actions)
    return Proposal(in_list_order(decided.list)[list(COLUMNS)], decided.totals)


def decide(customers: pd.DataFrame, campaign: CampaignParams, actions: Mapping[str, ActionParams]) -> Proposal:
    """Return what `propose` does of customers with all that a decision reads, in the same order and with all their columns."""
    refuse_unknown_families(actions)
    if customers.empty:
        raise TooLittleDataError(
            "No customer is at risk at the scored date, so there is no campaign; check score.as_of."
        )
    customers = customers.assign(
        contact_permission=customers["contact_permission"].astype("boolean"),
        days_since_sent=customers["days_since_sent"].astype("float64"),
    )
    campaign_id = f"{campaign.name}-{customers['as_of'].iloc[0]}"
    best = best_actions(customers, campaign, actions)
    closed = barred(customers, best, campaign)
    lots = lottery(campaign_id, customers["customer_id"])
    selection = _select(customers, best, ~np.any(list(closed.values()), axis=0), lots, campaign)
    decision = first_that_applies(closed | _after_the_draw(selection))
    listed = customers.assign(
        decision=decision, **_offered(customers, best, decision == "contact", actions), campaign_id=campaign_id
    )
    draft = Draft(listed, best, selection.comparable, selection.choice)
    with_arms = listed.assign(arm=listed["decision"].map(ARMS).fillna("none"))
    return Proposal(with_arms, campaign_totals(draft, campaign, actions))


def _joined(scores: pd.DataFrame, reasons: pd.DataFrame, facts: pd.DataFrame) -> pd.DataFrame:
    """Put the three tables side by side by customer id, one row per score; each has a customer at most once."""
    said = reasons[["customer_id", *REASONS]]
    customers = scores.merge(said, on="customer_id", how="left", validate="one_to_one")
    customers = customers.merge(facts, on="customer_id", how="left", validate="one_to_one")
    return customers.assign(as_of=customers["as_of"].astype(str))


def _select(
    customers: pd.DataFrame,
    best: BestActions,
    worth: Flags,
    lots: npt.NDArray[np.uint64],
    campaign: CampaignParams,
) -> _Selection:
    """Draw the controls among those worth contacting, then choose among the rest."""
    order = np.argsort(lots, kind="stable")
    order = order[worth[order]]
    probability, value = (customers[name].to_numpy(np.float64) for name in ("churn_probability", "customer_value"))
    drawn = draw_controls(lots[order], probability[order], value[order], campaign.control_share)
    limits = Limits(round(campaign.budget * MILLIONTHS), campaign.capacity)
    choice = choose(_candidates(best, order[~drawn]), limits)
    above_cut = choice.above_cut(_candidates(best, order[drawn]))
    size = len(customers)
    return _Selection(
        controls=_flags(order[drawn], size),
        choice=choice,
        chosen=_flags(order[~drawn][choice.chosen], size),
        comparable=_flags(order[drawn][above_cut], size),
    )


def _candidates(best: BestActions, rows: npt.NDArray[np.int64]) -> Candidates:
    cost = np.round(best.expected_cost[rows] * MILLIONTHS).astype(np.int64)
    return Candidates(best.net_value[rows], cost)


def _flags(rows: npt.NDArray[np.int64], size: int) -> Flags:
    flags = np.zeros(size, dtype=np.bool_)
    flags[rows] = True
    return flags


def _after_the_draw(selection: _Selection) -> dict[str, Flags]:
    left_out = ~selection.chosen
    return {"holdout": selection.controls, "capacity": left_out & selection.choice.full, "budget": left_out}


def _offered(
    customers: pd.DataFrame, best: BestActions, contacted: Flags, actions: Mapping[str, ActionParams]
) -> dict[str, Any]:
    """Return the columns of what is offered: the channel is the customer's own where it is known."""
    action = pd.Series(np.array(list(actions), dtype=object)[best.place], dtype="str")
    usual = pd.Series(np.array([action.channel for action in actions.values()], dtype=object)[best.place], dtype="str")
    channel = customers["preferred_channel"].astype("str").fillna(usual)
    return {
        "action": action.where(contacted, None),
        "channel": channel.where(contacted, None),
        "expected_net_value": best.net_value,
    }


def in_list_order(listed: pd.DataFrame) -> pd.DataFrame:
    """Return decided customers in the order of the list."""
    return listed.iloc[list_order(listed)].reset_index(drop=True)


def list_order(listed: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Return which row comes first on the list, which second, and so on."""
    order = {code: place for place, code in enumerate(["contact", *list(DECISIONS)[:-1]])}
    contacted = listed["decision"] == "contact"
    ranked = pd.DataFrame(
        {
            "by_decision": listed["decision"].map(order).to_numpy(),
            "by_money": listed["expected_net_value"].where(contacted, listed["expected_loss"]).to_numpy(),
            "customer_id": listed["customer_id"].to_numpy(),
        }
    )
    ranked = ranked.sort_values(["by_decision", "by_money", "customer_id"], ascending=[True, False, True])
    return ranked.index.to_numpy(np.int64)
