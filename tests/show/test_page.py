"""The HTML page: exact text, nothing executed, in a real browser."""

from __future__ import annotations

import re
import shutil
from html import unescape

import pytest

from argmine.schema import AnnotatedArticle
from argmine.show.page import article_page, notebook_view
from argmine.show.terminal import visible

HOSTILE = "<script>window.canary=1</script>\"onmouseover='x' </script>&amp;\u202e反 {{7*7}}"
TEXT = f"一、{HOSTILE}\n各国应当加强对话。\r\n“封锁”并不可行，因为它损害信任。\n扫码订阅\n"


@pytest.fixture
def hostile() -> AnnotatedArticle:
    def span(quoted: str) -> dict[str, object]:
        start = TEXT.index(quoted)
        return {"start": start, "end": start + len(quoted), "text": quoted}

    stance = {HOSTILE: {"label": "favor", "score": 0.5, "scores": {"favor": 0.5}}}
    units = [
        {"id": HOSTILE, **span("各国应当加强对话。"), "label": "recommendation", "stance": stance}
        | {"addressee": HOSTILE, "cues": [{**span("应当"), "weight": 2.5}]},
        {"id": "u2", **span("“封锁”并不可行，"), "label": HOSTILE, "stance": stance},
        {"id": "u3", **span("因为它损害信任。"), "label": "evidence", "scores": {"evidence": 0.7}},
    ]
    plain = span("扫码订阅")
    del plain["text"]
    return AnnotatedArticle.model_validate(
        {
            "schema_version": "1",
            "id": "hostile",
            "meta": {"title": HOSTILE, "authors": [HOSTILE]},
            "text": TEXT,
            "boilerplate": [{**plain, "kind": HOSTILE}],
            "sections": [
                {"id": "s1", "level": 1, "number": "一", "title": HOSTILE, "start": 0, "end": 60}
                | {"title_start": 2, "title_end": 2 + len(HOSTILE), "parent": None}
            ],
            "mentions": [{"id": "m1", "kind": "actor", **span("各国"), "norm": HOSTILE}],
            "units": units,
            "relations": [{"source": "u3", "target": HOSTILE, "label": "support"}],
            "stance": {
                HOSTILE: {"label": "favor", "units": [HOSTILE]}
                | {"by_actor": [{"actor": HOSTILE, "label": "against"}]}
            },
        }
    )


def test_only_our_own_script_stands_in_the_page(hostile):
    page = article_page(hostile)
    assert len(re.findall(r"<script", page)) == 2
    assert re.findall(r"\son\w+=", re.sub(r"(?s)<script>.*?</script>", "", page)) == []
    assert re.findall(r"(?:src|href)=\"(?!#)", page) == []
    assert "default-src 'none'" in page


def test_notebook_view_has_no_script_and_the_whole_text(hostile):
    view = notebook_view(hostile)
    assert "<script" not in view
    body = view[view.index('id="text">') + 10 : -len("</div></div>")]
    assert unescape(re.sub(r"<[^>]*>", "", body)) == TEXT


def test_control_characters_never_reach_a_terminal():
    assert visible("甲\x1b[31m乙\r\x07\n") == "甲\ufffd[31m乙\ufffd\ufffd\n"


@pytest.fixture
def browser():
    sync_api = pytest.importorskip("playwright.sync_api")
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("Chromium is not installed")
    flags = "--no-sandbox --disable-gpu --no-first-run --disable-background-networking"
    with sync_api.sync_playwright() as tool:
        chromium = tool.chromium.launch(executable_path=path, args=flags.split())
        yield chromium
        chromium.close()


@pytest.mark.browser
def test_the_page_in_a_real_browser(hostile, browser, tmp_path):
    file = tmp_path / "page.html"
    file.write_text(article_page(hostile, "zh"), encoding="utf-8", newline="")
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(file.as_uri())
    assert page.evaluate("document.getElementById('text').textContent") == TEXT
    assert page.title() == " ".join(HOSTILE.split())

    page.click("#u2")
    details = page.inner_text("#details")
    assert "论据" in details
    assert "0.70" in details
    assert page.locator("svg#arrows path").count() == 1
    assert page.locator(".unit.linked").count() == 1
    page.focus("#u0")
    page.keyboard.press("Enter")
    assert "应当 2.50" in page.inner_text("#details")
    assert HOSTILE in page.inner_text("#details")

    page.uncheck("[data-filter=evidence]")
    assert page.evaluate("[...document.querySelectorAll('.unit.off')].map(n => n.id)") == ["u2"]
    assert page.inner_text("nav h2") == "目录"
    page.click("#switch")
    assert page.inner_text("nav h2") == "Outline"

    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.emulate_media(media="print")
    assert not page.is_visible("#panel")
    assert page.is_visible("#u0")
    assert page.evaluate("window.canary") is None
    assert (requests, complaints) == ([file.as_uri()], [])
