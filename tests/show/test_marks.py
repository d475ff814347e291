"""The marked text: every character once, in order, however the spans lie."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from argmine.schema import AnnotatedArticle
from argmine.show.marks import marked_text, tags

LETTERS = "甲乙 　，。\n\r\u2028\0\x1b\u202e<>&\"'𠀀a"


class Reading(HTMLParser):
    """Collect the text, and the units with their pieces; refuse crossed or open elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.open: list[tuple[str, str | None]] = []
        self.pieces: list[tuple[str, bool, str]] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.open.append((tag, named.get("data-n")))
        if number := named.get("data-n"):
            self.pieces.append((number, "first" in (named["class"] or ""), ""))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if any(number is not None for _, number in self.open):
            number, first, text = self.pieces[-1]
            self.pieces[-1] = (number, first, text + data)


def article(text: str, units: list[Any], **more: Any) -> AnnotatedArticle:
    rows = [
        {"id": f"u{n}", "start": start, "end": end, "label": "claim"}
        for n, (start, end) in enumerate(units)
    ]
    return AnnotatedArticle.model_validate(
        {"schema_version": "1", "id": "a", "text": text, "units": rows}
        | {"relations": [], "stance": {}, **more}
    )


@st.composite
def articles(draw: Any) -> AnnotatedArticle:
    text = draw(st.text(LETTERS, min_size=1, max_size=40))
    size = len(text)
    span = st.integers(0, size - 1).flatmap(
        lambda start: st.integers(start + 1, size).map(lambda end: (start, end))
    )
    spans = st.lists(span, max_size=5)
    return article(
        text,
        draw(spans),
        boilerplate=[{"start": a, "end": b, "kind": "x"} for a, b in draw(spans)],
        mentions=[
            {"id": "m", "kind": "actor", "start": a, "end": b, "text": text[a:b]}
            for a, b in draw(spans)
        ],
        sections=[
            {"id": "s", "level": 1, "number": None, "title": "", "start": a, "end": b}
            | {"title_start": 99, "title_end": draw(st.integers(-1, 99)), "parent": "s"}
            for a, b in draw(spans)
        ],
    )


@given(articles(), st.booleans())
@example(article("", []), True)
def test_any_spans_give_nested_elements_and_the_whole_text(found, linked):
    reading = Reading(marked_text(found, "zh", linked=linked))
    assert reading.text == found.text.replace("\0", "\ufffd")
    firsts = sorted(int(number) for number, first, _ in reading.pieces if first)
    assert firsts == list(range(len(found.units)))


@pytest.mark.parametrize(
    ("text", "units", "pieces"),
    [
        ("甲乙丙丁", [(0, 2), (2, 4)], [("0", True, "甲乙"), ("1", True, "丙丁")]),
        ("甲乙丙丁", [(2, 4), (0, 2)], [("1", True, "甲乙"), ("0", True, "丙丁")]),
        ("甲乙丙", [(0, 3), (1, 2)], [("0", True, "甲"), ("1", True, "乙"), ("0", False, "丙")]),
        ("甲乙丙", [(0, 2), (1, 3)], [("0", True, "甲"), ("1", True, "乙丙")]),
        ("甲乙丙", [(0, 2), (0, 3)], [("1", True, ""), ("0", True, "甲乙"), ("1", False, "丙")]),
        ("甲乙", [(0, 2), (0, 2)], [("0", True, ""), ("1", True, "甲乙")]),
        ("甲\n乙", [(0, 3)], [("0", True, "甲\n"), ("0", False, "乙")]),
    ],
)  # fmt: skip
def test_a_piece_belongs_to_the_unit_that_started_last(text, units, pieces):
    assert Reading(marked_text(article(text, units), "zh", linked=True)).pieces == pieces


@pytest.mark.parametrize(
    ("labels", "short"),
    [
        (["claim", "evidence", "recommendation"], ["主", "论", "建"]),
        (["Evidence", "Elaboration", "Thesis"], ["Ev", "El", "T"]),
        (["same label", "same letter"], ["Same", "Same"]),
        (["", "a"], ["", "A"]),
        ([], []),
    ],
)
def test_a_tag_is_the_shortest_beginning_that_no_other_label_has(labels, short):
    assert tags(labels, "zh") == short


def test_the_marks_of_the_small_article(small):
    html = marked_text(small, "en", linked=True)
    assert html.split("</div>")[:3] == [
        '<div class="line furnishing"><span class="furniture">扫码关注本号</span>\n',
        '<div class="line h1" role="heading" aria-level="2"><a id="s0" class="anchor"></a>'
        '<span class="head">一、漏洞没有国界</span>\n',
        '<div class="line"><span class="unit l1 neutral first" id="u0" role="button" tabindex="0" '
        'data-n="0" data-tag="E" data-id="u1" data-to="→u2"><span>去年公开的漏洞'
        '<span class="cue">增加</span>了<span class="quantity">21%</span>。</span></span>'
        '<span class="unit l2 favor first" id="u1" role="button" tabindex="-1" data-n="1" '
        'data-tag="R+" data-id="u2"><span>因此，<span class="actor">各国</span>应当共享信息；'
        '</span></span><span class="unit l0 favor first" id="u2" role="button" tabindex="-1" '
        'data-n="2" data-tag="C+" data-id="u3" data-to="→u2"><span>封锁并不可行。</span></span>\n',
    ]
