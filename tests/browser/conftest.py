"""A page in Chromium: opened at a size, in light or dark, with everything it asks for and says written down."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.webdriver import WebDriver

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
SIZES = {"screen": (1280, 900), "tablet": (800, 900), "phone": (390, 844), "small phone": (340, 640)}

Opens = Callable[..., WebDriver]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a browser, saying so, where there is none."""
    if CHROMIUM and DRIVER:
        return
    for item in items:
        if "browser" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="needs chromium and chromium-driver"))


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDriver]:
    """Return a Chromium that may open nothing by itself."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    yield driver
    driver.quit()


@pytest.fixture
def browse(chromium: WebDriver) -> Opens:
    """Open a file at a size, in light or dark; what came before is forgotten."""

    def at(path: Path, size: str = "screen", colours: str = "light") -> WebDriver:
        width, height = SIZES[size]
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        features = [
            {"name": "prefers-color-scheme", "value": colours},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": features})
        chromium.get_log("browser")
        chromium.get_log("performance")
        chromium.get(path.as_uri())
        return chromium

    return at
