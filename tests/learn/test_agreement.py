"""Agreement: published examples, the project's scoring tool, compact readings."""

from __future__ import annotations

import importlib.util
import json
import math
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from building import TARGET, TEXT, article

import argmine
from argmine.errors import InputError
from argmine.learn.agreement import agree, alpha
from argmine.learn.laying import reference_clauses
from argmine.learn.readings import read_compact, read_readings, read_texts

CORPUS = Path(__file__).resolve().parents[2] / "corpus"


# Krippendorff 2011, examples A and B.
@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("0100000010", "1110010000", 0.095),
        ("aabbdcccedda", "babbbcccedcd".replace("edcd", "eddd"), 0.692),
        ("abab", "abab", 1.0),
    ],
)
def test_alpha_of_published_examples(first, second, expected):
    assert alpha(Counter(zip(first, second, strict=True))) == pytest.approx(expected, abs=5e-4)


def test_alpha_without_variation_is_no_number():
    assert math.isnan(alpha({("a", "a"): 9}))
    assert math.isnan(alpha({}))


def test_agreement_counts_shared_documents_and_clauses_that_both_call_units():
    units = [(0, 1, "claim", "favor"), (2, 2, "evidence", "neutral"), (5, 5, "claim", "favor")]
    first = [article(units, key="a"), article(units, key="b"), article([], key="c")]
    second = [article(units, key="a"), article(units[:2], key="b"), article([], key="d")]
    found = agree(first, second)
    assert (found.report.documents, found.unshared, found.clauses) == (["a", "b"], ["c", "d"], 16)
    assert {name: score.cases for name, score in found.alphas.items()} == {
        "alpha labels": 16, "alpha stance": 7, "alpha document stance": 2,
    }  # fmt: skip
    assert found.alphas["alpha stance"].value == 1.0
    assert found.alphas["alpha labels"].low < found.alphas["alpha labels"].value < 1
    with pytest.raises(InputError, match="no document that both read"):
        agree(first[2:], second[2:])


def _tool(real):
    path = real.parent / "tools" / "gold.py"
    spec = importlib.util.spec_from_file_location("scoring_tool", path)
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    return tool


def _as_the_tool_reads_it(reading):
    """A reading as the scoring tool's own compact JSON."""
    starts = {start: n for n, (start, _) in enumerate(reference_clauses(reading.text))}
    ends = {end: n for n, (_, end) in enumerate(reference_clauses(reading.text))}
    first = {unit.id: starts[unit.start] for unit in reading.units}
    served = {r.source: (first[r.target], r.label) for r in reading.relations}
    return {
        "doc_stance": reading.stance[TARGET].label,
        "components": [
            {"clauses": [first[unit.id], ends[unit.end]], "label": unit.label}
            | {"stance": unit.stance[TARGET].label}
            | dict(zip(("parent", "rel"), served.get(unit.id, (None, None)), strict=True))
            for unit in reading.units
        ],
    }


def test_the_scoring_tool_gives_the_same_agreement_on_the_readings_of_the_corpus(
    real, tmp_path, capsys
):
    tool = _tool(real)
    texts = read_texts(CORPUS / "articles")
    readings = [read_readings(CORPUS / "readings" / side, texts) for side in "ab"]
    for side, reading in zip("ab", readings, strict=True):
        (tmp_path / side).mkdir()
        for one in reading:
            record = _as_the_tool_reads_it(one)
            (tmp_path / side / f"{one.id}.json").write_text(json.dumps(record), "utf-8")
    tool.main(["agree", str(CORPUS / "articles"), str(tmp_path / "a"), str(tmp_path / "b")])
    lines = capsys.readouterr().out.splitlines()
    found = agree(*readings)
    assert lines[0] == f"86 documents, 2 annotators, {found.clauses} clauses"
    assert [round(float(line.split()[-1]), 3) for line in lines[1:4]] == [
        pytest.approx(score.value, abs=6e-4) for score in found.alphas.values()
    ]
    shown = dict(line.strip().split(": ") for line in lines[5:])
    for name, score in found.report.scores.items():
        value = shown[name].strip("()").split(", ")
        expected = float(value[0]) / (86 if name.startswith("document") else 1)
        assert score.value == pytest.approx(expected, abs=5e-5), name


def test_the_agreement_that_the_data_card_states():
    texts = read_texts(CORPUS / "articles")
    readings = [read_readings(CORPUS / "readings" / side, texts) for side in "ab"]
    found = agree(*readings, draws=0)
    assert [round(score.value, 3) for score in found.alphas.values()] == [0.947, 0.919, 0.983]
    assert round(found.report.scores["relation F1"].value, 2) == 0.81


COMPACT = """\
doc against
0-1 c fact f
2 e example n 0 s

3-4 r must a 2 x
"""


def test_a_compact_reading(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text(COMPACT, encoding="utf-8")
    read = read_compact(file, TEXT, TARGET)
    assert [
        (u.id, TEXT[u.start : u.end], u.label, u.subtype, u.strength, u.stance[TARGET].label)
        for u in read.units
    ] == [
        ("u0", "甲一，甲二。", "claim", "fact", None, "favor"),
        ("u2", "乙一；", "evidence", "example", None, "neutral"),
        ("u3", "乙二，乙三。", "recommendation", None, "must", "against"),
    ]
    assert [(r.source, r.target, r.label) for r in read.relations] == [
        ("u2", "u0", "support"), ("u3", "u2", "attack"),
    ]  # fmt: skip
    assert read.stance[TARGET].label == "against"


@pytest.mark.parametrize(
    ("lines", "finding"),
    [
        ("0-1 c fact f", "no stance of the document"),
        ("doc maybe", "line 1: no unit of this text"),
        ("doc favor\n7-8 c fact f", "line 2: no unit of this text"),
        ("doc favor\n0 x fact f", "line 2: no unit of this text"),
        ("doc favor\n0 c fact f 1", "line 2: no unit of this text"),
        ("doc favor\n1-0 c fact f", "does not fit its text"),
        ("doc favor\n0 c fact f 3 s", "does not fit its text"),
        ("doc favor\n0 c fact f 1 s\n1 c fact f 0 s", "does not fit its text"),
    ],
)
def test_a_broken_compact_reading_is_named(tmp_path, lines, finding):
    file = tmp_path / "a.txt"
    file.write_text(lines, encoding="utf-8")
    with pytest.raises(InputError, match=finding):
        read_compact(file, TEXT, TARGET)


def test_readings_need_their_texts_unless_some_are_enough(tmp_path):
    for key in "ab":
        (tmp_path / f"{key}.txt").write_text(COMPACT, encoding="utf-8")
    with pytest.raises(InputError, match=r"b\.txt: a compact reading without its text"):
        read_readings(tmp_path, {"a": TEXT})
    assert [one.id for one in read_readings(tmp_path, {"a": TEXT}, some=True)] == ["a"]
    with pytest.raises(InputError, match="without its text"):
        read_readings(tmp_path, {}, some=True)


def test_the_command_reads_both_kinds_and_lists_disagreements(tmp_path):
    for folder in ("a", "b", "texts"):
        (tmp_path / folder).mkdir()
    (tmp_path / "texts" / "d.txt").write_bytes(TEXT.encode())
    (tmp_path / "a" / "d.txt").write_text(COMPACT, encoding="utf-8")
    other = article([(0, 1, "claim", "favor"), (2, 2, "claim", "neutral")], key="d")
    argmine.write_json(other, tmp_path / "b" / "d.json")

    def run(*arguments):
        code = "from argmine.cli import main; main()"
        command = [sys.executable, "-c", code, "agree", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120)

    folders = (tmp_path / "a", tmp_path / "b")
    done = run(*folders, "--texts", tmp_path / "texts", "--list", tmp_path / "l.csv")
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 documents, 8 clauses" in done.stdout
    rows = (tmp_path / "l.csv").read_text("utf-8-sig").splitlines()
    assert rows[0] == "kind,document,start,end,text,A,B,score,cues"
    assert [row.split(",")[0] for row in rows[1:]] == [
        "document stance", "label", "relation", "missed", "relation", "stance",
    ]  # fmt: skip
    assert run(*folders).returncode == 2
    assert run(*folders, "--list", tmp_path / "l.xls").returncode == 2
