"""Every command explains itself, with an example to copy."""

import re

import pytest
import typer
from typer.testing import CliRunner

from pipeline.cli import app

COMMANDS = typer.main.get_command(app).commands
GLOBAL = CliRunner().invoke(app, ["--help"]).output


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_help_with_an_example(name):
    shown = CliRunner().invoke(app, [name, "--help"])
    assert shown.exit_code == 0
    assert re.search(rf"^Example: `churn {name}\b", COMMANDS[name].help or "", flags=re.MULTILINE)
    assert f"churn {name}" in shown.output


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_what_it_does_in_a_first_sentence(name):
    first = (COMMANDS[name].help or "").splitlines()[0]
    assert first[0].isupper()
    assert first.endswith(".")
    assert len(first) <= 100


def test_help_lists_every_command_and_every_exit_code():
    assert [name for name in COMMANDS if name not in GLOBAL] == []
    assert [code for code in (0, *range(2, 9)) if not re.search(rf"\b{code}\s+[a-z]", GLOBAL)] == []
