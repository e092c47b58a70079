"""What is looked at on every page: labels, sideways scrolling, requests, messages, and what axe finds."""

import json
from importlib.resources import files
from pathlib import Path

from selenium.webdriver.remote.webdriver import WebDriver

BAD_LABELS = """
const bad = [];
for (const picture of document.querySelectorAll("svg.chart, dialog svg")) {
  const frame = picture.getBoundingClientRect();
  if (!frame.width) continue;
  const labels = [...picture.querySelectorAll("text")].map(label => [label.textContent, label.getBoundingClientRect()]);
  for (const [text, box] of labels)
    if (box.left < frame.left - 1 || box.right > frame.right + 1
        || box.top < frame.top - 1 || box.bottom > frame.bottom + 1)
      bad.push(`clipped: ${text}`);
  labels.forEach(([text, a], i) => labels.slice(i + 1).forEach(([other, b]) => {
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const tall = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (wide > 1 && tall > 3) bad.push(`overlap: ${text} and ${other}`);
  }));
}
return bad;
"""


def bad_labels(page: WebDriver) -> list[str]:
    """Return the labels of pictures that are clipped or lie on one another."""
    return list(page.execute_script(BAD_LABELS))


WIDE_TABLES = """
return [...document.querySelectorAll(".card table")].filter(table => {
  const card = table.closest(".scroller") || table.closest(".card");
  const box = table.getBoundingClientRect(), room = card.getBoundingClientRect();
  return box.width && !card.matches(".scroller") && box.right > room.right + 1;
}).map(table => table.textContent.trim().slice(0, 60));
"""


def tables_out_of_their_cards(page: WebDriver) -> list[str]:
    """Open every table of numbers and return those that reach beyond their card and cannot be scrolled."""
    page.execute_script("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    return list(page.execute_script(WIDE_TABLES))


def scrolls_sideways(page: WebDriver) -> bool:
    """Say whether the page, or an open card, is wider than the screen."""
    return bool(
        page.execute_script(
            "const card = document.getElementById('card');"
            "return document.documentElement.scrollWidth > innerWidth || card.scrollWidth > card.clientWidth"
        )
    )


def asked_for(page: WebDriver, path: Path) -> set[str]:
    """Return what the page asked for besides itself and data in its own text."""
    messages = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    asked = [one["params"]["request"]["url"] for one in messages if one["method"] == "Network.requestWillBeSent"]
    return {url for url in asked if not url.startswith("data:")} - {path.as_uri()}


def serious(page: WebDriver) -> list[tuple[str, str]]:
    """Return what axe finds that is serious or critical: the rule, and the first place."""
    page.execute_script((files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8"))
    found = page.execute_async_script("const done = arguments[0]; axe.run().then(result => done(result.violations));")
    return [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in {"serious", "critical"}]


def open_first(page: WebDriver) -> None:
    """Open the card of the first customer of the list."""
    page.execute_script('document.querySelector("#rows .id").click()')
