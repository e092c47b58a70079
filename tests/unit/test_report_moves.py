"""The pictures of how families move risk, on behaviour whose effect is known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from report_fixture import NAMES, StandIn, findings

from pipeline.reports.findings import Findings
from pipeline.reports.moves import moves


def with_one_known_effect() -> Findings:
    """Return findings in which only `orders_28d` moves the score, by -0.1 log-odds an order."""
    found = findings()
    effect = -0.1 * found.features.set_index("customer_id")["orders_28d"].astype("float64")
    nothing = pd.DataFrame(0.0, index=effect.index, columns=list(NAMES))
    model = StandIn(NAMES, found.model.families, nothing.assign(orders_28d=effect))
    reasons = found.reasons.copy()
    for key in found.families:
        reasons[f"contribution_{key}"] = 0.0
    reasons["contribution_frequency"] = effect.loc[reasons["customer_id"]].to_numpy()
    base = found.scores["base_log_odds"].iloc[0]
    log_odds = base + effect.loc[found.scores["customer_id"]].to_numpy()
    return replace(found, model=model, reasons=reasons, scores=found.scores.assign(log_odds=log_odds))


def test_a_family_is_drawn_against_the_behaviour_that_leads_it() -> None:
    picture = moves(with_one_known_effect())["pictures"][0]
    assert picture["title"] == "How often they buy"
    assert picture["caption"].startswith("Purchases in the last 28 days. From 0 to ")


def test_the_line_follows_the_effect() -> None:
    groups = moves(with_one_known_effect())["pictures"][0]["groups"]
    middles = [group["middle"] for group in groups]
    assert middles == sorted(middles, reverse=True)
    base, orders = -1.4, groups[-1]["at"]
    chances = [1 / (1 + np.exp(-log_odds)) for log_odds in (base, base - 0.1 * orders)]
    assert middles[-1] == pytest.approx(100 * (chances[1] - chances[0]), abs=0.3)


def test_equal_values_are_never_split_into_two_groups() -> None:
    for picture in moves(findings())["pictures"]:
        places = [group["at"] for group in picture["groups"]]
        assert len(places) == len(set(places))
        assert places == sorted(places)


def test_a_behaviour_without_a_record_for_some_is_drawn_for_the_others() -> None:
    found = findings()
    nowhere = found.features.assign(days_since_message=np.nan)
    assert moves(replace(found, features=nowhere))["pictures"]


def test_the_order_of_rows_changes_no_picture() -> None:
    found = findings()
    shuffled = found.features.sample(frac=1, random_state=3)
    assert moves(replace(found, features=shuffled)) == moves(found)
