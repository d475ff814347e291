"""Rows of a text: clauses, sentences, given segments; and what their place says."""

from __future__ import annotations

import numpy as np
import pytest
import spacy

from argmine.tag.clauses import (
    Clauses,
    clauses_at,
    clauses_of,
    feature_names,
    opens,
    place_features,
    segments_of,
    sentences_of,
    shape_features,
    whole_text,
)
from argmine.tag.scorers import ShapeWeights

NLP = spacy.blank("zh")
NLP.add_pipe("argmine_sentences")
TEXT = "标题\n甲说，乙听。丙走了！\n丁来；戊去。\n己。"


def rows(clauses: Clauses) -> list[tuple[str, int, int]]:
    """Text, sentence and paragraph of each row."""
    columns = (clauses.start, clauses.end, clauses.sentence, clauses.paragraph)
    zipped = zip(*(column.tolist() for column in columns), strict=True)
    return [(TEXT[start:end], sentence, paragraph) for start, end, sentence, paragraph in zipped]


@pytest.fixture
def clauses() -> Clauses:
    return clauses_of(NLP(TEXT))


def test_sentences_are_rows_of_whole_sentences(clauses):
    assert rows(sentences_of(clauses)) == [
        ("标题", 0, 0),
        ("甲说，乙听。", 1, 1),
        ("丙走了！", 2, 1),
        ("丁来；戊去。", 3, 2),
        ("己。", 4, 3),
    ]


def test_given_segments_keep_their_borders_and_count_their_own_paragraphs(clauses):
    starts = np.array([TEXT.index(c) for c in "甲乙丁"])
    ends = np.array([TEXT.index(c) for c in "乙丙戊"])
    assert rows(segments_of(clauses, starts, ends)) == [
        ("甲说，", 0, 0),
        ("乙听。", 1, 0),
        ("丁来；", 2, 1),
    ]
    none = np.array([], np.int64)
    assert rows(segments_of(clauses, none, none)) == []


def test_every_place_has_its_clause(clauses):
    places = np.array([0, TEXT.index("说"), TEXT.index("己")])
    assert [TEXT[clauses.start[n] : clauses.end[n]] for n in clauses_at(clauses, places)] == [
        "标题",
        "甲说，",
        "己。",
    ]


def told(clauses: Clauses, row: int) -> set[str]:
    return {name for name, flags in place_features(clauses).items() if flags[row]}


def test_place_counts_paragraphs_and_rows_from_both_ends(clauses):
    sentences = sentences_of(clauses)
    assert told(sentences, 1) == {
        "place paragraph 2",
        "place paragraph -3",
        "place row 1",
        "place row -2",
        "place paragraph 2 row 1",
        "place paragraph 2 row -2",
        "place tenth 2",
        "place paragraph size 1",
        "place length 0",
    }
    assert {"place paragraph -1", "place paragraph -1 alone", "place row 1"} <= told(sentences, 4)
    for flags in place_features(sentences).values():
        assert (flags.dtype, len(flags)) == (np.bool_, 5)


def test_of_no_rows_nothing_is_told_and_no_group_opens():
    empty = segments_of(whole_text("。"), np.array([], np.int64), np.array([], np.int64))
    assert opens(empty.paragraph).tolist() == []


def test_names_of_place_and_shape_never_meet(clauses):
    shape, place = set(shape_features(TEXT, clauses)), set(place_features(clauses))
    assert shape | place == feature_names()
    assert not shape & place
    assert all(name.startswith("place ") for name in place)


def test_exact_place_is_read_only_for_weights_that_name_it(clauses, monkeypatch):
    monkeypatch.setattr("argmine.tag.scorers.place_features", lambda _: pytest.fail("was read"))
    plain = ShapeWeights({("any", "a"): 1.0, ("short", "b"): 2.0}, ("a", "b"))
    assert plain(TEXT, clauses).tolist() == [[1.0, 2.0]] * len(clauses)
    monkeypatch.undo()
    placed = ShapeWeights({("place paragraph 1", "a"): 3.0}, ("a", "b"))
    first = clauses.paragraph == 0
    assert placed(TEXT, clauses)[:, 0].tolist() == np.where(first, 3.0, 0.0).tolist()
