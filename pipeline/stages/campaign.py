"""Choose whom to contact within the budget, and whom to leave alone as control."""

from pipeline import artifacts
from pipeline.campaign.eligibility import contact_facts
from pipeline.campaign.proposal import propose
from pipeline.campaign.spreadsheet import campaign_csv
from pipeline.engines import duckdb
from pipeline.params import Params
from pipeline.progress import Progress
from pipeline.stages import products


def run(params: Params, progress: Progress) -> None:
    """Write one decision for every scored customer, and the totals without customers."""
    scores = artifacts.read_table(products.SCORES).to_pandas(date_as_object=True)
    reasons = artifacts.read_table(products.REASONS).to_pandas(date_as_object=True)
    artifacts.verify_folder(products.CHECKED)
    tables = duckdb.open_tables(duckdb.connect(), products.CHECKED)
    as_of = scores["as_of"].iloc[0]
    facts = contact_facts(tables, as_of)
    proposal = propose(scores, reasons, facts.to_pyarrow().to_pandas(), params.campaign, params.actions)
    artifacts.write_text(products.CAMPAIGN, campaign_csv(proposal.list))
    artifacts.write_json(products.CAMPAIGN_TOTALS, proposal.totals)
    progress.note(f"{proposal.totals['contacted']:,} to contact, {proposal.totals['controls']:,} left alone as control")
