"""What to do today: whom to contact, what it is worth, and what the list will teach."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pipeline.money import amount
from pipeline.reports.decisions import action_words
from pipeline.reports.findings import Findings
from pipeline.reports.shown import Facts, count, counted, fact, percent, points, rough
from pipeline.scoring.wording import lower_first

FIRST_ROWS = 5
DO_NOT_ACT = "Do not act on this list yet"


def today(found: Findings) -> Facts:
    """Return the facts of "Do today", or the sentence that takes their place where there is nothing to do."""
    stopped = why_not(found)
    if stopped:
        return {"head": "Do today", "stopped": stopped}
    contacted = found.contacted()
    return {
        "head": "Do today",
        "stopped": None,
        "contacts": fact(len(contacted), count(len(contacted)))
        | {"words": "customer to contact" if len(contacted) == 1 else "customers to contact"},
        "lead": _lead(found),
        "net_value": _net_value(found),
        "facts": [_controls(found.campaign), _provable(found.campaign), _budget(found), _left_out(found.campaign)],
        "actions": _actions(found),
        "first": _first(found, contacted.head(FIRST_ROWS)),
        "assumptions": list(found.campaign["assumptions"]),
    }


def why_not(found: Findings) -> str | None:
    """Return why there is nothing to do: nobody to contact, or a list from too little data to act on."""
    if found.campaign["why_empty"]:
        return str(found.campaign["why_empty"])
    short = too_little_data(found.evaluation)
    return f"{DO_NOT_ACT}: {lower_first(short)}" if short else None


def too_little_data(evaluation: Mapping[str, Any]) -> str | None:
    """Return what the test says of the data where they are too few to judge the model by."""
    enough = next((verdict for verdict in evaluation["verdicts"] if verdict["key"] == "enough_data"), None)
    return None if enough is None or enough["holds"] else str(enough["sentence"])


def _lead(found: Findings) -> str:
    value, currency = found.campaign["expected_net_value"], found.currency
    pays = found.campaign["break_even_save_rate"]
    share = None if pays is None else percent(pays, 1)
    more = "" if share is None or share.startswith("under") else "more than "
    ends = f" Pays as long as it keeps {more}**{share}**." if share is not None else ""
    return (
        f"Worth about **{rough(value['value'], currency)}** after offers and contact costs, "
        f"if {percent(found.save_rate)} of those who would leave are kept.{ends}"
    )


def _net_value(found: Findings) -> Facts:
    value, currency = found.campaign["expected_net_value"], found.currency
    low, mid, high = (value[name] for name in ("at_half_save_rate", "value", "at_one_and_a_half_save_rate"))
    rates = [percent(min(factor * found.save_rate, 1.0)) for factor in (0.5, 1.5)]
    return {
        "title": "Expected net value",
        "caption": f"for save rates from {rates[0]} to {rates[1]}: assumed, until outcomes have been measured",
        "low": fact(low, rough(low, currency)),
        "mid": fact(mid, rough(mid, currency)),
        "high": fact(high, rough(high, currency)),
        "zero": fact(0, f"{rough(0, currency)}: costs covered"),
    }


def _controls(campaign: Mapping[str, Any]) -> Facts:
    comparable = campaign["power"]["comparable_controls"]
    words = f"drawn at random and left alone; {count(comparable)} of them above the cut tell what contacting does"
    return {"term": "Control group", "words": words} | fact(campaign["controls"], count(campaign["controls"]))


def _provable(campaign: Mapping[str, Any]) -> Facts:
    power = campaign["power"]
    smallest, hoped, lists = (
        power[name] for name in ("smallest_provable_effect", "expected_effect", "lists_needed_together")
    )
    shown = "none" if smallest is None else points(100 * smallest).lstrip("+")
    begins = "this list alone can prove nothing" if smallest is None else "fewer leavers"
    hopes = f"; we hope for {points(100 * hoped).lstrip('+')}" if hoped else ""
    together = f". About {counted(lists, 'list', 'lists')} like this together will tell" if lists else ""
    return {"term": "Smallest provable effect", "words": begins + hopes + together} | fact(smallest, shown)


def _budget(found: Findings) -> Facts:
    budget, currency = found.campaign["budget"], found.currency
    spent, available = budget["expected_spend"], budget["available"]
    used = spent / available if available else 0.0
    words = f"{percent(used)} of {amount(available, currency)}; places: {count(found.campaign['capacity'])}"
    return {"term": "Expected spend", "words": words, "meter": round(min(used, 1.0), 4)} | fact(
        spent, amount(spent, currency)
    )


def _left_out(campaign: Mapping[str, Any]) -> Facts:
    codes = campaign["decisions"]
    if codes["payment_route"]["customers"]:
        number = codes["payment_route"]["customers"]
        return {"term": "Payment route", "words": "ask for a new card, no discount"} | fact(number, count(number))
    number = codes["capacity"]["customers"] + codes["budget"]["customers"]
    words = "worth contacting, but the places or the budget went to customers who bring more"
    return {"term": "Left out", "words": words} | fact(number, count(number))


def _actions(found: Findings) -> Facts:
    rows = [
        {
            "words": action["words"],
            "customers": fact(action["customers"], count(action["customers"])),
            "value": fact(action["expected_net_value"], rough(action["expected_net_value"], found.currency)),
        }
        for action in found.campaign["by_action"]
        if action["customers"]
    ]
    return {"title": "What goes out", "heads": ["Action", "Customers", "Expected net value"], "rows": rows}


def _first(found: Findings, contacted: pd.DataFrame) -> Facts:
    why = found.reasons.set_index("customer_id")
    return {
        "title": "The first five" if len(contacted) == FIRST_ROWS else "The first",
        "heads": ["Customer", "Risk", "Main reason", "Do", "Net value"],
        "rows": [_row(found, row, why.loc[row["customer_id"]]) for row in contacted.to_dict("records")],
        "all": f"All {count(len(found.contacted()))} on the list",
        "files": ["campaign.csv", "campaign.xlsx"],
    }


def _row(found: Findings, row: Mapping[Any, Any], why: "pd.Series[Any]") -> Facts:
    pushes = why["reason_1_points"]
    return {
        "id": row["customer_id"],
        "risk": percent(row["churn_probability"]),
        "why": why["reason_1"],
        "points": None if pd.isna(pushes) else points(pushes),
        "action": action_words(found.campaign, row["action"]),
        "channel": f"by {row['channel']}",
        "net": amount(row["expected_net_value"], found.currency),
    }
