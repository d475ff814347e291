"use strict";
// Texts of the data enter the page by textContent and append alone, never as HTML.
const $ = (id) => document.getElementById(id);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const dark = matchMedia("(prefers-color-scheme: dark)");
// Groups of points are drawn so many at a time; rows of a list above and below what is seen.
const GROUPS = 50, OVERSCAN = 12;
// Objects that labels of the data are looked up in have no prototype: a label may be "constructor".
const SIGNS = { __proto__: null, favor: "+ ", against: "− " };
// What XML 1.0 does not hold makes a picture that no program opens.
const NOT_IN_XML = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;
// A number with a sign is no formula, as in compare/cells.py.
const SIGNED = /^[+-]\d[\d,.]*[%％]?$/;
let data, lang, lists, documents, units, stances, groups, marks = [];
const kept = { documents: [], units: [], stances: [], groups: [] };
const state = { least: 0, target: "", document: null, query: "", labels: new Set(), groups: new Set(), kinds: new Set(), chips: new Map(), open: new Set(), limit: GROUPS };

const say = (key, ...facts) => data.words[lang][key].replace(/\{\}/g, () => facts.shift());
const gloss = (label) => data.words[lang]["gloss:" + label] ?? label;
const grouped = (group) => group || gloss("");
const title = (table, column) => data.titles[lang][table]?.[column] ?? column;
// Traditional characters are looked for by their simplified forms.
const fold = (text) => (text ?? "").normalize("NFKC").toLowerCase().replace(fold.traditional, (one) => fold.simple.get(one));
function learnScripts() {
  const pairs = [...data.simplified];
  fold.simple = new Map(pairs.flatMap((one, n) => (n % 2 ? [] : [[one, pairs[n + 1]]])));
  fold.traditional = new RegExp(`[${[...fold.simple.keys()].join("")}]`, "g");
}
const share = (score) => (score === null ? "" : score.toFixed(2));

function make(tag, name, ...children) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  node.append(...children.filter((child) => child !== null));
  return node;
}
const bdi = (text) => make("bdi", "", text ?? "");
function button(name, content, act) {
  const node = make("button", name, content);
  node.type = "button";
  node.addEventListener("click", act);
  return node;
}

// Deflate is undone by the browser itself: Chrome and Edge 80, Firefox 113, Safari 16.4.
async function unpacked() {
  const packed = atob($("data").textContent), bytes = new Uint8Array(packed.length);
  for (let n = 0; n < packed.length; n += 1) bytes[n] = packed.charCodeAt(n);
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).json();
}

const values = (column) => (column.of ? column.at.map((n) => (n < 0 ? null : column.of[n])) : column);
// The rows of a table that stands by columns.
function rows(table) {
  const names = Object.keys(table), columns = names.map((name) => values(table[name]));
  return (columns[0] ?? []).map((_, n) => Object.fromEntries(names.map((name, k) => [name, columns[k][n]])));
}

function read() {
  documents = rows(data.documents);
  documents.forEach((one) => Object.assign(one, { seen: 0, stance: { __proto__: null }, name: one.title ?? one.document }));
  units = rows(data.units);
  units.forEach((unit, n) => {
    const home = documents[unit.document];
    Object.assign(unit, { n, home, place: home.seen, stance: { __proto__: null } });
    home.seen += 1;
  });
  data.unit_stances.forEach(([labels, scores], t) => values(labels).forEach((label, n) => { if (label !== null) units[n].stance[data.targets[t]] = { label, score: scores[n] }; }));
  stances = rows(data.stances);
  stances.forEach((row) => {
    row.home = documents[row.document];
    if (row.holder_kind === "author") row.home.stance[row.target] = { label: row.stance, score: row.score };
  });
  groups = rows(data.points).map((group) => ({ ...group, quotations: [] }));
  rows(data.quotations).forEach((one) => groups[one.group].quotations.push({ ...one, unit: units[one.unit] }));
  groups.forEach((group) => { group.folded = fold(group.name + " " + group.terms); });
}

// Filters

const stance = (unit) => unit.stance[state.target] ?? { label: null, score: null };
const clear = (score) => score === null || score >= state.least;
function fits(one) { return !state.groups.has(one.group ?? "") && (state.document === null || one === documents[state.document]); }
function passes(unit) {
  if (!unit.home.fits || state.labels.has(unit.label) || !clear(unit.score)) return false;
  for (const [key, value] of state.chips) if (key !== "holder" && unit[key] !== value) return false;
  return !state.query || unit.home.named || (unit.folded ??= fold(unit.text)).includes(state.query);
}

function update() {
  documents.forEach((one) => Object.assign(one, { fits: fits(one), named: state.query && fold(one.name).includes(state.query), count: 0, counts: { __proto__: null } }));
  kept.units = units.filter((unit) => (unit.passes = passes(unit)));
  kept.units.forEach(({ home, label }) => { home.count += 1; home.counts[label] = (home.counts[label] ?? 0) + 1; });
  // what is searched for must stand in an article that is shown
  kept.documents = documents.filter((one) => (one.shown = one.fits && (!state.query || one.named || one.count > 0)));
  const holder = state.chips.get("holder");
  kept.stances = stances.filter((row) => row.home.shown && row.target === state.target && clear(row.score) && (holder === undefined || row.holder === holder));
  kept.groups = groups.filter((group) => !state.kinds.has(group.kind) && counted(group));
  $("found").textContent = say("found", kept.units.length, units.length, kept.documents.length, documents.length);
  $("least-value").textContent = state.least.toFixed(2);
  $("chips").replaceChildren(...[...state.chips].map(([key, value]) => {
    const chip = button("", "", () => { state.chips.delete(key); update(); });
    chip.append(say("chip-" + key), " ", bdi(gloss(value ?? "")), " ✕");
    chip.setAttribute("aria-label", say("remove", value ?? ""));
    return chip;
  }));
  Object.values(lists).forEach((list) => list.fill());
  points();
  marks.forEach((mark) => { mark.stale = true; });
  clearTimeout(update.waiting);
  update.waiting = setTimeout(redraw, 120);
}

// What is left of a group: counts of the quotations that the filters leave; nothing below two articles.
function counted(group) {
  const left = group.quotations.filter((one) => one.unit.passes);
  const found = { __proto__: null, favor: 0, against: 0, neutral: 0 };
  left.forEach((one) => { const { label, score } = stance(one.unit); if (label in found && clear(score)) found[label] += 1; });
  Object.assign(group, { left, found, homes: new Set(left.map((one) => one.unit.document)).size, voices: new Set(left.map((one) => one.voice)).size });
  return group.homes > 1;
}

// Lists: only the rows that are seen stand in the page.

class List {
  constructor(root, columns, source) {
    Object.assign(this, { root, columns, source, sorted: null, down: false, nodes: new Map(), rows: [] });
    this.heads = make("div", "heads");
    this.space = make("div", "space");
    this.body = make("div", "body", this.space);
    this.body.tabIndex = 0;
    root.append(this.heads, this.body);
    for (const [node, role] of [[root, "table"], [this.heads, "row"], [this.body, "rowgroup"], [this.space, "presentation"]]) node.setAttribute("role", role);
    root.style.setProperty("--columns", columns.map((column) => column.width).join(" "));
    this.body.addEventListener("scroll", () => requestAnimationFrame(() => this.draw()), { passive: true });
    addEventListener("resize", () => { this.measure(); this.draw(true); });
    this.name();
  }
  measure() { this.height = parseFloat(getComputedStyle(this.root).getPropertyValue("--row")); }
  // The headers in the language of the page; each sorts.
  name() {
    this.heads.replaceChildren(...this.columns.map((column, n) => {
      const head = make("div", column.name ?? "", button("", column.head(), () => this.sort(n)));
      head.setAttribute("role", "columnheader");
      head.setAttribute("aria-sort", this.sorted !== n ? "none" : this.down ? "descending" : "ascending");
      head.firstChild.title = say("sort");
      return head;
    }));
    const heading = this.root.closest("section").querySelector("h2");
    for (const node of [this.root, this.body]) node.setAttribute("aria-label", heading.textContent);
  }
  sort(n) {
    [this.sorted, this.down] = this.sorted !== n ? [n, this.columns[n].name === "number"] : [n, !this.down];
    this.name();
    all("button", this.heads)[n].focus();
    this.fill();
  }
  // The rows that the filters leave, in the chosen order; missing values last.
  fill() {
    this.rows = [...this.source()];
    if (this.sorted !== null) {
      const { value } = this.columns[this.sorted], collator = new Intl.Collator(lang, { numeric: true }), way = this.down ? -1 : 1;
      const order = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : collator.compare(a, b));
      this.rows = this.rows.map((row) => [value(row) ?? null, row])
        .sort(([a], [b]) => (a === null || b === null ? (a === null) - (b === null) : way * order(a, b))).map(([, row]) => row);
    }
    this.measure();
    this.root.setAttribute("aria-rowcount", this.rows.length + 1);
    this.draw(true);
  }
  draw(whole) {
    if (whole) { this.nodes.clear(); this.space.replaceChildren(...(this.rows.length ? [] : [make("p", "empty", say("no-rows"))])); }
    this.space.style.height = Math.max(this.rows.length, 1) * this.height + "px";
    const first = Math.max(0, Math.floor(this.body.scrollTop / this.height) - OVERSCAN);
    const last = Math.min(this.rows.length, Math.ceil((this.body.scrollTop + Math.max(this.body.clientHeight, this.height)) / this.height) + OVERSCAN);
    for (const [n, node] of this.nodes) if (n < first || n >= last) { node.remove(); this.nodes.delete(n); }
    for (let n = first; n < last; n += 1) {
      if (this.nodes.has(n)) continue;
      const node = this.row(n);
      this.nodes.set(n, node);
      this.space.append(node);
    }
  }
  row(n) {
    const row = make("div", "row", ...this.columns.map((column) => {
      const cell = make("div", column.name ?? "", column.show(this.rows[n]));
      cell.setAttribute("role", "cell");
      cell.dataset.head = column.head();
      return cell;
    }));
    row.setAttribute("role", "row");
    row.setAttribute("aria-rowindex", n + 2);
    row.style.transform = `translateY(${n * this.height}px)`;
    row.style.order = n;
    return row;
  }
}

function link(home, place) {
  if (!home.page) return bdi(home.name);
  const node = make("a", "", bdi(home.name));
  node.href = home.page + (place === undefined ? "" : "#u" + place);
  node.target = "_blank";
  node.rel = "noopener";
  node.title = say("opens");
  return node;
}
const labelled = (label) => make("span", "label" + (["claim", "evidence", "recommendation"].includes(label) ? " " + label : ""), bdi(gloss(label)));
const sided = (label) => (label === null ? "" : make("span", label in SIGNS ? label : "", SIGNS[label] ?? "", bdi(gloss(label))));
const opened = (unit) => button("", bdi(unit.text), () => tell(unit));

function tell(unit) {
  const list = make("dl"), fact = (name, ...value) => list.append(make("dt", "", name), make("dd", "", ...value));
  fact(title("units", "document"), link(unit.home, unit.place));
  fact(title("units", "unit"), bdi(unit.unit));
  fact(title("units", "label"), labelled(unit.label), " ", share(unit.score));
  for (const name of ["subtype", "addressee", "strength"]) if (unit[name] !== null) fact(title("units", name), bdi(gloss(unit[name])));
  for (const [target, { label, score }] of Object.entries(unit.stance)) fact(make("span", "", say("stance"), " · ", bdi(gloss(target))), sided(label), " ", share(score));
  $("dialog").replaceChildren(list, make("blockquote", "", bdi(unit.text)), button("", say("close"), () => $("dialog").close()));
  $("dialog").showModal();
}

const chosen = (key, value) => { state.chips.set(key, value); update(); };
const text = (table, column, value, more = {}) => ({ head: () => title(table, column), value, show: (row) => bdi(gloss(value(row) ?? "")), width: "minmax(0, 1fr)", name: "plain", ...more });
const number = (head, value, show = (row) => String(value(row) ?? "")) => ({ head, value, show, width: "5.5em", name: "number" });
const article = (home, place) => ({ head: () => say("document"), value: (row) => home(row).name, show: (row) => link(home(row), place?.(row)), width: "minmax(0, 2fr)", name: "name" });

function build() {
  const labels = [...new Set(units.map((unit) => unit.label))], strengths = [...new Set(units.filter((unit) => unit.strength !== null).map((unit) => unit.strength))];
  const score = (of) => number(() => say("score"), of, (row) => share(of(row)));
  const side = (of, width = "6em") => ({ head: () => say("stance"), value: (row) => of(row).label && gloss(of(row).label), show: (row) => sided(of(row).label), width });
  const byGroup = data.by === null ? [] : [text("documents", data.by, (row) => (row.home ?? row).group, { show: (row) => bdi(grouped((row.home ?? row).group)) })];
  const listIn = (id, columns, source) => new List(document.querySelector(`#${id} .list`), columns, source);
  const own = (one) => one.stance[state.target] ?? { label: null, score: null };
  lists = {
    recommendations: listIn("recommendations", [
      { head: () => title("units", "addressee"), value: (row) => row.addressee, width: "minmax(0, 2fr)", name: "name", show: (row) => button("", bdi(row.addressee ?? say("none-given")), () => chosen("addressee", row.addressee)) },
      ...strengths.map((strength) => number(() => gloss(strength), (row) => row.counts[strength] ?? 0)),
      number(() => say("none-given"), (row) => row.counts[""] ?? 0), number(() => say("units"), (row) => row.count), number(() => say("documents"), (row) => row.homes.size),
    ], addressed),
    stances: listIn("stances", [
      { head: () => title("stances", "holder"), value: (row) => holder(row), width: "minmax(0, 1.2fr)", name: "name", show: (row) => bdi(holder(row)) },
      article((row) => row.home), ...byGroup, side((row) => ({ label: row.stance })), score((row) => row.score), number(() => title("stances", "units"), (row) => row.units),
    ], () => kept.stances),
    units: listIn("units", [
      { head: () => title("units", "text"), value: (row) => row.text, width: "minmax(0, 4fr)", name: "wide", show: opened },
      article((row) => row.home, (row) => row.place), ...byGroup,
      { head: () => title("units", "label"), value: (row) => gloss(row.label), width: "5.5em", show: (row) => labelled(row.label) },
      score((row) => row.score), side(stance),
    ], () => kept.units),
    documents: listIn("documents", [
      article((row) => row), text("documents", "date", (row) => row.date, { width: "7em" }), ...byGroup,
      side(own), score((row) => own(row).score), number(() => title("documents", "units"), (row) => row.count),
      ...labels.map((label) => number(() => gloss(label), (row) => row.counts[label] ?? 0)),
    ], () => kept.documents),
  };
  const box = (value, set, act, content) => {
    const input = make("input");
    input.type = "checkbox";
    input.checked = true;
    input.addEventListener("change", () => { set[input.checked ? "delete" : "add"](value); act(); });
    const node = make("label", "", input, content);
    node.dataset.value = value;
    return node;
  };
  const times = (list, key) => list.reduce((found, one) => found.set(one[key] ?? "", (found.get(one[key] ?? "") ?? 0) + 1), new Map());
  const countedBoxes = (root, found, set, act, show) => $(root)?.append(...[...found].map(([value, count]) => {
    const node = box(value, set, act, show(value));
    node.append(make("small", "", String(count)));
    return node;
  }));
  const worded = (value) => { const node = bdi(gloss(value)); node.dataset.gloss = value; return node; };
  countedBoxes("labels", times(units, "label"), state.labels, update, worded);
  const largestFirst = [...times(documents, "group")].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  countedBoxes("groups", new Map(largestFirst), state.groups, update, (group) => (group ? bdi(group) : worded(group)));
  countedBoxes("kinds", times(groups, "kind"), state.kinds, update, worded);
  $("target").append(...data.targets.map((target) => { const node = make("option"); node.value = target; node.dataset.gloss = target; return node; }));
  const first = make("option", "", say("all-documents"));
  first.value = "";
  first.dataset.word = "all-documents";
  $("document").append(first, ...documents.map((one, n) => { const node = make("option", "", one.name); node.value = n; return node; }));
}
const holder = (row) => (row.holder_kind === "author" ? gloss("author") : row.holder);

// Recommendations that the filters leave, by addressee; those without one come last.
function addressed() {
  const found = new Map();
  for (const unit of kept.units) {
    if (unit.label !== "recommendation") continue;
    if (!found.has(unit.addressee)) found.set(unit.addressee, { addressee: unit.addressee, counts: { __proto__: null }, count: 0, homes: new Set() });
    const row = found.get(unit.addressee), strength = unit.strength ?? "";
    row.counts[strength] = (row.counts[strength] ?? 0) + 1;
    row.count += 1;
    row.homes.add(unit.document);
  }
  return [...found.values()].sort((a, b) => (a.addressee === null) - (b.addressee === null) || b.count - a.count);
}

// Shared and contested points

function points() {
  const shown = kept.groups.slice(0, state.limit), rest = kept.groups.length - shown.length;
  $("points-found").textContent = say("points-found", kept.groups.length, groups.length);
  $("groups-of-points").replaceChildren(...shown.map(point));
  $("more").hidden = rest === 0;
  $("more").textContent = say("more", Math.min(rest, GROUPS));
}

function point(group) {
  const { found } = group, summary = make("summary", "", make("span", "kind " + (["shared", "contested", "reused"].includes(group.kind) ? group.kind : ""), bdi(gloss(group.kind))), " ", labelled(group.label), " ", make("b", "", bdi(group.name)));
  const counts = make("div", "counts", make("span", "", say("count-documents", group.homes)), make("span", "", say("voices", group.voices)), make("span", "", say("quotation-count", group.left.length)));
  for (const label of ["favor", "against", "neutral"]) if (found[label]) counts.append(make("span", label in SIGNS ? label : "", SIGNS[label] ?? "", gloss(label), " " + found[label]));
  if (group.attacks) counts.append(make("span", "", say("relations-attack", group.attacks)));
  counts.append(bdi(group.terms));
  const node = make("details", "point", make("summary", "", ...summary.childNodes, counts));
  node.dataset.group = group.group;
  const fill = () => { if (node.open && node.children.length === 1) node.append(make("ul", "quotations", ...group.left.map(quotation))); };
  node.addEventListener("toggle", () => { state.open[node.open ? "add" : "delete"](group.group); fill(); });
  node.open = state.open.has(group.group);
  fill();
  return node;
}

function quotation({ unit, similarity, voice, reused }) {
  const { label, score } = stance(unit), said = clear(score) ? label : null;
  return make("li", reused ? "reused" : "", make("blockquote", "", bdi(unit.text)), make("div", "about", link(unit.home, unit.place), labelled(unit.label), make("span", "", say("score") + " " + share(unit.score)),
    said === null ? null : make("span", "", sided(said), " " + share(score)), make("span", "", say("similarity") + " " + share(similarity)), make("span", "", say("voice", voice)), reused ? make("span", "", gloss("reused")) : null));
}

// Charts: Vega draws named datasets; what is not seen waits.

// Vega writes into its rows: each view gets its own.
const DATASETS = {
  documents: () => kept.documents.map((one) => ({ document: one.document, title: one.name, date: one.date, group: one.group ?? "", units: one.count, stance: Object.fromEntries(Object.entries(one.stance).map(([target, { label }]) => [target, label])) })),
  units: () => kept.units.map((unit) => ({ document: unit.home.document, group: unit.home.group ?? "", date: unit.home.date, unit: unit.unit, label: unit.label, subtype: unit.subtype, score: unit.score, addressee: unit.addressee, strength: unit.strength })),
  stances: () => kept.stances.map((row) => ({ document: row.home.document, title: row.home.name, group: row.home.group ?? "", date: row.home.date, target: row.target, holder_kind: row.holder_kind, holder: row.holder_kind === "author" ? "" : row.holder, stance: row.stance, score: row.score, units: row.units })),
  unit_stances: () => kept.units.flatMap((unit) => Object.entries(unit.stance).map(([target, { label, score }]) => ({ document: unit.home.document, group: unit.home.group ?? "", date: unit.home.date, unit: unit.unit, target, stance: label, score, least_score: unit.score }))),
};

function tip(handler, event, item, value) {
  const node = $("tip");
  node.hidden = value === null || value === undefined || value === "";
  if (node.hidden) return;
  const list = make("dl");
  if (typeof value === "object") Object.entries(value).forEach(([name, fact]) => list.append(make("dt", "", name), make("dd", "", bdi(String(fact)))));
  node.replaceChildren(typeof value === "object" ? list : bdi(String(value)));
  node.style.left = Math.max(0, Math.min(event.clientX + 14, innerWidth - node.offsetWidth - 8)) + "px";
  node.style.top = Math.max(0, Math.min(event.clientY + 14, innerHeight - node.offsetHeight - 8)) + "px";
}

async function embed(mark) {
  const spec = data.charts[lang][mark.name];
  mark.view?.finalize();
  mark.names = Object.keys(DATASETS).filter((name) => spec.data.some((one) => one.name === name));
  const { view } = await vegaEmbed(mark.root, structuredClone(spec), { ast: true, actions: false, defaultStyle: false, logLevel: 1, renderer: "canvas", tooltip: tip });
  view.addEventListener("click", (_, item) => {
    const datum = item?.datum ?? {};
    const home = documents.findIndex((one) => one.document === datum.document);
    if (home >= 0) { state.document = home; $("document").value = home; return update(); }
    for (const key of ["holder", "addressee", "subtype"]) if (datum[key]) return chosen(key, datum[key]);
  });
  mark.view = view;
  mark.lang = lang;
}

// One drawing of a chart waits for the other, and goes on where that one failed.
const draw = (mark) => (mark.turn = (mark.turn ?? Promise.resolve()).catch(() => {}).then(() => catchUp(mark)));
async function catchUp(mark) {
  if (!mark.stale) return;
  mark.stale = false;
  if (mark.lang !== lang) await embed(mark);
  mark.view.signal("least", state.least).signal("target", state.target).signal("dark", dark.matches);
  mark.names.forEach((name) => mark.view.data(name, DATASETS[name]()));
  await mark.view.runAsync();
  mark.root.dataset.drawn = Number(mark.root.dataset.drawn ?? 0) + 1;
}
const redraw = () => Promise.all(marks.filter((mark) => mark.seen).map(draw));

// A picture goes on paper: it is light in the dark mode, too. No drawing replaces the chart meanwhile.
const save = (mark, kind) => (mark.turn = draw(mark).then(() => picture(mark, kind)));
async function picture(mark, kind) {
  await mark.view.signal("dark", false).runAsync();
  if (kind === "svg") offer(new Blob([(await mark.view.toSVG()).replace(NOT_IN_XML, "\ufffd")], { type: "image/svg+xml" }), mark.name + ".svg");
  else (await mark.view.toCanvas(2)).toBlob((blob) => offer(blob, mark.name + ".png"));
  await mark.view.signal("dark", dark.matches).runAsync();
}

// Downloads

function offer(blob, name) {
  const node = make("a");
  node.href = URL.createObjectURL(blob);
  node.download = name;
  node.click();
  setTimeout(() => URL.revokeObjectURL(node.href), 60000);
}

function cell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean") return value ? "TRUE" : "FALSE";
  let said = String(value);
  if (typeof value === "string" && data.active.some((mark) => said.startsWith(mark)) && !SIGNED.test(said)) said = "'" + said;
  return /[",\r\n]/.test(said) ? '"' + said.replace(/"/g, '""') + '"' : said;
}

// What is filtered and sorted, with the names of columns that the whole tables have.
function sheet(name) {
  const home = (row) => row.home, own = data.by === null ? [] : [["documents", data.by, (row) => (row.home ?? row.unit?.home ?? row).group]];
  const at = (table, key, value = (row) => row[key]) => [table, key, value];
  const sides = (of) => [["units", "stance." + state.target, (row) => of(row).label], ["units", "stance_score." + state.target, (row) => of(row).score]];
  const quoted = (key) => at("units", key, (row) => row.unit[key]);
  const columns = {
    units: [at("units", "document", (row) => row.home.document), at("documents", "title", (row) => row.home.title), ...own, ...["unit", "text", "label", "subtype", "score", "addressee", "strength"].map((key) => at("units", key)), ...sides(stance)],
    documents: [at("documents", "document"), at("documents", "title"), at("documents", "date"), ...own, at("documents", "units", (row) => row.count), ...sides((row) => row.stance[state.target] ?? {})],
    stances: [at("stances", "document", (row) => home(row).document), at("documents", "title", (row) => home(row).title), ...own, ...["target", "holder_kind", "holder", "stance", "score", "units"].map((key) => at("stances", key))],
    recommendations: [at("units", "addressee"), ...lists.recommendations.columns.slice(1).map((column) => ["", column.head(), column.value])],
    points: [...["group", "kind", "name"].map((key) => at("points", key, (row) => row.of[key])), at("units", "document", (row) => row.unit.home.document), at("documents", "title", (row) => row.unit.home.title), ...own, ...["unit", "text", "label", "score"].map(quoted), ...sides((row) => stance(row.unit)), ...["similarity", "voice", "reused"].map((key) => at("quotations", key))],
  }[name];
  const found = name === "points" ? kept.groups.flatMap((group) => group.left.map((one) => ({ ...one, of: group }))) : lists[name].rows;
  const lines = [columns.map(([table, key]) => (table ? title(table, key) : key)), ...found.map((row) => columns.map(([, , value]) => value(row)))];
  return "\ufeff" + lines.map((line) => line.map(cell).join(",") + "\r\n").join("");
}

// Words of the chosen language

function paint() {
  document.documentElement.lang = lang === "zh" ? "zh-Hans" : "en";
  all("[data-word]").forEach((node) => { node.textContent = say(node.dataset.word, ...JSON.parse(node.dataset.facts ?? "[]")); });
  all("[data-aria]").forEach((node) => { node.setAttribute("aria-label", say(node.dataset.aria)); });
  all("[data-gloss]").forEach((node) => { node.textContent = gloss(node.dataset.gloss); });
  all("[data-zh]").forEach((node) => { node.textContent = node.dataset[lang]; });
  document.title = say("report-title");
  Object.values(lists).forEach((list) => list.name());
  update();
}

function listen() {
  $("least").addEventListener("input", (event) => { state.least = Number(event.target.value); update(); });
  $("target").addEventListener("change", (event) => { state.target = event.target.value; update(); });
  $("document").addEventListener("change", (event) => { state.document = event.target.value === "" ? null : Number(event.target.value); update(); });
  $("search").addEventListener("input", (event) => { state.query = fold(event.target.value.trim()); update(); });
  $("more").addEventListener("click", () => { state.limit += GROUPS; points(); });
  $("switch").addEventListener("click", () => { lang = lang === "zh" ? "en" : "zh"; paint(); });
  $("reset").addEventListener("click", () => {
    Object.assign(state, { least: 0, document: null, query: "" });
    for (const set of [state.labels, state.groups, state.kinds, state.chips]) set.clear();
    all("fieldset input").forEach((box) => { box.checked = true; });
    $("least").value = 0;
    $("search").value = $("document").value = "";
    update();
  });
  all("section .csv").forEach((node) => node.addEventListener("click", () => {
    const { id } = node.closest("section");
    offer(new Blob([sheet(id)], { type: "text/csv;charset=utf-8" }), id + ".csv");
  }));
  dark.addEventListener("change", update);
  // On paper charts are drawn that were never seen.
  addEventListener("beforeprint", () => marks.forEach(draw));
}

async function start() {
  data = await unpacked();
  lang = data.lang;
  learnScripts();
  state.target = data.targets[0] ?? "";
  read();
  build();
  const seen = new IntersectionObserver((entries) => entries.forEach((entry) => {
    const mark = marks.find((one) => one.root === entry.target);
    mark.seen = entry.isIntersecting;
    if (mark.seen) draw(mark);
  }), { rootMargin: "300px" });
  marks = all("figure").map((figure) => {
    const mark = { root: figure.querySelector(".chart"), name: figure.id.replace("chart-", ""), stale: true };
    all("[data-picture]", figure).forEach((node) => node.addEventListener("click", () => save(mark, node.dataset.picture)));
    return mark;
  });
  listen();
  paint();
  marks.forEach((mark) => seen.observe(mark.root));
  document.body.dataset.ready = "1";
}
if (typeof DecompressionStream === "undefined") $("browser").hidden = false;
else start();
