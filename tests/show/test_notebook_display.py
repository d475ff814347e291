"""Units and tables in Jupyter: exact text, labels in words, nothing executed."""

from __future__ import annotations

import re
from html import unescape

import pandas as pd
import pytest

import argmine
from argmine.schema import AnnotatedArticle


@pytest.fixture
def article(small_data) -> AnnotatedArticle:
    return AnnotatedArticle.model_validate(small_data)


def body(view: str) -> str:
    return re.sub(r"(?s)<style>.*?</style>", "", view)


def text_of(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html))


def lines_of(view: str) -> list[str]:
    return [text_of(line) for line in re.findall(r'(?s)<div class="line">(.*?)</div>', view)]


def test_a_unit_is_shown_in_its_sentence(article):
    view = body(article.quote(article.units)._repr_html_())
    sentences = {one.id: article.text[one.start : one.end] for one in article.sentences}
    own = [sentences.get(unit.sentence, unit.text) for unit in article.units]
    assert lines_of(view) == own
    assert "<script" not in view
    for unit in article.units:
        assert f"{unit.start}–{unit.end}" in view
        for cue in unit.cues:
            assert f"{cue.text} {cue.weight:+.2f}" in view


def test_ids_name_units_and_unknown_ones_are_refused(article):
    first = article.units[0]
    assert article.quote([first.id])._repr_html_() == article.quote([first])._repr_html_()
    with pytest.raises(KeyError, match="nothing"):
        article.quote(["nothing"])


def test_a_unit_alone_shows_its_text_with_its_cues(article):
    for unit in article.units:
        [line] = re.findall(r'(?s)<div class="line">(.*?)</div>', body(unit._repr_html_()))
        assert text_of(line) == article.text[unit.start : unit.end]
        within = [cue.text for cue in unit.cues if unit.start <= cue.start < cue.end <= unit.end]
        assert sorted(re.findall('<b class="cue">(.*?)</b>', line)) == sorted(within)


def test_hostile_text_stays_text(article):
    hostile = "</style><script>canary=1</script>\"'<img src=x onerror=canary=1>"
    unit = article.units[0].model_copy(update={"id": hostile, "text": hostile, "label": hostile})
    shown = unit._repr_html_()
    frame = pd.DataFrame({"document": [hostile], hostile: [hostile]})
    shown += argmine.show_table(frame)._repr_html_()
    assert re.findall("<script|<img", shown) == []
    assert hostile in text_of(body(shown))


def test_a_table_of_the_article_is_that_of_many(article):
    for table in ("units", "documents", "stances", "relations", "mentions"):
        expected = argmine.tables([article], [table])[table]
        pd.testing.assert_frame_equal(article.to_frame(table), expected)
    assert article.to_frame()["text"].to_list() == [
        article.text[unit.start : unit.end] for unit in article.units
    ]


def test_a_table_is_shown_in_words(article):
    frame = article.to_frame()
    view = argmine.show_table(frame, columns=["text", "label", "score"], rows=2)
    assert view.frame.columns.to_list() == ["引文", "标签", "得分"]
    names = {"claim": "主张", "evidence": "论据", "recommendation": "建议"}
    assert view.frame["标签"].to_list() == [names[label] for label in frame["label"]]
    html = body(view._repr_html_())
    assert html.count("<tr") == 1 + 2
    assert f"前 2 行，共 {len(frame)} 行" in html
    english = argmine.show_table(frame, columns=["text", "label"], lang="en").frame
    assert english["label"].to_list() == frame["label"].to_list()
    # the table itself stays as it was
    assert frame.columns[:2].to_list() == ["document", "unit"]


def test_every_rule_is_scoped(article):
    [style] = re.findall(r"(?s)<style>(.*?)</style>", article.quote(article.units)._repr_html_())
    rules = re.sub(r"(?s)/\*.*?\*/|@media[^{]*\{", "", style)
    selectors = [one for rule in re.findall(r"([^{}]+)\{", rules) for one in rule.split(",")]
    assert [one for one in selectors if one.strip() and ".argmine" not in one] == []


def test_long_text_is_shown_whole():
    text = "长" * 500
    frame = pd.DataFrame({"text": pd.Series([text], dtype="string")})
    assert text in argmine.show_table(frame)._repr_html_()
