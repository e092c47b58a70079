"""True of any campaign: one decision each, in order, and totals that are the sums of the list."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pipeline.campaign.arms import draw_controls, lottery
from pipeline.campaign.choose import MILLIONTHS, Candidates, Limits, choose
from pipeline.campaign.decisions import DECISIONS
from pipeline.campaign.proposal import COLUMNS, propose
from pipeline.errors import TooLittleDataError
from pipeline.params import ActionParams, CampaignParams
from pipeline.profit import Offer, expected_cost, net_value

CAMPAIGN = CampaignParams(
    name="keep",
    control_share=0.2,
    budget=60,
    capacity=15,
    save_rate=0.2,
    redemption_share=0.3,
    sure_thing_below=0.05,
    lost_cause_above=0.9,
)
ACTIONS = {
    "voucher": ActionParams(
        words="Voucher", answers=("recency",), offer_cost=5, contact_cost=0.2, channel="e-mail", cooldown_days=28
    ),
    "call": ActionParams(
        words="Call", answers=("tenure",), offer_cost=0, contact_cost=4, channel="phone", cooldown_days=56
    ),
}
FAMILIES = np.array(["recency", "tenure", "hour", None], dtype=object)


def made_up(seed, customers=200):
    """Return scores, reasons and facts in which every decision can occur."""
    chance = np.random.default_rng(seed)
    ids = [f"{number:05d}" for number in range(customers)]
    risk, value = chance.random(customers), chance.gamma(1, 150, customers)
    scores = pd.DataFrame({"customer_id": ids, "as_of": date(2025, 3, 1), "churn_probability": risk})
    scores = scores.assign(customer_value=value, expected_loss=risk * value, model_version="0123456789ab")
    reasons = pd.DataFrame({"customer_id": ids})
    for reason in ("reason_1", "reason_2", "reason_3", "protective_reason", "actionable_reason"):
        reasons[reason] = "Said."
        reasons[f"{reason}_family"] = chance.choice(FAMILIES, customers)
    facts = pd.DataFrame({"customer_id": ids, "preferred_channel": chance.choice(["post", None], customers)})
    permission = chance.choice(np.array([True, True, True, False, None], dtype=object), customers)
    sent = np.where(chance.random(customers) < 0.3, chance.integers(1, 90, customers), np.nan)
    facts = facts.assign(contact_permission=permission, days_since_sent=sent)
    return scores, reasons, facts.assign(payment_route=chance.random(customers) < 0.05)


def proposed(seed=0, customers=200, actions=ACTIONS, **changes):
    return propose(*made_up(seed, customers), CAMPAIGN.model_copy(update=changes), actions)


campaigns = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 10_000),
        "customers": st.integers(1, 120),
        "control_share": st.floats(0, 0.9),
        "budget": st.floats(0, 200),
        "capacity": st.integers(0, 60),
        "save_rate": st.floats(0, 1),
    }
)


@settings(max_examples=60, deadline=None)
@given(campaigns)
def test_everyone_gets_one_decision_and_the_list_keeps_its_limits(given):
    proposal = proposed(**given)
    listed, totals = proposal.list, proposal.totals
    assert tuple(listed.columns) == COLUMNS
    assert sorted(listed["customer_id"]) == [f"{number:05d}" for number in range(given["customers"])]
    assert list(totals["decisions"]) == list(DECISIONS)
    assert sum(found["customers"] for found in totals["decisions"].values()) == given["customers"]
    assert totals["contacted"] <= given["capacity"]
    assert totals["budget"]["expected_spend"] <= given["budget"] + 1 / MILLIONTHS


@settings(max_examples=60, deadline=None)
@given(campaigns)
def test_what_is_reported_is_the_sum_over_the_list(given):
    proposal = proposed(**given)
    contacted = proposal.list.query("decision == 'contact'")
    value = contacted["expected_net_value"].sum()
    totals = proposal.totals
    assert totals["expected_net_value"]["value"] == pytest.approx(value, abs=1e-5)
    assert sum(action["expected_net_value"] for action in totals["by_action"]) == pytest.approx(value, abs=1e-5)
    assert totals["gap"] == pytest.approx(totals["upper_bound"] - value, abs=1e-5)
    assert (contacted["expected_net_value"] > 0).all()
    assert contacted["expected_net_value"].is_monotonic_decreasing


def test_the_first_code_that_applies_is_the_decision():
    """Worked out anew for each customer, in plain words, from the drawn tables."""
    scores, reasons, facts = made_up(1)
    listed = propose(scores, reasons, facts, CAMPAIGN, ACTIONS).list.set_index("customer_id")
    rows = scores.merge(reasons, on="customer_id").merge(facts, on="customer_id")
    for row in rows.to_dict("records"):
        assert listed.loc[row["customer_id"], "decision"] in first_of(row)
    assert set(listed["decision"]) >= set(DECISIONS) - {"capacity", "budget"}


def first_of(row):
    families = {row[f"reason_{place}_family"] for place in (1, 2, 3)} | {row["actionable_reason_family"]}
    meant = [action for action in ACTIONS.values() if families & set(action.answers)] or list(ACTIONS.values())
    rested = [action for action in meant if not row["days_since_sent"] <= action.cooldown_days]
    risk, value = np.array([row["churn_probability"]]), np.array([row["customer_value"]])
    offers = [Offer(0.2, 0.3, action.offer_cost, action.contact_cost) for action in rested]
    rules = [
        ("opted_out", row["contact_permission"] is False),
        ("payment_route", row["payment_route"]),
        ("cooldown", not rested),
        ("lost_cause", risk > 0.9),
        ("sure_thing", risk < 0.05),
        ("below_value", all(net_value(risk, value, offer) <= 0 for offer in offers)),
    ]
    return next(({code} for code, applies in rules if applies), {"holdout", "capacity", "budget", "contact"})


def test_controls_spend_no_budget_and_the_charge_is_contact_plus_offers_taken():
    proposal = proposed(2)
    contacted = proposal.list.query("arm == 'treatment'")
    offers = [Offer(0.2, 0.3, ACTIONS[key].offer_cost, ACTIONS[key].contact_cost) for key in contacted["action"]]
    risks = contacted["churn_probability"].to_numpy()
    spend = sum(float(expected_cost(np.array([risk]), offer)[0]) for risk, offer in zip(risks, offers, strict=True))
    assert proposal.totals["budget"]["expected_spend"] == pytest.approx(spend, abs=1e-4)


def test_action_and_channel_stand_only_beside_a_contact():
    listed = proposed(3).list
    assert ((listed["decision"] == "contact") == listed["action"].notna()).all()
    assert (listed["action"].isna() == listed["channel"].isna()).all()
    assert set(listed["arm"]) == {"treatment", "control", "none"}


def test_an_offer_that_saves_nobody_makes_an_empty_list_that_says_why():
    totals = proposed(4, save_rate=0).totals
    assert totals["contacted"] == 0
    assert totals["controls"] == 0
    assert "expected to cost at least as much as it brings" in totals["why_empty"]
    assert totals["why_empty"].endswith("Set in params.yaml: `campaign.save_rate` and the costs of each action.")


def test_at_the_break_even_save_rate_the_list_brings_nothing():
    totals = proposed(5).totals
    value, half = totals["expected_net_value"]["value"], totals["expected_net_value"]["at_half_save_rate"]
    slope = (value - half) / (CAMPAIGN.save_rate / 2)
    assert value - slope * (CAMPAIGN.save_rate - totals["break_even_save_rate"]) == pytest.approx(0, abs=0.01)


def test_power_compares_the_contacted_with_the_controls_above_the_same_cut():
    proposal = proposed(6, customers=2000, capacity=100, budget=1e6)
    power = proposal.totals["power"]
    cut = proposal.list.query("decision == 'contact'")["expected_net_value"].min()
    controls = proposal.list.query("arm == 'control'")
    assert power["comparable_controls"] == (controls["expected_net_value"] >= cut).sum()
    assert power["comparable_controls"] / power["treated"] == pytest.approx(0.25, abs=0.15)


def test_the_order_of_the_rows_given_changes_nothing():
    scores, reasons, facts = made_up(7)
    mixed = (table.sample(frac=1, random_state=1) for table in (scores, reasons, facts))
    one, other = propose(scores, reasons, facts, CAMPAIGN, ACTIONS), propose(*mixed, CAMPAIGN, ACTIONS)
    pd.testing.assert_frame_equal(one.list, other.list)
    assert one.totals == other.totals


def test_unknown_facts_bar_nobody_and_are_said():
    scores, reasons, facts = made_up(8)
    nothing = facts.drop(columns="payment_route").head(0)
    totals = propose(scores, reasons, nothing, CAMPAIGN, ACTIONS).totals
    assert [totals["decisions"][code]["customers"] for code in ("opted_out", "payment_route", "cooldown")] == [0, 0, 0]
    assert "The source records no contact permission: everyone is treated as having given it." in totals["assumptions"]


def test_nobody_at_risk_is_an_error_that_says_where_to_look():
    scores, reasons, facts = made_up(9)
    with pytest.raises(TooLittleDataError, match=r"score\.as_of"):
        propose(scores.head(0), reasons, facts, CAMPAIGN, ACTIONS)


small = st.integers(0, 14)


@settings(max_examples=150, deadline=None)
@given(st.data(), st.integers(1, 14))
def test_no_set_beats_the_bound_and_the_choice_is_a_set(data, size):
    value = data.draw(arrays.arrays(np.float64, size, elements=st.floats(0.01, 100)))
    cost = data.draw(arrays.arrays(np.int64, size, elements=st.integers(0, 1000)))
    limits = Limits(money=data.draw(st.integers(0, 5000)), places=data.draw(small))
    choice = choose(Candidates(value, cost), limits)
    sets = (np.arange(2**size)[:, None] >> np.arange(size)) & 1
    allowed = (sets @ cost <= limits.money) & (sets.sum(axis=1) <= limits.places)
    best = (sets @ value)[allowed].max()
    assert cost[choice.chosen].sum() <= limits.money
    assert choice.chosen.sum() <= limits.places
    assert value[choice.chosen].sum() <= best + 1e-9
    assert best <= choice.upper_bound * (1 + 1e-9) + 1e-9


@settings(max_examples=100, deadline=None)
@given(st.data(), st.integers(1, 12), st.integers(1, 500))
def test_equal_costs_give_the_optimum(data, size, cost):
    value = data.draw(arrays.arrays(np.float64, size, elements=st.floats(0.01, 100)))
    limits = Limits(money=data.draw(st.integers(0, 5000)), places=data.draw(small))
    choice = choose(Candidates(value, np.full(size, cost)), limits)
    seats = min(limits.places, limits.money // cost)
    assert value[choice.chosen].sum() == pytest.approx(np.sort(value)[::-1][:seats].sum())
    assert choice.upper_bound == pytest.approx(value[choice.chosen].sum())


def drawn(campaign_id, ids, seed=0):
    chance = np.random.default_rng(seed)
    risk, value = chance.random(20_000)[ids], chance.gamma(1, 100, 20_000)[ids]
    return draw_controls(lottery(campaign_id, [str(number) for number in ids]), risk, value, 0.2), risk, value


@pytest.mark.parametrize("campaign_id", ["keep-2025-03-01", "keep-2025-03-29", "spring-2025-03-01"])
def test_controls_are_balanced_in_risk_and_value(campaign_id):
    controls, risk, value = drawn(campaign_id, np.arange(20_000))
    assert controls.sum() == 4000
    for amount in (risk, value):
        difference = amount[controls].mean() - amount[~controls].mean()
        assert abs(difference) < 3 * amount.std() * np.sqrt(1 / 4000 + 1 / 16_000)


def test_controls_of_two_campaigns_are_independent():
    one, _, _ = drawn("keep-2025-03-01", np.arange(20_000))
    other, _, _ = drawn("keep-2025-03-29", np.arange(20_000))
    assert (one & other).sum() == pytest.approx(800, abs=3 * np.sqrt(800))


def test_a_customer_keeps_his_arm_when_one_in_a_hundred_others_goes():
    everyone = np.arange(20_000)
    staying = everyone[everyone % 100 != 7]
    before, _, _ = drawn("keep-2025-03-01", everyone)
    after, _, _ = drawn("keep-2025-03-01", staying)
    assert (before[staying] != after).mean() < 0.01
