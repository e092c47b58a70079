"""What the products say of every scored customer is what the tables hold, in words that name no column."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
from sentences import read
from test_flow import page

from pipeline.features.catalogue import BEHAVIOURS, every_feature, feature_named
from pipeline.features.families import FAMILIES
from pipeline.model.churn_model import ChurnModel

REASONS = ("reason_1", "reason_2", "reason_3", "protective_reason", "actionable_reason")
COLUMNS = sorted({feature.name for feature in every_feature()} | {line.stem for line in BEHAVIOURS})
NAMED = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in COLUMNS if "_" in name))


def table(path: Path) -> pd.DataFrame:
    return pq.read_table(path).to_pandas(date_as_object=True)


@pytest.fixture(scope="module")
def customers(done: Path) -> pd.DataFrame:
    """Return the feature rows of every scored customer, in the order of the reasons."""
    reasons, features = table(done / "data/reasons.parquet"), table(done / "data/features.parquet")
    today = features[features["as_of"] == reasons["as_of"].iloc[0]].drop_duplicates("customer_id")
    return today.set_index("customer_id").loc[reasons["customer_id"]]


@pytest.fixture(scope="module")
def reasons(done: Path) -> pd.DataFrame:
    return table(done / "data/reasons.parquet").set_index("customer_id")


@pytest.fixture(scope="module")
def model(done: Path) -> ChurnModel:
    return ChurnModel.load(done / "models/churn")


@pytest.fixture(scope="module")
def currency(done: Path) -> str:
    return json.loads((done / "data/checked/contract.json").read_text())["currency"]


def told_of(reasons: pd.DataFrame, column: str) -> Iterator[tuple[str, str, str]]:
    """Return customer, sentence and family of everyone who has this reason."""
    for customer, sentence, family in reasons[[column, f"{column}_family"]].itertuples():
        if not pd.isna(family):
            yield customer, sentence, family


@pytest.mark.parametrize("column", REASONS)
def test_every_number_of_every_sentence_is_that_of_the_feature_table(customers, reasons, model, currency, column):
    typical = {name: customers[name].median() for name in model.features if customers[name].dtype.kind in "if"}
    common = {name: customers[name].mode().sort_values().iloc[0] for name in model.features if name not in typical}
    usual, told = typical | common, 0
    for customer, sentence, family in told_of(reasons, column):
        members = [feature_named(name) for name in model.features if feature_named(name).family == family]
        values = {"own": customers.loc[customer], "typical": usual}
        for part in re.split(r"(?<=\.) (?=[A-Z])", sentence):
            readings = [found for feature in members if (found := read(part, feature)) is not None]
            agree = [
                all(one.agrees(values[one.whose][one.feature.name], currency) for one in all_) for all_ in readings
            ]
            assert any(agree), (customer, part)
        told += 1
    assert told > 20


@pytest.mark.parametrize("column", REASONS)
def test_the_direction_of_every_reason_is_the_sign_of_its_contribution(reasons, column):
    told = reasons[reasons[f"{column}_family"].notna()]
    contributions = np.array([row[f"contribution_{row[f'{column}_family']}"] for row in told.to_dict("records")])
    points = told[f"{column}_points"].to_numpy(float)
    assert (np.sign(points) == np.sign(contributions)).all()
    assert (np.sign(points) == (-1 if column == "protective_reason" else 1)).all()
    assert (np.abs(points) <= 100).all()


def test_a_missing_value_is_told_as_no_record_and_only_that(customers, reasons, model):
    for column in REASONS:
        for customer, sentence, family in told_of(reasons, column):
            if sentence.startswith("No record of "):
                words = {feature_named(name).words.lower(): name for name in model.features}
                name = words[sentence.removeprefix("No record of ").removesuffix(".").lower()]
                assert pd.isna(customers.loc[customer, name])
                assert feature_named(name).family == family


def visible(done: Path) -> dict[str, list[str]]:
    """Return the texts that people read, by product."""
    carried = page(done).data()
    keyed = {"family", "decision", "band"}
    book = openpyxl.load_workbook(done / "reports/campaign.xlsx")
    listed = pd.read_csv(done / "reports/campaign.csv", dtype=str).filter(like="reason").melt()["value"].dropna()
    drift = json.loads((done / "reports/drift.json").read_text(encoding="utf-8"))
    return {
        "page": [*page(done).seen, *texts(carried, keyed)],
        "workbook": [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value],
        "list": list(listed),
        "drift": [drift["verdict"], *(one["words"] for one in (*drift["features"], drift["score"]))],
    }


def texts(value: Any, keyed: set[str]) -> Iterator[str]:
    """Return every text of a JSON value but those of the fields that are keys."""
    if isinstance(value, dict):
        for name, part in value.items():
            if name not in keyed:
                yield from texts(part, keyed)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part, keyed)
    elif isinstance(value, str):
        yield value


@pytest.mark.filterwarnings("ignore:.*extension is not supported")
def test_no_name_of_a_column_stands_where_people_read(done: Path) -> None:
    for product, read_texts in visible(done).items():
        assert len(read_texts) > 3, product
        assert [text for text in read_texts if NAMED.search(text)] == [], product
        keys = set(FAMILIES) - {"contact", "plan", "service", "payments", "returns"}
        assert [text for text in read_texts if text in keys] == [], product
