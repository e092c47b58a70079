"""The page as a reader has it: in Chromium, on a screen, a tablet and a phone, in light and dark."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browser.conftest import SIZES, Opens
from browser.looks import asked_for, bad_labels, open_first, scrolls_sideways, serious, tables_out_of_their_cards
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from unit.report_fixture import HOSTILE, findings

from pipeline.features.catalogue import every_feature
from pipeline.reports.facts import report_facts
from pipeline.reports.page import render

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    return report_facts(findings())


@pytest.fixture(scope="module")
def path(facts: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    written = tmp_path_factory.mktemp("page") / "report.html"
    written.write_text(render(facts), encoding="utf-8")
    return written


@pytest.fixture
def opened(browse: Opens, path: Path) -> Callable[..., WebDriver]:
    return lambda size="screen", colours="light": browse(path, size, colours)


def shown_ids(page: WebDriver) -> list[str]:
    return [button.text for button in page.find_elements(By.CSS_SELECTOR, "#rows .id")]


def search(page: WebDriver, text: str) -> None:
    field = page.find_element(By.ID, "search")
    field.clear()
    field.send_keys(text)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_no_label_is_clipped_or_overlaps_another(opened: Callable[..., WebDriver], size: str, colours: str) -> None:
    page = opened(size, colours)
    assert bad_labels(page) == []
    open_first(page)
    assert bad_labels(page) == []


@pytest.mark.parametrize("size", SIZES)
def test_the_page_never_scrolls_sideways(opened: Callable[..., WebDriver], size: str) -> None:
    page = opened(size)
    assert not scrolls_sideways(page)
    open_first(page)
    assert not scrolls_sideways(page)


@pytest.mark.parametrize("size", SIZES)
def test_no_table_reaches_out_of_its_card(opened: Callable[..., WebDriver], size: str) -> None:
    page = opened(size)
    assert tables_out_of_their_cards(page) == []
    assert not scrolls_sideways(page)


def test_nothing_is_asked_for_and_nothing_is_refused(opened: Callable[..., WebDriver], path: Path) -> None:
    page = opened()
    open_first(page)
    assert asked_for(page, path) == set()
    assert page.get_log("browser") == []


@pytest.mark.parametrize("customer", HOSTILE)
def test_a_hostile_id_is_found_shown_and_opened_as_text(opened: Callable[..., WebDriver], customer: str) -> None:
    page = opened()
    search(page, customer)
    assert customer in shown_ids(page)
    page.find_element(By.ID, "search").send_keys(Keys.ENTER)
    assert page.find_element(By.ID, "card-title").text == customer
    assert page.execute_script("return document.querySelectorAll('img').length") == 0


def test_every_number_on_an_open_card_is_a_number_of_the_facts(
    opened: Callable[..., WebDriver], facts: dict[str, Any]
) -> None:
    page = opened()
    open_first(page)
    known = set(NUMBER.findall(json.dumps(facts, ensure_ascii=False)))
    # Neighbouring cells touch in the text of a page, so each text node is read by itself.
    nodes = page.execute_script(
        "const walk = document.createTreeWalker(document.getElementById('detail'), NodeFilter.SHOW_TEXT);"
        "const texts = []; while (walk.nextNode()) texts.push(walk.currentNode.data); return texts"
    )
    shown = {number for text in nodes for number in NUMBER.findall(text)}
    assert len(shown) > 20
    assert shown <= known


def test_a_row_tells_at_a_glance_what_a_campaign_manager_asks(
    opened: Callable[..., WebDriver], facts: dict[str, Any]
) -> None:
    """On a screen as on a phone: who, how likely and in which place, what is at stake, why, what to do, what it brings."""
    row = facts["list"]["rows"][0]
    told = [row["id"], row["risk"]["shown"], row["rank"]["shown"], row["value"]["shown"], f"{row['stake']} at stake"]
    told += [
        row["why"],
        facts["list"]["decisions"][row["decision"]]["words"],
        row["action"],
        row["channel"],
        row["net"]["shown"],
    ]
    for size in SIZES:
        first = opened(size).find_element(By.CSS_SELECTOR, "#rows tr")
        seen = " ".join(first.text.split())
        assert [text for text in told if text not in seen] == [], size


def test_a_filter_leaves_only_what_fits_and_says_how_many(
    opened: Callable[..., WebDriver], facts: dict[str, Any]
) -> None:
    page = opened()
    page.execute_script(
        "const choice = document.getElementById('by-decision'); choice.value = 'holdout';"
        "choice.dispatchEvent(new Event('change'))"
    )
    controls = [row["id"] for row in facts["list"]["rows"] if row["decision"] == "holdout"]
    assert shown_ids(page) == controls[:25]
    assert page.find_element(By.ID, "status").text == f"{len(controls)} of 300 customers"


def test_sorting_says_its_direction_and_turns_round(opened: Callable[..., WebDriver], facts: dict[str, Any]) -> None:
    page = opened()
    head = page.find_element(By.CSS_SELECTOR, "th[data-sort=risk]")
    highest = max(facts["list"]["rows"], key=lambda row: row["risk"]["value"])
    page.execute_script("arguments[0].firstElementChild.click()", head)
    assert head.get_attribute("aria-sort") == "descending"
    assert shown_ids(page)[0] == highest["id"]
    page.execute_script("arguments[0].firstElementChild.click()", head)
    assert head.get_attribute("aria-sort") == "ascending"


def test_the_list_can_be_worked_by_keys_alone(opened: Callable[..., WebDriver]) -> None:
    page = opened()
    body = page.find_element(By.TAG_NAME, "body")
    body.send_keys("/")
    assert page.switch_to.active_element.get_attribute("id") == "search"
    page.switch_to.active_element.send_keys("C-0", Keys.ENTER)
    first = page.find_element(By.ID, "card-title").text
    page.switch_to.active_element.send_keys("j")
    assert page.find_element(By.ID, "card-title").text != first
    page.switch_to.active_element.send_keys("k")
    assert page.find_element(By.ID, "card-title").text == first
    page.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert not page.execute_script("return document.getElementById('card').open")
    assert page.switch_to.active_element.get_attribute("id") == "search"


def test_a_filter_and_a_sort_are_worked_by_keys_alone(opened: Callable[..., WebDriver], facts: dict[str, Any]) -> None:
    page = opened()
    page.find_element(By.TAG_NAME, "body").send_keys("/")
    page.switch_to.active_element.send_keys(Keys.TAB)
    assert page.switch_to.active_element.get_attribute("id") == "by-decision"
    page.switch_to.active_element.send_keys("Control")
    controls = [row for row in facts["list"]["rows"] if row["decision"] == "holdout"]
    assert page.find_element(By.ID, "status").text == f"{len(controls)} of 300 customers"
    for _ in range(20):
        page.switch_to.active_element.send_keys(Keys.TAB)
        if page.switch_to.active_element.text == "Risk":
            break
    page.switch_to.active_element.send_keys(Keys.ENTER)
    assert shown_ids(page)[0] == max(controls, key=lambda row: row["risk"]["value"])["id"]


def test_every_control_has_a_name_and_shows_where_the_keys_are(opened: Callable[..., WebDriver]) -> None:
    page = opened()
    page.find_element(By.TAG_NAME, "body").send_keys("/")
    for _ in range(12):
        page.switch_to.active_element.send_keys(Keys.TAB)
        here = page.switch_to.active_element
        assert here.accessible_name, here.get_attribute("outerHTML")
        assert here.value_of_css_property("outline-style") != "none", here.get_attribute("outerHTML")


def test_no_name_of_a_column_is_read_anywhere(opened: Callable[..., WebDriver]) -> None:
    page = opened()
    page.execute_script("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    open_first(page)
    text = page.find_element(By.TAG_NAME, "body").text + page.find_element(By.ID, "detail").text
    names = {feature.name for feature in every_feature() if "_" in feature.name}
    assert [name for name in names if name in text] == []
    assert len(text) > 5_000


def test_a_downloaded_selection_holds_no_formula(opened: Callable[..., WebDriver]) -> None:
    page = opened()
    search(page, "=cmd")
    text = page.execute_script(
        "let text = ''; const Real = Blob;"
        "window.Blob = function (parts, kind) { text = parts.join(''); return new Real(parts, kind); };"
        "document.getElementById('download').click(); return text"
    )
    assert text.splitlines()[1].startswith('"\'=cmd()",')


def test_colours_follow_the_system_and_then_the_reader(opened: Callable[..., WebDriver]) -> None:
    page = opened(colours="dark")
    ground = "return getComputedStyle(document.body).backgroundColor"
    dark = page.execute_script(ground)
    page.find_element(By.ID, "theme").click()
    light = page.execute_script(ground)
    assert dark != light
    page.find_element(By.ID, "theme").click()
    assert page.execute_script(ground) == dark


def test_paper_shows_the_list_and_hides_the_tools(opened: Callable[..., WebDriver]) -> None:
    page = opened()
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    for tool in (".tools", ".rail", ".pager"):
        assert page.find_element(By.CSS_SELECTOR, tool).value_of_css_property("display") == "none"
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("card", [False, True], ids=["page", "card"])
def test_axe_finds_nothing_serious(opened, colours, card):
    page = opened("screen", colours)
    if card:
        page.find_element(By.CSS_SELECTOR, "#rows button.id").click()
    assert serious(page) == []
