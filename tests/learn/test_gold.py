"""Gold files and standoff annotations: nothing of the text is kept, and it fits only its own text."""

from __future__ import annotations

import json

import pytest

import argmine
from argmine.learn.gold import join, read_gold, to_standoff
from argmine.schema import InputError

TEXT = "各国应当加强对话。据统计，2024年贸易增长21%。这表明，合作安全是可行的。\r\n第二段。\n"


@pytest.fixture
def annotated(nlp) -> argmine.AnnotatedArticle:
    article = argmine.annotate(TEXT, nlp)
    article.id = "a"
    return article


def written(folder, standoff):
    folder.mkdir(exist_ok=True)
    (folder / "a.json").write_text(json.dumps(standoff), encoding="utf-8")
    return folder


def test_standoff_holds_no_text_and_joins_to_the_same_units(annotated, tmp_path):
    standoff = to_standoff(annotated, "an outlet")
    assert not set(json.dumps(standoff, ensure_ascii=False)) & set("各国应当合作安全")
    folder = written(tmp_path / "standoff", standoff)
    (tmp_path / "mine.txt").write_bytes(TEXT.encode())
    (tmp_path / "other.txt").write_text("别的文章。", encoding="utf-8")
    joined, missing = join(folder, tmp_path.glob("*.txt"))
    assert missing == []
    assert [article.text for article in joined] == [TEXT]
    assert [(u.start, u.end, u.label, u.text) for u in joined[0].units] == [
        (u.start, u.end, u.label, u.text) for u in annotated.units
    ]
    assert [r.model_dump(exclude={"score"}) for r in joined[0].relations] == [
        r.model_dump(exclude={"score"}) for r in annotated.relations
    ]
    argmine.write_json(joined[0], tmp_path / "gold.json")
    assert read_gold([tmp_path / "gold.json"]) == joined


def test_a_text_that_differs_in_one_byte_is_not_joined(annotated, tmp_path):
    folder = written(tmp_path / "standoff", to_standoff(annotated, "an outlet"))
    (tmp_path / "mine.txt").write_bytes(TEXT.replace("\r\n", "\n").encode())
    assert join(folder, tmp_path.glob("*.txt")) == ([], ["a"])


def test_an_altered_annotation_is_refused(annotated, tmp_path):
    standoff = to_standoff(annotated, "an outlet")
    standoff["units"][0]["end"] = len(TEXT) + 5
    folder = written(tmp_path / "standoff", standoff)
    (tmp_path / "mine.txt").write_bytes(TEXT.encode())
    with pytest.raises(InputError, match="does not fit its text"):
        join(folder, tmp_path.glob("*.txt"))


@pytest.mark.parametrize("data", ["[]", "{}", "no json", '{"source": {"sha256": 1}, "units": []}'])
def test_what_is_no_standoff_annotation_is_named(tmp_path, data):
    (tmp_path / "x.json").write_text(data, encoding="utf-8")
    (tmp_path / "mine.txt").write_bytes(TEXT.encode())
    with pytest.raises(InputError, match="no standoff annotation"):
        join(tmp_path, tmp_path.glob("*.txt"))


def test_gold_folders_refuse_one_id_or_one_text_twice(annotated, tmp_path):
    for folder, key, text in (("x", "a", TEXT), ("y", "a", "别的。"), ("z", "b", TEXT)):
        (tmp_path / folder).mkdir()
        clean = {"units": [], "relations": []} if text != TEXT else {}
        article = annotated.model_copy(update={"id": key, "text": text, **clean, "mentions": []})
        article = article.model_copy(
            update={"sentences": [], "clauses": [], "sections": [], "boilerplate": []}
        )
        argmine.write_json(article, tmp_path / folder / "a.json")
    assert [article.id for article in read_gold([tmp_path / "x"])] == ["a"]
    with pytest.raises(InputError, match="id 'a' stands twice"):
        read_gold([tmp_path / "x", tmp_path / "y"])
    with pytest.raises(InputError, match="has the text of a"):
        read_gold([tmp_path / "x", tmp_path / "z"])
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(InputError, match="holds no gold files"):
        read_gold([empty])
