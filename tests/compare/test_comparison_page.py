"""The page of the report in a browser: filters, lists, links, downloads, hostile text, no request."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pandas as pd
import pytest

from argmine import load
from argmine.compare.metadata import Metadata
from argmine.compare.report import write_report
from argmine.compare.tables import tables
from argmine.ingest.reading import read_article
from argmine.pipeline import annotate
from argmine.show.page import article_page

HOSTILE = "</script><script>canary=1</script>\"onmouseover='canary=1'=HYPERLINK(1)\u202e反"


@pytest.fixture
def visit(chromium):
    """Open a report; at the end nothing but pages beside it was asked for, nothing complained of."""
    asked, complaints, contexts = [], [], []

    def opened(file: Path, **settings):
        context = chromium.new_context(viewport={"width": 1280, "height": 900}, **settings)
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
def articles(article):
    scores = {"a": 0.2, "b": 0.5, "c": 0.9}
    found = []
    for key, score in scores.items():
        one = article(key)
        one.units[0].score = score
        found.append(one)
    return found


@pytest.fixture(scope="module")
def report(articles, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report") / "r"
    outlets = pd.DataFrame({"outlet": ["东", "东", "西"]}, index=["a", "b", "c"], dtype="string")
    metadata = Metadata("m.csv", outlets)
    write_report(articles, folder, metadata=metadata, by="outlet", article_page=article_page)
    return folder


def shown(page):
    return page.inner_text("#found")


def downloaded(page, section):
    with page.expect_download() as waiting:
        page.click(f"#{section} .csv")
    data = Path(waiting.value.path()).read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    return pd.read_csv(io.BytesIO(data), keep_default_na=False)


@pytest.mark.browser
def test_each_filter_leaves_what_pandas_leaves(report, articles, visit):
    units = tables(articles, ["units"])["units"]
    page = visit(report / "report.html")
    assert shown(page) == "显示 9 个单元（共 9），3 篇文章（共 3）"
    page.fill("#least", "0.6")
    kept = units[units["score"].isna() | (units["score"] >= 0.6)]
    assert shown(page) == f"显示 {len(kept)} 个单元（共 9），3 篇文章（共 3）"
    page.uncheck("#labels label[data-value=recommendation] input")
    kept = kept[kept["label"] != "recommendation"]
    assert shown(page) == f"显示 {len(kept)} 个单元（共 9），3 篇文章（共 3）"
    page.uncheck("#groups label[data-value=东] input")
    kept = kept[kept["document"] == "c"]
    assert shown(page) == f"显示 {len(kept)} 个单元（共 9），1 篇文章（共 3）"
    page.fill("#search", "船期")
    assert shown(page) == "显示 1 个单元（共 9），1 篇文章（共 3）"
    page.click("#reset")
    assert shown(page) == "显示 9 个单元（共 9），3 篇文章（共 3）"
    page.select_option("#document", index=2)
    assert shown(page) == "显示 3 个单元（共 9），1 篇文章（共 3）"
    page.click("#switch")
    assert shown(page) == "3 of 9 units, 1 of 3 articles shown"
    assert page.get_attribute("html", "lang") == "en"


@pytest.mark.browser
def test_a_download_is_the_filtered_table(report, articles, visit):
    page = visit(report / "report.html")
    page.click("#switch")
    page.fill("#least", "0.6")
    found = downloaded(page, "units")
    units = tables(articles, ["units"])["units"]
    kept = units[units["score"].isna() | (units["score"] >= 0.6)].reset_index(drop=True)
    for column in ("document", "unit", "text", "label"):
        assert found[column].tolist() == kept[column].astype(str).tolist()
    assert pd.to_numeric(found["score"]).tolist() == pytest.approx(
        kept["score"].astype(float).tolist(), nan_ok=True
    )


@pytest.mark.browser
def test_a_link_opens_the_article_at_the_unit(report, visit):
    page = visit(report / "report.html")
    with page.context.expect_page() as waiting:
        page.click("#units .row >> nth=1 >> a")
    other = waiting.value
    other.wait_for_selector(".unit.picked")
    assert other.url.endswith("articles/a.html#u1")
    assert other.locator(".unit.picked").first.get_attribute("id") == "u1"


@pytest.mark.browser
def test_hostile_text_is_shown_and_does_nothing(article, tmp_path, visit):
    one = article("../x")
    one.meta.title = HOSTILE
    one.units[1].addressee = HOSTILE
    one.units[0].label = HOSTILE
    one.stance["cooperative-security"].by_actor[0].actor = "=HYPERLINK(1)" + HOSTILE
    outlets = pd.DataFrame({HOSTILE: [HOSTILE]}, index=["../x"], dtype="string")
    write_report([one], tmp_path / "r", metadata=Metadata("m", outlets), by=HOSTILE)
    page = visit(tmp_path / "r" / "report.html")
    assert page.text_content("#documents .row .name") == HOSTILE
    assert page.text_content("#groups label bdi") == HOSTILE
    assert page.evaluate("typeof canary") == "undefined"
    names = "[...document.querySelectorAll('*')].flatMap(n => [...n.attributes].map(a => a.name))"
    assert [name for name in set(page.evaluate(names)) if name.startswith("on")] == []
    assert downloaded(page, "stances")["持有者"].tolist() == [
        "author",
        "'=HYPERLINK(1)" + HOSTILE,
    ]


@pytest.mark.browser
def test_a_long_list_scrolls_to_its_end_and_holds_few_rows(article, tmp_path, visit):
    many = [article(f"a{n:04}") for n in range(500)]
    write_report(many, tmp_path / "r")
    page = visit(tmp_path / "r" / "report.html")
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
    for name in ("documents", "actors", "labels", "subtypes", "addressees", "timeline"):
        page.locator(f"#chart-{name}").scroll_into_view_if_needed()
        page.wait_for_selector(f"#chart-{name} .chart[data-drawn] canvas")
    page.click(".point summary >> nth=0")
    assert page.locator(".point[open] .quotations li").count() >= 2
