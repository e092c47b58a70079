"""The page: drawn from the facts alone, safe whatever the data say, one file without a request."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from report_fixture import HOSTILE, evaluation, findings

from pipeline.reports.charts.business import spark as drawn_spark
from pipeline.reports.facts import report_facts
from pipeline.reports.packed import unpack
from pipeline.reports.page import render

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


class Reader(HTMLParser):
    """Collects what a reader sees, every tag with its attributes, and the content of script and style."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.blocks: dict[str, list[str]] = {"script": [], "style": []}
        self._inside: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag and its attributes."""
        self.tags.append((tag, dict(attrs)))
        self._inside = tag if tag in self.blocks else None

    def handle_endtag(self, tag: str) -> None:
        """Leave a script or style."""
        self._inside = None if tag == self._inside else self._inside

    def handle_data(self, data: str) -> None:
        """Keep a text, apart from what scripts and styles hold."""
        if self._inside:
            self.blocks[self._inside].append(data)
        else:
            self.seen.append(data)


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    return report_facts(findings())


@pytest.fixture(scope="module")
def page(facts: dict[str, Any]) -> str:
    return render(facts)


@pytest.fixture(scope="module")
def reader(page: str) -> Reader:
    reading = Reader()
    reading.feed(page)
    return reading


def numbers_in(value: Any) -> set[str]:
    """Return every number of a JSON value, as written in its texts or as the value itself."""
    if isinstance(value, dict):
        return set().union(*(numbers_in(part) for part in value.values()))
    if isinstance(value, list):
        return set().union(*(numbers_in(part) for part in value))
    return set(NUMBER.findall(str(value)))


def test_every_number_on_the_page_is_a_number_of_the_facts(facts: dict[str, Any], reader: Reader) -> None:
    known = numbers_in(facts)
    shown = {number for text in reader.seen for number in NUMBER.findall(text)}
    assert len(shown) > 100
    assert shown <= known, sorted(shown - known)


def test_equal_facts_give_equal_bytes(facts: dict[str, Any], page: str) -> None:
    assert render(json.loads(json.dumps(facts))) == page


def test_nothing_a_customer_is_called_becomes_markup(page: str, reader: Reader) -> None:
    assert not [attributes for _, attributes in reader.tags if any(name.startswith("on") for name in attributes)]
    assert "img" not in {tag for tag, _ in reader.tags}
    assert page.count("</script>") == 2
    assert '"><img' not in page


def test_the_data_block_holds_every_listed_customer_unchanged(facts: dict[str, Any], reader: Reader) -> None:
    data = json.loads(reader.blocks["script"][0])
    data = unpack(data)
    assert data == facts["list"]
    assert set(HOSTILE) <= {row["id"] for row in data["rows"]}


def test_the_page_asks_for_nothing(page: str, reader: Reader) -> None:
    asked = [value for _, attributes in reader.tags for name, value in attributes.items() if name in {"src", "href"}]
    assert asked
    assert all(value.startswith(("#", "data:")) for value in asked if value)
    assert not re.search(r"@import|url\(", page)


def test_the_policy_names_style_and_script_by_their_hash(reader: Reader) -> None:
    policy = next(attributes["content"] for tag, attributes in reader.tags if attributes.get("http-equiv"))
    assert policy is not None
    assert "default-src 'none'" in policy
    for kind, text in (("style", reader.blocks["style"][0]), ("script", reader.blocks["script"][-1])):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy


def test_there_is_no_style_attribute(reader: Reader) -> None:
    assert not [tag for tag, attributes in reader.tags if "style" in attributes]


def test_no_template_text_holds_a_number_of_its_own() -> None:
    from pipeline.reports.page import _read  # noqa: PLC0415

    reading = Reader()
    reading.feed(re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", _read("report.html.j2"), flags=re.DOTALL))
    assert not [text for text in reading.seen if NUMBER.search(text)]


def test_sections_answer_the_questions_in_the_order_of_the_reader(reader: Reader) -> None:
    order = [attributes["id"] for tag, attributes in reader.tags if tag == "section"]
    assert order == ["today", "business", "who", "why", "quality", "drift", "changes", "list", "words"]


def test_every_picture_has_a_name(reader: Reader) -> None:
    pictures = [attributes for tag, attributes in reader.tags if tag == "svg"]
    assert pictures
    assert all(one.get("aria-label") or one.get("aria-hidden") == "true" for one in pictures)


def test_a_stopped_list_shows_its_sentence_and_no_number_of_customers() -> None:
    facts = report_facts(findings())
    facts["title"] = "Do not act on this list yet"
    facts["today"] = {"head": "Do today", "stopped": "Do not act on this list yet: too few left."}
    page = render(facts)
    assert "Do not act on this list yet: too few left." in page
    assert "customers to contact" not in page


def test_texts_can_be_read_in_light_and_in_dark() -> None:
    from pipeline.reports.page import _read  # noqa: PLC0415

    themes = re.findall(r"--paper: [^}]+", _read("report.css"))
    for theme in themes:
        colours = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{3,6})", theme))
        for text in ("ink", "ink-2", "ink-3", "risk", "safe"):
            assert contrast(colours[text], colours["surface"]) >= 4.5, text
            assert contrast(colours[text], colours["paper"]) >= 4.5, text


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours by WCAG 2: 1 is none, 21 is black on white."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_day_without_anybody_to_contact_still_makes_a_page() -> None:
    found = findings()
    campaign = dict(found.campaign) | {"why_empty": "Nobody is contacted: the budget is 0."}
    page = render(report_facts(replace(found, listed=found.listed.assign(decision="budget"), campaign=campaign)))
    assert "Nobody is contacted: the budget is 0." in page
    assert "as long as today" not in page


def test_a_month_that_is_not_known_breaks_the_line_of_a_tile() -> None:
    facts = report_facts(findings())
    spark = facts["business"]["tiles"][0]["spark"] | {"values": [0.1, 0.2, None, 0.3, 0.4], "pending": 0}
    assert str(drawn_spark(spark)).count("<path") == 2


@pytest.mark.parametrize("customers", [7, 8, 40])
def test_a_handful_of_customers_still_makes_a_page(customers: int) -> None:
    assert "What the words mean" in render(report_facts(findings(customers)))


def test_a_business_without_a_month_of_history_still_makes_a_page() -> None:
    found = findings()
    unknown = {"value": None, "month": "", "by_month": []}
    figures = [figure | unknown for figure in found.kpis["kpis"]]
    cohorts = {"smallest_shown": 20, "shown": [], "too_small": {"cohorts": 0, "customers": 0}}
    kpis = dict(found.kpis) | {"kpis": figures, "monthly": [], "groups": None, "cohorts": cohorts}
    page = render(report_facts(replace(found, kpis=kpis)))
    assert "The churn rate is not known yet." in page


def test_a_test_date_with_only_one_answer_says_so() -> None:
    found = findings()
    dates = [date | {"auc": None} for date in found.evaluation["by_as_of"]]
    page = render(report_facts(replace(found, evaluation=evaluation(by_as_of=dates, baselines=[]))))
    assert "not defined: only one answer" in page
