"""`churn why` says of one customer what the list and the page say of him, in words, whatever his id."""

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from made_up_shop import HOSTILE
from nightly import churn
from test_flow import page

from pipeline.campaign.spreadsheet import read_campaign_csv
from pipeline.commands.why import told
from pipeline.errors import TooLittleDataError
from pipeline.features.catalogue import BEHAVIOURS, every_feature
from pipeline.features.families import FAMILIES

HEAD = re.compile(
    r"(?P<id>.*), as of 31 March 2024: (?P<risk>.+?) chance of leaving, (?P<band>.*), rank (?P<rank>\S+) of (?P<all>\S+); "
    r"worth (?P<value>\S+) if kept, (?P<stake>\S+) at stake\."
)
REASONS = ("reason_1", "reason_2", "reason_3", "protective_reason")
NAMES = {feature.name for feature in every_feature()} | {line.stem for line in BEHAVIOURS} | set(FAMILIES)
KEYS = {name for name in NAMES if "_" in name}


@pytest.fixture(autouse=True)
def in_a_finished_flow(done: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(done)


@pytest.fixture(scope="module")
def cards(done: Path) -> dict[str, dict[str, Any]]:
    """Return what the page shows of each customer."""
    return {row["id"]: row for row in page(done).data()["rows"]}


@pytest.fixture(scope="module")
def listed(done: Path) -> pd.DataFrame:
    return read_campaign_csv((done / "reports/campaign.csv").read_text(encoding="utf-8")).set_index("customer_id")


@pytest.fixture(scope="module")
def said(done: Path, listed: pd.DataFrame) -> dict[str, str]:
    """Return what is said of the hostile ids, and of one customer in nine in the order of the list."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(done)
        return {customer: told(customer) for customer in dict.fromkeys([*HOSTILE, *listed.index[::9]])}


def test_a_hostile_id_is_told_as_it_is_written(done, said):
    for customer in HOSTILE:
        found = HEAD.match(said[customer])
        assert found
        assert found["id"] == customer
    assert churn(done, "why", "</script>") == (0, f"{said['</script>']}\n ")


def test_every_figure_is_the_pages_and_its_rank_the_scores(done, cards, said):
    ranks = pq.read_table(done / "data/scores.parquet").to_pandas().set_index("customer_id")["risk_rank"]
    for customer, text in said.items():
        card, head = cards[customer], HEAD.match(text)
        assert head
        assert head["risk"] == card["risk"]["shown"]
        assert head["value"] == card["value"]["shown"]
        assert head["stake"] == card["stake"]
        assert (head["rank"], head["all"]) == (str(ranks[customer]), str(len(ranks)))


def test_sentences_and_decision_are_the_lists_and_points_the_pages(cards, listed, said):
    for customer, text in said.items():
        _, *lines, decided = text.splitlines()
        reasons = [sentence for sentence in listed.loc[customer, list(REASONS)] if not pd.isna(sentence)]
        assert [line[15:] for line in lines] == reasons
        shown = {one["says"]: one["points"] for one in cards[customer]["reasons"]}
        for line in lines:
            if line[:15].strip():
                assert line[:15].strip() == shown[line[15:]]
        net = cards[customer]["net"]["shown"]
        assert listed.loc[customer, "decision"] != "contact" or decided.endswith(
            f"Expected to bring {net} after all costs."
        )


def test_no_name_of_a_column_family_or_decision_is_said(said, listed):
    codes = {code for code in listed["decision"] if "_" in code} | {"very_high"}
    for customer, text in said.items():
        words = set(re.findall(r"\w+", text.removeprefix(customer)))
        assert words & (KEYS | codes) == set()


def test_an_id_that_is_not_scored_is_refused_by_name_and_one_with_a_hyphen_can_be_asked_for(done):
    with pytest.raises(TooLittleDataError, match="-31 has no score: not at risk on 2024-03-31, or no such customer"):
        told("-31")
    assert churn(done, "why", "--", "-31")[0] == 4


def test_a_terminal_of_plain_letters_is_told_too(done):
    code, text = churn(done, "why", "../x", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert code == 0
    assert text.startswith("../x, as of 31 March 2024: ")
