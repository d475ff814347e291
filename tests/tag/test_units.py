"""Units: cues and structure decide, a sentence is one unit or two, borders are clause borders."""

from __future__ import annotations

import re

import numpy as np
import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

from argmine.lexicons import Cue
from argmine.tag.clauses import Clauses, shape_features
from argmine.tag.clauses import clauses_of as clauses_of_doc
from argmine.tag.scorers import LexiconScorer
from argmine.tag.units import (
    CUT_COST,
    LABELS,
    RULE_SHARES,
    UnitFinder,
    cut_sentences,
    read_structure,
)

CUES = (
    Cue("应当", "recommendation", "cue", 6.0, "own", ""),
    Cue("表明", "claim", "cue", 6.0, "own", ""),
    Cue("宣布", "evidence", "cue", 6.0, "own", ""),
    Cue("趋势", "claim", "cue", 5.0, "own", ""),
    Cue("的", "evidence", "cue", 0.5, "own", "function word"),
    Cue("相应当事人", "none", "pseudo", 1.0, "own", ""),
)
CONNECTIVES = (
    Cue("尽管", "concession", "cue", 1.0, "own", ""),
    Cue("但", "contrast", "cue", 1.0, "own", ""),
    Cue("来看", "adverbial end", "cue", 1.0, "own", ""),
)
STRUCTURE = {("any", "none"): 1.0}


def finder(connectives=()) -> UnitFinder:
    return UnitFinder(LexiconScorer(CUES, LABELS, STRUCTURE, RULE_SHARES), connectives)


TAG = re.compile(r"<(claim|evidence|recommendation)>|</(\w+)>")


def parse_markup(marked: str) -> tuple[str, list[tuple[str, str]]]:
    """Text and units of a marked text; raises on a tag that is not closed, crossed or unknown."""
    text, units, open_label, begin, at = "", [], None, 0, 0
    for tag in TAG.finditer(marked):
        text += marked[at : tag.start()]
        at = tag.end()
        if tag[1]:
            if open_label:
                raise ValueError(f"{tag[0]} inside {open_label}")
            open_label, begin = tag[1], len(text)
        else:
            if tag[2] != open_label:
                raise ValueError(f"{tag[0]} closes {open_label}")
            units.append((open_label, text[begin:]))
            open_label = None
    if open_label:
        raise ValueError(f"{open_label} is not closed")
    text += marked[at:]
    if "<" in text:
        raise ValueError("an unknown tag")
    return text, units


@pytest.mark.parametrize("marked", ["<claim>甲", "<claim>甲</evidence>", "甲</claim>", "<fact>甲"])
def test_malformed_markup_is_refused(marked):
    with pytest.raises(ValueError, match=r"clos|unknown"):
        parse_markup(marked)


NLP = spacy.blank("zh")
NLP.add_pipe("argmine_sentences")


def clauses_of(text: str, furniture: str = "") -> Clauses:
    """The clauses of a text, of which one stretch is page furniture."""
    doc = NLP(text)
    start = text.index(furniture)
    marked = [doc.char_span(start, start + len(furniture))] if furniture else []
    doc.spans["boilerplate"] = marked
    return clauses_of_doc(doc)


@pytest.mark.parametrize(
    "marked",
    [
        "<evidence>外交部宣布，会议推迟。</evidence><recommendation>各国应当加强对话。</recommendation>",
        "<claim>这表明合作可行，也表明各方有意愿，</claim><recommendation>各国应当抓住机遇。</recommendation>",
        "<claim>这表明，合作安全是可行的。</claim>",
        "相应当事人已到场。",
        "今天下午开会。",
        "<recommendation>各国应当对话；</recommendation><recommendation>企业应当自律。</recommendation>",
        "<claim>尽管这表明合作困难，</claim><claim>但这也表明各方仍有共同利益。</claim>",
        "<claim>数据表明合作安全完全可行并且有效：</claim><claim>各地的实践都表明风险明显下降而且稳定。</claim>",
        "<claim>结果表明：这表明可行。</claim>",
        "<recommendation>当前，各国应当对话。</recommendation>",
        "<recommendation>从这里的趋势来看，各国应当对话。</recommendation>",
        "<claim>从这里的趋势之中，</claim><recommendation>各国应当对话。</recommendation>",
    ],
)
def test_exactly_the_marked_units_are_found(marked):
    text, expected = parse_markup(marked)
    found = finder(CONNECTIVES).find(text, clauses_of(text))
    assert [(unit.label, text[unit.start : unit.end]) for unit in found] == expected


def test_no_unit_in_furniture_and_only_telling_cues_are_shown():
    text = "扫码应当关注。\n外交部宣布的会议应当举行。\n"
    found = finder().find(text, clauses_of(text, furniture="扫码应当关注。"))
    assert len(found) == 1
    shown = [(text[start:end], weight) for start, end, weight in found[0].cues]
    assert (found[0].label, shown) in [
        ("evidence", [("宣布", 6.0)]),
        ("recommendation", [("应当", 6.0)]),
    ]
    assert sum(found[0].scores.values()) == pytest.approx(1.0, abs=1e-3)


def test_every_weighed_feature_exists_and_every_feature_is_weighed():
    shape = shape_features("各国应当对话。", clauses_of("各国应当对话。"))
    assert {name for name, _ in read_structure()} == set(shape)


@given(st.lists(st.lists(st.integers(-8, 8), min_size=4, max_size=4), min_size=1, max_size=7))
def test_the_best_of_all_single_cuts_is_taken(rows):
    size = len(rows)
    ones = np.zeros(size, np.int64)
    ends = np.arange(1, size + 1) * 10
    flags = np.zeros(size, np.bool_)
    sums = np.array(rows, np.float64)
    labels, begins = cut_sentences(sums, Clauses(ends - 10, ends, ones, ones, flags, flags))

    def worth(cut: int) -> float:
        parts = [part.sum(axis=0).max() for part in (sums[:cut], sums[cut:]) if len(part)]
        return float(sum(parts)) - CUT_COST * (len(parts) - 1)

    taken = float(sums[np.arange(size), labels].sum()) - CUT_COST * (int(begins.sum()) - 1)
    assert begins[0]
    assert begins.sum() <= 2
    assert taken == pytest.approx(max(worth(cut) for cut in range(size)))
    assert set(labels.tolist()) <= set(range(len(LABELS)))
