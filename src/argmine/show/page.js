"use strict";
// The article stands in the page; the data hold offsets into it (code points) and what the text does not say.
const data = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const all = (selector) => [...document.querySelectorAll(selector)];
const article = $("text"), toolbar = $("toolbar"), details = $("details"), hint = [...details.children];
const SIDES = ["favor", "against", "neutral", "other"];
const starts = data.units.map((_, n) => $("u" + n)), pieces = data.units.map(() => []);
all("#text .unit").forEach((node) => pieces[node.dataset.n].push(node));
let lang = data.lang, target = 0, picked = null, characters = null;

const word = (key, number) => data.words[lang][key].replace("{}", () => number);
const gloss = (label) => data.words[lang]["gloss:" + label] ?? label;
const NO_STANCE = data.stances.findIndex(([label]) => label === "none");
const stance = (n) => data.units[n].stance.find(([aim]) => aim === target)?.[1] ?? NO_STANCE;
const mark = (nodes, name, on) => nodes.forEach((node) => node.classList.toggle(name, on));

function make(tag, name, ...children) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  node.append(...children);
  return node;
}

function quoted(start, end) {
  characters ??= [...article.textContent];
  return characters.slice(start, end).join("");
}

// Words, tags and stances of the chosen language and target.
function paint() {
  document.documentElement.lang = lang === "zh" ? "zh-Hans" : "en";
  all("[data-word]").forEach((node) => { node.textContent = word(node.dataset.word, node.dataset.count); });
  all("[data-aria]").forEach((node) => { node.setAttribute("aria-label", word(node.dataset.aria)); });
  all("[data-gloss]").forEach((node) => { node.textContent = gloss(node.dataset.gloss); });
  all("#toolbar .tag").forEach((node) => { node.textContent = data.tags[lang][node.dataset.label]; });
  data.units.forEach((unit, n) => {
    const [, side, sign] = data.stances[stance(n)];
    pieces[n].forEach((node) => { node.classList.remove(...SIDES); node.classList.add(side); });
    starts[n].dataset.tag = data.tags[lang][unit.label] + sign;
  });
  const counts = data.stances.map(() => 0);
  data.units.forEach((_, n) => { counts[stance(n)] += 1; });
  all("[data-filter-stance]").forEach((box) => { box.parentNode.querySelector("small").textContent = counts[box.dataset.filterStance]; });
  filter();
  if (picked !== null) describe(picked);
}

function filter() {
  const on = (name) => all(`[data-filter-${name}]`).map((box) => box.checked);
  const labels = on("label"), sides = on("stance");
  let count = 0;
  data.units.forEach((unit, n) => {
    const shown = labels[unit.label] && sides[stance(n)];
    count += shown;
    mark(pieces[n], "off", !shown);
  });
  $("shown").textContent = count < data.units.length ? word("shown", count + " / " + data.units.length) : "";
  measure();
}

function measure() {
  const bar = getComputedStyle(toolbar).position === "sticky" ? toolbar.offsetHeight : 0;
  document.documentElement.style.setProperty("--bar", bar + "px");
  document.body.style.setProperty("--bar", bar + "px");
  arrows(picked);
}

function bars(values, name) {
  const best = Math.max(...Object.values(values));
  return make("div", "meters", ...Object.entries(values).flatMap(([label, value]) => {
    const fill = make("i");
    fill.style.width = 100 * Math.min(1, Math.max(0, value ?? 0)) + "%";
    return [make("b", value === best ? "best" : "", make("bdi", "", name(label))), make("div", "bar", fill), make("span", "", value === null ? "—" : value.toFixed(2))];
  }));
}

function unitLink(n) {
  const link = make("a", "", tag(n), " ", make("span", "", make("bdi", "", glance(n))));
  link.href = "#u" + n;
  return link;
}
const tag = (n) => make("b", "tag l" + (data.units[n].label % 8), data.units[n].id.slice(0, 12) + " " + starts[n].dataset.tag);
function glance(n) {
  const { start, end } = data.units[n];
  return quoted(start, Math.min(end, start + 40)) + (end - start > 40 ? "…" : "");
}

function place(unit) {
  const parts = [word("characters", unit.start + "–" + unit.end)];
  if (unit.sentence) parts.push(word("sentence", unit.sentence));
  if (unit.paragraph) parts.push(word("paragraph", unit.paragraph));
  return parts.join(lang === "zh" ? "，" : ", ");
}

// From the outermost section to that of the unit; a parent stands before its parts.
function path(n) {
  const links = [];
  for (let at = n, below = data.sections.length; at !== null && at < below; below = at, at = data.sections[at][1]) {
    const link = make("a", "", make("bdi", "", data.sections[at][0]));
    link.href = "#s" + at;
    links.unshift(link, ...(links.length ? [" › "] : []));
  }
  return links;
}

function describe(n) {
  const unit = data.units[n], out = make("div");
  const button = (key, text, act) => { const node = make("button", key, text); node.type = "button"; node.title = word(key); node.setAttribute("aria-label", word(key)); node.addEventListener("click", act); return node; };
  const part = (key, ...nodes) => out.append(make("h3", "", word(key)), ...nodes);
  out.append(make("div", "panel-head", make("strong", "", tag(n), " ", make("bdi", "", gloss(data.labels[unit.label]))),
    button("previous", "‹", () => step(-1)), button("next", "›", () => step(1)), button("close", "✕", () => pick(null))));
  const quote = make("blockquote", "", quoted(unit.start, unit.end));
  quote.lang = article.lang;
  const where = make("p", "place", place(unit));
  where.title = word("place-note");
  out.append(quote, where);
  if (unit.section !== null) out.append(make("p", "place", ...path(unit.section)));
  const copy = button("copy", word("copy"), () => { if (copied(n)) copy.textContent = word("copied"); });
  out.append(copy);
  const list = make("dl");
  unit.facts.forEach(([key, value]) => list.append(make("dt", "", word(key)), make("dd", "", make("bdi", "", gloss(value)))));
  out.append(list);
  if (Object.values(unit.scores).some((score) => score !== null)) part("scores", bars(unit.scores, (label) => label === "none" ? word("no-unit") : gloss(label)));
  unit.stance.forEach(([aim, , values]) => out.append(make("h3", "", word("stance") + " · ", make("bdi", "", gloss(data.targets[aim]))), bars(values, gloss)));
  part("cues", unit.cues.length ? make("ul", "cues", ...unit.cues.map(([start, end, weight]) =>
    make("li", "", make("bdi", "", quoted(start, end)), " ", make("small", "", (weight > 0 ? "+" : "") + weight.toFixed(2))))) : make("p", "", word("none")));
  part("relations", unit.links.length ? make("ul", "links", ...unit.links.map(([outgoing, other, label, score]) =>
    make("li", "", make("b", "", (outgoing ? "→ " : "← ") + gloss(label)), score === null ? " " : " " + score.toFixed(2) + " ", data.units[other].start < unit.start ? "↑ " : "↓ ", unitLink(other)))) : make("p", "", word("none")));
  const mentions = data.mentions.filter(([, start, end]) => start < unit.end && end > unit.start);
  if (mentions.length) part("unit-mentions", make("ul", "links", ...mentions.map(([kind, start, end, norm]) =>
    make("li", "", make("small", "", gloss(kind)), " ", make("bdi", "", quoted(start, end)), norm && norm !== quoted(start, end) ? make("small", "", " = ", make("bdi", "", norm)) : ""))));
  details.replaceChildren(out);
}

// Works on file:// without a permission.
function copied(n) {
  const unit = data.units[n], box = make("textarea");
  const [open, close, comma] = lang === "zh" ? ["“", "”（", "，"] : ["“", "” (", ", "];
  box.value = open + quoted(unit.start, unit.end).trim() + close + [...data.cited, place(unit)].join(comma) + (lang === "zh" ? "）" : ")");
  document.body.append(box);
  box.select();
  const done = document.execCommand("copy");
  box.remove();
  return done;
}

// Relations run in the margin, so that no line crosses the text; two units on one line get an arc above it.
function arrows(n) {
  const svg = $("arrows");
  svg.replaceChildren();
  all(".unit.linked").forEach((node) => node.classList.remove("linked"));
  if (n === null) return;
  const origin = svg.getBoundingClientRect(), edge = article.getBoundingClientRect().left - origin.left - 3;
  const point = (k) => { const box = starts[k].getClientRects()[0]; return box && [box.left - origin.left + 12, box.top - origin.top + box.height / 2]; };
  const draw = (d, name) => { const path = document.createElementNS("http://www.w3.org/2000/svg", "path"); path.setAttribute("d", d); path.setAttribute("class", name); svg.append(path); };
  data.units[n].links.forEach(([outgoing, other, label], k) => {
    mark(pieces[other], "linked", true);
    const [from, to] = outgoing ? [point(n), point(other)] : [point(other), point(n)];
    if (!from || !to) return;
    const kind = label === "attack" ? "attack" : "", [x1, y1] = from, [x2, y2] = to;
    if (Math.abs(y1 - y2) < 10) {
      draw(`M${x1},${y1 - 12} Q${(x1 + x2) / 2},${y1 - 30} ${x2},${y2 - 14}`, kind);
      draw(`M${x2},${y2 - 8} l-5,-9 l10,0 z`, "head " + kind);
    } else {
      const lane = edge - (edge * (k % 5 + 1.5)) / 7;
      draw(`M${edge},${y1} H${lane + 4} Q${lane},${y1} ${lane},${y1 + Math.sign(y2 - y1) * 4} V${y2 - Math.sign(y2 - y1) * 4} Q${lane},${y2} ${lane + 4},${y2} H${edge - 6}`, kind);
      draw(`M${edge + 2},${y2} l-9,-5 l0,10 z`, "head " + kind);
    }
  });
}

function pick(n, scroll) {
  if (picked !== null) mark(pieces[picked], "picked", false);
  const before = picked;
  picked = n;
  document.body.classList.toggle("picking", n !== null);
  if (n === null) {
    hint.forEach((node) => { node.textContent = word(node.dataset.word); });
    details.replaceChildren(...hint);
    if (before !== null) starts[before].focus({ preventScroll: true });
  } else {
    mark(pieces[n], "picked", true);
    all('#text [tabindex="0"]').forEach((node) => { node.tabIndex = -1; });
    starts[n].tabIndex = 0;
    describe(n);
    $("panel").scrollTop = 0;
    if (scroll) starts[n].scrollIntoView({ block: scroll });
  }
  try { history.replaceState(null, "", n === null ? location.pathname + location.search : "#u" + n); } catch { /* some viewers forbid it */ }
  arrows(n);
}

// The next or previous unit that the filters show; at first the first one below the toolbar.
function step(by) {
  const shown = (n) => !starts[n].classList.contains("off");
  let n = picked === null ? starts.findIndex((node, k) => shown(k) && node.getBoundingClientRect().top > toolbar.offsetHeight) : picked + by;
  while (n >= 0 && n < starts.length && !shown(n)) n += by;
  if (n < 0 || n >= starts.length) return;
  pick(n, "nearest");
  starts[n].focus({ preventScroll: true });
}

const unitAt = (node) => node.closest?.("#text .unit:not(.off)");
article.addEventListener("click", (event) => {
  const unit = unitAt(event.target);
  // A click that ends a selection of text is none.
  if (unit && getSelection().isCollapsed) pick(Number(unit.dataset.n));
});
article.addEventListener("mouseover", (event) => { const unit = unitAt(event.target); arrows(unit ? Number(unit.dataset.n) : picked); });
article.addEventListener("mouseleave", () => arrows(picked));
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#u"]');
  if (!link) return;
  event.preventDefault();
  pick(Number(link.hash.slice(2)), "center");
  starts[picked].focus({ preventScroll: true });
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select")) return;
  const key = event.key, unit = unitAt(event.target);
  if ((key === "Enter" || key === " ") && unit) pick(Number(unit.dataset.n));
  else if (key === "j" || key === "ArrowRight") step(1);
  else if (key === "k" || key === "ArrowLeft") step(-1);
  else if (key === "Escape" && picked !== null) pick(null);
  else return;
  event.preventDefault();
});
all("[data-filter-label], [data-filter-stance]").forEach((box) => box.addEventListener("change", filter));
all("[data-layer]").forEach((box) => {
  const apply = () => { article.classList.toggle("show-" + box.dataset.layer, box.checked); arrows(picked); };
  box.addEventListener("change", apply);
  apply();
});
$("switch").addEventListener("click", () => { lang = lang === "zh" ? "en" : "zh"; paint(); });
$("target")?.addEventListener("change", (event) => { target = Number(event.target.value); paint(); });

// The outline marks the section that stands below the toolbar.
const anchors = all("#text .anchor"), entries = all("nav a");
let waiting = false;
function follow() {
  waiting = false;
  let low = 0, high = anchors.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (anchors[middle].getBoundingClientRect().top <= toolbar.offsetHeight + 60) low = middle + 1; else high = middle;
  }
  entries.forEach((entry) => entry.removeAttribute("aria-current"));
  const entry = low && entries.find((one) => one.hash === "#" + anchors[low - 1].id);
  if (!entry) return;
  entry.setAttribute("aria-current", "location");
  const nav = entry.closest("nav"), box = entry.getBoundingClientRect(), frame = nav.getBoundingClientRect();
  if (box.top < frame.top || box.bottom > frame.bottom) nav.scrollTop += box.top - frame.top - frame.height / 3;
}
addEventListener("scroll", () => { if (!waiting) { waiting = true; requestAnimationFrame(follow); } }, { passive: true });
addEventListener("resize", measure);
// On paper nothing unfolds: all stands open.
addEventListener("beforeprint", () => all("header details").forEach((node) => { node.open = true; }));
if (matchMedia("(max-width: 1100px)").matches) all("nav details").forEach((node) => { node.open = false; });
paint();
follow();
const wanted = /^#u(\d+)$/.exec(location.hash);
if (wanted && starts[wanted[1]]) pick(Number(wanted[1]), "center");
