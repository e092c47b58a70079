"""The parts of a campaign: facts, playbook, arms, power and the file."""

from datetime import date

import ibis.expr.operations as ops
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.stats import norm

from pipeline.campaign.actions import best_actions, refuse_unknown_families
from pipeline.campaign.arms import draw_controls, lottery
from pipeline.campaign.choose import Candidates, Limits, choose
from pipeline.campaign.eligibility import contact_facts
from pipeline.campaign.power import controls_needed, lists_needed, smallest_provable_effect
from pipeline.campaign.spreadsheet import campaign_csv, read_campaign_csv
from pipeline.errors import ParamsError
from pipeline.params import ActionParams, CampaignParams

AS_OF = date(2025, 3, 1)
CAMPAIGN = CampaignParams(
    name="keep",
    control_share=0.2,
    budget=600,
    capacity=150,
    save_rate=0.2,
    redemption_share=0.3,
    sure_thing_below=0.05,
    lost_cause_above=0.9,
)
VOUCHER = ActionParams(
    words="Voucher", answers=("recency",), offer_cost=5, contact_cost=0.2, channel="e-mail", cooldown_days=28
)
CALL = ActionParams(words="Call", answers=("tenure",), offer_cost=0, contact_cost=4, channel="phone", cooldown_days=56)
LETTER = ActionParams(
    words="Letter", answers=("recency", "tenure"), offer_cost=0, contact_cost=1, channel="post", cooldown_days=7
)
PLAYBOOK = {"voucher": VOUCHER, "call": CALL, "letter": LETTER}


def customer(family=None, actionable=None, sent=None):
    return {
        "churn_probability": 0.4,
        "customer_value": 100.0,
        "reason_1_family": family,
        "reason_2_family": None,
        "reason_3_family": None,
        "actionable_reason_family": actionable,
        "days_since_sent": sent,
    }


def chosen_action(playbook=PLAYBOOK, **given):
    best = best_actions(pd.DataFrame([customer(**given)]), CAMPAIGN, playbook)
    return list(playbook)[best.place[0]], bool(best.answers_reason[0]), bool(best.rested[0])


@pytest.mark.parametrize("with_customers", [True, False])
@pytest.mark.parametrize("with_contacts", [True, False])
def test_facts_hold_what_either_table_says_and_null_for_the_rest(stored, table, with_customers, with_contacts):
    wishes = pa.table({"customer_id": ["a", "b"], "contact_permission": [False, None]})
    sent = table("""
        customer_id | event_day  | visible_day | event
        a           | 2025-02-01 | 2025-02-01  | sent
        a           | 2025-02-28 | 2025-02-28  | opened
        c           | 2025-02-01 | 2025-02-01  | sent
        c           | 2025-02-28 | 2025-02-28  | sent
        c           | 2025-02-28 | 2025-03-01  | sent
        c           | 2025-03-01 | 2025-03-01  | sent
    """)
    tables = {"purchases": sent, **({"customers": stored(wishes)} if with_customers else {})}
    facts = contact_facts({**tables, **({"contacts": sent} if with_contacts else {})}, AS_OF)
    # The nightly job has the engine compute it part by part, and the engine knows no table of this process.
    assert not facts.op().find(ops.InMemoryTable)
    found = {row.pop("customer_id"): row for row in facts.to_pyarrow().to_pylist()}
    assert set(found) == {*(["a", "b"] if with_customers else []), *(["a", "c"] if with_contacts else [])}
    for name, row in found.items():
        permission = False if with_customers and name == "a" else None
        days = {"a": 28, "c": 1}.get(name) if with_contacts else None
        assert row == {"contact_permission": permission, "preferred_channel": None, "days_since_sent": days}


def test_the_payment_team_meets_whose_last_attempt_failed_and_whose_card_expires_about_now(table):
    payments = table("""
        customer_id | event_day  | visible_day | status | card_expires_day
        failed      | 2025-01-27 | 2025-01-27  | paid   |
        failed      | 2025-02-26 | 2025-02-26  | failed |
        recovered   | 2025-02-20 | 2025-02-20  | failed |
        recovered   | 2025-02-27 | 2025-02-27  | paid   |
        same_day    | 2025-02-20 | 2025-02-20  | failed |
        same_day    | 2025-02-20 | 2025-02-20  | paid   |
        refunded    | 2025-02-20 | 2025-02-20  | failed |
        refunded    | 2025-02-21 | 2025-02-21  | refunded |
        old         | 2024-12-28 | 2024-12-28  | failed |
        oldest_kept | 2024-12-29 | 2024-12-29  | failed |
        later       | 2025-02-01 | 2025-02-01  | paid   |
        later       | 2025-03-01 | 2025-03-01  | failed |
        unknown     | 2025-02-28 | 2025-03-01  | failed |
        soon        | 2024-05-01 | 2024-05-01  | paid   | 2025-03-31
        just        | 2025-02-01 | 2025-02-01  | paid   | 2025-01-30
        not_yet     | 2025-02-01 | 2025-02-01  | paid   | 2025-04-01
        long_ago    | 2024-12-20 | 2024-12-20  | paid   | 2025-01-29
        new_card    | 2025-01-01 | 2025-01-01  | paid   | 2025-03-05
        new_card    | 2025-02-01 | 2025-02-01  | paid   | 2027-03-05
    """)
    found = contact_facts({"payments": payments}, AS_OF).to_pyarrow().to_pylist()
    met = {row["customer_id"] for row in found if row["payment_route"]}
    assert met == {"failed", "refunded", "oldest_kept", "soon", "just"}
    assert {row["payment_route"] for row in found} == {True, False}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({"family": "tenure"}, ("letter", True, True), id="the best that answers a reason"),
        pytest.param({"actionable": "recency"}, ("letter", True, True), id="the actionable reason counts"),
        pytest.param({"family": "hour"}, ("letter", False, True), id="none answers: the best of all"),
        pytest.param({}, ("letter", False, True), id="no clear driver: the best of all"),
        pytest.param({"family": "tenure", "sent": 7}, ("letter", True, False), id="all that fit rest"),
        pytest.param({"family": "recency", "sent": 28}, ("letter", True, True), id="one still rests, one does not"),
    ],
)
def test_the_action_is_the_best_that_answers_a_reason_and_has_rested(given, expected):
    assert chosen_action(**given) == expected


def test_an_action_that_does_not_fit_never_steps_in_for_one_that_rests():
    playbook = {"voucher": VOUCHER, "call": CALL.model_copy(update={"cooldown_days": 0})}
    assert chosen_action(playbook, family="recency", sent=3) == ("voucher", True, False)


def test_a_cooldown_of_no_days_never_bars():
    playbook = {"voucher": VOUCHER.model_copy(update={"cooldown_days": 0})}
    assert chosen_action(playbook, family="recency", sent=1) == ("voucher", True, True)


def test_controls_are_the_share_of_the_whole_within_half_and_of_each_stratum_within_one():
    chance = np.random.default_rng(3)
    for customers in (0, 1, 2, 7, 100, 1001):
        lots = lottery("keep-2025-03-01", [str(number) for number in range(customers)])
        risk, value = chance.random(customers), chance.random(customers).round(1)
        assert abs(draw_controls(lots, risk, value, 0.2).sum() - 0.2 * customers) <= 0.5


def test_equal_costs_are_solved_exactly_and_ties_go_to_the_lower_lot():
    four = Candidates(np.array([5.0, 7.0, 5.0, 5.0]), np.full(4, 200_000))
    choice = choose(four, Limits(money=600_000, places=10))
    assert choice.chosen.tolist() == [True, True, True, False]
    assert choice.upper_bound == 17


def test_a_list_that_is_not_full_leaves_out_only_who_costs_more_than_is_left():
    chance = np.random.default_rng(4)
    for _ in range(50):
        many = Candidates(chance.random(60), chance.integers(1, 1000, 60))
        limits = Limits(money=int(chance.integers(0, 20_000)), places=60)
        choice = choose(many, limits)
        left = limits.money - many.cost[choice.chosen].sum()
        assert (many.cost[~choice.chosen] > left).all()


def test_on_a_list_of_ordinary_size_the_choice_is_within_a_thousandth_of_its_bound():
    chance = np.random.default_rng(5)
    many = Candidates(chance.gamma(1, 10, 2000), chance.integers(200_000, 5_000_000, 2000))
    choice = choose(many, Limits(money=300_000_000, places=150))
    assert choice.chosen.sum() <= 150
    assert many.net_value[choice.chosen].sum() > 0.999 * choice.upper_bound


@pytest.mark.parametrize(
    ("control_churn", "treated_churn", "even", "one_in_ten"),
    [
        (0.10, 0.09, 13_495, 7_382),
        (0.05, 0.045, 28_408, 15_524),
        (0.20, 0.18, 6_039, 3_310),
        (0.10, 0.08, 3_213, 1_725),
    ],
)
def test_controls_needed_agree_with_the_reference_table(control_churn, treated_churn, even, one_in_ten):
    found = controls_needed(control_churn, treated_churn, 1), controls_needed(control_churn, treated_churn, 9)
    assert found == (even, one_in_ten)


def test_the_smallest_provable_effect_shows_eight_times_in_ten():
    effect = smallest_provable_effect(0.4, treated=800, controls=200)
    chance = np.random.default_rng(6)
    treated, controls = chance.binomial(800, 0.4 - effect, 20_000) / 800, chance.binomial(200, 0.4, 20_000) / 200
    pooled = 0.8 * treated + 0.2 * controls
    z = (controls - treated) / np.sqrt(pooled * (1 - pooled) * (1 / 800 + 1 / 200))
    assert (z > norm.ppf(0.975)).mean() == pytest.approx(0.8, abs=0.02)


def test_what_can_never_be_proved_is_none():
    assert smallest_provable_effect(0.4, treated=100, controls=0) is None
    assert smallest_provable_effect(0.0, treated=100, controls=100) is None
    assert lists_needed(0.4, 0.0, treated=100, controls=100) is None


HOSTILE = [
    "=cmd()",
    "+1",
    "-1",
    "@x",
    "\t=1",
    "\r=1",
    "  =1",
    "\u00a0=1",
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
    "\uff201",
    "'=1",
    "\ufeff=1",
]
HARMLESS = [
    "00123",
    "1234567890123456789012345",
    "O'Neill",
    "'quoted'",
    'a "b", c',
    "two\nlines",
    "two\r\nlines",
    "\u017dofie",
]


@pytest.mark.parametrize("text", [*HOSTILE, *HARMLESS])
def test_any_id_survives_the_file_and_none_starts_a_formula(text):
    written = campaign_csv(pd.DataFrame({"customer_id": [text], "expected_net_value": [-1.5], "reason_1": [None]}))
    assert read_campaign_csv(written)["customer_id"].tolist() == [text]
    cell = written.removeprefix('"customer_id","expected_net_value","reason_1"\n"')
    assert cell.startswith("'") == (text in HOSTILE or text == "'quoted'")


def test_numbers_are_written_as_numbers():
    assert campaign_csv(pd.DataFrame({"expected_net_value": [-1.5]})) == '"expected_net_value"\n-1.5\n'


def test_an_action_that_answers_no_known_family_is_refused_with_the_nearest_one():
    action = ActionParams(
        words="Call", answers=("recencies",), offer_cost=0, contact_cost=1, channel="phone", cooldown_days=1
    )
    with pytest.raises(ParamsError, match=r"actions\.call\.answers names recencies, .* did you mean `recency`"):
        refuse_unknown_families({"call": action})
