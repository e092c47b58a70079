"""Businesses whose checked tables and snapshots lie in a folder, as the stages before leave them."""

from pathlib import Path

import pytest

from pipeline.params import Params
from pipeline.params_file import load_params
from pipeline.progress import Progress
from pipeline.stages import contract, snapshots
from tests import spark_master  # noqa: F401 - names the Spark
from tests.flow.made_up_shop import ROOT, shop_params, write_params, write_shop

SILENT = Progress("test", quiet=True)


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the settings, checked tables and snapshots of a shop, on three as-of dates."""
    folder = tmp_path_factory.mktemp("shop")
    write_shop(folder / "data/source")
    few = {"snapshots__max_train_dates": 1, "snapshots__test_dates": 1}
    write_params(folder / "params.yaml", shop_params(Path("data/source"), **few))
    return prepared(folder)


@pytest.fixture(scope="session")
def business(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return such a folder of 6,000 simulated customers with tables of every kind, on six as-of dates."""
    folder = tmp_path_factory.mktemp("business")
    settings = (ROOT / "examples/params.simulated.yaml").read_text(encoding="utf-8")
    (folder / "params.yaml").write_text(settings.replace("max_train_dates: 12", "max_train_dates: 3"), encoding="utf-8")
    return prepared(folder)


def prepared(folder: Path) -> Path:
    """Check the source of a folder and find its snapshots."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for stage in (contract, snapshots):
            stage.run(load_params(Path("params.yaml")), SILENT)
    return folder


def settings_of(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Params:
    """Go to a folder and read its settings."""
    monkeypatch.chdir(folder)
    return load_params(Path("params.yaml"))
