"""The nightly job and MLflow: a list is made of the model that leads, and MLflow away is a warning, not a failure."""

import shutil
from pathlib import Path

import pytest
from nightly import EARLIER, churn, litter, now, runs

from pipeline.artifacts import MANIFEST, file_hashes, sha256
from pipeline.model.churn_model import ChurnModel
from pipeline.scoring import publish

CHAMPION = ("--model", "models:/churn@champion")
NOBODY_ANSWERS = {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9"}
NO_DATABASE = {"MLFLOW_TRACKING_URI": "sqlite:////proc/nowhere/mlflow.db"}
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def diary(done: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the way to a registry in which the shop's model leads."""
    home = tmp_path_factory.mktemp("registry") / "project"
    shutil.copytree(done, home, ignore=shutil.ignore_patterns("mlflow*", "mlartifacts"))
    code, said = churn(home, "promote", "--force", "the first one")
    assert code == 0, said
    return {"MLFLOW_TRACKING_URI": f"sqlite:///{home / 'mlflow.db'}"}


@pytest.fixture
def led(shop: Path, diary: dict[str, str], tmp_path: Path) -> Path:
    """Return lists of which the first was made while MLflow answered."""
    out = tmp_path / "lists"
    code, said = churn(shop, "batch", "--as-of", EARLIER, "--out", str(out), *CHAMPION, **diary)
    assert code == 0, said
    assert "MLflow" not in said
    return out


def test_the_list_of_the_leading_model_is_the_list_of_its_folder(two_nights, led):
    of_folder = two_nights / publish.published(two_nights)[0]
    assert now(led).name == of_folder.name
    assert file_hashes(now(led)) == file_hashes(of_folder)


@pytest.mark.parametrize("away", [NOBODY_ANSWERS, NO_DATABASE], ids=["no server", "no database"])
def test_while_mlflow_is_away_the_last_leading_model_goes_on_with_a_warning(shop, led, away):
    code, said = churn(shop, "batch", "--as-of", "2024-03-02", "--out", str(led), *CHAMPION, **away)
    assert code == 0, said
    warning = next(line for line in said.splitlines() if "The registry could not be used" in line)
    assert warning.endswith(
        f"The list is made of the model that was champion when it last answered, {led / 'models/champion'}."
    )
    assert now(led).parent.name == "as_of=2024-03-02"
    assert ChurnModel.load(led / "models/champion").version == ChurnModel.load(shop / "models/churn").version
    assert litter(led) == []


def test_a_first_night_without_mlflow_is_refused_with_two_ways_out(shop, tmp_path):
    code, said = churn(shop, "batch", "--out", str(tmp_path / "lists"), *CHAMPION, **NOBODY_ANSWERS)
    assert code == 7
    assert "The registry could not be used" in said
    assert said.strip().endswith(
        "models/champion of an earlier list to go on with; wait for MLflow, or give --model a folder."
    )
    assert runs(tmp_path / "lists") == []


def test_a_kept_model_that_was_spoilt_is_refused_while_mlflow_is_away_and_replaced_when_it_is_back(shop, led, diary):
    held = now(led)
    kept = led / "models/champion/model.json"
    kept.write_bytes(kept.read_bytes().replace(b"a", b"b", 1))
    code, said = churn(shop, "batch", "--as-of", "2024-03-02", "--out", str(led), *CHAMPION, **NOBODY_ANSWERS)
    assert code == 5
    assert "model.json is not the file that was written" in said
    assert now(led) == held
    assert churn(shop, "batch", "--as-of", "2024-03-02", "--out", str(led), *CHAMPION, **diary)[0] == 0
    assert sha256(kept.parent / MANIFEST) == sha256(shop / "models/churn" / MANIFEST)


@pytest.mark.parametrize("away", [NOBODY_ANSWERS, NO_DATABASE], ids=["no server", "no database"])
def test_a_model_folder_asks_nothing_of_mlflow(shop, two_nights, tmp_path, away):
    code, said = churn(shop, "batch", "--as-of", EARLIER, "--out", str(tmp_path / "lists"), **away)
    assert code == 0
    assert "registry" not in said
    assert file_hashes(now(tmp_path / "lists")) == file_hashes(two_nights / publish.published(two_nights)[0])


def test_an_alias_that_points_at_nothing_is_an_answer_and_no_absence(shop, led, diary):
    code, said = churn(shop, "batch", "--out", str(led), "--model", "models:/churn@challenger", **diary)
    assert code == 5
    assert "No registered model is called challenger yet; run `churn promote` to choose one." in said


@pytest.mark.parametrize("asked", ["models:/churn/3", "models:/other@champion", "models:/churn@../x"])
def test_a_registered_model_is_asked_for_by_an_alias_alone(shop, tmp_path, asked):
    code, said = churn(shop, "batch", "--out", str(tmp_path / "lists"), "--model", asked)
    assert code == 2
    assert said.strip() == f'--model is "{asked}"; write a folder, or an alias such as models:/churn@champion.'
