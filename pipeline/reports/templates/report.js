"use strict";
(() => {
/* The data come short, each text once: see pipeline/reports/packed.py. */
const DATA = (({ texts, keys, value }) => {
  const unpack = one => typeof one === "string" ? texts[parseInt(one, 36)]
    : !Array.isArray(one) ? one
    : one[0] < 0 ? one.slice(1).map(unpack)
    : Object.fromEntries(keys[one[0]].map((key, place) => [key, unpack(one[place + 1])]));
  return unpack(value);
})(JSON.parse(document.getElementById("data").textContent));
const $ = id => document.getElementById(id);
const count = n => n.toLocaleString("en");
const first = text => text.charAt(0).toUpperCase() + text.slice(1);
const ORDER = Object.keys(DATA.decisions), SIZE = 25, PRINTED = 50;
const SIGNED = ["contact", "holdout", "payment_route"];

/* Whatever the data say goes in as text: no markup is ever built from it. */
function make(name, attributes, ...children) {
  const drawn = ["svg", "rect", "line", "text"].includes(name);
  const node = drawn ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value !== null) node.setAttribute(key, value);
  }
  node.append(...children.filter(child => child !== null && child !== ""));
  return node;
}

/* ---- the list */
const view = { text: "", decision: "", band: "", family: "", channel: "", sort: null, rising: true, page: 0, size: SIZE };
let found = [];

function options(id, field, pairs) {
  const select = $(id);
  select.append(make("option", { value: "" }, "All"), ...pairs.map(([value, words]) => make("option", { value }, words)));
  select.addEventListener("change", () => { view[field] = select.value; view.page = 0; draw(); });
}
const present = field => new Set(DATA.rows.map(row => row[field]));
const among = (words, field) => Object.entries(words).filter(([key]) => present(field).has(key));
options("by-decision", "decision", among(DATA.decisions, "decision").map(([key, one]) => [key, one.words]));
options("by-band", "band", among(DATA.bands, "band"));
options("by-family", "family", among(DATA.families, "family"));
options("by-channel", "channel", [...present("channel")].filter(Boolean).sort().map(channel => [channel, first(channel)]));

const SORTS = {
  id: row => row.id, risk: row => row.risk.value, value: row => row.value.value,
  decision: row => ORDER.indexOf(row.decision), net: row => row.net.value ?? -Infinity,
};
function fits(row) {
  const asked = view.text.trim().toLowerCase();
  return (!asked || row.id.toLowerCase().includes(asked))
    && ["decision", "band", "family", "channel"].every(field => !view[field] || row[field] === view[field]);
}
function ordered(rows) {
  if (!view.sort) return rows;
  const of = SORTS[view.sort], sign = view.rising ? 1 : -1;
  return rows.map((row, place) => [row, place]).sort(([a, i], [b, j]) => {
    const x = of(a), y = of(b);
    return sign * (x < y ? -1 : x > y ? 1 : 0) || i - j;
  }).map(([row]) => row);
}
function riskBar(share) {
  return make("svg", { class: "riskbar", viewBox: "0 0 100 4", preserveAspectRatio: "none", "aria-hidden": "true" },
    make("rect", { width: 100, height: 4, class: "f-g2" }), make("rect", { width: 100 * share, height: 4, class: "f-risk" }));
}
function does(row) {
  return SIGNED.includes(row.decision) && row.decision !== "holdout" && row.action ? `${row.action} · ${row.channel}` : "";
}
function line(row) {
  const mark = make("span", { class: "mark " + (SIGNED.includes(row.decision) ? row.decision : "other"), "aria-hidden": "true" });
  const opens = event => { if (!getSelection().toString()) show(row, event.currentTarget.querySelector("button")); };
  return make("tr", { onclick: opens },
    make("td", {}, make("button", { class: "id", type: "button" }, row.id)),
    make("td", { "data-label": "Risk" }, row.risk.shown, riskBar(row.risk.value), make("span", { class: "under" }, row.rank.shown)),
    make("td", { class: "num", "data-label": "Value" }, row.value.shown, make("span", { class: "under" }, `${row.stake} at stake`)),
    make("td", { class: "reason" }, row.why, row.also && make("span", { class: "under" }, row.also)),
    make("td", { class: "choice" }, mark, DATA.decisions[row.decision].words, does(row) && make("span", { class: "under" }, does(row))),
    make("td", { class: "num", "data-label": "Net" }, row.net.shown));
}
function draw() {
  found = ordered(DATA.rows.filter(fits));
  const pages = Math.max(1, Math.ceil(found.length / view.size));
  view.page = Math.min(view.page, pages - 1);
  const part = found.slice(view.page * view.size, (view.page + 1) * view.size);
  const none = make("tr", {}, make("td", { colspan: 6, class: "empty" }, DATA.labels.none));
  $("rows").replaceChildren(...(part.length ? part.map(line) : [none]));
  const contacts = found.filter(row => row.decision === "contact").length;
  $("status").textContent = `${count(found.length)} of ${count(DATA.rows.length)} customers` + (contacts ? `, ${count(contacts)} to contact` : "");
  $("place").textContent = `${count(view.page + 1)} of ${count(pages)}`;
  $("previous").disabled = view.page === 0;
  $("next").disabled = view.page === pages - 1;
  for (const head of document.querySelectorAll("th[data-sort]")) {
    if (head.dataset.sort === view.sort) head.setAttribute("aria-sort", view.rising ? "ascending" : "descending");
    else head.removeAttribute("aria-sort");
  }
}
for (const head of document.querySelectorAll("th[data-sort]")) {
  head.firstElementChild.addEventListener("click", () => {
    const field = head.dataset.sort, words = field === "id" || field === "decision";
    view.rising = view.sort === field ? !view.rising : words;
    Object.assign(view, { sort: field, page: 0 });
    draw();
  });
}
$("search").addEventListener("input", event => { Object.assign(view, { text: event.target.value, page: 0 }); draw(); });
$("search").addEventListener("keydown", event => {
  if (event.key !== "Enter" || !found.length) return;
  event.preventDefault(); /* else the same key press would work the button that gets the focus */
  show(found[0], $("search"));
});
$("previous").addEventListener("click", () => { view.page--; draw(); });
$("next").addEventListener("click", () => { view.page++; draw(); });
$("clear").addEventListener("click", () => {
  Object.assign(view, { text: "", decision: "", band: "", family: "", channel: "", page: 0 });
  for (const id of ["search", "by-decision", "by-band", "by-family", "by-channel"]) $(id).value = "";
  draw();
});

/* A spreadsheet reads a text that begins like a formula as one: an apostrophe keeps it text. */
function cell(value) {
  const text = value === null ? "" : String(value);
  const risky = typeof value !== "number" && /^'*(?:[\t\r]|[\s\u200b\u2060\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20])/.test(text);
  return '"' + ((risky ? "'" : "") + text).replaceAll('"', '""') + '"';
}
$("download").addEventListener("click", () => {
  const heads = ["customer_id", "decision", "action", "channel", "churn_probability", "customer_value", "expected_net_value", "reason_1"];
  const rows = found.map(row => [row.id, row.decision, row.action, row.channel, row.risk.value, row.value.value, row.net.value, row.why]);
  const text = "\ufeff" + [heads, ...rows].map(row => row.map(cell).join(",")).join("\r\n") + "\r\n";
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  make("a", { href: url, download: "campaign-selection.csv" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
});

/* ---- the card */
const write = (x, y, text, colour = "ink", anchor = "start") => make("text", { x, y, class: `f-${colour}`, "text-anchor": anchor }, text);
const block = (x, y, width, height, colour) => make("rect", { x, y, width, height, class: `f-${colour}` });
const width = () => Math.min(584, innerWidth - 36);

function waterfall(row) {
  const wide = width(), narrow = wide < 460, left = narrow ? 0 : 190, step = narrow ? 42 : 26, lift = narrow ? 17 : 0;
  const base = DATA.base.value;
  let at = base, low = Math.min(0, base), high = Math.max(base, row.end.value);
  for (const part of row.steps) { at += part.value; low = Math.min(low, at); high = Math.max(high, at); }
  const x = value => left + (wide - left - 52) * (value - low) / (high - low || 1);
  const svg = make("svg", { viewBox: `0 0 ${wide} ${(row.steps.length + 2) * step}`, role: "img",
    "aria-label": `${DATA.labels.average} ${DATA.base.shown}, ${DATA.labels.this} ${row.end.shown}` });
  let y = 2 + lift;
  const entry = (words, from, to, colour, shown, ink) => svg.append(write(0, y + 11 - lift, words, ink),
    block(Math.min(from, to), y, Math.max(1.5, Math.abs(to - from)), 14, colour), write(Math.max(from, to) + 6, y + 11, shown, ink === "ink" ? colour : ink));
  const next = () => { y += step; svg.append(make("line", { x1: x(at), x2: x(at), y1: y - step + 14, y2: y, class: "s-line-2" })); };
  entry(DATA.labels.average, x(0), x(base), "g2", DATA.base.shown, "ink-2");
  at = base;
  for (const part of row.steps) {
    next();
    entry(part.words, x(at), x(at += part.value), part.value > 0 ? "risk" : "safe", part.shown, "ink");
  }
  next();
  entry(DATA.labels.this, x(0), x(row.end.value), "ink", row.end.shown, "ink b");
  return svg;
}
function strip(row) {
  const wide = width(), weeks = row.weeks, step = wide / weeks.length, most = Math.max(3, ...weeks);
  const svg = make("svg", { viewBox: `0 0 ${wide} 76`, role: "img", "aria-label": row.weeks_told });
  weeks.forEach((orders, place) => {
    const tall = 46 * orders / most;
    svg.append(orders ? block(place * step + 2, 52 - tall, step - 4, tall, "ink") : block(place * step + 2, 50.5, step - 4, 1.5, "g3"));
  });
  svg.append(write(0, 72, DATA.labels.weeks, "ink-3"), write(wide / 2, 72, DATA.labels.half, "ink-3", "middle"), write(wide, 72, DATA.labels.last, "ink-3", "end"));
  return svg;
}
const sign = shown => shown.startsWith("+") ? "raises" : shown.startsWith("−") ? "lowers" : "";
function reason(one) {
  return make("li", {}, make("b", { class: one.points ? (one.up ? "raises" : "lowers") : "" }, one.points),
    make("span", {}, one.says, one.family && make("span", { class: "under" }, one.family)));
}
function behaviours(row) {
  const heads = ["Behaviour", "Now", "Typical", "Points"].map((words, place) => make("th", { scope: "col", class: place ? "num" : null }, words));
  const lines = row.behaviours.rows.map(([place, now, points]) => make("tr", {},
    make("th", { scope: "row" }, DATA.features[place].words), make("td", { class: "num" }, now),
    make("td", { class: "num" }, DATA.features[place].typical), make("td", { class: `num ${sign(points)}` }, points)));
  const rest = row.behaviours.rest;
  if (rest) lines.push(make("tr", {}, make("th", { scope: "row" }, rest[0]), make("td", {}), make("td", {}), make("td", { class: `num ${sign(rest[1])}` }, rest[1])));
  return make("table", {}, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...lines));
}
function third(term, figure, words) { return make("div", {}, make("dt", {}, term), make("dd", {}, figure, make("small", {}, words))); }

let opener = null, current = null;
function show(row, from) {
  if (from) opener = from;
  current = row;
  const at = found.indexOf(row);
  const step = by => () => { if (found[at + by]) show(found[at + by]); };
  $("detail").replaceChildren(
    make("div", { class: "bar" },
      make("span", { class: "pager" }, make("button", { class: "button", type: "button", onclick: step(-1), disabled: at <= 0 }, "↑ Previous"),
        make("button", { class: "button", type: "button", onclick: step(1), disabled: at < 0 || at >= found.length - 1 }, "↓ Next")),
      make("button", { class: "button", type: "button", onclick: () => $("card").close() }, "Close")),
    make("h2", { id: "card-title", tabindex: -1 }, row.id), make("p", { class: "note" }, row.segment),
    make("dl", { class: "thirds" },
      third("Risk", row.risk.shown, `chance of leaving, ${DATA.bands[row.band].toLowerCase()}, ${row.rank.shown} ${DATA.labels.ranked}`),
      third("Value", row.value.shown, "margin, if kept"), third("At stake", row.stake, "risk × value")),
    make("div", { class: "decision" }, make("b", {}, DATA.decisions[row.decision].words), row.because ?? DATA.decisions[row.decision].meaning),
    make("h3", {}, "Why"), make("ul", { class: "reasons" }, ...row.reasons.map(reason)),
    make("h3", {}, "From the average to this customer, in risk points"), waterfall(row),
    ...(row.weeks.length ? [make("h3", {}, DATA.labels.week_title), strip(row), make("p", { class: "note" }, row.weeks_told)] : []),
    make("h3", {}, "What moved the score most"), behaviours(row));
  if (!$("card").open) $("card").showModal();
  $("card-title").focus();
  $("card").scrollTop = 0;
}
$("card").addEventListener("close", () => { if (opener && opener.isConnected) opener.focus(); });
$("card").addEventListener("click", event => { if (event.target === $("card")) $("card").close(); });
$("card").addEventListener("keydown", event => {
  const by = { j: 1, ArrowRight: 1, k: -1, ArrowLeft: -1 }[event.key], next = found[found.indexOf(current) + by];
  if (by && next) { show(next); event.preventDefault(); }
});
document.querySelectorAll("button[data-id]").forEach(button => button.addEventListener("click", () => {
  const row = DATA.rows.find(one => one.id === button.dataset.id);
  if (row) show(row, button);
}));
document.addEventListener("keydown", event => {
  if (event.key !== "/" || /INPUT|SELECT|TEXTAREA/.test(event.target.tagName) || $("card").open) return;
  event.preventDefault();
  $("search").focus();
});

/* ---- light and dark, the place in the page, paper */
const root = document.documentElement;
const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
function nameTheme() { $("theme").textContent = dark() ? "Light" : "Dark"; $("theme").setAttribute("aria-label", dark() ? "Use light colours" : "Use dark colours"); }
function keep(theme) { try { theme ? localStorage.setItem("theme", theme) : root.dataset.theme = localStorage.getItem("theme") || ""; } catch { /* a locked-down browser still shows the page */ } }
keep();
if (!root.dataset.theme) delete root.dataset.theme;
nameTheme();
$("theme").addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; keep(root.dataset.theme); nameTheme(); });
const links = [...document.querySelectorAll(".rail a")];
const watcher = new IntersectionObserver(entries => entries.filter(entry => entry.isIntersecting).forEach(entry => {
  links.forEach(link => link.hash === `#${entry.target.id}` ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current"));
}), { rootMargin: "-20% 0px -70% 0px" });
document.querySelectorAll("main > section").forEach(section => watcher.observe(section));
addEventListener("beforeprint", () => { view.size = PRINTED; draw(); });
addEventListener("afterprint", () => { view.size = SIZE; draw(); });
draw();
})();
