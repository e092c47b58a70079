"""What `churn promote` does with the outcome of the comparison, and with `--force`."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline.commands import promote
from pipeline.params_file import load_params
from pipeline.progress import Progress
from pipeline.training.promote import Promotion


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """Stand in for the flow's products and for a registry in which `old` leads."""
    held: dict[str, object] = {"champion": "old", "tags": {}}
    model = SimpleNamespace(version="new")
    monkeypatch.setattr(promote.ChurnModel, "load", lambda folder: model)
    monkeypatch.setattr(
        promote.artifacts, "read_json", lambda path: {"model_version": "new", "mlflow_run_id": None, "verdicts": []}
    )
    monkeypatch.setattr(promote, "register", lambda *asked: "7")
    monkeypatch.setattr(promote, "aliased", held.get)
    monkeypatch.setattr(promote, "move_alias", held.__setitem__)
    monkeypatch.setattr(promote, "remember", lambda version, key, value: held["tags"].update({(version, key): value}))
    return held


def decides(monkeypatch: pytest.MonkeyPatch, *, promoted: bool) -> None:
    said = Promotion(promoted=promoted, sentence="The difference is +0.001 (−0.004 to +0.006).")
    monkeypatch.setattr(promote, "_decide", lambda *asked: said)


@pytest.mark.parametrize(("promoted", "leads"), [(False, "old"), (True, "new")])
def test_a_model_leads_only_where_it_wins(registry, monkeypatch, promoted, leads):
    decides(monkeypatch, promoted=promoted)
    promote.run(load_params(Path("params.yaml")), Progress("promote", quiet=True))
    assert registry["champion"] == leads
    assert registry["challenger"] == "new"
    assert registry["tags"] == {}


def test_a_forced_model_leads_and_the_registry_keeps_the_reason(registry, monkeypatch):
    decides(monkeypatch, promoted=False)
    promote.run(load_params(Path("params.yaml")), Progress("promote", quiet=True), force="the old one cannot be read")
    assert registry["champion"] == "new"
    assert registry["tags"] == {("new", "forced_because"): "the old one cannot be read"}


def test_a_winner_needs_no_force_and_leaves_no_reason(registry, monkeypatch):
    decides(monkeypatch, promoted=True)
    promote.run(load_params(Path("params.yaml")), Progress("promote", quiet=True), force="whatever")
    assert registry["champion"] == "new"
    assert registry["tags"] == {}
