"""The page of a million scored customers: as small and as quick to open as that of a thousand."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from browser.conftest import Opens
from browser.looks import asked_for, open_first
from selenium.webdriver.common.by import By
from unit.report_fixture import StandIn, findings

from pipeline.reports.customers import MOST_CUSTOMERS, on_the_page
from pipeline.reports.facts import report_facts
from pipeline.reports.findings import Findings
from pipeline.reports.page import render

MILLION = 1_000_000
MOST_BYTES = 3_000_000
MOST_SECONDS = 3.0

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def blown_up(found: Findings, customers: int) -> Findings:
    """Return findings of so many customers: everyone again and again, under ids of their own."""
    times = customers // len(found.scores)

    def again(frame: pd.DataFrame) -> pd.DataFrame:
        ids = np.tile(frame["customer_id"].to_numpy(dtype=object), times)
        which = np.repeat(np.arange(times), len(frame))
        unique = pd.Series(ids).str.cat(pd.Series(which).astype(str), sep="/")
        return pd.concat([frame] * times, ignore_index=True).assign(customer_id=unique)

    features = again(found.features)
    contributions = pd.DataFrame(
        np.tile(found.model.contributions(found.features), (times, 1)), index=features["customer_id"]
    )
    model = StandIn(found.model.features, found.model.families, contributions)
    frames = {name: again(getattr(found, name)) for name in ("scores", "reasons", "listed")}
    segments = pd.Series(
        np.tile(found.segments.loc[found.features["customer_id"]].to_numpy(), times), index=features["customer_id"]
    )
    return replace(found, **frames, features=features, model=model, segments=segments)


@pytest.fixture(scope="module")
def found() -> Findings:
    return blown_up(findings(2_000), MILLION)


@pytest.fixture(scope="module")
def path(found: Findings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    written = tmp_path_factory.mktemp("million") / "report.html"
    written.write_text(render(report_facts(found)), encoding="utf-8")
    return written


def test_it_has_under_three_megabytes(path: Path) -> None:
    assert path.stat().st_size < MOST_BYTES


def test_it_holds_the_customers_to_contact_first_and_says_how_many_there_are(found: Findings, path: Path) -> None:
    assert len(on_the_page(found.listed)) == MOST_CUSTOMERS
    assert "The first 2,000 of 1,000,000 customers at risk" in path.read_text(encoding="utf-8")


def test_it_opens_in_under_three_seconds_and_asks_for_nothing(browse: Opens, path: Path) -> None:
    browse(path)
    started = time.perf_counter()
    page = browse(path)
    shown = page.find_elements(By.CSS_SELECTOR, "#rows .id")
    assert time.perf_counter() - started < MOST_SECONDS
    assert len(shown) == 25
    assert asked_for(page, path) == set()


def test_a_search_among_the_embedded_customers_answers_at_once(browse: Opens, found: Findings, path: Path) -> None:
    page = browse(path)
    last = on_the_page(found.listed)[-1]
    took = page.execute_script(
        "const field = document.getElementById('search'), start = performance.now();"
        "field.value = arguments[0]; field.dispatchEvent(new Event('input'));"
        "return performance.now() - start",
        last,
    )
    assert took < 500
    assert page.find_element(By.CSS_SELECTOR, "#rows .id").text == last
    open_first(page)
    assert page.find_element(By.ID, "card-title").text == last
