"""A file of features is read only where it is the one that was written, and holds each customer once."""

import hashlib
import random
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.artifacts import new_folder, verify_folder, write_table
from pipeline.errors import ContractError, IntegrityError
from pipeline.scoring.features_file import only, overview, refuse_unfit, verify
from pipeline.scoring.reasons import typical_values


def table(customers: int) -> pa.Table:
    """Draw a small file of features."""
    rng = np.random.default_rng(customers)
    return pa.table(
        {
            "customer_id": [f"c{number}" for number in range(customers)],
            "as_of": pa.array([date(2024, 1, 1)] * customers, pa.date32()),
            "orders_28d": rng.poisson(2, customers).astype(float),
            "main_category_91d": rng.choice(["bread", "wine"], customers).tolist(),
            "customer_value": rng.lognormal(size=customers),
            "currency": ["EUR"] * customers,
        }
    )


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """Return a file of features with its sha256 beside it."""
    path = tmp_path / "features.parquet"
    write_table(path, table(500))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    path.with_name("features.parquet.sha256").write_text(f"{digest}  features.parquet\n")
    return path


def test_a_file_as_it_was_written_is_let_through(written):
    verify(written)
    refuse_unfit(written, ["orders_28d"])
    assert only(written, "as_of") == date(2024, 1, 1)


def test_a_bit_flipped_anywhere_is_refused(written):
    content, chance = written.read_bytes(), random.Random(20170101)
    for _ in range(200):
        flipped = bytearray(content)
        flipped[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        written.write_bytes(flipped)
        with pytest.raises(IntegrityError, match="is not the file that was written"):
            verify(written)


def test_a_file_cut_short_anywhere_is_refused(written):
    content, chance = written.read_bytes(), random.Random(20170101)
    for _ in range(50):
        written.write_bytes(content[: chance.randrange(len(content))])
        with pytest.raises(IntegrityError, match="is not the file that was written"):
            verify(written)


def test_a_file_of_which_nothing_is_written_down_is_refused_with_the_way_out(written):
    written.with_name("features.parquet.sha256").unlink()
    with pytest.raises(IntegrityError, match=r"sha256sum features.parquet > features.parquet.sha256"):
        verify(written)


def test_the_manifest_of_a_list_speaks_for_the_features_kept_in_it(tmp_path):
    with new_folder(tmp_path / "list") as folder:
        write_table(folder / "features.parquet", table(10))
    verify(tmp_path / "list/features.parquet")


def test_a_manifest_with_a_bit_flipped_is_refused_as_well(tmp_path):
    with new_folder(tmp_path / "list") as folder:
        write_table(folder / "features.parquet", table(10))
    manifest, chance = tmp_path / "list/manifest.json", random.Random(20170101)
    content = manifest.read_bytes()
    for _ in range(300):
        place = chance.randrange(len(content))
        flipped = bytearray(content)
        flipped[place] ^= 1 << chance.randrange(8)
        if flipped.split() == content.split():
            continue
        manifest.write_bytes(flipped)
        with pytest.raises(IntegrityError):
            verify_folder(tmp_path / "list")


def test_what_is_no_parquet_is_refused_though_its_sha256_agrees(written):
    written.write_bytes(b"PAR1 nothing of the kind PAR1")
    written.with_name("features.parquet.sha256").write_text(hashlib.sha256(written.read_bytes()).hexdigest())
    verify(written)
    with pytest.raises(IntegrityError, match="is no Parquet file"):
        refuse_unfit(written, [])


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda rows: rows.drop_columns("orders_28d"), IntegrityError, "has no column orders_28d"),
        (lambda rows: pa.concat_tables([rows, rows.slice(3, 1)]), ContractError, "'c3' is there more than once"),
        (
            lambda rows: rows.set_column(0, "customer_id", pa.array([None, *rows["customer_id"].to_pylist()[1:]])),
            ContractError,
            "1 rows name nobody",
        ),
        (
            lambda rows: rows.set_column(4, "customer_value", pa.array([float("nan"), None, *[1.0] * 498])),
            ContractError,
            "does not say what 2 customers are worth",
        ),
    ],
)
def test_a_file_that_cannot_be_scored_is_refused_with_what_is_wrong(tmp_path, change, error, words):
    pq.write_table(change(table(500)), tmp_path / "features.parquet")
    with pytest.raises(error, match=words):
        refuse_unfit(tmp_path / "features.parquet", ["orders_28d"])


def test_a_file_of_two_dates_is_refused(tmp_path):
    two = [date(2024, 1, 1), date(2024, 1, 2)]
    pq.write_table(table(2).set_column(1, "as_of", pa.array(two)), tmp_path / "features.parquet")
    with pytest.raises(ContractError, match="customers of one as_of"):
        only(tmp_path / "features.parquet", "as_of")


def test_what_is_typical_of_a_file_is_what_is_typical_of_its_rows(written):
    names = ["orders_28d", "main_category_91d"]
    rows = pd.read_parquet(written)
    seen = overview(written, names)
    assert seen.typical == typical_values(rows, names)
    assert seen.typical["orders_28d"] == rows["orders_28d"].median()
    assert seen.customers == len(seen.sample) == 500
