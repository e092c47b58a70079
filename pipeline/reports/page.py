"""The page: one file drawn from the facts alone, for any browser, without a request."""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from importlib.resources import files

import jinja2
from markupsafe import Markup, escape

from pipeline.reports.charts import arrivals, business, quality, today, who, why
from pipeline.reports.charts.frames import NARROW, WIDE
from pipeline.reports.packed import pack
from pipeline.reports.shown import Facts

TEMPLATES = files("pipeline.reports") / "templates"
STRONG = re.compile(r"\*\*(.+?)\*\*")
WIDEST = 1010
TWICE = (
    today.net_value, why.bars, why.spread, quality.reliability, quality.gain,
    quality.earned, quality.leads, quality.dots,
)  # fmt: skip


def render(facts: Facts) -> str:
    """Return the page as HTML; equal facts give equal bytes.

    Texts are escaped, data travel as JSON that cannot end its own block, and the security policy names style and script
    by their hash, so that nothing in the data can run.
    """
    style, script = (_read(name) for name in ("report.css", "report.js"))
    template = _environment().from_string(_read("report.html.j2"))
    return template.render(
        facts=facts,
        style=_trusted(style),
        script=_trusted(script),
        style_hash=_hash(style),
        script_hash=_hash(script),
        data=_trusted(_block(facts)),
    )


def render_no_model(facts: Facts) -> str:
    """Return the page that stands where there is no model."""
    style = _read("report.css")
    template = _environment().from_string(_read("no_model.html.j2"))
    return template.render(facts=facts, style=_trusted(style), style_hash=_hash(style))


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["strong"] = strong
    environment.globals.update({"meter": today.meter, "move": why.move, "spark": business.spark})
    environment.globals["daily"] = arrivals.daily
    environment.globals.update({draw.__name__: _both(draw) for draw in TWICE})
    environment.globals["risk_map"] = _both(who.risk_map, WIDEST)
    return environment


def strong(text: str) -> Markup:
    """Set what stands between two pairs of stars in bold; all else is escaped.

    >>> str(strong("a **b** <i>"))
    'a <b>b</b> &lt;i&gt;'
    """
    return Markup(STRONG.sub(r"<b>\1</b>", str(escape(text))))  # noqa: S704 - escaped before the bold marks are set


def _both(draw: Callable[[Facts, float], Markup], wide: float = WIDE) -> Callable[[Facts], Markup]:
    """Draw a figure twice, for a screen and for a phone: text keeps its size in both, and the style sheet shows one."""

    def drawn(facts: Facts) -> Markup:
        screen, phone = draw(facts, wide), draw(facts, NARROW)
        return Markup('<div class="screen">{}</div><div class="phone">{}</div>').format(screen, phone)

    return drawn


def _block(facts: Facts) -> str:
    """Write the list as JSON for a script block: `<`, `>` and `&` as escapes, so that no text can close the block."""
    text = json.dumps(pack(facts["list"]), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _read(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _trusted(text: str) -> Markup:
    return Markup(text)  # noqa: S704 - our own style and script, and a block that `_block` escaped
