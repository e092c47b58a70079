"""The facts of the report: sums that agree, branches for bad news, and the words of the reader."""

import json
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from report_fixture import HOSTILE, evaluation, findings

from pipeline.campaign.spreadsheet import campaign_csv
from pipeline.reports.business import business
from pipeline.reports.customers import customers, on_the_page
from pipeline.reports.facts import report_facts
from pipeline.reports.findings import Findings, family_words, read_list
from pipeline.reports.glossary import glossary
from pipeline.reports.history import weekly_orders
from pipeline.reports.proof import gain, reliability
from pipeline.reports.quality import verdict
from pipeline.reports.shown import NOTHING
from pipeline.reports.today import today
from pipeline.scoring.reasons import NO_DRIVER

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


def test_where_the_data_are_too_few_the_page_says_not_to_act_on_the_list_it_still_holds() -> None:
    verdicts = [{"key": "enough_data", "holds": False, "sentence": "On the test dates 7 churned."}]
    found = replace(FOUND, evaluation=evaluation(verdicts=verdicts))
    facts = report_facts(found)
    said = "Do not act on this list yet: on the test dates 7 churned."
    assert today(found) == {"head": "Do today", "stopped": said}
    assert facts["title"].startswith("Do not act on this list yet · ")
    assert facts["list"]["lead"].startswith("Do not act on this list yet. All 300 customers")


def test_where_nobody_is_worth_contacting_the_page_says_why() -> None:
    nobody = FOUND.listed.assign(decision="budget")
    campaign = dict(FOUND.campaign) | {"why_empty": "Nobody is contacted: the budget is 0."}
    facts = report_facts(replace(FOUND, listed=nobody, campaign=campaign))
    assert facts["today"]["stopped"] == "Nobody is contacted: the budget is 0."
    assert facts["title"].startswith("Nobody to contact")


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


def sentences(told: Any) -> list[str]:
    """Return every sentence in a part of evaluation.json."""
    if isinstance(told, dict):
        return [*filter(None, [told.get("sentence")]), *(one for value in told.values() for one in sentences(value))]
    return [one for value in told for one in sentences(value)] if isinstance(told, list) else []


def test_every_sentence_and_every_group_of_the_evaluation_stands_on_the_page() -> None:
    told, shown = evaluation(), json.dumps(report_facts(FOUND)["quality"], ensure_ascii=False)
    assert len(sentences(told)) == 6
    groups = [row["words"] for part in ("by_tenure", "by_value", "members") for row in told[part]]
    assert [one for one in (*sentences(told), *groups) if one not in shown] == []


def test_new_customers_have_their_row_in_every_table_by_part() -> None:
    facts = report_facts(FOUND)["quality"]
    tenure, value = facts["parts"][:2]
    leads = [row[0] for row in facts["leads"]["numbers"]["rows"]]
    dates = [row[0] for row in facts["by_date"]["rows"]]
    assert tenure["rows"][0][0] == value["rows"][0][0] == "New customers (first month)"
    assert leads == ["0", "0, new customers", "14", "14, new customers", "30", "60"]
    assert dates[-4:] == [
        "1 December 2023",
        "1 December 2023, new customers",
        "1 January 2024",
        "1 January 2024, new customers",
    ]


def test_the_profit_curve_is_drawn_with_its_intervals() -> None:
    drawn = report_facts(FOUND)["quality"]["earned"]
    assert len(drawn["band"]) == len(drawn["points"]) == 51
    assert all(
        low <= profit <= high for (_, profit), (_, low, high) in zip(drawn["points"], drawn["band"], strict=True)
    )


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
    reasons.loc[0, "reason_1"] = NO_DRIVER
    facts = customers(replace(FOUND, reasons=reasons))
    row = next(row for row in facts["rows"] if row["id"] == reasons.loc[0, "customer_id"])
    assert row["reasons"][0]["says"] == f"{NO_DRIVER}: many small things add up."
    assert row["family"] == ""


def marked(found: Findings, decision: str) -> dict[str, list[str]]:
    """Return, by customer of a decision, what the marked reasons of his card are called."""
    rows = (row for row in customers(found)["rows"] if row["decision"] == decision)
    return {
        row["id"]: [
            one["family"] for one in row["reasons"] if " · " in one["family"] and "staying" not in one["family"]
        ]
        for row in rows
    }


def test_the_card_marks_the_strongest_reason_that_the_chosen_action_answers() -> None:
    raising = FOUND.reasons.set_index("customer_id")[[f"reason_{place}_family" for place in (1, 2, 3)]]
    answers = FOUND.answers["win_back_voucher"]
    for customer, marks in marked(FOUND, "contact").items():
        answered = [key for key in raising.loc[customer] if key in answers]
        assert marks == [f"{family_words(key)} · what the action answers" for key in answered[:1]]


def test_an_action_that_answers_no_reason_marks_none() -> None:
    unfit = replace(FOUND, answers={"win_back_voucher": ("returns",)})
    assert not any(marked(unfit, "contact").values())


def test_an_answered_reason_that_is_not_among_the_first_three_joins_them() -> None:
    reasons = FOUND.reasons.copy()
    first = reasons.set_index("customer_id")[[f"reason_{place}_family" for place in (1, 2, 3)]]
    customer = next(one for one in FOUND.contacted()["customer_id"] if "timing" not in set(first.loc[one]))
    told = ["actionable_reason", "actionable_reason_family", "actionable_reason_points"]
    reasons.loc[reasons["customer_id"] == customer, told] = ["No visit by day.", "timing", 1.5]
    found = replace(FOUND, reasons=reasons, answers={"win_back_voucher": ("timing",)})
    row = next(row for row in customers(found)["rows"] if row["id"] == customer)
    assert [one["says"] for one in row["reasons"] if "answers" in one["family"]] == ["No visit by day."]


def test_without_an_action_the_card_marks_what_can_be_changed() -> None:
    able = FOUND.reasons.set_index("customer_id")["actionable_reason_family"]
    for customer, marks in marked(FOUND, "holdout").items():
        expected = [] if pd.isna(able[customer]) else [f"{family_words(able[customer])} · can be changed"]
        assert marks == expected


def test_the_mark_on_the_curve_speaks_of_a_list_of_that_length_and_not_of_this_one() -> None:
    drawn = gain(FOUND)
    assert drawn["mark"]["shown"].startswith("as long as today's: ")
    assert "but the riskiest" in drawn["caption"]


def test_without_anybody_to_contact_the_curve_has_no_mark_and_its_head_no_number() -> None:
    drawn = gain(replace(FOUND, listed=FOUND.listed.assign(decision="budget")))
    assert drawn["mark"] is None
    assert not any(character.isdigit() for character in drawn["title"] + drawn["caption"])


def test_intervals_that_count_a_customer_twice_say_so() -> None:
    rows = {"test": {"snapshots": 300, "customers": 300, "churners": 60}}
    assert "as if every answer were a different customer's" in reliability(FOUND)["caption"]
    assert "as if" not in reliability(replace(FOUND, evaluation=evaluation(rows=rows)))["caption"]


def figure_of(*values: float | None) -> dict[str, Any]:
    """Return the churn rate of business() for monthly values from January 2024."""
    points = [{"month": f"2024-{place:02}", "value": value} for place, value in enumerate(values, start=1)]
    churn = next(one for one in FOUND.kpis["kpis"] if one["key"] == "churn_rate")
    facts = business(dict(FOUND.kpis) | {"kpis": [churn | {"by_month": points}]})
    return dict(facts["tiles"][0])


def test_only_months_after_the_last_known_one_are_pending() -> None:
    tile = figure_of(None, 0.2, None, 0.1, None)
    assert tile["note"].endswith(". Pending: May 2024. Not known: Jan 2024 and Mar 2024.")
    assert tile["spark"]["values"] == [None, 0.2, None, 0.1]
    assert tile["spark"]["pending"] == 1


def test_a_group_of_the_first_month_of_the_data_is_called_what_it_is() -> None:
    kpis = dict(FOUND.kpis) | {"data_start": "2023-03-01"}
    cohorts = business(kpis)["cohorts"]
    assert [row["month"] for row in cohorts["rows"]][:2] == ["Mar 2023 or earlier", "Apr 2023"]
    assert "The groups up to Jun 2023 may also hold customers from before the data begin." in cohorts["caption"]


def test_who_joined_is_a_dash_while_the_data_are_too_young_to_know() -> None:
    rows = business(FOUND.kpis)["monthly"]["rows"]
    assert [row[2] for row in rows[3:5]] == [NOTHING, "12"]


def meanings(**other: Any) -> dict[str, str]:
    """Return the glossary by term, for an evaluation with other parts."""
    return {one["term"]: one["meaning"] for one in glossary(replace(FOUND, evaluation=evaluation(**other)))}


def test_a_risk_is_read_as_it_stands_only_where_the_test_bears_it_out() -> None:
    missed = {"key": "calibration", "holds": False, "sentence": "12.0% were expected to churn and 20.0% did."}
    assert "about that many leave" in meanings()["Risk"]
    assert meanings(verdicts=[missed])["Risk"] == f"The chance of leaving. {missed['sentence']}"
    assert "not tested" in meanings(verdicts=[])["Risk"]


def test_who_is_at_risk_of_decline_has_also_spent_lately() -> None:
    task = dict(FOUND.evaluation["task"]) | {"label": "decline"}
    assert "spent something in the last 28" in meanings(task=task)["At risk"]
    assert "spent" not in meanings()["At risk"]


def test_a_row_without_an_order_id_is_an_order_of_its_own_in_the_history(table) -> None:
    purchases = table("""
        customer_id | event_day  | amount | order_id
        a           | 2024-03-01 |    100 | 1
        a           | 2024-03-01 |    100 | 1
        a           | 2024-03-01 |    100 |
        a           | 2024-03-02 |    100 |
    """)
    assert weekly_orders(purchases, ["a"], pd.Timestamp("2024-03-04").date())["orders"].tolist() == [3]


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
