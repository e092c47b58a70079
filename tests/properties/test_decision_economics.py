"""True of the money of any customer and any offer."""

from dataclasses import replace

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.profit import Offer, break_even_probability, expected_cost, net_value

shares = st.floats(0, 1)
money = st.floats(0, 1000)
offers = st.builds(
    Offer, save_rate=shares, redemption_share=shares, offer_cost=st.floats(0, 100), contact_cost=st.floats(0, 20)
)
HAIR = 1e-9


def net(probability, value, offer):
    return float(net_value(np.array([probability]), np.array([value]), offer)[0])


@given(shares, shares, money, offers)
def test_where_saving_pays_net_value_rises_with_the_risk(one, other, value, offer):
    assume(value >= offer.offer_cost)
    low, high = sorted((one, other))
    assert net(low, value, offer) <= net(high, value, offer) + HAIR


@given(shares, money, money, offers)
def test_net_value_rises_with_the_value_of_the_customer(probability, one, other, offer):
    low, high = sorted((one, other))
    assert net(probability, low, offer) <= net(probability, high, offer) + HAIR


@given(shares, money, shares, shares, offers)
def test_where_saving_pays_net_value_rises_with_the_save_rate(probability, value, one, other, offer):
    assume(value >= offer.offer_cost)
    low, high = sorted((one, other))
    lower, higher = (net(probability, value, replace(offer, save_rate=rate)) for rate in (low, high))
    assert lower <= higher + HAIR


@given(shares, money, money, money, offers)
def test_net_value_falls_with_each_cost(probability, value, one, other, offer):
    low, high = sorted((one, other))
    for cost in ("offer_cost", "contact_cost"):
        cheaper, dearer = (net(probability, value, replace(offer, **{cost: amount})) for amount in (low, high))
        assert dearer <= cheaper + HAIR


@given(shares, money, offers)
def test_below_the_break_even_contacting_loses_and_above_it_wins(probability, value, offer):
    assume(offer.contact_cost > 0)
    break_even = float(break_even_probability(np.array([value]), offer)[0])
    if probability < break_even:
        assert net(probability, value, offer) < HAIR
    else:
        assert net(probability, value, offer) > -HAIR


@given(shares, offers, st.floats(0, 1))
def test_a_customer_worth_no_more_than_the_offer_never_pays(probability, offer, part):
    assert net(probability, part * offer.offer_cost, offer) <= HAIR


@given(shares, money, offers)
def test_an_offer_that_saves_nobody_never_pays(probability, value, offer):
    assert net(probability, value, replace(offer, save_rate=0)) <= 0


@given(shares, money, offers)
def test_net_value_is_the_value_saved_less_the_cost_charged_to_the_budget(probability, value, offer):
    saved = probability * offer.save_rate * value
    cost = float(expected_cost(np.array([probability]), offer)[0])
    assert abs(net(probability, value, offer) - (saved - cost)) < 1e-6
