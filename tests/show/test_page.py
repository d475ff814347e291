"""The HTML page: exact text, nothing executed, every control works, in a real browser."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
import time
from html import unescape
from typing import Any

import pytest

from argmine.schema import AnnotatedArticle, to_json
from argmine.show.page import article_page, notebook_view
from argmine.show.words import words

HOSTILE = (
    "</script><!--<script>canary=1</script>\"'><img src=x onerror=canary=1> onclick=canary=1 "
    "javascript:canary=1 {{7*7}} ${7*7} &amp;\u202e反\u2028\x00\x1b[31m\r\n"
)
# What the checks of the schema fix.
FIXED = {"schema_version", "text", "kind", "script"}


def hostile(value: Any, key: str = "") -> Any:
    """The same data with hostile text in every name and value, references intact."""
    if isinstance(value, dict):
        free = key in ("stance", "scores")
        return {
            HOSTILE + k if free and k != "label" else k: hostile(v, k) for k, v in value.items()
        }
    if isinstance(value, list):
        return [hostile(one, key) for one in value]
    return HOSTILE + value if isinstance(value, str) and key not in FIXED else value


@pytest.fixture
def hostile_article(small_data: dict[str, Any]) -> AnnotatedArticle:
    controls = "".join(map(chr, (*range(32), *range(127, 160), 0x2066, 0xFEFF, 0xFFFE, 0x1FFFF)))
    data = hostile(small_data)
    data["text"] += HOSTILE + controls
    return AnnotatedArticle.model_validate(data)


def test_the_policy_allows_only_the_style_and_script_of_the_page(hostile_article):
    page = article_page(hostile_article)
    [policy] = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    [style] = re.findall(r"(?s)<style>(.*?)</style>", page)
    [script] = re.findall(r"(?s)<script>(.*?)</script>", page)

    def digest(text: str) -> str:
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest(style)}'; "
        f"script-src 'sha256-{digest(script)}'; base-uri 'none'; form-action 'none'"
    )
    assert re.findall(r"<(?:script|style|link|img|iframe|base)\b[^>]*>", page) == [
        "<style>",
        '<script type="application/json" id="data">',
        "<script>",
    ]


@pytest.mark.browser
def test_hostile_text_in_every_field_is_shown_and_does_nothing(hostile_article, visit):
    seen = visit(article_page(hostile_article))
    page = seen.page
    text = page.evaluate("document.getElementById('text').textContent")
    assert text == hostile_article.text.replace("\0", "\ufffd")
    title = page.evaluate("document.querySelector('h1').textContent")
    assert title == (HOSTILE + "共同规则").replace("\0", "\ufffd")
    for n in range(4):
        page.evaluate(f"pick({n})")
        shown = page.evaluate("document.getElementById('details').textContent")
        assert shown.count("onclick=canary=1") >= 5
    page.click("#switch")
    for box in page.locator("#toolbar input").all():
        box.click()
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    kinds = "[...document.querySelectorAll('*')].flatMap(n => [...n.attributes].map(a => a.name))"
    names = set(page.evaluate(kinds))
    assert {name for name in names if name.startswith("on") or name == "src"} == set()
    links = page.eval_on_selector_all("a[href]", "nodes => nodes.map(n => n.getAttribute('href'))")
    assert {link for link in links if not re.fullmatch(r"#[su]\d+", link)} == set()
    assert page.evaluate("typeof canary") == "undefined"
    assert page.locator("img, iframe, form").count() == 0


@pytest.mark.browser
def test_an_override_of_direction_stays_in_its_line_and_unit(small_data, visit):
    data = json.dumps(small_data, ensure_ascii=False).replace("因此", "\u202e此")
    page = visit(article_page(AnnotatedArticle.model_validate_json(data))).page
    lefts = page.eval_on_selector_all(
        "#text .unit", "nodes => nodes.map(n => n.getClientRects()[0].left)"
    )
    assert lefts[0] < lefts[1] < lefts[2]
    isolation = "nodes => [...new Set(nodes.map(n => getComputedStyle(n).unicodeBidi))]"
    assert page.eval_on_selector_all(".unit, bdi, .line", isolation) == ["isolate"]


@pytest.mark.browser
def test_the_panel_tells_all_of_a_unit(small, visit):
    seen = visit(article_page(small))
    seen.page.click("#u1")
    assert seen.texts("#details blockquote, #details .place") == [
        "因此，各国应当共享信息；",
        "字符 30–42，第 2 句，第 3 段",
        "一、漏洞没有国界",
    ]
    assert seen.texts("#details dl *:not(bdi)") == ["力度", "应当", "对象", "各国", "方法", "规则"]
    assert seen.texts("#details h3") == [
        "标签得分", "立场 · 合作安全", "线索（权重）", "关系", "单元中的提及",
    ]  # fmt: skip
    assert seen.texts(".meters > b, .meters > span") == [
        "建议", "0.90", "支持", "0.75", "反对", "0.25",
    ]  # fmt: skip
    assert seen.texts(".links li") == [
        "← 支持 0.70 ↑ u1 论 去年公开的漏洞增加了21%。",
        "← 支持 0.50 ↓ u3 主+ 封锁并不可行。",
        "行为体 各国",
    ]
    seen.page.click(".links a >> nth=0")
    assert seen.ids(".unit.picked") == ["u0"]
    assert seen.texts("#details .cues li") == ["增加 +2.50"]
    assert seen.texts(".meters .best") == ["论据", "中立"]
    widths = "nodes => nodes.map(n => n.style.width)"
    assert seen.page.eval_on_selector_all(".bar i", widths) == ["19%", "81%", "90%", "10%"]


@pytest.mark.browser
def test_the_head_tells_stance_actors_and_metadata(small, visit):
    seen = visit(article_page(small, "en"))
    seen.page.evaluate("document.querySelectorAll('header details').forEach(d => d.open = true)")
    assert [line for line in seen.page.inner_text("header").split("\n") if line] == [
        "共同规则", "中文", "林知远 · 周以宁 · 海岳政策评论 · 2025-03-01",
        "Author’s stance cooperative security + favor favor 0.50 · neutral 0.50",
        "Deciding units u2 u3", "Stances of actors in the text 1", "甲国 − against 1.00 u4", "Metadata",
        "Authors", "林知远、周以宁", "Publication", "海岳政策评论", "Date", "2025-03-01",
        "Address", "https://example.org/a?b=1&c=2", "Document id", "small",
        "Source file", "articles/small.txt", "Media type", "text/plain", "Encoding", "utf-8",
        "SHA-256", "00ff", "Signature", "argmine:test", "Script", "simplified",
    ]  # fmt: skip
    seen.page.click("header a[href='#u2']")
    assert seen.ids(".unit.picked") == ["u2"]
    assert seen.page.evaluate("location.hash") == "#u2"
    seen.page.reload()
    assert seen.ids(".unit.picked") == ["u2"]
    seen.requests.pop()


@pytest.mark.browser
def test_filters_take_label_and_stance_together_and_say_what_is_left(small, visit):
    seen = visit(article_page(small))
    assert seen.texts("#toolbar label") == [
        "主 主张 1", "论 论据 2", "建 建议 1", "+ 支持 2", "− 反对 1", "中立 1",
        "行为体 1", "数量 1", "引语 1", "编号与关系 3", "附属文字 1",
    ]  # fmt: skip
    assert seen.page.inner_text("#shown") == ""
    seen.page.uncheck("[data-filter-label='1']")
    assert seen.ids("#text .unit.off") == ["u0", "u3"]
    seen.page.uncheck("[data-filter-stance='0']")
    assert seen.ids("#text .unit.off") == ["u0", "u1", "u2", "u3"]
    seen.page.check("[data-filter-label='1']")
    assert seen.ids("#text .unit.off") == ["u1", "u2"]
    assert seen.page.inner_text("#shown") == "显示 2 / 4 个单元"
    seen.page.click("#text .unit.off >> nth=0")
    assert seen.ids(".unit.picked") == []


@pytest.mark.browser
def test_arrows_follow_the_pointer_and_the_choice(small, visit):
    seen = visit(article_page(small))
    paths = "nodes => nodes.map(n => n.getAttribute('class').trim())"
    assert seen.page.eval_on_selector_all("#arrows path", paths) == []
    seen.page.hover("#u3")
    assert seen.page.eval_on_selector_all("#arrows path", paths) == ["attack", "head attack"]
    assert seen.ids(".unit.linked") == ["u2"]
    seen.page.hover("h1")
    assert seen.ids(".unit.linked") == []
    seen.page.click("#u2")
    seen.page.hover("h1")
    assert seen.ids(".unit.linked") == ["u1", "u3"]
    assert seen.page.eval_on_selector_all("#arrows path", paths) == [
        "", "head", "attack", "head attack",
    ]  # fmt: skip
    # In the margin, left of every line of text.
    right = "n => n.getBoundingClientRect().right"
    edge = seen.page.eval_on_selector("#text", "n => n.getBoundingClientRect().left")
    assert seen.page.eval_on_selector("#arrows path.attack", right) <= edge


@pytest.mark.browser
def test_the_keyboard_walks_over_the_units_that_are_shown(small, visit):
    seen = visit(article_page(small))
    walked = []
    seen.page.uncheck("[data-filter-label='2']")
    for key in ("j", "j", "ArrowRight", "j", "k", "ArrowLeft", "ArrowLeft", "Escape", "Enter"):
        seen.page.keyboard.press(key)
        walked.append("".join(seen.ids(".unit.picked")))
    assert walked == ["u0", "u2", "u3", "u3", "u2", "u0", "u0", "", "u0"]
    assert seen.page.evaluate("document.activeElement.id") == "u0"
    tabs = "nodes => nodes.filter(n => n.tabIndex === 0).map(n => n.id)"
    assert seen.page.eval_on_selector_all("#text .unit", tabs) == ["u0"]
    seen.page.click("button.close")
    assert seen.page.inner_text("#details").startswith("点击正文中的单元")


@pytest.mark.browser
def test_the_language_changes_everywhere_and_back(small, visit):
    seen = visit(article_page(small, "zh"))
    seen.page.click("#u3")
    chinese = seen.page.inner_text("body")
    seen.page.click("#switch")
    english = seen.page.inner_text("body")
    article = seen.page.inner_text("#text")
    for quoted in (article, "共同规则", "规则属于所有人", "甲国的立场"):
        english = english.replace(quoted, "")
    chinese_words = {text for text in words("zh").values() if re.search("[\u4e00-\u9fff]", text)}
    assert {text for text in chinese_words if text in english} == set()
    assert seen.page.evaluate("document.documentElement.lang") == "en"
    assert seen.page.get_attribute("#u3", "data-tag") == "E−"
    assert seen.page.get_attribute("nav", "aria-label") == "Outline"
    seen.page.click("#switch")
    assert seen.page.inner_text("body") == chinese
    assert (
        visit(article_page(small, "en")).page.inner_text("nav")
        == "Outline\n一、漏洞没有国界\n（一）甲国的立场"
    )


@pytest.mark.browser
@pytest.mark.parametrize(("script", "lang"), [("hans", "zh-Hans"), ("hant", "zh-Hant")])
def test_the_text_names_its_script(small, visit, script, lang):
    small.meta.script = script
    page = visit(article_page(small, "en")).page
    page.click("#u0")
    langs = "nodes => nodes.map(n => n.lang)"
    assert page.eval_on_selector_all("h1, nav ul, #text, blockquote", langs) == [lang] * 4
    assert page.evaluate("document.documentElement.lang") == "en"


def comes_true(page: Any, expression: str) -> None:
    """Ask the page until it says yes; what polls inside the page is against its policy."""
    deadline = time.monotonic() + 10
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, expression
        page.wait_for_timeout(50)


@pytest.mark.browser
def test_the_outline_leads_to_a_section_and_follows_the_reader(repeated, visit):
    page = visit(article_page(repeated(12))).page
    current = (
        "[...document.querySelectorAll('nav [aria-current]')].map(n => n.getAttribute('href'))"
    )
    page.click("nav a[href='#s13']")
    comes_true(page, f"{current}.join() === '#s13'")
    heading = page.evaluate("document.getElementById('s13').getBoundingClientRect().top")
    bar = page.evaluate("document.getElementById('toolbar').getBoundingClientRect().bottom")
    assert bar <= heading <= bar + 40
    page.evaluate("scrollTo(0, 0)")
    comes_true(page, f"{current}.join() === ''")


@pytest.mark.browser
def test_the_citation_is_copied_without_a_permission(small, visit):
    page = visit(article_page(small)).page
    page.click("#u1")
    page.click("button.copy")
    assert page.inner_text("button.copy") == "已复制"
    page.evaluate("document.body.prepend(document.createElement('textarea'))")
    page.focus("textarea")
    page.keyboard.press("Control+V")
    assert page.input_value("textarea") == (
        "“因此，各国应当共享信息；”（林知远、周以宁，共同规则，海岳政策评论，2025-03-01，small.txt，"
        "字符 30–42，第 2 句，第 3 段）"
    )


@pytest.mark.browser
def test_offsets_are_code_points_beyond_the_first_plane(small_data, visit):
    """JavaScript counts UTF-16 units; the page must not."""
    text = "𠀀𠀁😀。甲国应当对话。"
    unit = {"id": "u1", "start": 4, "end": 11, "text": "甲国应当对话。", "label": "claim"}
    cue = {"start": 6, "end": 8, "text": "应当", "weight": 1.0}
    article = AnnotatedArticle(
        **{"schema_version": "1", "id": "a", "text": text, "units": [{**unit, "cues": [cue]}]},
        **{"relations": [], "stance": {}},
    )
    seen = visit(article_page(article))
    seen.page.click("#u0")
    assert seen.texts("blockquote, .cues bdi") == ["甲国应当对话。", "应当"]


@pytest.mark.browser
def test_layers_are_shown_on_demand(small, visit):
    seen = visit(article_page(small))

    def look() -> list[Any]:
        return [
            seen.page.eval_on_selector(selector, f"n => getComputedStyle(n, '{part}').{style}")
            for selector, part, style in (
                ("#text .actor", "", "borderBottomStyle"),
                ("#text .quote", "", "backgroundImage.slice(0, 9)"),
                (".furnishing", "", "display"),
                ("#u0", "::before", "content"),
                ("#u0", "::after", "content"),
            )
        ]

    plain = ["none", "none", "block", '"论\u2060"', "none"]
    shown = ["dotted", "repeating", "none", '"u1\xa0论\u2060"', '"\u2060→u2"']
    assert look() == plain
    for layer in ("actor", "quote", "furniture", "ids"):
        seen.page.click(f"[data-layer={layer}]")
    assert look() == shown


@pytest.mark.browser
def test_other_labels_stances_and_targets_get_names_tags_and_filters(small_data, visit):
    roles = ["Evidence", "Elaboration", "Thesis", "Thesis"]
    for unit, role in zip(small_data["units"], roles, strict=True):
        unit["label"] = role
    small_data["units"][0]["stance"]["carbon tax"] = {"label": "mixed"}
    small_data["units"][2]["stance"] = {}
    seen = visit(article_page(AnnotatedArticle.model_validate(small_data), "en"))
    assert seen.texts("#toolbar .labels label, #toolbar .stance label") == [
        "El Elaboration 1", "Ev Evidence 1", "T Thesis 2",
        "+ favor 1", "− against 1", "neutral 1", "mixed 0", "none 1",
    ]  # fmt: skip
    tags = "nodes => nodes.map(n => n.dataset.tag)"
    assert seen.page.eval_on_selector_all(".unit.first", tags) == ["Ev", "El+", "T", "T−"]
    seen.page.select_option("#target", "1")
    assert seen.page.eval_on_selector_all(".unit.first", tags) == ["Ev", "El", "T", "T"]
    assert seen.texts("#toolbar .stance label small") == ["0", "0", "0", "1", "3"]
    seen.page.uncheck("[data-filter-stance='4']")
    assert seen.ids("#text .unit:not(.off)") == ["u0"]


@pytest.mark.browser
def test_a_gold_file_without_sections_sentences_and_scores_opens(visit):
    units = [{"id": "g1", "start": 0, "end": 4, "label": "claim"}]
    gold = {"schema_version": "1", "id": "g", "text": "合作可行。", "units": units}
    seen = visit(article_page(AnnotatedArticle(**gold, relations=[], stance={}), "en"))
    seen.page.click("#u0")
    assert seen.page.inner_text("#details").split("\n") == [
        "g1 C claim", "‹", "›", "✕", "合作可行", "", "characters 0–4, paragraph 1", "",
        "Copy citation", "Method", "rules", "Cues (weight)", "", "none", "", "Relations", "", "none",
    ]  # fmt: skip


@pytest.mark.browser
def test_a_phone_shows_all_without_scrolling_sideways(repeated, visit):
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    page = visit(article_page(repeated(6)), **phone).page
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert not page.is_visible("#panel")
    page.tap("#u9")
    page.tap("button.next")
    sheet = page.evaluate("document.getElementById('panel').getBoundingClientRect().top")
    chosen = page.evaluate("document.querySelector('.picked').getBoundingClientRect().bottom")
    assert 844 * 0.5 < sheet < 844
    assert 0 < chosen <= sheet
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.tap("button.close")
    assert not page.is_visible("#panel")


@pytest.mark.browser
def test_paper_carries_ids_relations_legend_and_metadata_but_no_controls(small, visit):
    page = visit(article_page(small)).page
    page.click("#u0")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    hidden = ("#panel", "#switch", "nav", "#toolbar input >> nth=0", "#toolbar .show", "#arrows")
    assert [page.is_visible(selector) for selector in hidden] == [False] * 6
    shown = ("#u0", "#toolbar .labels", "#toolbar .stance", "#toolbar > p", "header dl", "h1")
    assert [page.is_visible(selector) for selector in shown] == [True] * 6
    content = (
        "n => [getComputedStyle(n, '::before').content, getComputedStyle(n, '::after').content]"
    )
    assert page.eval_on_selector("#u3", content) == ['"u4\xa0论−\u2060"', '"\u2060↛u3"']


CONTRAST = """() => {
  const channel = (v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (c) => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
  const ground = (node, part) => {
    const own = rgb(getComputedStyle(node, part).backgroundColor);
    if (own.length === 3 || own[3] === 1) return own;
    return part ? ground(node) : node.parentElement ? ground(node.parentElement) : [255, 255, 255];
  };
  const found = {};
  const look = (node, part) => {
    const [a, b] = [light(rgb(getComputedStyle(node, part).color)), light(ground(node, part))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found[node.tagName + "." + node.className + (part || "")] = ratio;
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) if (walk.currentNode.data.trim() && !walk.currentNode.parentElement.closest("script, style, option")) look(walk.currentNode.parentElement);
  document.querySelectorAll(".unit.first").forEach((node) => look(node, "::before"));
  return found;
}"""


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_the_contrast_of_wcag_aa(repeated, visit, scheme):
    article = repeated(2)
    for n, unit in enumerate(article.units):
        unit.label = f"{n} role"
    page = visit(article_page(article), color_scheme=scheme).page
    page.click("#u0")
    page.click("[data-layer=ids]")
    assert page.evaluate(CONTRAST) == {}
    tags = "nodes => nodes.map(n => JSON.stringify(['borderRadius', 'borderStyle', 'color', 'borderWidth'].map(k => getComputedStyle(n, '::before')[k])))"
    assert len(set(page.eval_on_selector_all(".unit.first", tags))) == 8


@pytest.mark.browser
def test_a_long_article_opens_scrolls_and_answers_at_once(repeated, visit):
    article = repeated(750)
    assert len(article.text.encode()) > 200_000
    start = time.perf_counter()
    page = visit(article_page(article)).page
    assert time.perf_counter() - start < 6
    work = """() => { const start = performance.now();
      scrollTo(0, 100000); pick(1500, "center"); step(1); filter(); document.body.offsetHeight;
      return performance.now() - start; }"""
    assert page.evaluate(work) < 1000
    assert page.evaluate("document.querySelectorAll('.picked').length") == 1


def test_four_times_the_text_takes_four_times_the_steps(repeated):
    """Counts executed lines: nothing else on the machine disturbs it."""

    def steps(article: AnnotatedArticle) -> int:
        count = 0

        def trace(frame: Any, event: str, argument: Any) -> Any:
            nonlocal count
            count += event == "line"
            return trace

        sys.settrace(trace)
        try:
            article_page(article)
        finally:
            sys.settrace(None)
        return count

    article_page(repeated(1))
    assert steps(repeated(80)) <= 4.1 * steps(repeated(20))


@pytest.mark.slow
def test_four_times_the_text_takes_four_times_the_time(repeated, tmp_path):
    """The goal is 4.6. In a process of its own: what other tests leave in memory slows the larger."""
    files = [tmp_path / f"{size}.json" for size in (150, 600)]
    for file, size in zip(files, (150, 600), strict=True):
        file.write_bytes(to_json(repeated(size)))
    code = (
        "import gc, sys, time\n"
        "from pathlib import Path\n"
        "from argmine.schema import parse_json\n"
        "from argmine.show.page import article_page\n"
        "sizes = [parse_json(Path(file).read_bytes()) for file in sys.argv[1:]]\n"
        "gc.collect(), gc.disable()\n"
        "def seconds(article):\n"
        "    start = time.process_time()\n"
        "    article_page(article)\n"
        "    return time.process_time() - start\n"
        "once, four = sizes\n"
        # side by side, as the clock of a busy machine drifts; the calmest pair counts
        "print(min(seconds(four) / seconds(once) for _ in range(12)))"
    )
    done = subprocess.run([sys.executable, "-c", code, *files], capture_output=True, check=True)
    print(f"{float(done.stdout):.2f} x the time for 4 x the text")
    assert float(done.stdout) <= 4.6


def test_the_notebook_view_has_the_whole_text_and_neither_script_nor_ids(hostile_article):
    view = notebook_view(hostile_article)
    assert view == hostile_article._repr_html_()
    assert re.findall(r"<script|\sid=|href=", re.sub(r"(?s)<style>.*?</style>", "", view)) == []
    body = view[view.index('<div class="text"') :]
    text = unescape(re.sub(r"<[^>]*>", "", body.replace("&#13;", "\r")))
    assert text == hostile_article.text.replace("\0", "\ufffd")


def test_every_rule_of_the_notebook_is_scoped(small):
    [style] = re.findall(r"(?s)<style>(.*?)</style>", notebook_view(small))
    rules = re.sub(r"(?s)/\*.*?\*/|@media[^{]*\{", "", style)
    selectors = [one for rule in re.findall(r"([^{}]+)\{", rules) for one in rule.split(",")]
    assert len(selectors) > 50
    assert [one for one in selectors if ".argmine" not in one.split(" .")[0] + one[:40]] == []


@pytest.mark.browser
@pytest.mark.parametrize("light", ["true", "false"])
def test_the_notebook_view_in_a_notebook(repeated, visit, light):
    outside = '<p class="line unit first l0 head">outside</p>'
    frame = f'<!doctype html><meta charset="utf-8"><body data-jp-theme-light="{light}">{outside}'
    style = "n => JSON.stringify([...getComputedStyle(n)].map(k => getComputedStyle(n)[k]))"
    alone = visit(frame).page.eval_on_selector("p", style)
    page = visit(frame + notebook_view(repeated(20))).page
    assert page.eval_on_selector("p", style) == alone
    assert page.evaluate(CONTRAST) == {}
    box = page.locator(".notebook")
    assert box.evaluate("n => [n.clientHeight < 600, n.scrollHeight > 2000]") == [True, True]
    assert page.get_attribute(".notebook .unit >> nth=0", "title") == "u1.0 · 论据 · 中立 · 0.81"
