"""The annotated JSON: contracts held on reading, equal bytes on writing, the schema as shipped."""

from __future__ import annotations

import json
import os
import stat
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

import argmine
from argmine.errors import InputError
from argmine.pipeline import annotated_record
from argmine.schema import parse_json, to_json

ROOT = Path(__file__).resolve().parents[1]
TEXT = "甲说乙。丙应丁。"


def gold(**changes: object) -> dict[str, object]:
    """The least that a file must hold."""
    stance = {"cooperative-security": {"label": "favor"}}
    units = [
        {"id": "u1", "start": 0, "end": 4, "label": "evidence", "stance": stance},
        {"id": "u2", "start": 4, "end": 8, "label": "recommendation", "stance": stance},
    ]
    return {
        "schema_version": "1",
        "id": "a",
        "text": TEXT,
        "units": units,
        "relations": [{"source": "u1", "target": "u2", "label": "support"}],
        "stance": stance,
        **changes,
    }


def unit(**changes: object) -> dict[str, object]:
    return {"id": "u1", "start": 0, "end": 4, "label": "claim", **changes}


def test_the_shipped_schema_is_that_of_the_models():
    shipped = (files("argmine") / "annotated_article.schema.json").read_text(encoding="utf-8")
    assert json.loads(shipped) == argmine.json_schema()


def test_output_validates_against_the_shipped_schema(nlp):
    record = json.loads(to_json(annotated_record(argmine.read_article(ROOT / "corpus/sample.txt"))))
    jsonschema.Draft202012Validator(argmine.json_schema()).validate(record)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(argmine.json_schema()).validate({**record, "units": 1})


def test_gold_needs_only_what_the_contract_names():
    article = parse_json(json.dumps(gold()))
    assert [(u.label, article.text[u.start : u.end]) for u in article.units] == [
        ("evidence", "甲说乙。"),
        ("recommendation", "丙应丁。"),
    ]


@pytest.mark.parametrize("key", ["id", "text", "units", "relations", "stance"])
def test_a_missing_key_is_named(key):
    value = gold()
    del value[key]
    with pytest.raises(InputError, match=f"^a.json: {key}: "):
        parse_json(json.dumps(value), "a.json")


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"units": [unit(end=9)], "relations": []}, r"units\.0: span 0\.\.9 outside 0\.\.8"),
        ({"units": [unit(start=4)], "relations": []}, r"units\.0: span 4\.\.4 outside"),
        ({"units": [unit(start=-1)], "relations": []}, r"units\.0: span -1\.\.4 outside"),
        (
            {"units": [unit(text="甲说")], "relations": []},
            r"units\.0: text\[0:4\] is not the quoted",
        ),
        ({"units": [unit(), unit()], "relations": []}, "an id stands twice"),
        ({"relations": [{"source": "u1", "target": "u9", "label": "attack"}]}, "an end is no unit"),
        (
            {"relations": [{"source": "u1", "target": "u1", "label": "support"}]},
            "a cycle through u1",
        ),
        (
            {
                "relations": [
                    {"source": "u1", "target": "u2", "label": "support"},
                    {"source": "u2", "target": "u1", "label": "attack"},
                ]
            },
            "a cycle through u",
        ),
        ({"relations": gold()["relations"] * 2}, "u1 has two outgoing relations"),
        ({"schema_version": "2"}, "version '2', this argmine reads '1'"),
    ],
)
def test_a_broken_contract_is_named(changes, finding):
    with pytest.raises(InputError, match=finding):
        parse_json(json.dumps(gold(**changes)))


@pytest.mark.parametrize(
    "data", ["", "[]", "1", "{", '{"a": 1}', '{"schema_version": NaN}', b"\xff\xfe", "[" * 10_000]
)
def test_what_is_no_annotated_json_is_refused_in_one_line(data):
    with pytest.raises(InputError) as caught:
        parse_json(data, "x.json")
    assert str(caught.value).startswith("x.json: ")
    assert "\n" not in str(caught.value)


def test_reading_and_writing_keep_what_is_not_known(tmp_path):
    value = gold(note="own", units=[unit(reviewer="甲")], relations=[])
    (tmp_path / "a.json").write_text(json.dumps(value), encoding="utf-8")
    article = argmine.read_json(tmp_path / "a.json")
    argmine.write_json(article, tmp_path / "b.json")
    again = json.loads((tmp_path / "b.json").read_bytes())
    assert (again["note"], again["units"][0]["reviewer"]) == ("own", "甲")
    assert argmine.read_json(tmp_path / "b.json") == article


def test_the_model_and_the_plain_record_give_the_same_bytes(nlp):
    article = argmine.read_article(ROOT / "corpus/sample.txt")
    assert to_json(annotated_record(article, nlp)) == to_json(argmine.annotate(article, nlp))
    data = to_json(annotated_record(article, nlp))
    assert to_json(parse_json(data)) == data
    assert data.endswith(b"}\n")
    assert "合作安全".encode() in data


def test_writing_is_whole_or_not_at_all(tmp_path):
    file = tmp_path / "a.json"
    file.write_text("before", encoding="utf-8")
    lone = {**gold(), "text": "\ud800"}
    with pytest.raises(InputError, match="cannot be written as JSON"):
        argmine.write_json(lone, file)
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
    assert file.read_text(encoding="utf-8") == "before"
    umask = os.umask(0o022)
    try:
        argmine.write_json(parse_json(json.dumps(gold())), file)
    finally:
        os.umask(umask)
    assert stat.S_IMODE(file.stat().st_mode) == 0o644


def test_a_message_stays_one_line_and_crosses_processes():
    import pickle

    error = InputError("a\nb.txt", "line 1", "x\x1b[31m", "y")
    assert str(error) == "a\ufffdb.txt: line 1: x\ufffd[31m; y"
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
