"""Where a unit may attach: its candidates, and what speaks for and against each.

Method:  array operations over the units of a text and over the pairs of a unit and a candidate.
         What is seen of a pair is packed into few codes; each code stands for features with values,
         whose weights are in attachment.tsv. Labels count by their probabilities, so that an
         uncertain label decides less.
         The candidates follow where relations go in 72 training articles (3185 relations of 3707
         units, 127 of them attacks): 54 % stay in the paragraph, to the unit just before (17 %) or
         behind (14 %), to the opening unit (15 %) and others (8 %); 42 % go to paragraphs above, to
         the title (8 %), other headings (16 %), opening units (10 %) and others (8 %); 4 % to
         paragraphs below. 14 % of units serve nothing.
Limits:  of a unit's words only what it opens with counts.
Source:  annotation guidelines, section 4; the features were chosen by cross-validation over the
         training articles.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, product

import numpy as np
from numpy.typing import NDArray

from argmine.lexicons import Cue

LABELS = ("claim", "evidence", "recommendation")
# Where a target stands, seen from its source: before or behind it in the same paragraph, or in a
# paragraph above or below.
PLACES = ("before", "behind", "above", "below")
NEAR = tuple(f"{place} {near}" for place in PLACES for near in ("apart", "next"))
POSITIONS = ("alone", "opens", "inside", "closes")
# By whether a unit opens (1) and closes (2) its paragraph.
_POSITION_OF = np.array([2, 1, 3, 0])
# What a unit opens with: connectives of a label, or none.
OPENERS = (
    "plain",
    "addition",
    "concession",
    "contrast",
    "example",
    "objection",
    "reason",
    "reference",
    "result",
    "setting",
)
# In units, or in paragraphs where the target stands in another one.
DISTANCES = ("1", "2", "3", "4 to 6", "7 or more")
_DISTANCE_OF = np.array([0, 0, 1, 2, 3, 3, 3, 4])
SIZES, RANKS = ("1 or 2", "3", "4", "5", "6", "7", "8 or more"), ("1", "2", "3", "4 or more")
# The only unit of a line that ends without one of these marks reads as a heading.
STOPS = frozenset("。！？；：，”")
# Items of one list that bear no numbers are hardly ever further apart, counted in units.
MAX_BETWEEN_ITEMS = 8
_DIGITS = "一二三四五六七八九十"
# Styles of list items; the group is the item's number, or its mark.
_ITEMS = (
    rf"(?P<is>[{_DIGITS}]{{1,2}})[是要]|其(?P<of>[{_DIGITS}])|第(?P<th>[{_DIGITS}]{{1,2}})"
    rf"|（(?P<bracket>[{_DIGITS}]{{1,3}}|\d{{1,2}})）|(?P<han>[{_DIGITS}]{{1,3}})[、．.]"
    r"|(?P<arabic>\d{1,2})[、．.](?!\d)|(?P<circle>[①-⑳])|(?P<dash>——|[•●■·◆])"
)
_ITEM_STARTS = frozenset(_DIGITS + "其第（0123456789①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳—•●■·◆")
_FIRST_NUMBERS = ("一", "1", "01", "①")
# The style of items that a word begins; the label of the connectives says which comes first.
_WORDS, _FIRST_WORD, _FURTHER_WORD = "word", "first item", "further item"

Key = tuple[str, str]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Scores = NDArray[np.float64]


def _shape_keys() -> Iterator[list[Key]]:
    """The features of distance and paragraph, by code."""
    for near, distance, opening, same_sentence, size in product(
        NEAR, DISTANCES, ("other", "opening"), (False, True), SIZES
    ):
        place, nearness = near.split()
        keys = [("distance", f"{place} {distance}")]
        if same_sentence:
            keys.append(("same sentence", near))
        if place == "before":
            keys.append(("paragraph size", f"{size} {opening} {nearness}"))
        yield keys


def _opener_keys() -> Iterator[list[Key]]:
    """The features of the target's position and of what both units open with, by code."""
    for near, position, opener, source_opener in product(NEAR, POSITIONS, OPENERS, OPENERS):
        yield [
            ("target position", f"{near.split()[0]} {position}"),
            ("target opener", f"{near} {opener}"),
            ("source opener", f"{near} {source_opener}"),
        ]


def _item_keys() -> Iterator[list[Key]]:
    """The features of list items, by code."""
    served = ("", "to another unit", "to its introduction")
    serving = ("", "of another style", "of the same style")
    for place, source, target in product(PLACES, served, serving):
        keys = [("item", f"{place} {source}")] if source else []
        yield [*keys, *([("to item", f"{place} {target}")] if target else [])]


def _heading_keys() -> Iterator[list[Key]]:
    """The features of headings above, by code; the first code is for other targets."""
    yield []
    kinds = ("", "plain", "numbered")
    for rank, source, target, title, style in product(
        RANKS, kinds, kinds[1:], ("", " title"), ("", " same style")
    ):
        keys = [("heading rank", f"{rank} {target}{title}")]
        if source:
            keys.append(("heading under heading", f"{rank} {source} to {target}{style}"))
        yield keys


# The features of a pair by group and code.
KEY_GROUPS = [list(keys()) for keys in (_shape_keys, _opener_keys, _item_keys, _heading_keys)]
GROUP_KEYS: list[Key] = list(dict.fromkeys(chain(*chain(*KEY_GROUPS))))


def label_keys(labels: Sequence[str]) -> list[Key]:
    """The features that go with the labels of both units: by place code, source, target."""
    return [
        ("labels", f"{near}{opening} {source} to {target}")
        for near, opening, source, target in product(NEAR, ("", " opening"), labels, labels)
    ]


def none_keys(labels: Sequence[str]) -> list[Key]:
    """Serving nothing: by position and whether the unit reads as a heading, and by label."""
    return [
        ("none", f"{label} {position}{heading}")
        for position, heading, label in product(POSITIONS, ("", " heading"), labels)
    ]


def keys_of(labels: Sequence[str]) -> list[Key]:
    """All features where units have these labels, in the order of a vector of weights."""
    return [*GROUP_KEYS, *label_keys(labels), *none_keys(labels)]


@dataclass(frozen=True, slots=True)
class UnitPlaces:
    """The units of a text as columns, in text order; start and end are code points.

    Attributes:
        labels: the probabilities of the labels, a row a unit.
        heading: whether it stands in a heading that the sections know.
    """

    ids: Sequence[str]
    start: Sequence[int]
    end: Sequence[int]
    labels: Scores
    sentence: Numbers
    paragraph: Numbers
    heading: Flags

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Columns:
    """What is known of each unit by its place and by what it opens with.

    Attributes:
        paragraph: number of its paragraph among those that hold units.
        first, last: first and last unit of its paragraph.
        position: its place in the paragraph, an index of ``POSITIONS``.
        opener: what it opens with, an index of ``OPENERS``.
        style: style of the list item that it opens with, 0 for none.
        introduction: the unit that introduces its list, or -1.
        heading: 0, or 1 where it reads as a heading, 2 where the sections know it as one.
        headings: the units that are or read as headings.
    """

    sentence: Numbers
    paragraph: Numbers
    first: Numbers
    last: Numbers
    position: Numbers
    opener: Numbers
    style: Numbers
    introduction: Numbers
    heading: Numbers
    headings: Numbers


class Openings:
    """What units open with: connectives, and the words and marks of lists.

    Args:
        connectives: cue lexicon with the labels of ``OPENERS``, "first item", "further item".
    """

    def __init__(self, connectives: Iterable[Cue]) -> None:
        self._labels: dict[str, set[str]] = {}
        for cue in connectives:
            if cue.label in (*OPENERS, _FIRST_WORD, _FURTHER_WORD):
                self._labels.setdefault(cue.cue, set()).add(cue.label)
        words = sorted(self._labels, key=len, reverse=True)
        # without words it must match none
        any_word = "|".join(map(re.escape, words)) or "(?!)"
        self._pattern = re.compile(f"(?P<{_WORDS}>{any_word})|{_ITEMS}")
        self._styles = {name: n for n, name in enumerate(self._pattern.groupindex, 1)}
        self._openers = {
            word: next((n for n, name in enumerate(OPENERS) if name in labels), 0)
            for word, labels in self._labels.items()
        }
        # half of all units open with none of them, as their first character tells
        self._starts = _ITEM_STARTS | {word[0] for word in words}

    def read(
        self, form: str, starts: Sequence[int], ends: Sequence[int]
    ) -> tuple[Numbers, Numbers, Numbers]:
        """What units open with.

        Returns:
            By unit: index of ``OPENERS``, by the longest connective; the style of the list item, 0
            for none; the unit that introduces its list, or -1.
        """
        openers, styles, introductions = [0] * len(starts), [0] * len(starts), [-1] * len(starts)
        introduced: dict[str, int] = {}
        latest: dict[str, int] = {}
        for n in [n for n, start in enumerate(starts) if form[start] in self._starts]:
            match = self._pattern.match(form, starts[n], ends[n])
            if match is None or match.lastgroup is None:
                continue
            style, mark = match.lastgroup, match[match.lastgroup]
            first = mark in _FIRST_NUMBERS
            if style == _WORDS:
                openers[n] = self._openers[mark]
                first = _FIRST_WORD in self._labels[mark]
                if not first and _FURTHER_WORD not in self._labels[mark]:
                    continue
            elif style == "dash":
                first = n - latest.get(style, n) > MAX_BETWEEN_ITEMS
            if first or style not in introduced:
                introduced[style] = n - 1
            latest[style] = n
            styles[n], introductions[n] = self._styles[style], introduced[style]
        opener, style_of, introduction = np.array([openers, styles, introductions])
        return opener, style_of, introduction


def columns_of(form: str, units: UnitPlaces, openings: Openings) -> Columns:
    """What is known of each of the units, which are not none."""
    index = np.arange(len(units))
    new = np.ones(len(units), np.bool_)
    np.not_equal(units.paragraph[1:], units.paragraph[:-1], out=new[1:])
    paragraph = new.cumsum() - 1
    firsts = np.flatnonzero(new)
    first = firsts[paragraph]
    last = np.concatenate((firsts[1:], [len(units)]))[paragraph] - 1
    position = _POSITION_OF[(index == first) + 2 * (index == last)]
    heading = 2 * units.heading
    for n in np.flatnonzero(position == 0).tolist():
        if not heading[n] and form[units.end[n] - 1] not in STOPS:
            heading[n] = 1
    opener, style, introduction = openings.read(form, units.start, units.end)
    return Columns(
        units.sentence,
        paragraph,
        first,
        last,
        position,
        opener,
        style,
        introduction,
        heading,
        np.flatnonzero(heading),
    )


def candidates(columns: Columns) -> tuple[Numbers, Numbers]:
    """Sources and targets of the pairs to weigh, in order; each of two units or more has a pair.

    In its paragraph the two units on either side, the opening and the closing one; elsewhere the
    opening and closing units of the paragraph above and of the document's second paragraph (its
    first below the title), the opening unit below, two headings above, the title, and the unit that
    introduces its list.
    """
    first, last = columns.first, columns.last
    size = len(first)
    index = np.arange(size)
    # Where there is no such unit, an end of the paragraph or the title stands in: they are
    # candidates anyway.
    above = np.maximum(first - 1, 0)
    lead = min(last[0] + 1, size - 1)
    headings = np.concatenate(([0, 0], columns.headings))
    heading = columns.headings.searchsorted(first)
    table = np.array(
        [
            np.maximum(index - 2, first),
            np.maximum(index - 1, first),
            np.minimum(index + 1, last),
            np.minimum(index + 2, last),
            first,
            last,
            above,
            first[above],
            np.minimum(first, lead),
            np.minimum(last, last[lead]),
            np.minimum(last + 1, size - 1),
            headings[heading + 1],
            headings[heading],
            np.zeros_like(index),
            np.maximum(columns.introduction, 0),
        ]
    )
    return _pairs(table)


def wide_candidates(columns: Columns) -> tuple[Numbers, Numbers]:
    """As :func:`candidates`, but more of them; of 191 training articles .96 of the relations.

    In its paragraph ten units before and eight behind, and both ends; elsewhere the ends of the
    four paragraphs above, of the document's first four and of its last, the openings of the two
    below, four headings above, the title, and the unit that introduces its list.
    """
    first, last = columns.first, columns.last
    size = len(first)
    index = np.arange(size)
    openings = np.flatnonzero(index == first)
    home = columns.paragraph
    others = [home - n for n in range(1, 5)]
    others += [np.full(size, n) for n in (*range(4), len(openings) - 1)]
    ends = [openings[np.clip(other, 0, len(openings) - 1)] for other in others]
    below = [openings[np.minimum(home + n, len(openings) - 1)] for n in (1, 2)]
    headings = np.concatenate(([0] * 4, columns.headings))
    heading = columns.headings.searchsorted(first)
    table = [
        *(np.maximum(index - n, first) for n in range(1, 11)),
        *(np.minimum(index + n, last) for n in range(1, 9)),
        first,
        last,
        *ends,
        *(last[end] for end in ends),
        *below,
        np.maximum(first - 2, 0),
        *(headings[heading + n] for n in range(4)),
        np.zeros_like(index),
        np.maximum(columns.introduction, 0),
    ]
    return _pairs(np.array(table))


def _pairs(table: Numbers) -> tuple[Numbers, Numbers]:
    """Sources and targets, each pair once and in order; a column of the table is a source's."""
    size = table.shape[1]
    index = np.arange(size)
    pairs = (index * size + table)[table != index]
    pairs.sort()
    once = np.ones(len(pairs), np.bool_)
    np.not_equal(pairs[1:], pairs[:-1], out=once[1:])
    pairs = pairs[once]
    source = pairs // size
    return source, pairs - source * size


def features(
    columns: Columns, source: Numbers, target: Numbers
) -> tuple[tuple[Numbers, Numbers, Numbers, Numbers], Numbers]:
    """What is seen of each pair.

    Returns:
        The codes of the pairs in each of ``KEY_GROUPS``; and their place code, by which
        ``label_keys`` are ordered first.
    """
    step = target - source
    up = columns.paragraph.take(source) - columns.paragraph.take(target)
    outside = up != 0
    place = 2 * outside + (step > 0)
    near = 2 * place + (np.abs(step) == 1)
    distance = _DISTANCE_OF.take(np.abs(np.where(outside, up, step)), mode="clip")
    opening = (columns.position <= 1).take(target)
    same_sentence = columns.sentence.take(source) == columns.sentence.take(target)
    size = np.minimum(np.maximum(columns.last - columns.first - 1, 0), len(SIZES) - 1)
    shape = ((near * len(DISTANCES) + distance) * 2 + opening) * 2 + same_sentence
    shape = shape * len(SIZES) + size.take(source)

    at_target = (columns.position * len(OPENERS) + columns.opener) * len(OPENERS)
    openers = near * (len(POSITIONS) * len(OPENERS) ** 2) + at_target.take(target)
    openers += columns.opener.take(source)

    is_item = columns.style > 0
    # no target has the style of a source that is no item
    own_style = np.where(is_item, columns.style, -1)
    same_style = own_style.take(source) == columns.style.take(target)
    introduces = columns.introduction.take(source) == target
    item = (place * 3 + is_item.take(source) + introduces) * 3 + is_item.take(target) + same_style

    kind = columns.heading.take(target)
    rank = columns.headings.searchsorted(columns.first).take(source)
    rank = np.minimum(rank - columns.headings.searchsorted(target) - 1, len(RANKS) - 1)
    heading = (rank * 3 + columns.heading.take(source)) * 2 + kind - 1
    heading = (heading * 2 + (target == 0)) * 2 + same_style + 1
    heading *= (place == 2) & (kind > 0)
    return (shape, openers, item, heading), 2 * near + (opening & ~outside)


def none_codes(columns: Columns) -> Numbers:
    """The code of each unit in ``none_keys``, which are by code and label."""
    return 2 * columns.position + (columns.heading > 0)


class AttachmentWeights:
    """The log-odds of pairs and of serving nothing, from one weight a feature.

    Args:
        labels: the labels of units, as the columns of :class:`UnitPlaces` have them.
        weights: in the order of :func:`keys_of`.
    """

    def __init__(self, labels: Sequence[str], weights: Scores) -> None:
        size = len(labels)
        number = {key: n for n, key in enumerate(GROUP_KEYS)}
        self._by_code = [
            np.array([sum(weights[number[key]] for key in keys) for keys in group])
            for group in KEY_GROUPS
        ]
        none = len(weights) - 2 * len(POSITIONS) * size
        # a row a source label; columns by place code and target label
        by_source = weights[len(GROUP_KEYS) : none].reshape(-1, size, size).transpose(1, 0, 2)
        self._by_source = by_source.reshape(size, -1)
        self._none = weights[none:].reshape(-1, size)

    def sums(
        self, labels: Scores, columns: Columns, source: Numbers, target: Numbers
    ) -> tuple[Scores, Scores]:
        """The log-odds of each pair, and of each unit's serving nothing."""
        codes, places = features(columns, source, target)
        by_target = (labels @ self._by_source).reshape(-1, labels.shape[1])
        rows = source * (len(by_target) // len(labels)) + places
        by_target = by_target.take(rows, axis=0)
        sums: Scores = np.einsum("ij,ij->i", by_target, labels.take(target, axis=0))
        for weights, code in zip(self._by_code, codes, strict=True):
            sums += weights.take(code)
        none: Scores = np.einsum("ij,ij->i", labels, self._none.take(none_codes(columns), axis=0))
        return sums, none


def shares_of_pairs(sums: Scores, none: Scores, source: Numbers) -> tuple[Scores, Scores]:
    """The probabilities of pairs and of serving nothing, which sum to 1 for each unit.

    Args:
        sums: log-odds of pairs, in the order of their sources; every unit is one.
        none: log-odds of serving nothing, a unit each.
        source: of each pair.
    """
    first = source.searchsorted(np.arange(len(none)))
    top = np.maximum(np.maximum.reduceat(sums, first), none)
    powers, nothing = np.exp(sums - top.take(source)), np.exp(none - top)
    total = np.add.reduceat(powers, first) + nothing
    return powers / total.take(source), nothing / total
