"""The pages of other businesses: as readable as that of the shop, and silent on what their tables do not tell."""

import re
from pathlib import Path

import pytest
from browser.conftest import SIZES, Opens
from browser.looks import asked_for, bad_labels, open_first, scrolls_sideways, serious
from browser.variants import VARIANTS
from selenium.webdriver.common.by import By

from pipeline.reports.facts import report_facts
from pipeline.reports.page import render

pytestmark = pytest.mark.browser

OF_TIME = re.compile(r"\bago\b|days ahead|a week\b|since the last list|\b(19|20)\d\d\b")


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    written = {name: folder / f"{name.replace(' ', '-')}.html" for name in VARIANTS}
    for name, path in written.items():
        path.write_text(render(report_facts(VARIANTS[name]())), encoding="utf-8")
    return written


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("variant", VARIANTS)
def test_labels_can_be_read_and_nothing_scrolls_sideways(
    browse: Opens, paths: dict[str, Path], variant: str, size: str
) -> None:
    page = browse(paths[variant], size)
    assert (bad_labels(page), scrolls_sideways(page)) == ([], False)
    open_first(page)
    assert (bad_labels(page), scrolls_sideways(page)) == ([], False)


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_nothing_is_asked_for_no_message_and_axe_finds_nothing_serious(
    browse: Opens, paths: dict[str, Path], variant: str, colours: str
) -> None:
    page = browse(paths[variant], colours=colours)
    open_first(page)
    assert asked_for(page, paths[variant]) == set()
    assert page.get_log("browser") == []
    assert serious(page) == []


def test_a_table_without_dates_makes_no_claim_about_time(browse: Opens, paths: dict[str, Path]) -> None:
    page = browse(paths["a table without dates"])
    sections = page.find_elements(By.CSS_SELECTOR, "main > section:not(#words):not(#quality)")
    texts = [section.text for section in sections]
    open_first(page)
    card = page.find_element(By.ID, "detail").text
    assert [OF_TIME.search(text) for text in (*texts, card)] == [None] * (len(texts) + 1)
    assert "nothing is claimed about how well the model does later" in page.find_element(By.TAG_NAME, "header").text


def test_the_card_of_a_table_without_dates_goes_behaviour_by_behaviour(browse: Opens, paths: dict[str, Path]) -> None:
    page = browse(paths["a table without dates"])
    open_first(page)
    waterfall = page.find_element(By.CSS_SELECTOR, "#detail svg")
    words = [label.text for label in waterfall.find_elements(By.TAG_NAME, "text")]
    assert "Months as customer" in words
    assert "Who they are" not in words


def test_subscribers_are_told_of_their_plan_and_their_uses(browse: Opens, paths: dict[str, Path]) -> None:
    page = browse(paths["subscribers"])
    business = page.find_element(By.ID, "business").text
    assert "Price a month" in business
    assert "Of those who first subscribed in a month" in business
    assert "Revenue" not in business
    assert "Family & friends" in page.find_element(By.ID, "who").text
    open_first(page)
    assert "Uses a week" in page.find_element(By.ID, "detail").text
