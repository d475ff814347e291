"""Gold files and standoff annotations: nothing of the text is kept, and it fits only its own text."""

from __future__ import annotations

import json

import pytest

import argmine
from argmine.errors import InputError
from argmine.learn.gold import check_gold, join, read_gold, to_standoff
from argmine.schema import AnnotatedArticle

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


def record(key: str, text: str, *labels: str, **more: object) -> dict[str, object]:
    """An article with a unit of one character a label."""
    units = [
        {"id": f"u{n}", "start": n, "end": n + 1, "label": label} for n, label in enumerate(labels)
    ]
    empty = {"schema_version": "1", "relations": [], "stance": {}}
    return {**empty, "id": key, "text": text, "units": units, **more}


def lines(file, *records: object) -> None:
    text = "\n\n".join(json.dumps(r, ensure_ascii=False) for r in records) + "\n"
    file.write_text(text, encoding="utf-8")


def test_json_lines_are_read_a_record_a_line(tmp_path):
    file = tmp_path / "gold.jsonl"
    lines(file, record("b", "第二\u2028篇。", "claim"), record("a", "第一篇。"))
    for path in (file, tmp_path):
        assert [(a.id, a.text, len(a.units)) for a in read_gold([path])] == [
            ("a", "第一篇。", 0),
            ("b", "第二\u2028篇。", 1),
        ]


def test_lines_beside_gold_files_are_not_gold(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(record("a", "第一篇。")), encoding="utf-8")
    (tmp_path / "log.jsonl").write_text("{}\n", encoding="utf-8")
    assert [article.id for article in read_gold([tmp_path])] == ["a"]


UNITS = [{"id": "u1", "start": 0, "end": 1, "label": "claim"}]
UNITS.append({"id": "u2", "start": 1, "end": 2, "label": "claim"})
CYCLE = [{"source": a, "target": b, "label": "support"} for a, b in (("u1", "u2"), ("u2", "u1"))]


@pytest.mark.parametrize(
    ("second", "place", "finding"),
    [
        ("{", "line 3", "no valid JSON"),
        ('{"id": "b"}', "line 3", "no annotated JSON"),
        (record("b", "乙", units=UNITS), "line 3", "span 1..2 outside 0..1"),
        (record("b", "乙乙", units=[{**UNITS[0], "text": "甲"}]), "line 3", "not the quoted text"),
        (record("b", "乙乙", units=UNITS, relations=CYCLE), "line 3", "a cycle through u1"),
        (record("b", "乙", units=[{"id": "u1"}]), "line 3, units.0.start", "Field required"),
        (record("a", "乙"), "line 3", "id 'a' stands twice"),
        (record("b", "甲"), "line 3", "has the text of gold.jsonl: line 1"),
    ],
)
def test_a_fault_in_json_lines_names_its_line(tmp_path, second, place, finding):
    file = tmp_path / "gold.jsonl"
    lines(file, record("a", "甲"))
    with file.open("a", encoding="utf-8") as stream:
        stream.write("\n" + (second if isinstance(second, str) else json.dumps(second)))
    with pytest.raises(InputError) as caught:
        read_gold([file])
    assert (caught.value.path, caught.value.place) == (str(file), place)
    assert finding in caught.value.finding


def test_a_text_may_stand_twice_where_that_is_allowed(tmp_path):
    lines(tmp_path / "gold.jsonl", record("a", "甲"), record("b", "甲"))
    assert [article.id for article in read_gold([tmp_path], repeats=True)] == ["a", "b"]
    with pytest.raises(InputError, match="cannot be read"):
        read_gold([tmp_path / "none.jsonl"])


def made(*records: dict[str, object]) -> list[AnnotatedArticle]:
    return [AnnotatedArticle.model_validate(r) for r in records]


def test_any_set_of_labels_is_gold_and_a_mixed_one_only_if_named():
    check_gold(made(record("a", "甲乙", "claim", "evidence"), record("b", "乙", "recommendation")))
    check_gold(made(record("a", "甲乙", "开头", "结尾"), record("b", "乙", "论点")))
    mixed = made(record("a", "甲乙", "claim", "evidence"), record("b", "乙", "recomendation"))
    with pytest.raises(InputError) as caught:
        check_gold(mixed)
    assert (caught.value.path, caught.value.place) == ("b", "unit u0")
    assert caught.value.finding.startswith("label 'recomendation' stands beside claim, evidence")
    check_gold(mixed, ("claim", "evidence", "recomendation"))
    with pytest.raises(InputError, match="label '论点' stands beside 开头"):
        check_gold(made(record("b", "乙", "论点")), ("开头",))


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"units": [{**UNITS[0], "stance": {"x": {"label": "none"}}}]}, "unit u1"),
        ({"stance": {"x": {"label": "pro"}}}, "stance x"),
        ({"units": UNITS, "relations": [{**CYCLE[0], "label": "helps"}]}, "relation of u1"),
    ],
)
def test_an_unknown_stance_or_relation_is_refused(more, place):
    with pytest.raises(InputError, match="is unknown; choose one of") as caught:
        check_gold(made(record("a", "甲乙", **more)))
    assert (caught.value.path, caught.value.place) == ("a", place)
    check_gold(made(record("a", "甲乙", stance={"x": {"label": "none"}})))
