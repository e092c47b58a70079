"""What `churn promote` does with the outcome of the comparison, and with `--force`."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline.commands import promote
from pipeline.errors import IntegrityError, ParamsError
from pipeline.params_file import load_params
from pipeline.progress import Progress
from pipeline.training.promote import Promotion

PARAMS = load_params(Path("params.yaml"))
REFUSED = Promotion.refused("The interval includes zero.")
PROMOTED = Promotion(promoted=True, sentence="Promoted: it is better.")


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """Stand in for the flow's products and for a registry in which `old` leads."""
    held: dict[str, object] = {"champion": "old", "tags": {}}
    model = SimpleNamespace(version="new")
    read = {"model_version": "new", "mlflow_run_id": None, "verdicts": []}
    monkeypatch.setattr(promote.ChurnModel, "load", lambda folder: model)
    monkeypatch.setattr(promote.artifacts, "read_json", lambda path: read)
    monkeypatch.setattr(promote, "_serving", lambda *asked: None)
    monkeypatch.setattr(promote, "register", lambda *asked: held.update(registered=True) or "7")
    monkeypatch.setattr(promote, "aliased", held.get)
    monkeypatch.setattr(promote, "move_alias", held.__setitem__)
    monkeypatch.setattr(promote, "drop_alias", lambda alias: held.pop(alias, None))
    monkeypatch.setattr(promote, "remember", lambda version, words: held["tags"].update({version: words}))
    return held


def promoted(monkeypatch: pytest.MonkeyPatch, compare: Callable[..., Promotion], force: str | None = None) -> None:
    monkeypatch.setattr(promote, "_compared", compare)
    promote.run(PARAMS, Progress("promote", quiet=True), force)


def test_a_model_that_wins_leads_and_nobody_challenges_it(registry, monkeypatch):
    promoted(monkeypatch, lambda *asked: PROMOTED)
    assert (registry["champion"], registry.get("challenger")) == ("new", None)
    words = {"promoted": "true", "decision": "Promoted: it is better.", "compared_with": "old"}
    assert registry["tags"] == {"new": words}


def test_a_model_that_does_not_win_is_the_challenger_and_the_registry_says_why(registry, monkeypatch):
    promoted(monkeypatch, lambda *asked: REFUSED)
    assert (registry["champion"], registry["challenger"]) == ("old", "new")
    assert registry["tags"]["new"]["promoted"] == "false"
    assert registry["tags"]["new"]["decision"] == "Not promoted. The interval includes zero."


def test_a_forced_model_leads_and_the_registry_keeps_the_reason(registry, monkeypatch):
    promoted(monkeypatch, lambda *asked: REFUSED, force="the old one cannot be read")
    assert registry["champion"] == "new"
    assert registry["tags"]["new"]["forced_because"] == "the old one cannot be read"
    assert "What spoke against it: The interval includes zero." in registry["tags"]["new"]["decision"]


def test_a_winner_needs_no_force_and_leaves_no_reason(registry, monkeypatch):
    promoted(monkeypatch, lambda *asked: PROMOTED, force="whatever")
    assert "forced_because" not in registry["tags"]["new"]


def incomparable(*_: object) -> Promotion:
    raise ParamsError("The champion reads orders_182d, which the features no longer have.")


def test_a_champion_that_cannot_be_compared_with_stops_the_command_and_stays(registry, monkeypatch):
    with pytest.raises(ParamsError, match="no longer have"):
        promoted(monkeypatch, incomparable)
    assert registry["champion"] == "old"


def test_force_also_leads_past_a_champion_that_cannot_be_compared_with(registry, monkeypatch):
    promoted(monkeypatch, incomparable, force="the table is gone")
    assert registry["champion"] == "new"
    assert "which the features no longer have" in registry["tags"]["new"]["decision"]


def test_a_model_that_leads_already_changes_nothing(registry, monkeypatch):
    registry["champion"] = "new"
    promoted(monkeypatch, incomparable, force="whatever")
    assert registry == {"champion": "new", "tags": {}}


def test_force_needs_a_reason(registry, monkeypatch):
    with pytest.raises(ParamsError, match="--force needs a reason"):
        promoted(monkeypatch, lambda *asked: REFUSED, force=" ")
    assert registry["champion"] == "old"


def test_an_evaluation_of_another_model_is_no_ground_to_decide_on(registry, monkeypatch):
    monkeypatch.setattr(promote.artifacts, "read_json", lambda path: {"model_version": "other"})
    with pytest.raises(IntegrityError, match="judges model other, not new"):
        promoted(monkeypatch, lambda *asked: PROMOTED)
    assert registry == {"champion": "old", "tags": {}}
