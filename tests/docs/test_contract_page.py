"""The pages and examples of the contract say what the code does."""

from pathlib import Path

import pytest
import yaml

from pipeline.contract.dictionary import data_contract_page
from pipeline.contract.tables import KINDS
from pipeline.params_file import load_params

ROOT = Path(__file__).parents[2]


def test_the_page_says_what_is_checked():
    """Made again by: python -c "from pipeline.contract.dictionary import ...; print(data_contract_page(), end='')"."""
    assert (ROOT / "docs/data-contract.md").read_text(encoding="utf-8") == data_contract_page()


@pytest.mark.parametrize("name", ["files", "cdnow"])
def test_an_example_loads_and_differs_from_params_only_in_its_source(name):
    shipped, example = ROOT / "params.yaml", ROOT / f"examples/params.{name}.yaml"
    assert load_params(example).source.origin == name
    given, shown = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in (shipped, example))
    assert given | {"source": shown["source"]} == shown
    assert given["source"] != shown["source"]


def test_the_example_of_files_maps_columns_that_the_contract_has():
    for table in load_params(ROOT / "examples/params.files.yaml").source.files.tables.values():
        kind = KINDS[table.kind]
        assert set(kind.required) <= set(table.columns)
        assert all(kind.column(name) for name in table.columns)


def test_an_example_is_a_copy_word_for_word_outside_its_source():
    shipped = (ROOT / "params.yaml").read_text(encoding="utf-8")
    for name in ("files", "cdnow"):
        example = (ROOT / f"examples/params.{name}.yaml").read_text(encoding="utf-8")
        assert example.split("\ncontract:\n")[1] == shipped.split("\ncontract:\n")[1]
