"""A shop whose checked tables and snapshots lie in a folder, as the stages before leave them."""

from pathlib import Path

import pytest

from pipeline.params import Params
from pipeline.params_file import load_params
from pipeline.progress import Progress
from pipeline.stages import contract, snapshots
from tests import spark_master  # noqa: F401 - names the Spark
from tests.flow.made_up_shop import shop_params, write_params, write_shop

SILENT = Progress("test", quiet=True)


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with settings, checked tables and snapshots."""
    folder = tmp_path_factory.mktemp("shop")
    write_shop(folder / "data/source")
    write_params(folder / "params.yaml", shop_params(Path("data/source"), snapshots__max_train_dates=3))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for stage in (contract, snapshots):
            stage.run(load_params(Path("params.yaml")), SILENT)
    return folder


@pytest.fixture
def settings(shop: Path, monkeypatch: pytest.MonkeyPatch) -> Params:
    """Go to the shop and read its settings."""
    monkeypatch.chdir(shop)
    return load_params(Path("params.yaml"))
