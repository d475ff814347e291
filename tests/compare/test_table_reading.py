"""Reading many annotated articles: what is found, what is refused, and in which words."""

from __future__ import annotations

import orjson
import pytest

from argmine.compare.reading import find_files, read_articles
from argmine.errors import InputError
from argmine.schema import to_json


def ids(*paths, **options):
    return [article.id for article in read_articles(paths, **options)]


def test_files_folders_globs_and_lines(tmp_path, article):
    folder = tmp_path / "out"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.json").write_bytes(to_json(article("a")))
    (folder / "deep" / "b.json").write_bytes(b"\xef\xbb\xbf" + to_json(article("b")))
    lines = [to_json(article(key), indent=False) for key in ("c", "d")]
    (folder / "more.jsonl").write_bytes(b"\xef\xbb\xbf" + b"\n".join(lines) + b"\n\n")
    (folder / ".argmine-half.json").write_bytes(b"{")
    (folder / "notes.txt").write_text("x", encoding="utf-8")
    assert ids(folder) == ["a", "b", "c", "d"]
    assert ids(str(folder / "*.json*")) == ["a", "c", "d"]
    assert ids(folder / "a.json", folder, folder / "a.json") == ["a", "b", "c", "d"]


def refusal(*paths, **options) -> str:
    with pytest.raises(InputError) as caught:
        ids(*paths, **options)
    return str(caught.value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no valid JSON"),
        (b"[1, 2]", "no annotated JSON"),
        (b'{"id": "a", "text": "x"}', "no annotated JSON"),
        (b'{"schema_version": "2"}', "schema_version: version '2', this argmine reads '1'"),
        (b'{"schema_version": "1", "id": "a", "text": "x"}', "units: Field required"),
        (b'\xff\xfe{"a"', "no valid JSON"),
        (b'{"schema_version": "1", "id": "\\ud800", "text": "x"}', "no valid JSON"),
        (b"[" * 100_000, "no valid JSON"),
    ],
)
def test_a_foreign_or_broken_file_is_named(tmp_path, article, data, message):
    (tmp_path / "a.json").write_bytes(to_json(article()))
    bad = tmp_path / "bad.json"
    bad.write_bytes(data)
    said = refusal(tmp_path)
    assert said.startswith(f"{bad}: ")
    assert message in said
    lines = tmp_path / "lines.jsonl"
    lines.write_bytes(to_json(article(), indent=False) + (data or b"x") + b"\n")
    assert refusal(lines).startswith(f"{lines}: line 2")


def test_a_broken_span_names_its_line(tmp_path, article):
    record = orjson.loads(to_json(article()))
    record["units"][0]["end"] = 99
    path = tmp_path / "a.jsonl"
    path.write_bytes(orjson.dumps(record) + b"\n")
    assert f"{path}: line 1: Value error, units.0: span 5..99 outside 0..28" in refusal(path)


def test_an_id_that_stands_twice_names_both_places(tmp_path, article):
    for name in ("one.json", "two.json"):
        (tmp_path / name).write_bytes(to_json(article("a")))
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    assert refusal(tmp_path) == f"{two}: id: id 'a' stands twice, also in {one}; keep one"


def test_articles_annotated_in_different_ways_are_refused_and_told_apart(tmp_path, article, empty):
    changed = {"c": "argmine:1|model:fast", "d": "argmine:2|model:fast"}
    articles = [article("a"), article("b"), empty("e")]
    articles += [article(key, signature=value) for key, value in changed.items()]
    path = tmp_path / "all.jsonl"
    path.write_bytes(b"".join(to_json(found, indent=False) for found in articles))
    assert refusal(path) == (
        "signature: signatures differ: argmine:1 model:rules (2, a), none (1, e), "
        "argmine:1 model:fast (1, c), argmine:2 model:fast (1, d); "
        "annotate all of them in one way, or say --allow-mixed"
    )
    assert ids(path, allow_mixed=True) == ["a", "b", "e", "c", "d"]


def test_only_the_parts_that_differ_are_named(tmp_path, article):
    for key, model in (("a", "rules"), ("b", "fast")):
        found = article(key, signature=f"argmine:1|model:{model}|spacy:3")
        (tmp_path / f"{key}.json").write_bytes(to_json(found))
    assert "signatures differ: model:fast (1, b), model:rules (1, a);" in refusal(tmp_path)


def test_nothing_there(tmp_path):
    assert refusal(tmp_path) == f"{tmp_path}: the folder holds no annotated JSON; run annotate"
    assert "matches no file" in refusal(str(tmp_path / "*.json"))
    assert "cannot be read (No such file or directory)" in refusal(tmp_path / "a.json")
    assert find_files([]) == []
