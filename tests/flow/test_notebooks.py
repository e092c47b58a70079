"""Every notebook runs from its first cell to its last on the products of a flow."""

import os
import subprocess
import sys
from pathlib import Path

import jupytext
import pytest
from made_up_shop import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))


def test_there_are_notebooks_to_look_at_the_source_the_reasons_and_the_money():
    assert [path.stem for path in NOTEBOOKS] == ["look_at_the_source", "what_a_threshold_earns", "why_this_customer"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_told_in_words_between_its_cells(path: Path):
    cells = jupytext.read(path).cells
    assert cells[0].cell_type == "markdown"
    assert sum(cell.cell_type == "markdown" for cell in cells) >= 3


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_to_its_end(path: Path, done: Path):
    environment = os.environ | {"MPLBACKEND": "Agg", "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    ran = subprocess.run(
        [sys.executable, str(path)], cwd=done, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
