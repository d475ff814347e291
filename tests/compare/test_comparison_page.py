"""The page of the report in a browser: filters, lists, links, downloads, hostile text, no request."""

from __future__ import annotations

import io
import os
import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pypdfium2
import pytest

from argmine import load
from argmine.compare.charts import CHARTS
from argmine.compare.metadata import Metadata
from argmine.compare.report import write_report
from argmine.compare.tables import tables
from argmine.ingest.reading import read_article
from argmine.pipeline import annotate
from argmine.schema import AnnotatedArticle, write_json
from argmine.show.page import article_page
from commands import COMMAND

HOSTILE = (
    '=HYPERLINK(1)</script><script>canary=1</script>"></svg><script>canary=1</script>'
    "<img src=x onerror=canary=1>'onmouseover='canary=1'{}\u202e反\0"
)
TARGET = "cooperative-security"
PHONE = {"viewport": {"width": 390, "height": 844}}
OUTLETS = {"a": "东", "b": "东", "c": "西", "d": None}
# Title, score, and units with label and stance: one contested point, one shared, one by itself.
SAID = {
    "a": ("海岸", 0.2, [("各国应当共同维护近海航道的照明和通信安全。", "recommendation", "favor")]),
    "b": (
        "港口",
        0.5,
        [("各国不应当共同维护近海航道的照明和通信安全。", "recommendation", "against")],
    ),
    "c": ("航道", 0.9, [("雾季之前修缮灯塔是沿岸居民多年的心愿。", "claim", "neutral")]),
    "d": ("燈塔", None, [("霧季之前修繕燈塔是沿岸漁民多年的心願。", "claim", "neutral")]),
}
SAID["a"][2].append(("去年进港的货船比前年增加了两成。", "evidence", "neutral"))
SAID["b"][2].append(("雾季之前修缮灯塔是沿岸渔民一贯的心愿。", "claim", "neutral"))


def said(key: str) -> AnnotatedArticle:
    title, score, sentences = SAID[key]
    units, text = [], ""
    for n, (sentence, label, stance) in enumerate(sentences, 1):
        unit = {"id": f"u{n}", "start": len(text), "end": len(text) + len(sentence)}
        unit |= {"label": label, "score": score}
        units.append(unit | {"stance": {TARGET: {"label": stance, "score": 0.9}}})
        text += sentence
    script = "hant" if key == "d" else "hans"
    return AnnotatedArticle.model_validate(
        {"schema_version": "1", "id": key, "text": text, "units": units, "relations": []}
        | {"meta": {"title": title, "script": script}, "signature": "test"}
        | {"stance": {TARGET: {"label": sentences[0][2], "score": 0.8}}}
    )


@pytest.fixture
def visit(chromium):
    """Open a report; at the end nothing but pages beside it was asked for, nothing complained of."""
    asked, complaints, contexts = [], [], []

    def opened(file: Path, **settings):
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}} | settings)
        contexts.append(context)
        context.on("request", lambda request: asked.append(request.url))
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(file.as_uri())
        page.wait_for_selector("body[data-ready]")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []
    assert [url for url in asked if not re.match(r"file:|blob:file:", url)] == []


@pytest.fixture(scope="module")
def articles():
    return [said(key) for key in SAID]


@pytest.fixture(scope="module")
def report(articles, tmp_path_factory):
    """As the command writes it."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "out").mkdir()
    for one in articles:
        write_json(one, folder / "out" / f"{one.id}.json")
    rows = "".join(f"{key},{outlet or ''}\n" for key, outlet in OUTLETS.items())
    (folder / "m.csv").write_text(f"id,outlet\n{rows}", encoding="utf-8")
    command = [*COMMAND, "compare", "out"]
    options = ["-o", "r", "--meta", "m.csv", "--by", "outlet"]
    subprocess.run(
        [*command, *options], cwd=folder, env={**os.environ, "LC_ALL": "C.UTF-8"}, check=True
    )
    return folder / "r"


@pytest.fixture(scope="module")
def long_report(article, tmp_path_factory):
    folder = tmp_path_factory.mktemp("long") / "r"
    write_report([article(f"a{n:04}") for n in range(500)], folder)
    return folder


def shown(page):
    return page.inner_text("#found")


def saved(page, button):
    """The bytes and the name that a button saves.

    It is pressed by key: under a mouse, a chart that is drawn above it may move it away.
    """
    with page.expect_download() as waiting:
        page.press(button, "Enter")
    return Path(waiting.value.path()).read_bytes(), waiting.value.suggested_filename


def downloaded(page, section):
    data, _ = saved(page, f"#{section} .csv")
    assert data.startswith(b"\xef\xbb\xbf")
    return pd.read_csv(io.BytesIO(data), keep_default_na=False)


def picture(page, chart, kind="svg"):
    """The bytes of a chart, as its button saves it."""
    data, name = saved(page, f"#chart-{chart} [data-picture={kind}]")
    assert name == f"{chart}.{kind}"
    return data


def drawn(page, chart):
    """The texts of a chart."""
    texts = ElementTree.fromstring(picture(page, chart)).iter("{http://www.w3.org/2000/svg}text")
    return ["".join(text.itertext()) for text in texts]


def counts_of_labels(units):
    """What the chart of labels says of each label and outlet, from the table."""
    outlets = units["document"].map(OUTLETS).fillna("（无）")
    wholes = units.groupby(outlets)
    return {
        f"{len(part)} / {len(wholes.get_group(outlet))}"
        f"（{wholes.get_group(outlet)['document'].nunique()} 篇）"
        for (outlet, _), part in units.groupby([outlets, units["label"].astype(str)])
    }


@pytest.mark.browser
def test_each_filter_leaves_what_pandas_leaves(report, articles, visit):
    units = tables(articles, ["units"])["units"]
    page = visit(report / "report.html")
    assert shown(page) == "显示 6 个单元（共 6），4 篇文章（共 4）"
    page.fill("#least", "0.4")
    kept = units[units["score"].isna() | (units["score"] >= 0.4)]
    assert shown(page) == f"显示 {len(kept)} 个单元（共 6），4 篇文章（共 4）"
    page.uncheck("#labels label[data-value=recommendation] input")
    kept = kept[kept["label"] != "recommendation"]
    assert shown(page) == f"显示 {len(kept)} 个单元（共 6），4 篇文章（共 4）"
    page.uncheck("#groups label[data-value=东] input")
    kept = kept[~kept["document"].isin(["a", "b"])]
    assert shown(page) == f"显示 {len(kept)} 个单元（共 6），2 篇文章（共 4）"
    page.fill("#search", "居民")
    assert shown(page) == "显示 1 个单元（共 6），1 篇文章（共 4）"
    page.click("#reset")
    assert shown(page) == "显示 6 个单元（共 6），4 篇文章（共 4）"
    page.select_option("#document", index=2)
    assert shown(page) == "显示 2 个单元（共 6），1 篇文章（共 4）"
    page.click("#switch")
    assert shown(page) == "2 of 6 units, 1 of 4 articles shown"
    assert page.get_attribute("html", "lang") == "en"


@pytest.mark.browser
@pytest.mark.parametrize("query", ["雾季之前修缮", "霧季之前修繕", "霧季之前修缮"])
def test_either_script_finds_the_other(report, visit, query):
    page = visit(report / "report.html")
    page.fill("#search", query)
    assert shown(page) == "显示 3 个单元（共 6），3 篇文章（共 4）"
    page.fill("#search", "灯塔")
    titled = page.locator("#documents .row .name").all_inner_texts()
    assert titled == ["港口", "航道", "燈塔"]


@pytest.mark.browser
def test_the_slider_moves_the_numbers_of_a_chart(report, articles, visit):
    units = tables(articles, ["units"])["units"]
    page = visit(report / "report.html")
    for least in (0, 0.4):
        page.fill("#least", str(least))
        kept = units[units["score"].isna() | (units["score"] >= least)]
        told = {text for text in drawn(page, "labels") if re.match(r"\d+ / \d", text)}
        assert told == counts_of_labels(kept)


@pytest.mark.browser
def test_articles_without_a_group_have_a_row_with_a_name(report, visit):
    page = visit(report / "report.html")
    assert {"东", "西", "（无）"} <= set(drawn(page, "documents"))
    assert "主张 · （无）" in drawn(page, "labels")
    page.click("#switch")
    assert "(none)" in drawn(page, "documents")
    assert page.inner_text("#groups label[data-value=''] bdi") == "(none)"


@pytest.mark.browser
def test_points_follow_the_filters_of_kind_label_and_text(report, visit):
    groups = pd.read_csv(report / "tables" / "points.csv").set_index("观点组")["类型"].to_dict()
    page = visit(report / "report.html")

    def seen():
        nodes = page.locator(".point")
        return [node.get_attribute("data-group") for node in nodes.all()]

    assert seen() == list(groups)
    assert set(groups.values()) >= {"contested", "shared"}
    page.uncheck("#kinds label[data-value=contested] input")
    assert seen() == [key for key, kind in groups.items() if kind != "contested"]
    page.click("#reset")
    page.uncheck("#labels label[data-value=recommendation] input")
    assert seen() == [key for key, kind in groups.items() if kind != "contested"]
    page.click("#reset")
    page.fill("#search", "通信安全")
    assert seen() == [key for key, kind in groups.items() if kind == "contested"]


@pytest.mark.browser
def test_an_opened_point_shows_its_quotations_and_keeps_open(report, visit):
    quotations = pd.read_csv(report / "tables" / "quotations.csv")
    page = visit(report / "report.html")
    for point in page.locator(".point").all():
        point.locator("summary").click()
        key = point.get_attribute("data-group")
        expected = quotations[quotations.iloc[:, 0] == key]["引文"].tolist()
        assert point.locator("blockquote").all_inner_texts() == expected
    page.click("#switch")
    assert page.locator(".point[open]").count() == page.locator(".point").count()


@pytest.mark.browser
def test_a_list_is_sorted_by_any_column_missing_values_last(report, visit):
    page = visit(report / "report.html")
    column = page.locator("#units .row > :nth-child(5)")
    head = page.locator("#units .heads > :nth-child(5)")
    scores = ["0.20", "0.20", "0.50", "0.50", "0.90"]

    def from_above():
        return page.locator("#units .row").evaluate_all(
            "rows => rows.sort((a, b) => a.ariaRowIndex - b.ariaRowIndex)"
            ".map(row => row.children[4].textContent)"
        )

    head.locator("button").click()
    assert (head.get_attribute("aria-sort"), from_above()) == ("descending", [*scores[::-1], ""])
    head.locator("button").click()
    assert (head.get_attribute("aria-sort"), from_above()) == ("ascending", [*scores, ""])
    assert column.count() == 6


@pytest.mark.browser
def test_an_addressee_is_chosen_and_let_go(long_report, visit):
    page = visit(long_report / "report.html")
    page.click("#recommendations .row >> nth=0 >> button")
    assert shown(page).startswith("显示 500 个单元（共 1500）")
    assert page.inner_text("#chips") == "建议对象： 灯塔 ✕"
    page.click("#chips button")
    assert shown(page).startswith("显示 1500 个单元（共 1500）")


@pytest.mark.browser
def test_a_download_is_the_filtered_table(report, articles, visit):
    page = visit(report / "report.html")
    page.click("#switch")
    page.fill("#least", "0.4")
    found = downloaded(page, "units")
    units = tables(articles, ["units"])["units"]
    kept = units[units["score"].isna() | (units["score"] >= 0.4)].reset_index(drop=True)
    for column in ("document", "unit", "text", "label"):
        assert found[column].tolist() == kept[column].astype(str).tolist()
    assert pd.to_numeric(found["score"]).tolist() == pytest.approx(
        kept["score"].astype(float).tolist(), nan_ok=True
    )


@pytest.mark.browser
def test_a_link_opens_the_article_at_the_unit_and_another_leads_back(report, visit):
    page = visit(report / "report.html")
    with page.context.expect_page() as waiting:
        page.click("#units .row >> nth=1 >> a")
    other = waiting.value
    other.wait_for_selector(".unit.picked")
    assert other.url.endswith("articles/a.html#u1")
    assert other.locator(".unit.picked").first.get_attribute("id") == "u1"
    assert other.inner_text("#back") == "← 比较报告"
    other.click("#switch")
    assert other.inner_text("#back") == "← Report on all articles"
    other.click("#back")
    other.wait_for_selector("body[data-ready]")
    assert other.url == page.url


def test_an_article_by_itself_has_no_way_back(articles):
    assert 'id="back"' not in article_page(articles[0])
    assert 'href="&quot;&gt;"' in article_page(articles[0], report='">')


@pytest.mark.browser
def test_pictures_are_light_in_the_dark_mode_and_twice_as_wide(report, visit):
    page = visit(report / "report.html", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(22, 24, 28)"
    assert b'fill="#16181c"' not in picture(page, "actors")
    data = picture(page, "actors", "png")
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    wide = page.evaluate("document.querySelector('#chart-actors canvas').clientWidth")
    assert int.from_bytes(data[16:20], "big") == 2 * wide
    corner = "document.querySelector('#chart-actors canvas').getContext('2d').getImageData(0,0,1,1)"
    assert list(page.evaluate(f"[...{corner}.data]")) == [22, 24, 28, 255]


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_phone_scrolls_down_only(report, visit, lang):
    page = visit(report / "report.html", **PHONE)
    if lang == "en":
        page.click("#switch")
    for chart in CHARTS:
        page.locator(f"#chart-{chart}").scroll_into_view_if_needed()
        page.wait_for_selector(f"#chart-{chart} .chart[data-drawn] canvas")
    page.click(".point summary >> nth=0")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.browser
def test_paper_has_all_charts_and_no_empty_pages(long_report, visit):
    page = visit(long_report / "report.html")
    with pypdfium2.PdfDocument(page.pdf(format="A4")) as document:
        texts = [sheet.get_textpage().get_text_range() for sheet in document]
    for chart in CHARTS:
        assert page.locator(f"#chart-{chart} .chart[data-drawn]").count() == 1
    assert len(texts) < 20
    assert "灯塔应当加高" in "".join(texts)
    assert "纸上只有此表当前显示处的若干行" in "".join(texts)


@pytest.mark.browser
@pytest.mark.parametrize("settings", [{}, PHONE])
def test_hostile_text_is_shown_and_does_nothing(article, tmp_path, visit, settings):
    one = article("../x")
    one.meta.title = HOSTILE
    one.units[1].addressee = HOSTILE
    one.units[0].label = HOSTILE
    one.units[0].subtype = HOSTILE
    one.units[2].label = "constructor"
    one.stance[TARGET].by_actor[0].actor = HOSTILE
    outlets = pd.DataFrame({HOSTILE: [HOSTILE] * 2}, index=["../x", HOSTILE], dtype="string")
    write_report(
        [one],
        tmp_path / "r",
        metadata=Metadata("m", outlets),
        by=HOSTILE,
        article_page=article_page,
    )
    page = visit(tmp_path / "r" / "report.html", **settings)
    assert page.text_content("#documents .row .name") == HOSTILE
    assert page.text_content("#groups label bdi") == HOSTILE
    assert page.inner_text("#units .row >> nth=2 >> .label") == "constructor"
    for chart, row in {"documents": HOSTILE, "actors": HOSTILE, "addressees": HOSTILE}.items():
        page.locator(f"#chart-{chart}").scroll_into_view_if_needed()
        page.hover(f"#chart-{chart} canvas")
        # an axis cuts what is too long
        assert any(text.startswith(row[:5]) for text in drawn(page, chart))
    page.click("#switch")
    assert page.evaluate("typeof canary") == "undefined"
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]
    names = "[...document.querySelectorAll('*')].flatMap(n => [...n.attributes].map(a => a.name))"
    assert [name for name in set(page.evaluate(names)) if name.startswith("on")] == []
    assert downloaded(page, "stances")["holder"].tolist() == ["author", f"'{HOSTILE}"]


@pytest.mark.browser
def test_a_long_list_scrolls_to_its_end_and_holds_few_rows(long_report, visit):
    page = visit(long_report / "report.html")
    page.eval_on_selector("#units .body", "node => { node.scrollTop = node.scrollHeight; }")
    page.wait_for_selector("#units .row[aria-rowindex='1501']")
    assert page.locator("#units .row").count() < 60
    assert page.get_attribute("#units .list", "aria-rowcount") == "1501"


@pytest.mark.slow
@pytest.mark.browser
def test_a_report_over_the_real_articles(real, tmp_path, visit):
    nlp = load("rules")
    files = sorted([*(real / "train").rglob("*.txt"), *(real / "dev").rglob("*.txt")])
    found = [annotate(read_article(file), nlp) for file in files]
    write_report(found, tmp_path / "r", article_page=article_page)
    page = visit(tmp_path / "r" / "report.html")
    count = sum(len(one.units) for one in found)
    assert shown(page).startswith(f"显示 {count} 个单元（共 {count}），{len(found)} 篇文章")
    for name in CHARTS:
        page.locator(f"#chart-{name}").scroll_into_view_if_needed()
        page.wait_for_selector(f"#chart-{name} .chart[data-drawn] canvas")
    page.click(".point summary >> nth=0")
    assert page.locator(".point[open] .quotations li").count() >= 2
    for name in ("units", "documents", "stances", "recommendations"):
        for head in page.locator(f"#{name} .heads button").all():
            head.click()
    for box in page.locator("fieldset input").all():
        box.uncheck()
        box.check()
    assert shown(page).startswith(f"显示 {count} 个单元")
    page.select_option("#document", index=1)
    page.fill("#search", "合作")
    page.fill("#least", "0.5")
    page.click("#switch")
    page.click("#reset")
    assert shown(page).startswith(f"{count} of {count} units")
    with page.context.expect_page() as waiting:
        page.click("#units .row >> nth=1 >> a")
    waiting.value.wait_for_selector(".unit.picked")
