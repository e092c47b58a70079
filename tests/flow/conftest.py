"""The flow on a made-up shop, run twice from clean: once by one thread and without a diary, once by two."""

import shutil
from pathlib import Path

import pytest
from made_up_shop import shop_params, write_params, write_shop
from nightly import EARLIER, churn
from whole_flow import copy_code, start_flow, wait_for

NO_DIARY = "ftp://nowhere"
FAST = {"snapshots__max_train_dates": 3, "train__max_rounds": 60, "evaluate__replicates": 100}


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Return the folders of two runs on the same shop, by the number of threads."""
    code = copy_code(tmp_path_factory.mktemp("code"))
    folders = {threads: tmp_path_factory.mktemp(f"threads_{threads}") for threads in (1, 2)}
    for folder in folders.values():
        write_shop(folder / "data/source")
        write_params(folder / "params.yaml", shop_params(Path("data/source"), **FAST))
    flows = [start_flow(folders[1], code, 1, MLFLOW_TRACKING_URI=NO_DIARY), start_flow(folders[2], code, 2)]
    for flow, folder in zip(flows, folders.values(), strict=True):
        wait_for(flow, folder)
    return folders


@pytest.fixture(scope="session")
def done(runs: dict[int, Path]) -> Path:
    """Return the folder of a finished run; tests read it and change nothing."""
    return runs[2]


@pytest.fixture(scope="session")
def shop(done: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what a batch machine has: settings, source tables, a model and what judged it; no DVC and no git."""
    folder = tmp_path_factory.mktemp("nightly")
    shutil.copytree(done / "data/source", folder / "data/source")
    shutil.copytree(done / "models/churn", folder / "models/churn")
    (folder / "reports").mkdir()
    for name in ("params.yaml", "reports/evaluation.json"):
        shutil.copy(done / name, folder / name)
    return folder


@pytest.fixture(scope="session")
def two_nights(shop: Path) -> Path:
    """Return a folder with the lists of two dates, the later one current."""
    for as_of in (EARLIER, "newest"):
        code, said = churn(shop, "batch", "--as-of", as_of, "--out", "lists")
        assert code == 0, said
    return shop / "lists"


@pytest.fixture
def lists(two_nights: Path, tmp_path: Path) -> Path:
    """Return a copy of the lists that a test may spoil."""
    shutil.copytree(two_nights, tmp_path / "lists", symlinks=True)
    return tmp_path / "lists"
