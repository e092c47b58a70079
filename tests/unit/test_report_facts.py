"""The facts of the report: sums that agree, branches for bad news, and the words of the reader."""

import json
from dataclasses import replace

import pandas as pd
import pytest
from report_fixture import HOSTILE, evaluation, findings

from pipeline.campaign.spreadsheet import campaign_csv
from pipeline.reports.customers import customers, on_the_page
from pipeline.reports.facts import report_facts
from pipeline.reports.findings import read_list
from pipeline.reports.history import weekly_orders
from pipeline.reports.quality import verdict
from pipeline.reports.today import today

FOUND = findings()


def test_the_facts_are_json_without_nan() -> None:
    assert json.loads(json.dumps(report_facts(FOUND), allow_nan=False)) == report_facts(FOUND)


def test_equal_findings_give_equal_facts() -> None:
    assert report_facts(findings()) == report_facts(findings())


def test_the_way_from_the_average_customer_adds_up_to_the_decimal() -> None:
    facts = customers(FOUND)
    base = round(facts["base"]["value"], 1)
    for row in facts["rows"]:
        steps = [step["value"] for step in row["steps"]]
        assert base + sum(steps) == pytest.approx(row["end"]["value"], abs=0.051 if not row["steps"] else 1e-6)


def test_the_behaviours_of_a_card_add_up_to_its_risk() -> None:
    facts = customers(FOUND)
    number = {"\N{MINUS SIGN}": -1.0, "+": 1.0}
    for row in facts["rows"]:
        told = [points for _, _, points in row["behaviours"]["rows"]] + [row["behaviours"]["rest"][1]]
        moved = sum(number.get(text[0], 0.0) * float(text.lstrip("+\N{MINUS SIGN}")) for text in told)
        assert facts["base"]["value"] + moved == pytest.approx(row["end"]["value"], abs=0.05 * (len(told) + 2))


def test_contacts_come_first_then_controls_then_what_is_at_stake() -> None:
    ids = on_the_page(FOUND.listed, most=100)
    listed = FOUND.listed.set_index("customer_id").loc[ids]
    places = listed["decision"].map({"contact": 0, "holdout": 1}).fillna(2)
    assert len(ids) == 100
    assert places.is_monotonic_increasing
    rest = listed[places == 2]
    assert (rest["churn_probability"] * rest["customer_value"]).is_monotonic_decreasing


def test_the_page_holds_no_more_customers_than_asked_and_loses_none_to_contact() -> None:
    contacts = set(FOUND.contacted()["customer_id"])
    assert contacts <= set(on_the_page(FOUND.listed, most=len(contacts)))


def test_where_the_data_are_too_few_a_sentence_takes_the_place_of_the_list() -> None:
    verdicts = [{"key": "enough_data", "holds": False, "sentence": "43 more churners are needed."}]
    doing = today(replace(FOUND, evaluation=evaluation(verdicts=verdicts)))
    assert doing == {"head": "Do today", "stopped": "No list today. 43 more churners are needed."}


def test_where_nobody_is_worth_contacting_the_page_says_why() -> None:
    nobody = FOUND.listed.assign(decision="budget")
    campaign = dict(FOUND.campaign) | {"why_empty": "Nobody is contacted: the budget is 0."}
    facts = report_facts(replace(FOUND, listed=nobody, campaign=campaign))
    assert facts["today"]["stopped"] == "Nobody is contacted: the budget is 0."
    assert facts["title"].startswith("No list today")


@pytest.mark.parametrize(
    ("failed", "flag"),
    [
        ("enough_data", "Too little data to act on."),
        ("ranking", "No better than a simple rule."),
        ("calibration", "Trust the order, not the chances."),
    ],
)
def test_a_check_that_fails_takes_over_the_verdict_line(failed: str, flag: str) -> None:
    verdicts = [
        {"key": key, "holds": key != failed, "sentence": f"Said of {key}."}
        for key in ("enough_data", "ranking", "calibration")
    ]
    line = verdict(evaluation(verdicts=verdicts))
    assert line == {"flag": flag, "holds": False, "sentence": f"Said of {failed}."}


def test_a_list_read_back_from_its_csv_gives_the_same_page() -> None:
    again = read_list(campaign_csv(FOUND.listed))
    assert customers(replace(FOUND, listed=again)) == customers(FOUND)


def test_hostile_ids_stay_what_they_are() -> None:
    assert set(HOSTILE) <= {row["id"] for row in customers(FOUND)["rows"]}


def test_a_missing_value_is_no_record_and_never_zero() -> None:
    told = {now for row in customers(FOUND)["rows"] for _, now, _ in row["behaviours"]["rows"]}
    assert "no record" in told
    assert not {"nan", "None", "NaN"} & told


def test_no_raw_column_name_or_code_is_shown() -> None:
    facts = customers(FOUND)
    words = [feature["words"] for feature in facts["features"]] + list(facts["families"].values())
    words += [reason["family"] for row in facts["rows"] for reason in row["reasons"]]
    assert not [text for text in words if "_" in text]


def test_one_customer_without_any_driver_has_a_card_that_says_so() -> None:
    reasons = FOUND.reasons.copy()
    blank = [name for name in reasons if name.startswith(("reason", "protective", "actionable"))]
    reasons.loc[0, blank] = None
    reasons.loc[0, "reason_1"] = "No clear driver"
    facts = customers(replace(FOUND, reasons=reasons))
    row = next(row for row in facts["rows"] if row["id"] == reasons.loc[0, "customer_id"])
    assert row["reasons"][0]["says"] == "No clear driver: many small things add up."
    assert row["family"] == ""


def test_weeks_are_counted_back_from_the_day_before_the_as_of_date(table) -> None:
    purchases = table("""
        customer_id | event_day  | amount
        a           | 2024-03-04 |   100
        a           | 2024-03-03 |   100
        a           | 2024-02-26 |   100
        a           | 2024-02-25 |   100
        b           | 2024-03-01 |   100
    """)
    weeks = weekly_orders(purchases, ["a"], pd.Timestamp("2024-03-04").date(), weeks=2)
    assert weeks.to_dict("records") == [
        {"customer_id": "a", "weeks_ago": 0, "orders": 2},
        {"customer_id": "a", "weeks_ago": 1, "orders": 1},
    ]


def test_a_purchase_not_yet_known_is_not_in_the_history(table) -> None:
    purchases = table("""
        customer_id | event_day  | visible_day | amount
        a           | 2024-03-01 | 2024-03-04  |   100
        a           | 2024-03-02 | 2024-03-03  |   100
    """)
    weeks = weekly_orders(purchases, ["a"], pd.Timestamp("2024-03-04").date())
    assert weeks["orders"].tolist() == [1]
