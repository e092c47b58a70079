"""Tell one customer's score, reasons and decision."""

from collections.abc import Mapping
from typing import Any

import pyarrow.compute as pc

from pipeline import artifacts
from pipeline.campaign.spreadsheet import read_campaign_csv
from pipeline.errors import TooLittleDataError
from pipeline.money import amount
from pipeline.reports.decisions import BANDS, DECISIONS, action_words
from pipeline.reports.shown import day, percent, points
from pipeline.scoring.wording import lower_first
from pipeline.stages import products

REASONS = ("reason_1", "reason_2", "reason_3", "protective_reason")
WIDTH = 11


def told(customer_id: str) -> str:
    """Return what is known of a scored customer as lines of text; raises TooLittleDataError for one without a score."""
    scores = artifacts.read_table(products.SCORES)
    found = scores.filter(pc.equal(scores["customer_id"], customer_id)).to_pylist()
    if not found:
        raise TooLittleDataError(
            f"{customer_id} has no score: not at risk on {scores['as_of'][0]}, or no such customer. Ids are text, as in the source."
        )
    reasons = artifacts.read_table(products.REASONS)
    given = reasons.filter(pc.equal(reasons["customer_id"], customer_id)).to_pylist()[0]
    listed = read_campaign_csv(artifacts.read_text(products.CAMPAIGN))
    line: dict[Any, Any] = listed[listed["customer_id"] == customer_id].iloc[0].to_dict()
    currency = artifacts.read_json(products.CHECKED / "contract.json")["currency"]
    told_reasons = [_line(given[name], given[f"{name}_points"]) for name in REASONS if given[name]]
    return "\n".join([_head(found[0], line, scores.num_rows, currency), *told_reasons, _decision(line, currency)])


def _head(score: Mapping[str, Any], line: Mapping[Any, Any], customers: int, currency: str) -> str:
    """Say the figures as list and page have them: the list holds them rounded, and rounding twice may show another digit."""
    risk, value = float(line["churn_probability"]), float(line["customer_value"])
    return (
        f"{score['customer_id']}, as of {day(score['as_of'])}: {percent(risk)} chance of leaving, "
        f"{lower_first(BANDS[score['risk_band']])}, rank {score['risk_rank']:,} of {customers:,}; worth "
        f"{amount(value, currency)} if kept, {amount(risk * value, currency)} at stake."
    )


def _line(sentence: str, pushes: float | None) -> str:
    return f"  {'' if pushes is None else points(pushes):>{WIDTH}}  {sentence}"


def _decision(line: Mapping[Any, Any], currency: str) -> str:
    """Say what was decided and why; of a customer to contact, what to do and what it is expected to bring."""
    campaign = artifacts.read_json(products.CAMPAIGN_TOTALS)
    code = line["decision"]
    if code != "contact":
        return f"  {DECISIONS[code]}: {lower_first(campaign['decisions'][code]['words'])}"
    brings = amount(float(line["expected_net_value"]), currency)
    does = lower_first(action_words(campaign, line["action"]))
    return f"  {DECISIONS[code]}: {does}, by {line['channel']}. Expected to bring {brings} after all costs."
