"""The flow on a made-up shop, run twice from clean: once by one thread and without a diary, once by two."""

from pathlib import Path

import pytest
from made_up_shop import shop_params, write_params, write_shop
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
