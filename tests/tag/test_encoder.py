"""The encoder: windows cover every clause once, vectors repeat, a broken folder is refused."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

from argmine.errors import InputError
from argmine.tag.clauses import Clauses, clauses_of
from argmine.tag.encoder import (
    CONTEXT,
    HEADING,
    MAX_PIECES,
    ROOM,
    TITLE,
    WINDOW,
    SmallEncoder,
    Window,
    read_encoder_files,
    read_tokenizer,
    title_of,
    windows,
)
from argmine.tag.unigram import UNKNOWN
from argmine.text.matching import matching_of

pytest.importorskip("onnxruntime")
FOLDER = Path(__file__).resolve().parents[2] / "models" / "encoder"
NLP = spacy.blank("zh")
for component in ("argmine_sentences", "argmine_sections"):
    NLP.add_pipe(component)
LINES = [
    "关于加强区域合作的若干看法",
    "当前形势复杂，各方都很关心。第一个问题是信任不足；第二个问题是机制不全。",
    "一、现状",
    "有关部门统计显示，去年的贸易增长了百分之三。",
    "二、建议",
    "各国应当加强对话，完善机制，共同应对挑战。",
]


@pytest.fixture(scope="module")
def encoder() -> SmallEncoder:
    return SmallEncoder(FOLDER)


def read(text: str) -> tuple[str, Clauses]:
    doc = NLP(text)
    return matching_of(doc), clauses_of(doc)


def table(rows: list[tuple[int, bool, bool]]) -> tuple[Clauses, list[int]]:
    """Clauses from (size, opens a line, opens a sentence), each as long as its size."""
    sizes = [size for size, _, _ in rows]
    line = np.cumsum([0, *(opens for _, opens, _ in rows[1:])], dtype=np.int64)[: len(rows)]
    sentence = np.cumsum([0, *(a or b for _, a, b in rows[1:])], dtype=np.int64)[: len(rows)]
    ends = np.cumsum(sizes, dtype=np.int64)
    flags = np.zeros(len(rows), np.bool_)
    return Clauses(ends - sizes, ends, sentence, line, flags, flags), sizes


def laid(clauses: Clauses, sizes: list[int], first: int, after: int) -> int:
    """The pieces of clauses, and a mark a line."""
    lines = clauses.paragraph[first:after]
    return sum(sizes[first:after]) + len(np.unique(lines))


clause_sizes = st.one_of(st.integers(0, 30), st.integers(0, 3), st.sampled_from([200, 341, 500]))
# every line short, every line long, and what lies between
rows = st.one_of(
    st.lists(st.tuples(clause_sizes, st.booleans(), st.booleans()), max_size=120),
    st.lists(st.tuples(st.integers(0, 2), st.just(True), st.just(True)), max_size=900),
    st.lists(st.tuples(clause_sizes, st.just(False), st.booleans()), max_size=200),
)


@given(rows)
def test_windows_cover_every_clause_once_in_order_and_fit(rows):
    clauses, sizes = table(rows)
    found = list(windows(clauses, sizes))
    edges = [0, *(window.after for window in found)]
    assert [window.first for window in found] == edges[:-1]
    assert edges[-1] == len(clauses)
    for window in found:
        first, after = window.first, window.after
        assert after > first
        if after - first > 1:
            assert sum(sizes[first:after]) <= WINDOW
            assert laid(clauses, sizes, first, after) <= ROOM
            assert laid(clauses, sizes, window.context_first, after) <= ROOM
        assert 0 <= window.context_first <= first
        assert after <= window.context_after <= len(clauses)
        assert sum(sizes[window.context_first : first]) <= CONTEXT
        assert sum(sizes[after : window.context_after]) <= CONTEXT


@given(rows)
def test_lines_that_fit_are_not_cut_and_sentences_neither(rows):
    clauses, sizes = table(rows)
    cuts = [window.first for window in windows(clauses, sizes)][1:]
    for groups, inside in ((clauses.paragraph, None), (clauses.sentence, clauses.paragraph)):
        for group in np.unique(groups):
            own = np.flatnonzero(groups == group)
            if inside is not None and sum(sizes[n] for n in own) > WINDOW:
                continue  # clause by clause
            if sum(sizes[n] for n in own) <= WINDOW:
                assert not set(own[1:].tolist()) & set(cuts)


def test_a_window_has_title_heading_and_context(encoder):
    clauses, sizes = table([(100, True, True), (30, False, False), (20, False, False)] * 6)
    assert list(windows(clauses, sizes)) == [
        Window(0, 6, 0, 6),
        Window(6, 12, 5, 12),
        Window(12, 18, 11, 18),
    ]
    assert 3 + TITLE + HEADING + ROOM == MAX_PIECES


def test_same_text_same_bytes_and_the_digest_is_that_of_the_files(encoder):
    form, clauses = read("\n".join(LINES))
    again = SmallEncoder(FOLDER)
    assert again.digest == encoder.digest
    first = encoder.vectors(form, clauses)
    assert first.shape == (len(clauses), encoder.width)
    assert first.dtype == np.float32
    assert encoder.vectors(form, clauses) is first
    other_form, other = read("\n".join(LINES))
    assert again.vectors(other_form, other).tobytes() == first.tobytes()
    manifest = json.loads((FOLDER / "encoder.json").read_text("utf-8"))
    assert encoder.origin == {}
    assert manifest["files"] == {
        name: hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() for name in manifest["files"]
    }


def test_what_stands_behind_a_window_and_its_context_changes_nothing(encoder):
    short, long = read("\n".join(LINES * 40)), read("\n".join([*LINES * 40, *LINES[::-1] * 9]))
    known = [
        set(windows(clauses, sizes_of(encoder, form, clauses))) for form, clauses in (short, long)
    ]
    kept = known[0] & known[1]
    assert len(kept) >= len(known[0]) - 2 >= 3
    before, after = encoder.vectors(*short), encoder.vectors(*long)
    for window in kept:
        own = slice(window.first, window.after)
        assert np.array_equal(before[own], after[own])


def sizes_of(encoder: SmallEncoder, form: str, clauses: Clauses) -> list[int]:
    spans = zip(clauses.start.tolist(), clauses.end.tolist(), strict=True)
    return [len(encoder._cut(form[start:end], MAX_PIECES)) for start, end in spans]


def test_the_title_reaches_every_window(encoder):
    first, second = read("\n".join(LINES * 12)), read("\n".join(["另一个题目", *(LINES * 12)[1:]]))
    a, b = encoder.vectors(*first), encoder.vectors(*second)
    assert len(a) == len(b)
    assert not np.isclose(a, b, atol=1e-4).all(axis=1).any()


def test_clauses_that_do_the_same_are_nearer_than_others(encoder):
    form, clauses = read("各国应当加强对话。\n去年贸易增长了百分之三。\n各方需要完善机制。")
    rows = encoder.vectors(form, clauses)
    rows = rows - rows.mean(axis=0)
    asked, told, asked_again = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    assert asked @ asked_again > max(asked @ told, asked_again @ told)


def test_texts_by_themselves_have_one_vector_each(encoder):
    texts = ["各国应当加强对话。", "各方需要完善机制。", "去年贸易增长了百分之三。", "", "\0" * 3]
    rows = encoder.text_vectors(texts)
    assert rows.shape == (5, encoder.width)
    assert np.isfinite(rows).all()
    assert not rows[3].any()
    for row, text in zip(rows, texts, strict=True):
        np.testing.assert_array_equal(encoder.text_vectors([text])[0], row)
    asked, asked_again, told = rows[:3] / np.linalg.norm(rows[:3], axis=1, keepdims=True)
    assert asked @ asked_again > max(asked @ told, asked_again @ told)
    assert np.isfinite(encoder.text_vectors(["安全" * 5000])).all()


@pytest.mark.parametrize(
    "text",
    [
        "一",
        "😀" * 300,
        "安全" * 5000,
        "\n".join("一二三四五六七八九十" * 60),
        "安全，" * 2000,
        "a" * 3000,
        "\x00\n\u200b\n。",
        "𠀀𠀁，𠀂。",
        ("甲" * 700 + "。\n") * 3,
    ],
    ids=["one", "emoji", "unpunctuated", "list", "one line", "latin", "marks", "rare", "long"],
)
def test_any_text_has_finite_vectors_a_row_a_clause(encoder, text):
    form, clauses = read(text)
    found = encoder.vectors(form, clauses)
    assert found.shape == (len(clauses), encoder.width)
    assert np.isfinite(found).all()
    assert np.abs(found).sum(axis=1).all()


def test_short_lines_each_have_their_own_vector(encoder):
    form, clauses = read("\n".join("一二三四五六七八九十百千万亿" * 50))
    assert len(np.unique(encoder.vectors(form, clauses).round(5), axis=0)) == len(clauses) == 700


def test_no_clauses_and_empty_ones_are_taken(encoder):
    form = "各国应当加强对话。"
    none, flags = np.array([], np.int64), np.array([], np.bool_)
    empty = Clauses(none, none, none, none, flags, flags)
    assert encoder.vectors(form, empty).shape == (0, encoder.width)
    start, end = np.array([0, 4, 4]), np.array([4, 4, 9])
    place, flags = np.zeros(3, np.int64), np.zeros(3, np.bool_)
    found = encoder.vectors(form, Clauses(start, end, place, place, flags, flags))
    assert np.isfinite(found).all()


def test_one_long_line_costs_no_more_than_its_beginning(encoder):
    form = "全" * 2_000_000
    start, flag = np.zeros(1, np.int64), np.zeros(1, np.bool_)
    began = time.perf_counter()
    encoder.vectors(form, Clauses(start, start + len(form), start, start, flag, flag))
    assert time.perf_counter() - began < 2
    assert len(title_of(form)) < 10_000


# Folders that are broken


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "encoder"))


def sealed(folder: Path, name: str, data: bytes) -> None:
    """Another file under a right digest: only what is in it betrays it."""
    (folder / name).write_bytes(data)
    manifest = json.loads((folder / "encoder.json").read_text("utf-8"))
    manifest["files"][name] = hashlib.sha256(data).hexdigest()
    (folder / "encoder.json").write_text(json.dumps(manifest), "utf-8")


def changed(folder: Path, **values: object) -> None:
    manifest = json.loads((folder / "encoder.json").read_text("utf-8"))
    (folder / "encoder.json").write_text(json.dumps({**manifest, **values}), "utf-8")


def grown(folder: Path) -> None:
    """More pieces than the encoder has vectors for."""
    data = (folder / "vocabulary.tsv").read_bytes()
    sealed(folder, "vocabulary.tsv", data + "安全合作论坛\t-9\n".encode() * 9)


@pytest.mark.parametrize(
    ("break_it", "file", "finding"),
    [
        (lambda f: (f / "encoder.json").unlink(), "encoder.json", "cannot be read"),
        (lambda f: (f / "encoder.json").write_text("{"), "encoder.json", "is no manifest"),
        (lambda f: (f / "encoder.json").write_text("[]"), "encoder.json", "is no manifest"),
        (lambda f: (f / "encoder.json").write_bytes(b"\xff"), "encoder.json", "is no manifest"),
        (lambda f: changed(f, files=[]), "encoder.json", "is no manifest"),
        (lambda f: changed(f, format=2), "encoder.json", "is not of format 1"),
        (lambda f: changed(f, files={}), "encoder.json", "is not of format 1"),
        (lambda f: changed(f, files={"../x": "0"}), "encoder.json", "is not of format 1"),
        (lambda f: (f / "encoder.onnx").unlink(), "encoder.onnx", "cannot be read"),
        (lambda f: (f / "vocabulary.tsv").unlink(), "vocabulary.tsv", "cannot be read"),
        (lambda f: (f / "characters.tsv").write_bytes(b""), "characters.tsv", "was altered or"),
        (
            lambda f: (f / "encoder.onnx").write_bytes((f / "encoder.onnx").read_bytes()[:-1]),
            "encoder.onnx",
            "was altered or truncated",
        ),
        (lambda f: sealed(f, "encoder.onnx", b""), "encoder.onnx", "cannot be loaded"),
        (lambda f: sealed(f, "encoder.onnx", b"\x08\x08"), "encoder.onnx", "cannot be loaded"),
        (lambda f: sealed(f, "vocabulary.tsv", b""), "vocabulary.tsv", "is no table"),
        (lambda f: sealed(f, "vocabulary.tsv", b"piece\n<s>\n"), "vocabulary.tsv", "is no table"),
        (
            lambda f: sealed(f, "vocabulary.tsv", b"piece\tscore\n" + b"a\tnan\n" * 9),
            "vocabulary.tsv",
            "is no table",
        ),
        (
            lambda f: sealed(f, "vocabulary.tsv", b"piece\tscore\n" + b"a\t1\r\tb\n" * 9),
            "vocabulary.tsv",
            "is no table",
        ),
        (lambda f: sealed(f, "vocabulary.tsv", b"\xff"), "vocabulary.tsv", "is no table"),
        (
            lambda f: sealed(f, "characters.tsv", b"character\tinstead\nzz\t41\n"),
            "characters.tsv",
            "is no table",
        ),
        (
            lambda f: sealed(f, "characters.tsv", b"character\tinstead\nFFFFFFFFFF\t41\n"),
            "characters.tsv",
            "is no table",
        ),
        (
            lambda f: sealed(f, "characters.tsv", b"character\tinstead\n41\n"),
            "characters.tsv",
            "is no table",
        ),
        (grown, "encoder.onnx", "cannot be loaded"),
    ],
)
def test_a_broken_folder_is_refused_in_one_line(folder, break_it, file, finding, capfd):
    break_it(folder)
    with pytest.raises(InputError, match=finding) as caught:
        SmallEncoder(folder)
    assert caught.value.path == str(folder / file)
    assert caught.value.remedy == "fetch or build the encoder again"
    assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""


def test_the_tokenizer_knows_the_common_characters():
    data = read_encoder_files(FOLDER)
    tokenizer = read_tokenizer(FOLDER, data)
    assert tokenizer.highest == json.loads((FOLDER / "encoder.json").read_text())["pieces"] - 1
    # level 1 of GB 2312, the 3,755 most common
    common = bytes(b for row in range(0xB0, 0xD7) for n in range(0xA1, 0xFF) for b in (row, n))
    han = common.decode("gb2312")
    assert sum(tokenizer(character) == [UNKNOWN] for character in han) <= len(han) / 100


def without_onnxruntime(code: str) -> subprocess.CompletedProcess[str]:
    blocked = f"import sys; sys.modules['onnxruntime'] = None\n{code}"
    command = [sys.executable, "-c", blocked]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_without_onnxruntime_the_extra_is_named_and_the_default_is_fast():
    code = "from argmine.pipeline import shipped_encoder, best_model, load\n"
    done = without_onnxruntime(f"{code}print(best_model()); print(load().meta['argmine_model'])")
    assert done.returncode == 0, done.stderr
    best, signature = done.stdout.split()
    assert best == "fast"
    assert signature.startswith("fast-")
    refused = without_onnxruntime(
        f"{code}from argmine.schema import InputError\n"
        "try:\n    shipped_encoder()\nexcept InputError as error:\n    print(error)"
    )
    assert refused.stdout == (
        f"{FOLDER}: needs onnxruntime; run: pip install 'argmine[encoder]'\n"
    ), refused.stderr
