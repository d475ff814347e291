"""Attachment: what units open with, which candidates they have, and what speaks for each."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argmine.lexicons import read_lexicon
from argmine.tag.attachment import (
    KEY_GROUPS,
    LABELS,
    OPENERS,
    POSITIONS,
    Columns,
    Openings,
    UnitPlaces,
    candidates,
    columns_of,
    features,
    keys_of,
    label_keys,
    none_codes,
    none_keys,
    shares_of_pairs,
    wide_candidates,
)
from argmine.tag.relations import read_attachment

CONNECTIVES = read_lexicon("connectives")
OPENINGS = Openings(CONNECTIVES)
# of each unit: two beside on either side, two ends of its paragraph, ten elsewhere
MAX_CANDIDATES = 16
# eighteen beside, both ends of its paragraph and of nine others, two below, headings, and more
MAX_WIDE = 50


def columns(*paragraphs: list[str], known: tuple[int, ...] = ()) -> Columns:
    """Columns of paragraphs of units, each a sentence; ``known`` units stand in known headings."""
    form, starts, ends, homes = "", [], [], []
    for number, texts in enumerate(paragraphs):
        for text in texts:
            starts.append(len(form))
            form += text
            ends.append(len(form))
            homes.append(number)
        form += "\n"
    size = len(starts)
    units = UnitPlaces(
        [f"u{n + 1}" for n in range(size)],
        starts,
        ends,
        np.zeros((size, len(LABELS))),
        np.arange(size),
        np.array(homes, np.int64),
        np.isin(np.arange(size), known),
    )
    return columns_of(form, units, OPENINGS)


def read(*texts: str) -> tuple[list[str], list[bool], list[int]]:
    """Opener, whether it is a list item, and the unit that introduces its list, of each text."""
    starts = [sum(map(len, texts[:n])) for n in range(len(texts))]
    ends = [start + len(text) for start, text in zip(starts, texts, strict=True)]
    opener, style, introduction = OPENINGS.read("".join(texts), starts, ends)
    return [OPENERS[n] for n in opener], (style > 0).tolist(), introduction.tolist()


@pytest.mark.parametrize(
    ("text", "opener"),
    [
        ("合作是可行的。", "plain"),
        ("但合作是可行的。", "contrast"),
        ("但是，合作是可行的。", "contrast"),
        ("尽管分歧仍在，", "concession"),
        ("有人认为，对话没有用处。", "objection"),
        ("因此，应加强对话。", "result"),
        ("例如，双方签署了协议。", "example"),
        ("此外，双方签署了协议。", "addition"),
        ("此举有助于稳定。", "reference"),
        ("当前，形势复杂。", "setting"),
        ("由于分歧仍在，", "reason"),
        ("合作因此是可行的。", "plain"),
        ("领域不断扩大。", "plain"),
    ],
)
def test_the_longest_connective_that_a_unit_opens_with_names_its_opener(text, opener):
    assert read(text)[0] == [opener]


@pytest.mark.parametrize(
    ("texts", "introductions"),
    [
        (["应做三件事。", "一是加强对话。", "二是扩大合作。"], [-1, 0, 0]),
        (["应做三件事。", "首先，加强对话。", "其次，扩大合作。"], [-1, 0, 0]),
        (["有两面。", "一方面，有利。", "另一方面，有弊。"], [-1, 0, 0]),
        (["要点如下。", "（一）对话", "细节。", "（二）合作"], [-1, 0, -1, 0]),
        (["甲。", "1. 对话", "乙。", "1. 合作", "2. 通报"], [-1, 0, -1, 2, 2]),
        (["甲。", "一、对话", "1、合作", "二、通报"], [-1, 0, 1, 0]),
        (["甲。", "——对话", "——合作", "乙。", "——通报"], [-1, 0, 0, -1, 0]),
        (["甲。", "——对话", *["乙。"] * 9, "——通报"], [-1, 0, *[-1] * 9, 10]),
        (["二是扩大合作。", "三是通报。"], [-1, -1]),
        (["2025年双方签署了协议。"], [-1]),
    ],
)
def test_a_list_is_introduced_by_the_unit_before_its_first_item(texts, introductions):
    assert read(*texts)[2] == introductions


def test_a_list_that_opens_the_text_has_items_without_an_introduction():
    assert read("二是扩大合作。", "甲。", "2025年签署。")[1] == [True, False, False]


def test_positions_and_headings():
    found = columns(["标题"], ["甲。", "乙。", "丙。"], ["一句话。"], ["一、小标题。"], known=(5,))
    assert [POSITIONS[n] for n in found.position] == [
        "alone",
        "opens",
        "inside",
        "closes",
        "alone",
        "alone",
    ]
    assert found.heading.tolist() == [1, 0, 0, 0, 0, 2]
    assert found.headings.tolist() == [0, 5]


def test_a_line_of_two_units_is_no_heading():
    assert columns(["甲", "乙"]).heading.tolist() == [0, 0]


def test_candidates_of_each_unit():
    units = columns(
        ["标题"],  # 0
        ["甲。", "乙。"],  # 1, 2
        ["小标题"],  # 3
        ["丙。", "丁。", "戊。", "己。", "庚。", "辛。"],  # 4 to 9
        ["壬。", "癸。"],  # 10, 11
    )
    targets = [[] for _ in range(12)]
    for source, target in zip(*(c.tolist() for c in candidates(units)), strict=True):
        targets[source].append(target)
    assert targets == [
        [1],
        [0, 2, 3],
        [0, 1, 3],
        [0, 1, 2, 4],
        [0, 1, 2, 3, 5, 6, 9, 10],
        [0, 1, 2, 3, 4, 6, 7, 9, 10],
        [0, 1, 2, 3, 4, 5, 7, 8, 9, 10],
        [0, 1, 2, 3, 4, 5, 6, 8, 9, 10],
        [0, 1, 2, 3, 4, 6, 7, 9, 10],
        [0, 1, 2, 3, 4, 7, 8, 10],
        [0, 1, 2, 3, 4, 9, 11],
        [0, 1, 2, 3, 4, 9, 10],
    ]


def keys(units: Columns, source: int, target: int) -> list[tuple[str, str]]:
    codes, place = features(units, np.array([source]), np.array([target]))
    found = [key for group, code in zip(KEY_GROUPS, codes, strict=True) for key in group[code[0]]]
    return [*found, label_keys(LABELS)[place[0] * len(LABELS) ** 2]]


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        (
            2,
            1,
            [
                ("distance", "before 1"),
                ("paragraph size", "3 opening next"),
                ("target position", "before opens"),
                ("target opener", "before next plain"),
                ("source opener", "before next example"),
                ("labels", "before next opening claim to claim"),
            ],
        ),
        (
            1,
            3,
            [
                ("distance", "behind 2"),
                ("target position", "behind closes"),
                ("target opener", "behind apart result"),
                ("source opener", "behind apart plain"),
                ("labels", "behind apart claim to claim"),
            ],
        ),
        (
            4,
            0,
            [
                ("distance", "above 2"),
                ("target position", "above alone"),
                ("target opener", "above apart plain"),
                ("source opener", "above apart plain"),
                ("item", "above to another unit"),
                ("heading rank", "1 plain title"),
                ("heading under heading", "1 numbered to plain"),
                ("labels", "above apart claim to claim"),
            ],
        ),
        (
            5,
            4,
            [
                ("distance", "above 1"),
                ("target position", "above alone"),
                ("target opener", "above next plain"),
                ("source opener", "above next plain"),
                ("item", "above to another unit"),
                ("to item", "above of the same style"),
                ("heading rank", "1 numbered"),
                ("heading under heading", "1 numbered to numbered same style"),
                ("labels", "above next claim to claim"),
            ],
        ),
        (
            4,
            3,
            [
                ("distance", "above 1"),
                ("target position", "above closes"),
                ("target opener", "above next result"),
                ("source opener", "above next plain"),
                ("item", "above to its introduction"),
                ("labels", "above next claim to claim"),
            ],
        ),
        (
            0,
            1,
            [
                ("distance", "below 1"),
                ("target position", "below opens"),
                ("target opener", "below next plain"),
                ("source opener", "below next plain"),
                ("labels", "below next claim to claim"),
            ],
        ),
    ],
)
def test_features_of_a_pair(source, target, expected):
    units = columns(
        ["标题"], ["甲。", "例如乙。", "因此丙。"], ["一、丁"], ["二、戊"], known=(4, 5)
    )
    assert keys(units, source, target) == expected


def test_features_of_one_sentence_and_of_serving_nothing():
    form = "甲，乙。"
    units = UnitPlaces(
        ["u1", "u2"],
        [0, 2],
        [2, 4],
        np.zeros((2, len(LABELS))),
        np.array([5, 5]),
        np.array([3, 3]),
        np.array([False, False]),
    )
    found = columns_of(form, units, OPENINGS)
    assert ("same sentence", "before next") in keys(found, 1, 0)
    assert ("same sentence", "behind next") in keys(found, 0, 1)
    nothing = [none_keys(LABELS)[code * len(LABELS)] for code in none_codes(found)]
    assert nothing == [("none", "claim opens"), ("none", "claim closes")]


def test_every_weight_is_of_a_feature_and_every_connective_has_a_use():
    assert set(read_attachment()) <= set(keys_of(LABELS))
    used = {*OPENERS, "first item", "further item", "adverbial end"}
    assert {cue.label for cue in CONNECTIVES} <= used


TEXTS = st.lists(
    st.lists(
        st.sampled_from(["甲。", "但乙。", "一是丙；", "二是丁；", "（一）戊", "——己", "1. 庚"]),
        min_size=1,
        max_size=9,
    ),
    min_size=1,
    max_size=9,
).filter(lambda paragraphs: sum(map(len, paragraphs)) > 1)


@given(TEXTS)
def test_every_unit_has_few_candidates_in_order_and_each_a_code(paragraphs):
    units = columns(*paragraphs)
    source, target = candidates(units)
    size = len(units.position)
    assert (source != target).all()
    assert ((target >= 0) & (target < size)).all()
    assert (np.diff(source * size + target) > 0).all()
    counts = np.bincount(source, minlength=size)
    assert counts.min() >= 1
    assert counts.max() <= MAX_CANDIDATES
    codes, place = features(units, source, target)
    for group, code in zip(KEY_GROUPS, codes, strict=True):
        assert ((code >= 0) & (code < len(group))).all()
    assert ((place >= 0) & (place < len(label_keys(LABELS)) // len(LABELS) ** 2)).all()


@given(TEXTS)
def test_wide_candidates_are_in_order_bounded_and_hold_nearly_all_narrow_ones(paragraphs):
    units = columns(*paragraphs)
    source, target = wide_candidates(units)
    size = len(units.position)
    assert (source != target).all()
    assert ((target >= 0) & (target < size)).all()
    assert (np.diff(source * size + target) > 0).all()
    counts = np.bincount(source, minlength=size)
    assert counts.min() >= 1
    assert counts.max() <= MAX_WIDE
    narrow = np.stack(candidates(units), axis=1).tolist()
    assert {tuple(pair) for pair in narrow} <= set(
        zip(source.tolist(), target.tolist(), strict=True)
    )


def test_shares_of_pairs_and_of_nothing_sum_to_one_even_where_sums_are_large():
    source = np.array([0, 0, 1])
    chance, nothing = shares_of_pairs(
        np.array([900.0, 900.0, -900.0]), np.array([900.0, 0]), source
    )
    assert chance.round(6).tolist() == [0.333333, 0.333333, 0.0]
    assert nothing.round(6).tolist() == [0.333333, 1.0]
