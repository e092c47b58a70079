"""The page on runs and the registry shows commands, settings and names that there are."""

import json
import re
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from pipeline.cli import app
from pipeline.tracking.flat import flattened, numbers_in
from pipeline.tracking.packing import requirements
from pipeline.tracking.surroundings import EXPERIMENT_NAMES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/tracking.md").read_text(encoding="utf-8")
CODE = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "pipeline").rglob("*.py"))
COMMANDS = get_command(app).commands


@pytest.mark.parametrize("shown", re.findall(r"churn (\w+)((?: --[\w-]+)*)", PAGE))
def test_a_command_it_shows_is_a_command_with_that_option(shown):
    name, options = shown
    known = {option for one in COMMANDS[name].params for option in one.opts}
    assert set(options.split()) <= known


@pytest.mark.parametrize("setting", re.findall(r"-S ([\w.]+)=", PAGE))
def test_a_setting_it_shows_is_one(setting):
    assert setting in flattened(yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8")))


def test_a_figure_it_names_is_written_to_a_run():
    judged = json.loads((ROOT / "reports/evaluation.json").read_text(encoding="utf-8"))
    written = numbers_in({"test": judged["metrics"], **judged})
    named = re.findall(r"`((?:test|baselines)/[\w/]+)`", PAGE)
    assert len(named) == 3
    assert set(named) <= written.keys()


@pytest.mark.parametrize(
    "tag", ["git_revision", "git_dirty", "as_of_from", "as_of_to", "run_id", "model_version", "restored_of"]
)
def test_a_tag_it_names_is_written(tag):
    assert f"`{tag}`" in PAGE
    assert f'"{tag}"' in CODE


@pytest.mark.parametrize("word", ["promoted", "decision", "compared_with", "forced_because"])
def test_a_word_of_the_registry_it_names_is_kept_there(word):
    assert f"`{word}`" in PAGE
    assert f'"{word}"' in (ROOT / "pipeline/commands/promote.py").read_text(encoding="utf-8")


def test_experiments_are_called_as_it_says():
    assert all(f"`{tag}`" in PAGE for tag in EXPERIMENT_NAMES.values())


def test_the_registered_model_asks_for_the_wheel_and_mlflow_as_it_says():
    assert {line.split("==")[0] for line in requirements()} >= {"xgboost-cpu", "numba", "mlflow"}
