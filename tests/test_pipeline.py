"""The whole line: exact spans over any text, golden output, foreign pipelines, real articles."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

import argmine
from argmine.pipeline import COMPONENTS
from argmine.schema import to_json

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "corpus" / "sample.txt"
GOLDEN = ROOT / "tests" / "sample.json"

# Pieces that meet the rules where they are weakest, mixed with arbitrary characters.
PIECES = st.sampled_from(
    [
        "各国应当",
        "因此，",
        "。",
        "，",
        "；",
        "：",
        "“合作安全”",
        "《",
        "》",
        "（一）",
        "一、",
        "\n",
        "\r\n",
        "1.2",
        "40%",
        "2025年2月",
        "美国",
        "指出，",
        "“",
        "”",
        "😀",
        "𠮷",
        "\u200b",
        "\u2028",
        " ",
        "資訊安全",
    ]
)
TEXTS = st.lists(
    st.one_of(PIECES, st.text(st.characters(exclude_categories=["Cs"]), max_size=3))
).map("".join)


def assert_contracts(article: argmine.AnnotatedArticle) -> None:
    """Every quoted span is the text; units lie in one sentence, outside furniture, in order."""
    text = article.text
    for group in (article.mentions, article.units):
        for span in group:
            assert text[span.start : span.end] == span.text
            assert span.text.strip() == span.text != ""
    for section in article.sections:
        assert text[section.title_start : section.title_end] == section.title
    for unit in article.units:
        for cue in unit.cues:
            assert text[cue.start : cue.end] == cue.text
            assert unit.start <= cue.start < cue.end <= unit.end
    for earlier, later in pairwise(article.units):
        assert earlier.end <= later.start
    sentences = {sentence.id: sentence for sentence in article.sentences}
    starts = {clause.start for clause in article.clauses}
    ends = {clause.end for clause in article.clauses}
    for unit in article.units:
        home = sentences[unit.sentence or ""]
        assert home.start <= unit.start < unit.end <= home.end
        assert unit.start in starts
        assert unit.end in ends
        assert not any(b.start < unit.end and unit.start < b.end for b in article.boilerplate)
    for clause in article.clauses:
        home = sentences[clause.sentence]
        assert home.start <= clause.start < clause.end <= home.end


@given(TEXTS)
def test_every_span_of_any_text_is_exact(nlp, text):
    try:
        article = argmine.annotate(text, nlp)
    except argmine.InputError as error:
        assert error.finding == "holds no text (blank)"  # noqa: PT017
        assert not text.strip()
        return
    assert article.text == text
    assert_contracts(article)


def test_a_lone_surrogate_is_refused(nlp):
    with pytest.raises(argmine.InputError, match="surrogate"):
        argmine.annotate("各国应当加强\ud800合作。", nlp)


def test_sample_is_annotated_as_the_golden_file_says(nlp, request):
    annotated = to_json(argmine.annotate(argmine.read_article(SAMPLE), nlp))
    value = json.loads(annotated)
    # the path as given and the versions of libraries differ from machine to machine
    del value["signature"], value["source"]["path"]
    found = json.dumps(value, ensure_ascii=False, indent=1) + "\n"
    if request.config.getoption("--update-golden"):
        GOLDEN.write_text(found, encoding="utf-8")
    assert found == GOLDEN.read_text(encoding="utf-8")


def test_same_bytes_in_another_process_with_another_hash_seed(nlp, tmp_path):
    code = (
        "import argmine, sys; from argmine.schema import to_json; "
        f"article = argmine.read_article({str(SAMPLE)!r}); "
        "sys.stdout.buffer.write(to_json(argmine.annotate(article, argmine.load('rules'))))"
    )
    other = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, env={"PYTHONHASHSEED": "7"}
    )
    assert other.stdout == to_json(argmine.annotate(argmine.read_article(SAMPLE), nlp))


def test_a_least_score_leaves_units_out_and_shows_in_the_signature(nlp):
    text = SAMPLE.read_text("utf-8")
    everything = argmine.annotate(text, nlp)
    certain = argmine.annotate(text, argmine.load("rules", min_score=0.7))
    kept = {(u.start, u.end, u.label) for u in everything.units if u.score >= 0.7}
    assert {(u.start, u.end, u.label) for u in certain.units} == kept
    assert 0 < len(kept) < len(everything.units)
    assert "min-score=0.7" in certain.signature != everything.signature
    ids = {unit.id for unit in certain.units}
    assert {end for r in certain.relations for end in (r.source, r.target)} <= ids


def test_line_ends_change_no_label(nlp):
    text = SAMPLE.read_text(encoding="utf-8")
    unix = argmine.annotate(text, nlp)
    windows = argmine.annotate(text.replace("\n", "\r\n"), nlp)
    assert [(u.label, u.text) for u in windows.units] == [(u.label, u.text) for u in unix.units]


@pytest.mark.parametrize("tokenizer", ["argmine", "char"])
def test_components_work_in_a_foreign_pipeline(nlp, tokenizer):
    config = {"nlp": {"tokenizer": {"@tokenizers": "argmine.Tokenizer.v1"}}}
    foreign = spacy.blank("zh", config=config if tokenizer == "argmine" else {})
    for name in COMPONENTS:
        foreign.add_pipe(name)
    text = "封锁损害各国之间的信任。因此，各国必须加强对话，应当建立通报机制。"
    doc = foreign(text)
    units = [(unit.start_char, unit.end_char, unit.label_) for unit in doc.spans["units"]]
    own = argmine.annotate(text, nlp)
    assert units == [(unit.start, unit.end, unit.label) for unit in own.units]
    assert (text.index("因此"), len(text), "recommendation") in units
    assert doc.user_data["argmine.stance"].keys() == {"cooperative-security"}


def test_importing_argmine_loads_nothing_heavy():
    code = "import argmine, sys; print([m for m in ('spacy', 'numpy', 'pydantic') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout == "[]\n"


@pytest.mark.slow
def test_every_real_article_keeps_the_contracts(nlp, real):
    files = [
        real / "article.txt",
        *sorted(real.glob("*/texts/*.txt")),
        *sorted(real.glob("pool/*.txt")),
    ]
    assert len(files) > 400
    for file in files:
        assert_contracts(argmine.annotate(argmine.read_article(file), nlp))


def test_the_archetype(nlp, real):
    article = argmine.annotate(argmine.read_article(real / "article.txt"), nlp)
    meta = article.meta
    assert (len(meta.authors), len(meta.affiliations), meta.title) == (3, 1, None)
    assert (meta.issue, meta.script) == ("2025年第6期", "hans")
    assert meta.publication is not None
    tree = [(section.level, section.number) for section in article.sections]
    first, second, third = (2, "(一)"), (2, "(二)"), (2, "(三)")
    assert [
        (level, (number or "").replace("（", "(").replace("）", ")")) for level, number in tree
    ] == [
        *[(1, "一"), first, second, third, (3, "1"), (3, "2"), (3, "3")],
        *[(1, "二"), first, second, third],
        *[(1, "三"), first, second],
        (1, "四"),
    ]
    lines = article.text.split("\n")
    begin = 0
    marked = []
    for number, line in enumerate(lines):
        if any(b.start <= begin and begin + len(line) <= b.end for b in article.boilerplate):
            marked.append(number)
        begin += len(line) + 1
    last = len(lines) - 1
    # three furniture lines and the byline; the imprint and the seven lines behind it
    assert marked == [0, 1, 2, 3, *range(last - 7, last + 1)]
