"""Quotations become exact offsets or are dropped; nothing is guessed."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argmine.endpoint.anchors import AMBIGUOUS, NOT_FOUND, OVERLAPS, anchor
from argmine.text.matching import matching_form

TEXT = "对话应当恢复。去年举行了3次会谈，热线至今畅通。对话应当恢复。"


def quoted(text, quotations, script="hans"):
    """The words at the places found, or the reason."""
    found = anchor(text, quotations, script)
    return [place if isinstance(place, str) else text[slice(*place)] for place in found]


@pytest.mark.parametrize(
    ("text", "quotation", "words"),
    [
        ("甲。各国应合作，", "各国应合作，", "各国应合作，"),
        ("各国应\n  合作。", "各国应合作。", "各国应\n  合作。"),
        ("各国应合作。", " 各国 应\u200b合作。\n", "各国应合作。"),
        ("据统计,占３０％。", "据统计，占30%。", "据统计,占３０％。"),
        ("他说“应当对话”。", '他说"应当对话"。', "他说“应当对话”。"),
        ("他说「应当对话」。", "他说‘应当对话’。", "他说「应当对话」。"),
        ("一带一路——新机遇", "一带一路--新机遇", "一带一路——新机遇"),
        ("cafe\u0301会谈成功。", "caf\u00e9会谈", "cafe\u0301会谈"),
        ("caf\u00e9会谈成功。", "cafe\u0301会谈", "caf\u00e9会谈"),
        ("会谈\u2026\u2026成功。", "会谈......成功", "会谈\u2026\u2026成功"),
        ("热线畅通。会谈恢复", "热线畅通.", "热线畅通。"),
        ("热线畅通；会谈恢复。", "热线畅通。", "热线畅通"),
        ("热线畅通；会谈恢复。", "“热线畅通”", "热线畅通"),
        ("𠮷野家🎉应当合作。", "应当合作。", "应当合作。"),
    ],
)
def test_a_quotation_is_found_in_its_own_words(text, quotation, words):
    assert quoted(text, [quotation]) == [words]


def test_simplified_quotations_are_found_in_a_traditional_text():
    text = "各國應當恢復對話。"
    assert quoted(text, ["各国应当恢复对话。"], "hant") == [text]
    assert quoted(text, ["各国应当恢复对话。"], "hans") == [NOT_FOUND]


@pytest.mark.parametrize(
    "quotation",
    [
        "",
        " \n",
        "。",
        "……",
        "\u200b",
        "会谈举行了3次",
        "各国已签署盟约。",
        "去年举行了4次会谈",
        "会谈 ... 畅通",
    ],
)
def test_what_the_text_does_not_say_is_not_found(quotation):
    assert quoted(TEXT, [quotation]) == [NOT_FOUND]


def test_half_of_a_character_is_no_place():
    assert quoted("会谈\u2026成功", ["会谈.."]) == ["会谈"]
    assert quoted("面积3\u33a1", ["面积3m"]) == [NOT_FOUND]


@pytest.mark.parametrize(
    ("quotations", "places"),
    [
        # twice in the text: the first free one behind the quotation before
        (["对话应当恢复。", "对话应当恢复。"], [(0, 7), (24, 31)]),
        (["热线至今畅通。", "对话应当恢复。"], [(17, 24), (24, 31)]),
        (["对话应当恢复。", "热线至今畅通。"], [(0, 7), (17, 24)]),
        # a third time there is none
        (["对话应当恢复。"] * 3, [(0, 7), (24, 31), AMBIGUOUS]),
        # out of order it is placed if it stands there once, else it could be either
        (["热线至今畅通。", "去年举行了3次会谈，"], [(17, 24), (7, 17)]),
        (
            ["热线至今畅通。", "对话应当恢复。", "去年举行了3次会谈，"],
            [(17, 24), AMBIGUOUS, (7, 17)],
        ),
        # the first of two that overlap stays
        (["去年举行了3次会谈，热线至今畅通。", "热线至今畅通。"], [(7, 24), OVERLAPS]),
        (["热线至今畅通。", "去年举行了3次会谈，热线至今畅通。"], [(17, 24), OVERLAPS]),
        (["热线至今畅通。"] * 2, [(17, 24), OVERLAPS]),
    ],
)
def test_places_follow_the_order_and_never_overlap(quotations, places):
    assert anchor(TEXT, quotations) == places


PIECES = st.text(alphabet='对话应当。，,“"… \n３3aé\u0301𠮷', max_size=12)


@given(st.text(max_size=80) | st.text(alphabet="对话应，,。 \n\u2026.3３", max_size=60), st.data())
def test_places_are_exact_apart_and_as_many_as_given(text, data):
    slices = st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))
    parts = slices.map(lambda ends: text[min(ends) : max(ends)])
    changed = parts.map(lambda part: unicodedata.normalize("NFKC", part).replace(" ", ""))
    quotations = data.draw(st.lists(parts | changed | PIECES | st.text(max_size=8), max_size=12))
    found = anchor(text, quotations, data.draw(st.sampled_from(["hans", "hant"])))
    places = [place for place in found if not isinstance(place, str)]
    assert len(found) == len(quotations)
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert all(before[1] <= after[0] for before, after in pairwise(sorted(places)))
    for quotation, place in zip(quotations, found, strict=True):
        if isinstance(place, str):
            continue
        words = text[slice(*place)]
        # same letters in the same order: nothing added, nothing left out
        assert letters(words) == letters(quotation)


def letters(words: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", matching_form(words, "hant"))
    return [character for character in folded if character.isalnum()]


@given(st.text(alphabet="甲乙丙", min_size=1, max_size=40), st.data())
def test_a_text_quoted_whole_in_order_is_found_piece_by_piece(text, data):
    cuts = sorted(data.draw(st.sets(st.integers(1, len(text)))) | {0, len(text)})
    places = list(pairwise(cuts))
    assert anchor(text, [text[slice(*place)] for place in places]) == places
