"""Tell one customer's score, reasons and decision."""

import pyarrow.compute as pc

from pipeline import artifacts
from pipeline.campaign.spreadsheet import read_campaign_csv
from pipeline.errors import TooLittleDataError
from pipeline.stages import products


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
    names = ("reason_1", "reason_2", "reason_3", "protective_reason")
    lines = [_line(given[name], given[f"{name}_points"]) for name in names if given[name]]
    return "\n".join([_head(found[0], scores.num_rows), *lines, _decision(customer_id)])


def _decision(customer_id: str) -> str:
    listed = read_campaign_csv(artifacts.read_text(products.CAMPAIGN)).set_index("customer_id")
    line = listed.loc[customer_id]
    words = artifacts.read_json(products.CAMPAIGN_TOTALS)["decisions"][line["decision"]]["words"]
    what = f" ({line['action']} by {line['channel']})" if line["decision"] == "contact" else ""
    return f"  Decision: {line['decision']}{what}. {words}"


def _head(score: dict[str, object], customers: int) -> str:
    return (
        f"{score['customer_id']}, as of {score['as_of']}: {score['churn_probability']:.0%} chance of leaving, "
        f"{str(score['risk_band']).replace('_', ' ')}, rank {score['risk_rank']:,} of {customers:,}; "
        f"worth {score['customer_value']:,.0f} if kept, {score['expected_loss']:,.0f} at stake."
    )


def _line(sentence: str, points: float | None) -> str:
    return f"  {'' if points is None else f'{points:+.0f} points':>11}  {sentence}".replace(
        "-", "−", 1 if points and points < 0 else 0
    )
