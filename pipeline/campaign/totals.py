"""What a proposed list adds up to, without naming a customer: the content of campaign.json."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline.campaign.actions import BestActions, offer_of
from pipeline.campaign.assumptions import assumption_sentences
from pipeline.campaign.choose import MILLIONTHS, Choice
from pipeline.campaign.decisions import DECISIONS, SET_BY
from pipeline.campaign.power import lists_needed, smallest_provable_effect
from pipeline.params import ActionParams, CampaignParams
from pipeline.profit import Flags, Floats, net_value

_DIGITS = 6


@dataclass(frozen=True)
class Draft:
    """The decided list in the order of the scores, each one's best action, and how the choice was made.

    `comparable` marks the controls that would have been contacted at the same cut.
    """

    listed: pd.DataFrame
    best: BestActions
    comparable: Flags
    choice: Choice

    @property
    def contacted(self) -> Flags:
        """Who is contacted."""
        return np.asarray(self.listed["decision"] == "contact", dtype=np.bool_)

    def of_contacted(self, column: str) -> Floats:
        """Return a number of each contacted customer."""
        return self.listed.loc[self.contacted, column].to_numpy(np.float64)


def campaign_totals(draft: Draft, campaign: CampaignParams, actions: Mapping[str, ActionParams]) -> dict[str, Any]:
    """Return the totals in whole currency units, rounded to millionths; None where a figure has nothing to stand on."""
    listed, value = draft.listed, float(np.sum(draft.of_contacted("expected_net_value")))
    spend = int(np.round(draft.best.expected_cost[draft.contacted] * MILLIONTHS).sum()) / MILLIONTHS
    totals = {
        "campaign_id": listed["campaign_id"].iloc[0],
        "as_of": listed["as_of"].iloc[0],
        "model_version": listed["model_version"].iloc[0],
        "customers": len(listed),
        "decisions": _decisions(listed),
        "contacted": int(draft.contacted.sum()),
        "controls": int((listed["decision"] == "holdout").sum()),
        "budget": {"available": campaign.budget, "expected_spend": spend},
        "capacity": campaign.capacity,
        "expected_net_value": _at_save_rates(draft, campaign, actions),
        "break_even_save_rate": _break_even_save_rate(draft, campaign, actions),
        "upper_bound": max(draft.choice.upper_bound, value),
        "gap": max(draft.choice.upper_bound - value, 0.0),
        "cut": {"money_price": draft.choice.money_price, "place_price": draft.choice.place_price},
        "by_action": [_of_action(draft, key, action) for key, action in actions.items()],
        "power": _power(draft, campaign.save_rate),
        "why_empty": None if draft.contacted.any() else _why_empty(listed),
        "assumptions": assumption_sentences(listed, campaign),
    }
    return {key: _rounded(total) for key, total in totals.items()}


def _decisions(listed: pd.DataFrame) -> dict[str, Any]:
    counts = listed["decision"].value_counts()
    return {code: {"customers": int(counts.get(code, 0)), "words": words} for code, words in DECISIONS.items()}


def _at_save_rates(draft: Draft, campaign: CampaignParams, actions: Mapping[str, ActionParams]) -> dict[str, float]:
    """Return what the same list brings at the assumed save rate, at half of it, and at half as much again."""
    factors = {"value": 1.0, "at_half_save_rate": 0.5, "at_one_and_a_half_save_rate": 1.5}
    rates = {name: min(factor * campaign.save_rate, 1.0) for name, factor in factors.items()}
    values = {name: _value_at(draft, campaign, actions, rate) for name, rate in rates.items()}
    return {"save_rate": campaign.save_rate, **values}


def _value_at(draft: Draft, campaign: CampaignParams, actions: Mapping[str, ActionParams], save_rate: float) -> float:
    probability, value = draft.of_contacted("churn_probability"), draft.of_contacted("customer_value")
    place = draft.best.place[draft.contacted]
    brings = [net_value(probability, value, offer_of(action, campaign, save_rate)) for action in actions.values()]
    return float(np.sum(np.column_stack(brings)[np.arange(len(place)), place]))


def _break_even_save_rate(draft: Draft, campaign: CampaignParams, actions: Mapping[str, ActionParams]) -> float | None:
    """Return the save rate at which the list brings nothing: its value is a straight line in the save rate."""
    at_none, at_all = (_value_at(draft, campaign, actions, rate) for rate in (0.0, 1.0))
    return -at_none / (at_all - at_none) if at_all > at_none else None


def _of_action(draft: Draft, key: str, action: ActionParams) -> dict[str, Any]:
    given = np.asarray(draft.listed["action"] == key, dtype=np.bool_)
    return {
        "action": key,
        "words": action.words,
        "customers": int(given.sum()),
        "answering_no_reason": int((given & ~draft.best.answers_reason).sum()),
        "expected_net_value": float(np.sum(draft.best.net_value[given])),
    }


def _power(draft: Draft, save_rate: float) -> dict[str, Any]:
    """Compare the contacted with the controls above the same cut: the others were never in reach of a contact."""
    probability = draft.listed["churn_probability"].to_numpy(np.float64)
    treated, controls = int(draft.contacted.sum()), int(draft.comparable.sum())
    churn = float(np.mean(probability[draft.comparable])) if controls else None
    effect = save_rate * float(np.mean(probability[draft.contacted])) if treated else None
    if churn is None or effect is None:
        provable, lists = None, None
    else:
        provable = smallest_provable_effect(churn, treated, controls)
        lists = lists_needed(churn, effect, treated, controls)
    return {
        "treated": treated,
        "comparable_controls": controls,
        "expected_control_churn": churn,
        "smallest_provable_effect": provable,
        "expected_effect": effect,
        "lists_needed_together": lists,
    }


def _why_empty(listed: pd.DataFrame) -> str:
    code, customers = next(iter(listed["decision"].value_counts().items()))
    said = f"Nobody is contacted. Of {len(listed):,} customers at risk, {customers:,}: {DECISIONS[str(code)]}"
    return f"{said} Set in params.yaml: {SET_BY[code]}." if code in SET_BY else said


def _rounded(total: Any) -> Any:
    if isinstance(total, dict):
        return {key: _rounded(part) for key, part in total.items()}
    if isinstance(total, list):
        return [_rounded(part) for part in total]
    return round(total, _DIGITS) if isinstance(total, float) else total
