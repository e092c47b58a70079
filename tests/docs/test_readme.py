"""The README keeps its word: the two commands, links that lead somewhere, nothing left to fill in."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LINKS = sorted({link for link in re.findall(r"\]\(([^)#]+)", README) if "://" not in link})


@pytest.mark.parametrize(
    "command", ["pip install uv && uv run --locked dvc repro", "pip install uv && uv run --locked pytest"]
)
def test_each_of_the_two_commands_is_a_line_of_its_own(command):
    assert README.splitlines().count(command) == 1


def test_the_continuous_check_runs_the_command_of_the_readme():
    assert "grep -m1 -x 'pip install uv && uv run --locked pytest' README.md" in (ROOT / ".ci/run").read_text()


@pytest.mark.parametrize("link", LINKS)
def test_a_link_leads_to_a_file_of_the_repository(link):
    assert (ROOT / link).exists()


def test_nothing_is_left_to_fill_in():
    assert re.findall(r"<!--.*?-->|TODO|TBD|FIXME|XXX", README) == []


def test_every_product_it_names_is_an_out_of_the_flow():
    flow = (ROOT / "dvc.yaml").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:data|models|reports)/[\w./]+)`", README)) - {"data/source/"}
    assert len(named) >= 8
    assert [name for name in sorted(named) if name.rstrip("/") not in flow] == []


def test_every_command_it_shows_is_a_command():
    from pipeline.cli import app  # noqa: PLC0415

    known = {command.name or command.callback.__name__ for command in app.registered_commands}
    assert set(re.findall(r"`churn ([a-z]+)", README)) - known == set()
