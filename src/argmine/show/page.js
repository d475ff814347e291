"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
let lang = data.lang, picked = null;
const all = (selector) => [...document.querySelectorAll(selector)];
const units = all("#text .unit");
const word = (key) => data.words[lang][key];
const gloss = (label) => (lang === "zh" && data.glosses[label]) || label;
const unit = (n) => document.getElementById("u" + n);
const make = (tag, text) => { const node = document.createElement(tag); if (text !== undefined) node.textContent = text; return node; };

function translate() {
  document.documentElement.lang = lang;
  all("[data-word]").forEach((node) => { node.textContent = word(node.dataset.word); });
  all("[data-gloss]").forEach((node) => { node.textContent = gloss(node.dataset.gloss); });
  units.forEach((node) => { node.dataset.tag = gloss(node.dataset.label); });
  document.getElementById("switch").textContent = word("switch");
  if (picked !== null) details(picked);
}

function scores(list, values) {
  for (const [label, value] of Object.entries(values || {})) {
    const row = make("dd", gloss(label) + " " + value.toFixed(2) + " ");
    const meter = make("meter");
    meter.value = value;
    row.append(meter);
    list.append(row);
  }
}

function details(n) {
  const item = data.units[n], box = document.getElementById("details"), list = make("dl");
  list.append(make("dt", item.id + " " + gloss(item.label)));
  for (const key of ["subtype", "strength", "addressee", "holder"]) {
    if (item[key]) list.append(make("dd", word(key) + ": " + item[key]));
  }
  list.append(make("dt", word("scores")));
  scores(list, item.scores);
  for (const [target, values] of Object.entries(item.stance)) {
    list.append(make("dt", word("stance") + ": " + target));
    scores(list, values);
  }
  list.append(make("dt", word("cues")));
  if (!item.cues.length) list.append(make("dd", word("none")));
  item.cues.forEach(([text, weight]) => list.append(make("dd", text + " " + weight.toFixed(2))));
  list.append(make("dt", word("relations")));
  if (!item.links.length) list.append(make("dd", word("none")));
  item.links.forEach(([arrow, other, id, label]) => {
    const row = make("dd"), link = make("a", arrow + " " + gloss(label) + " " + id);
    link.href = "#u" + other;
    row.append(link);
    list.append(row);
  });
  box.replaceChildren(list);
}

const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
svg.id = "arrows";
document.body.append(svg);
function arrows(n) {
  svg.replaceChildren();
  units.forEach((node) => node.classList.remove("linked"));
  if (n === null) return;
  const point = (node) => { const box = node.getClientRects()[0]; return [box.left + scrollX + 8, box.top + scrollY + box.height / 2]; };
  for (const [arrow, other, , label] of data.units[n].links) {
    unit(other).classList.add("linked");
    const [from, to] = arrow === "→" ? [unit(n), unit(other)] : [unit(other), unit(n)];
    const [x1, y1] = point(from), [x2, y2] = point(to), bend = Math.max(4, Math.min(x1, x2) - 40);
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", `M${x1},${y1} C${bend},${y1} ${bend},${y2} ${x2},${y2} m-7,-5 l7,5 l-7,5`);
    if (label === "attack") path.setAttribute("class", "attack");
    svg.append(path);
  }
}

function pick(n) {
  picked = n;
  units.forEach((node, k) => node.classList.toggle("picked", k === n));
  details(n);
  arrows(n);
}
units.forEach((node) => {
  const n = Number(node.id.slice(1));
  node.addEventListener("click", () => pick(n));
  node.addEventListener("keydown", (event) => { if (event.key === "Enter") pick(n); });
  node.addEventListener("mouseenter", () => arrows(n));
  node.addEventListener("mouseleave", () => arrows(picked));
});
const boxes = all("[data-filter]");
function filter() {
  const off = new Set(boxes.filter((box) => !box.checked).map((box) => box.dataset.filter));
  units.forEach((node) => node.classList.toggle("off", off.has(node.dataset.label) || off.has(node.dataset.stance)));
}
boxes.forEach((box) => box.addEventListener("change", filter));
document.getElementById("switch").addEventListener("click", () => { lang = lang === "zh" ? "en" : "zh"; translate(); });
translate();
