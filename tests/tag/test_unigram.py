"""Pieces of a text: the likeliest cut, which loses nothing, in linear time."""

from __future__ import annotations

import gc
import time
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argmine.tag import unigram
from argmine.tag.unigram import UNKNOWN, UnigramTokenizer

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]
PIECES = {
    "安": -3.0,
    "全": -3.5,
    "安全": -4.0,
    "合作": -5.0,
    "作安": -1.5,
    "▁": -2.0,
    "合作安全": -9.5,
}


def made(pieces: dict[str, float], characters: dict[str, str] | None = None) -> UnigramTokenizer:
    scores = [0.0] * len(SPECIAL) + list(pieces.values())
    return UnigramTokenizer([*SPECIAL, *pieces], scores, characters or {})


def value(numbers: list[int], pieces: dict[str, float]) -> float:
    """The log-probability of a cut; an unknown character costs as the module says."""
    unknown = min(0.0, *pieces.values()) - unigram._UNKNOWN_COST
    scores = [*[0.0] * UNKNOWN, unknown, *pieces.values()]
    return sum(scores[number] for number in numbers)


def best_value(form: str, pieces: dict[str, float]) -> float:
    """The best of all cuts, by trying each."""
    unknown = min(0.0, *pieces.values()) - unigram._UNKNOWN_COST

    @cache
    def best(start: int) -> float:
        if start == len(form):
            return 0.0
        ends = range(start + 1, len(form) + 1)
        known = [pieces[form[start:e]] + best(e) for e in ends if form[start:e] in pieces]
        return max([*known, unknown + best(start + 1)])

    return best(0)


def words(numbers: list[int], form: str, pieces: dict[str, float]) -> list[str]:
    """The pieces as strings; an unknown one is the character of the form at its place."""
    names, found = [*SPECIAL, *pieces], []
    for number in numbers:
        place = sum(map(len, found))
        found.append(form[place] if number == UNKNOWN else names[number])
    return found


vocabularies = st.dictionaries(
    st.text("安全合作▁", min_size=1, max_size=4), st.floats(-20, -0.01), min_size=1, max_size=12
)


@given(vocabularies, st.text("安全合作 !", max_size=9))
def test_the_cut_is_the_likeliest_and_loses_nothing(pieces, text):
    tokenizer = made(pieces)
    numbers, form = tokenizer(text), tokenizer.normalised(text)
    assert value(numbers, pieces) == pytest.approx(best_value(form, pieces), abs=1e-9)
    assert "".join(words(numbers, form, pieces)) == form


def test_a_likelier_cut_across_words_wins_and_an_unknown_character_stands_alone():
    tokenizer = made(PIECES)
    cuts = {
        "安全": ["安全"],
        "合作安全": ["合作", "安全"],
        "作安全": ["作安", "全"],
        "全合": ["全", "合"],
        "x安全y": ["x", "安全", "y"],
        "": [],
    }
    assert {text: words(tokenizer(text), text, PIECES) for text in cuts} == cuts
    assert tokenizer("x安全y")[0] == tokenizer("x安全y")[-1] == tokenizer("𠀀")[0] == UNKNOWN


def test_characters_are_replaced_first_and_runs_of_spaces_are_one():
    tokenizer = made(PIECES, {"Ａ": "安", "㈱": "安全", "\t": " ", "\u200b": ""})
    assert tokenizer.normalised("Ａ \t 全\u200b  ㈱") == "安▁全▁安全"
    assert tokenizer("Ａ\u200b全") == tokenizer("㈱") == tokenizer("安全")


def test_the_memory_of_short_texts_changes_nothing_and_long_ones_are_not_kept(monkeypatch):
    monkeypatch.setattr(unigram, "_MAX_KEPT", 3)
    tokenizer, texts = made(PIECES), ["安全" * n for n in (1, 2, 3, 4, 5, 200)]
    first = [list(tokenizer(text)) for text in texts]
    assert [tokenizer(text) for text in texts] == first
    assert len(tokenizer._kept) <= 3
    assert all(len(text) <= 60 for text in tokenizer._kept)


@pytest.mark.parametrize("unit", ["安全", "合作安全xyz ", "  安", "😀"])
def test_time_is_linear_in_the_text(unit):
    def seconds(size: int) -> float:
        text, tokenizer = unit * (size // len(unit)), made(PIECES)
        start = time.process_time()
        tokenizer(text)
        return time.process_time() - start

    # the collector's passes grow with all that other tests left behind
    gc.disable()
    try:
        # both sizes side by side, as the clock of a busy machine drifts; the calmest pair counts
        pairs = ((seconds(15_000), seconds(60_000)) for _ in range(5))
        assert min(four / once for once, four in pairs) <= 6
    finally:
        gc.enable()
