"""The tokenizer: words that rebuild the text, terms kept whole, no state of its own."""

from __future__ import annotations

import pickle
import re

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

import argmine
from argmine.lexicons import read_table
from argmine.text.matching import matching_form
from argmine.text.segmenter import MAX_PIECE, cut_words
from argmine.text.tokenizer import Tokenizer

CONFIG = {"nlp": {"tokenizer": {"@tokenizers": "argmine.Tokenizer.v1"}}}
PIECES = st.sampled_from(
    [
        "合作安全",
        "總體國家安全觀",
        "AI",
        "1.2",
        "。",
        "，",
        "“",
        "\n",
        "\r\n",
        "　",
        " ",
        "😀",
        "👨‍👩‍👧",
        "𠮷",
        "\u200b",
        "\0",
    ]
)
TEXTS = st.lists(
    st.one_of(PIECES, st.text(st.characters(exclude_categories=["Cs"]), max_size=4))
).map("".join)


@given(TEXTS)
def test_tokens_rebuild_any_text(nlp, text):
    doc = nlp.tokenizer(text)
    assert doc.text == text
    assert "".join(token.text for token in doc) == text
    assert [token.idx for token in doc] == [
        sum(len(token) for token in doc[:n]) for n in range(len(doc))
    ]


@given(TEXTS)
def test_words_rebuild_any_form_and_marks_stand_alone(text):
    words = cut_words(matching_form(text))
    assert "".join(words) == matching_form(text)
    marks = re.compile(r"[，。；：？！（）“”《》\s]")
    joined = [word for word in words if len(word) > 1 and marks.search(word)]
    assert joined == ["\r\n"] * len(joined)


@pytest.mark.parametrize("size", [MAX_PIECE - 1, MAX_PIECE, MAX_PIECE + 1, 3 * MAX_PIECE + 7])
@pytest.mark.parametrize("piece", ["各国应当加强对话", "各国\n", "\n", "a"])
def test_long_texts_are_cut_piece_by_piece(size, piece):
    text = (piece * (size // len(piece) + 1))[:size]
    assert "".join(cut_words(text)) == text


def test_pieces_end_at_line_ends_so_that_no_word_is_cut():
    line = "各国应当加强合作安全对话\n"
    words = cut_words(line * (2 * MAX_PIECE // len(line)))
    assert set(words) == set(cut_words(line))


@pytest.mark.parametrize(
    "term", [row["term"] for row in read_table("terms", ("term", "source", "note"))]
)
def test_policy_terms_stay_whole(nlp, term):
    assert term in [token.text for token in nlp.tokenizer(f"坚持{term}。")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("坚持总体国家安全观", ["坚持", "总体国家安全观"]),
        ("堅持總體國家安全觀", ["堅持", "總體國家安全觀"]),
        ("全球南方与合作安全", ["全球南方", "与", "合作安全"]),
        ("２０２５年", ["２０２５", "年"]),
    ],
)
def test_words_are_those_of_the_text(nlp, text, words):
    assert [token.text for token in nlp.tokenizer(text)] == words


def test_script_and_matching_form_are_kept(nlp):
    doc = nlp.tokenizer("資訊安全,「對話」")
    assert doc.user_data["argmine.script"] == "hant"
    assert doc.user_data["argmine.matching"] == "资讯安全，“对话”"
    doc = nlp.tokenizer.make_doc("資訊安全", script="hans")
    assert doc.user_data["argmine.matching"] == "資訊安全"


def test_no_text_gives_no_tokens(nlp):
    assert len(nlp.tokenizer("")) == 0


@pytest.mark.parametrize("code", [0xD800, 0xDFFF])
@pytest.mark.parametrize(("before", "after"), [("", ""), ("对话", ""), ("", "对话"), ("😀", "对")])
def test_a_lone_surrogate_is_refused_by_place(nlp, code, before, after):
    with pytest.raises(argmine.InputError) as caught:
        nlp.tokenizer(before + chr(code) + after)
    assert caught.value.place == f"character {len(before)}"
    assert caught.value.finding == f"lone surrogate U+{code:04X}"


def borders(doc, name: str):
    return [(span.start, span.end, span.label_, span.id_) for span in doc.spans[name]]


def annotations(nlp, text: str):
    doc = nlp(text)
    words = [token.text for token in doc]
    return words, *(borders(doc, name) for name in ("sentences", "clauses", "sections", "units"))


TEXT = "一、背景\n封锁损害各国之间的信任。因此，各国必须坚持合作安全，应当建立通报机制。"


def test_pipeline_comes_back_from_disk(nlp, tmp_path):
    nlp.to_disk(tmp_path / "pipeline")
    loaded = spacy.load(tmp_path / "pipeline")
    assert isinstance(loaded.tokenizer, Tokenizer)
    assert loaded.pipe_names == nlp.pipe_names
    assert annotations(loaded, TEXT) == annotations(nlp, TEXT)


def test_pipeline_comes_back_from_bytes(nlp):
    loaded = spacy.blank("zh", config=CONFIG)
    for name in nlp.pipe_names:
        loaded.add_pipe(name)
    loaded.from_bytes(nlp.to_bytes())
    assert annotations(loaded, TEXT) == annotations(nlp, TEXT)


def test_pipeline_of_tokenizer_sentences_and_sections_survives_pickling():
    nlp = spacy.blank("zh", config=CONFIG)
    nlp.add_pipe("argmine_sentences")
    nlp.add_pipe("argmine_sections")
    loaded = pickle.loads(pickle.dumps(nlp))
    for name in ("sentences", "clauses", "sections"):
        assert borders(loaded(TEXT), name) == borders(nlp(TEXT), name) != []


def test_groups_survive_bytes(nlp):
    doc = nlp(TEXT)
    back = spacy.tokens.Doc(nlp.vocab).from_bytes(doc.to_bytes())
    for name in ("sentences", "clauses", "sections"):
        assert back.spans[name].attrs == doc.spans[name].attrs
        assert borders(back, name) == borders(doc, name) != []


def test_the_global_jieba_changes_nothing(nlp):
    import jieba

    before = annotations(nlp, TEXT)
    jieba.add_word("坚持合作安全")
    try:
        assert annotations(nlp, TEXT) == before
    finally:
        jieba.del_word("坚持合作安全")
