"""A small article with everything that a view shows, and a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from argmine.schema import AnnotatedArticle

TEXT = (
    "扫码关注本号\n"
    "一、漏洞没有国界\n"
    "去年公开的漏洞增加了21%。因此，各国应当共享信息；封锁并不可行。\n"
    "　　有一句话不属于任何单元。\n"
    "（一）甲国的立场\n"
    "甲国认为“规则属于所有人”，这一点值得重视。\n"
)
TARGET = "cooperative-security"


def span(text: str, quoted: str, **more: Any) -> dict[str, Any]:
    """The place of a quotation that stands once in the text."""
    assert text.count(quoted) == 1
    start = text.index(quoted)
    return {"start": start, "end": start + len(quoted), "text": quoted, **more}


def heading(text: str, number: str, title: str, end: str, **more: Any) -> dict[str, Any]:
    start = text.index(number)
    title_start = text.index(title)
    return {
        "number": number,
        "title": title,
        "start": start,
        "end": text.index(end) + len(end),
        "title_start": title_start,
        "title_end": title_start + len(title),
        **more,
    }


def stance(label: str, **scores: float) -> dict[str, Any]:
    return {TARGET: {"label": label, "score": scores.get(label), "scores": scores}}


def small_data() -> dict[str, Any]:
    last = "重视。"
    return {
        "schema_version": "1",
        "id": "small",
        "signature": "argmine:test",
        "source": {"path": "articles/small.txt", "sha256": "00ff"},
        "meta": {
            "title": "共同规则",
            "authors": ["林知远", "周以宁"],
            "publication": "海岳政策评论",
            "date": "2025-03-01",
            "url": "https://example.org/a?b=1&c=2",
        },
        "text": TEXT,
        "boilerplate": [{**span(TEXT, "扫码关注本号"), "kind": "follow"}],
        "sections": [
            heading(TEXT, "一", "漏洞没有国界", last, id="s1", level=1, parent=None),
            heading(TEXT, "（一）", "甲国的立场", last, id="s2", level=2, parent="s1"),
        ],
        "sentences": [
            span(TEXT, "去年公开的漏洞增加了21%。", id="t1", section="s1", paragraph=2),
            span(
                TEXT, "因此，各国应当共享信息；封锁并不可行。", id="t2", section="s1", paragraph=2
            ),
            span(
                TEXT,
                "甲国认为“规则属于所有人”，这一点值得重视。",
                id="t3",
                section="s2",
                paragraph=5,
            ),
        ],
        "mentions": [
            span(TEXT, "各国", id="m1", kind="actor", norm="各国"),
            span(TEXT, "21%", id="m2", kind="quantity", norm="0.21"),
            span(TEXT, "“规则属于所有人”", id="m3", kind="quote", holder="m4"),
        ],
        "units": [
            span(
                TEXT,
                "去年公开的漏洞增加了21%。",
                id="u1",
                label="evidence",
                sentence="t1",
                section="s1",
            )
            | {"subtype": "statistic", "score": 0.81, "scores": {"claim": 0.19, "evidence": 0.81}}
            | {"cues": [span(TEXT, "增加", weight=2.5)], "holder": "author"}
            | {"stance": stance("neutral", neutral=0.9, favor=0.1)},
            span(TEXT, "因此，各国应当共享信息；", id="u2", label="recommendation", sentence="t2")
            | {"section": "s1", "strength": "should", "addressee": "各国", "score": 0.9}
            | {"stance": stance("favor", favor=0.75, against=0.25)},
            span(TEXT, "封锁并不可行。", id="u3", label="claim", sentence="t2", section="s1")
            | {"stance": stance("favor", favor=0.6)},
            span(TEXT, "甲国认为“规则属于所有人”，", id="u4", label="evidence", sentence="t3")
            | {"section": "s2", "holder": "甲国", "stance": stance("against", against=0.5)},
        ],
        "relations": [
            {"source": "u1", "target": "u2", "label": "support", "score": 0.7},
            {"source": "u3", "target": "u2", "label": "support", "score": 0.5},
            {"source": "u4", "target": "u3", "label": "attack", "score": 0.4},
        ],
        "stance": {
            TARGET: {
                "label": "favor",
                "score": 0.5,
                "scores": {"favor": 0.5, "neutral": 0.5},
                "units": ["u2", "u3"],
                "by_actor": [{"actor": "甲国", "label": "against", "score": 1.0, "units": ["u4"]}],
            }
        },
    }


@pytest.fixture
def small() -> AnnotatedArticle:
    return AnnotatedArticle.model_validate(small_data())


class Visit:
    """One page in a context of its own; remembers what it asked for and complained of."""

    def __init__(self, chromium: Any, file: Path, **context: Any) -> None:
        settings = {"viewport": {"width": 1400, "height": 900}, **context}
        self.context = chromium.new_context(**settings)
        self.page = self.context.new_page()
        self.file = file
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(file.as_uri())

    def ids(self, selector: str) -> list[str]:
        return self.page.eval_on_selector_all(selector, "nodes => nodes.map(node => node.id)")

    def texts(self, selector: str) -> list[str]:
        return [" ".join(text.split()) for text in self.page.locator(selector).all_inner_texts()]


@pytest.fixture
def visit(chromium: Any, tmp_path: Path) -> Iterator[Any]:
    """Open HTML in the browser; at the end nothing may have been asked for or complained of."""
    visits: list[Visit] = []

    def opened(html: str, **context: Any) -> Visit:
        file = tmp_path / f"{len(visits)}.html"
        file.write_text(html, encoding="utf-8", newline="")
        visits.append(Visit(chromium, file, **context))
        return visits[-1]

    yield opened
    for one in visits:
        one.context.close()
        assert (one.requests, one.complaints) == ([one.file.as_uri()], [])


def repeated(times: int) -> AnnotatedArticle:
    """The small article so many times in a row."""
    data = small_data()

    def moved(row: dict[str, Any], n: int) -> dict[str, Any]:
        row = dict(row)
        for key in ("start", "end", "title_start", "title_end"):
            if key in row:
                row[key] += n * len(TEXT)
        for key in ("id", "sentence", "section", "parent", "source", "target"):
            if row.get(key):
                row[key] = f"{row[key]}.{n}"
        row["cues"] = [moved(cue, n) for cue in row.get("cues", [])]
        return row

    for key in ("boilerplate", "sections", "sentences", "mentions", "units", "relations"):
        data[key] = [moved(row, n) for n in range(times) for row in data[key]]
    data["text"] = TEXT * times
    data["stance"][TARGET]["units"] = [unit["id"] for unit in data["units"]]
    return AnnotatedArticle.model_validate(data)


@pytest.fixture(name="small_data")
def _small_data() -> dict[str, Any]:
    return small_data()


@pytest.fixture(name="repeated", scope="session")
def _repeated() -> Any:
    return repeated
