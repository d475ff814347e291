"""Which documents a command line names."""

from __future__ import annotations

import io
import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argmine.batch.inputs import Job, count_documents, file_name, find_inputs, find_jobs


def described(found):
    return [(job.name, job.id) if isinstance(job, Job) else str(job) for job in found]


def test_a_folder_is_searched_in_order_and_hidden_files_are_left(tmp_path):
    for name in ("b.txt", "a.md", "sub/c.HTML", ".git/d.txt", "e.json", "f.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("各国应当合作。", encoding="utf-8")
    names = [name for name, _ in described(find_jobs(find_inputs([str(tmp_path)])))]
    assert names == [str(tmp_path / name) for name in ("a.md", "b.txt", "sub/c.HTML")]


def test_files_of_one_stem_get_names_of_their_own(tmp_path):
    for name, text in (("a.txt", "甲"), ("a.md", "乙")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    ids = [key for _, key in described(find_jobs(find_inputs([str(tmp_path)])))]
    assert ids == [f"a-{sha256(text.encode()).hexdigest()[:6]}" for text in ("乙", "甲")]


@pytest.mark.parametrize(
    ("make", "path", "expected"),
    [
        ("dir", "", "the folder holds no articles"),
        ("none", "*.txt", "the pattern matches no file"),
    ],
)
def test_nothing_found_is_one_fault(tmp_path, make, path, expected):
    found = described(find_jobs(find_inputs([str(tmp_path / path) if path else str(tmp_path)])))
    assert len(found) == 1
    assert expected in found[0]


def test_json_lines_with_good_and_bad_records(tmp_path):
    file = tmp_path / "in.jsonl"
    lines = [
        json.dumps({"id": "甲/1", "text": "一\u2028二"}, ensure_ascii=False),
        "{broken",
        json.dumps({"id": "x"}),
        json.dumps({"id": "甲/1", "text": "又"}),
        "",
        json.dumps({"html": "<p>三</p>"}),
        "[" * 100_000,
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    assert described(find_jobs(find_inputs([str(file)]))) == [
        (f"{file}: line 1", "甲/1"),
        f"{file}: line 2: no valid JSON (JSONDecodeError); write one UTF-8 JSON object a line",
        f"{file}: line 3: needs a string 'text' or a string 'html'; add one of them",
        f"{file}: line 4: id '甲/1' stands twice; give each document its own id",
        (f"{file}: line 6", "in-6"),
        f"{file}: line 7: no valid JSON (RecursionError); write one UTF-8 JSON object a line",
    ]


def test_no_result_overwrites_another(tmp_path):
    for name in ("A.txt", "sub/a.TXT", "b.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
    for name in ("one.jsonl", "two.jsonl"):
        (tmp_path / name).write_text(json.dumps({"id": "B", "text": "甲"}), encoding="utf-8")
    inputs = find_inputs([str(tmp_path)])
    found = list(find_jobs(inputs))
    assert count_documents(inputs) is None
    assert count_documents(inputs[:2]) == 2
    hashes = {name: sha256(name.encode()).hexdigest()[:6] for name in ("A.txt", "sub/a.TXT")}
    assert described(found) == [
        (str(tmp_path / "A.txt"), f"A-{hashes['A.txt']}"),
        (str(tmp_path / "b.txt"), "b"),
        f"{tmp_path / 'one.jsonl'}: line 1: id 'B' stands twice; give each document its own id",
        (str(tmp_path / "sub/a.TXT"), f"a-{hashes['sub/a.TXT']}"),
        f"{tmp_path / 'two.jsonl'}: line 1: id 'B' stands twice; give each document its own id",
    ]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("各国应当合作。\n第二行。", [("<stdin>", "stdin")]),
        (
            '{"id": "a", "text": "甲"}\n{"text": "乙"}\n',
            [("<stdin>: line 1", "a"), ("<stdin>: line 2", "stdin-2")],
        ),
    ],
)
def test_standard_input_is_a_text_or_json_lines(monkeypatch, data, expected):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data.encode())))
    assert described(find_jobs(find_inputs(["-"]))) == expected


@pytest.mark.parametrize(
    "key", ["议" * 200, "../../x", "/etc/x", "CON", "a/b", "..", "", "-rf", "<s>", "a\0b"]
)
def test_unsafe_ids_become_safe_names(key):
    name = file_name(key)
    assert len(name.encode()) <= 200
    assert "/" not in name
    assert "\0" not in name
    assert not name.startswith((".", "-"))


@given(st.sets(st.text(st.characters(exclude_categories=["Cs"])), min_size=2))
def test_two_ids_never_share_a_name(keys):
    assert len({file_name(key) for key in keys}) == len(keys)
