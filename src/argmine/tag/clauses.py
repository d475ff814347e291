"""The clauses of a text as columns, with what their place and shape say: features of the units.

Reads:   doc.spans["sentences"], ["clauses"], and where present ["sections"], ["boilerplate"]
Method:  one pass of array operations over the text; every feature is true or false of a clause.
Source:  own choice of features; their weights stand in structure.tsv.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from spacy.tokens import Doc

from argmine.lexicons import Places
from argmine.text.borders import furniture_of

# Code points; terciles and habits of the training articles.
SHORT_CLAUSE, LONG_CLAUSE, LONG_QUOTATION = 8, 30, 20

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Clauses:
    """The clauses of a text as columns, in text order; start and end are code points."""

    start: Numbers
    end: Numbers
    sentence: Numbers
    paragraph: Numbers
    heading: Flags
    furniture: Flags

    def __len__(self) -> int:
        return len(self.start)


_read: WeakKeyDictionary[Doc, Clauses] = WeakKeyDictionary()


def clauses_of(doc: Doc) -> Clauses:
    """The clauses of a doc with their places, read once for all components."""
    found = _read.get(doc)
    if found is None:
        found = _read[doc] = _clauses_of(doc)
    return found


def _clauses_of(doc: Doc) -> Clauses:
    columns = doc.spans["clauses"].attrs
    start, end = np.array(columns["start"], np.int64), np.array(columns["end"], np.int64)
    sentence = np.array(columns["sentence"], np.int64)
    paragraph = np.array(doc.spans["sentences"].attrs["paragraph"], np.int64)
    furniture = furniture_of(doc)
    return Clauses(
        start,
        end,
        sentence,
        paragraph[sentence],
        _covered(_headings(doc), start, end),
        _covered(furniture, start, end),
    )


def sentences_of(clauses: Clauses) -> Clauses:
    """The sentences of clauses, as a table of the same kind: a row a sentence."""
    first = np.flatnonzero(opens(clauses.sentence))
    last = np.concatenate((first[1:], [len(clauses)])) - 1
    return Clauses(
        clauses.start[first],
        clauses.end[last],
        np.arange(len(first)),
        clauses.paragraph[first],
        clauses.heading[first],
        clauses.furniture[first],
    )


def segments_of(clauses: Clauses, start: Numbers, end: Numbers) -> Clauses:
    """Segments with given borders, in text order, as a table of the same kind: a row a segment.

    Paragraphs are counted over those that hold segments. Given segments are no page furniture.
    """
    home = clauses_at(clauses, start)
    paragraph = np.cumsum(opens(clauses.paragraph[home])) - 1
    furniture = np.zeros(len(start), np.bool_)
    return Clauses(start, end, np.arange(len(start)), paragraph, clauses.heading[home], furniture)


def clauses_at(clauses: Clauses, places: Numbers) -> Numbers:
    """The clause that holds each place, or the one before it; for the first places the first."""
    numbers: Numbers = np.searchsorted(clauses.start, places, side="right") - 1
    return np.maximum(numbers, 0)


def whole_text(form: str) -> Clauses:
    """The whole text as a table of one row."""
    start, flag = np.zeros(1, np.int64), np.zeros(1, np.bool_)
    return Clauses(start, start + len(form), start, start, flag, flag)


def _headings(doc: Doc) -> list[tuple[int, int]]:
    """Start and end of each section's heading."""
    if "sections" not in doc.spans:
        return []
    sections = doc.spans["sections"]
    return [(span.start_char, sections.attrs[span.id_]["heading_end"]) for span in sections]


def _covered(ranges: Sequence[tuple[int, int]], start: Numbers, end: Numbers) -> Flags:
    """Whether one of the sorted ranges, which do not overlap, touches each start..end."""
    if not ranges:
        return np.zeros(len(start), np.bool_)
    table = np.array(ranges, np.int64)
    before = np.searchsorted(table[:, 0], end) - 1
    touched: Flags = (before >= 0) & (table[before, 1] > start)
    return touched


def cues_in(clauses: Clauses, places: Places) -> tuple[Places, Numbers]:
    """The places that lie in one clause, and which clause that is."""
    home = np.searchsorted(clauses.start, places.starts, side="right") - 1
    inside = (home >= 0) & (places.ends <= clauses.end[home])
    return Places(*(column[inside] for column in places)), home[inside]


# Kinds of characters, a bit each, in the order of the strings below.
_DIGIT, _CALENDAR, _TITLE, _QUOTE, _STOP, _QUESTION, _LETTER, _HAN = (1 << n for n in range(8))


def _character_kinds() -> NDArray[np.uint8]:
    """By code point, one bit a kind of character; the last entry stands for all beyond."""
    kinds = np.zeros(0x10000, np.uint8)
    for bit, characters in enumerate(("0123456789", "年月日", "《", "“", "。！？!?；，：”", "？?")):
        kinds[[ord(character) for character in characters]] |= 1 << bit
    for first, last in ("az", "AZ"):
        kinds[ord(first) : ord(last) + 1] |= _LETTER
    kinds[0x3400:0xA000] |= _HAN
    return kinds


_KINDS = _character_kinds()


_shapes: WeakKeyDictionary[Clauses, dict[str, Flags]] = WeakKeyDictionary()


def shape_features(form: str, clauses: Clauses) -> dict[str, Flags]:
    """Tell what the clauses' place and shape say; the names are the keys of structure.tsv.

    Found once for all scorers; ``clauses`` are those of ``form``.
    """
    found = _shapes.get(clauses)
    if found is None:
        found = _shapes[clauses] = _shape_features(form, clauses)
    return found


def _shape_features(form: str, clauses: Clauses) -> dict[str, Flags]:
    codes = np.frombuffer(form.encode("utf-32-le", "surrogatepass"), np.uint32)
    kinds = _KINDS[np.minimum(codes, len(_KINDS) - 1)]
    last = kinds[clauses.end - 1]
    length = clauses.end - clauses.start

    def count(marked: NDArray[Any]) -> Numbers:
        total = np.zeros(len(marked) + 1, np.int64)
        np.cumsum(marked != 0, out=total[1:])
        counts: Numbers = total[clauses.end] - total[clauses.start]
        return counts

    dates = np.zeros(len(kinds), np.uint8)
    dates[1:] = (kinds[:-1] & _DIGIT) & -((kinds[1:] & _CALENDAR) != 0).astype(np.uint8)
    has_date = count(dates) > 0
    paragraph_size = np.bincount(clauses.paragraph)[clauses.paragraph]
    quarter = clauses.paragraph * 4 // (clauses.paragraph[-1] + 1)
    quarter_of_size = np.minimum(3, paragraph_size // 4)
    alone = paragraph_size == 1
    short, long = length < SHORT_CLAUSE, length > LONG_CLAUSE
    features = {f"part {n}": quarter == n for n in range(4)}
    features |= {f"clauses {n}": ~alone & (quarter_of_size == n) for n in range(4)}
    return features | {
        "any": np.ones(len(clauses), np.bool_),
        "opens paragraph": opens(clauses.paragraph),
        "opens sentence": opens(clauses.sentence),
        "heading": clauses.heading,
        "alone on its line": alone,
        "without a stop": (last & _STOP) == 0,
        "question": (last & _QUESTION) != 0,
        "date": has_date,
        "number": ~has_date & (count(kinds & _DIGIT) > 0),
        "document": count(kinds & _TITLE) > 0,
        "quotation": (length > LONG_QUOTATION) & (count(kinds & _QUOTE) > 0),
        "latin": count(kinds & _LETTER) > count(kinds & _HAN),
        "short": short,
        "long": long,
        "middling": ~short & ~long,
    }


# Upper borders of the lengths told apart, in code points: about eighths of 2,958 essay sentences.
_LENGTHS = (10, 15, 20, 30, 45, 70)
# Paragraphs and rows told apart from the front and from the back; the others are the middle.
_NEAR = 3

_places: WeakKeyDictionary[Clauses, dict[str, Flags]] = WeakKeyDictionary()


def place_features(clauses: Clauses) -> dict[str, Flags]:
    """Tell exactly where each row stands: for texts with a plan, as essays have one.

    The names begin with ``place``. Found once, and only for scorers that name such a feature.
    """
    found = _places.get(clauses)
    if found is None:
        found = _places[clauses] = _place_features(clauses)
    return found


def _place_features(clauses: Clauses) -> dict[str, Flags]:
    size = len(clauses)
    numbers = np.arange(size)
    first = opens(clauses.paragraph)
    paragraph = np.cumsum(first) - 1
    sizes = np.bincount(paragraph)
    front = numbers - np.flatnonzero(first)[paragraph]
    back = sizes[paragraph] - 1 - front
    behind = paragraph[-1] - paragraph
    alone = sizes[paragraph] == 1
    paragraphs, rows = _near(paragraph, behind), _near(front, back)
    edge = (paragraph < _NEAR - 1) | (behind < _NEAR - 1)
    parts = {name: flag for name, flag in paragraphs.items() if name[-1] in "12"}
    parts["middle"] = ~edge
    features = {f"paragraph {name}": flag for name, flag in paragraphs.items()}
    features |= {f"row {name}": flag for name, flag in rows.items()}
    features |= {
        f"paragraph {part} row {row}": inside & flag
        for part, inside in parts.items()
        for row, flag in rows.items()
        if row != "middle"
    }
    features |= {f"paragraph {part} alone": inside & alone for part, inside in parts.items()}
    features |= {f"tenth {n}": numbers * 10 // size == n for n in range(10)}
    steps = np.minimum(4, np.log2(sizes[paragraph]).astype(np.int64))
    features |= {f"paragraph size {n}": steps == n for n in range(5)}
    length = np.searchsorted(_LENGTHS, clauses.end - clauses.start, side="right")
    features |= {f"length {n}": length == n for n in range(len(_LENGTHS) + 1)}
    return {f"place {name}": flag for name, flag in features.items()}


def _near(front: Numbers, back: Numbers) -> dict[str, Flags]:
    """Near the front and near the back, counted from 1 and from -1, and neither."""
    found = {f"{n + 1}": front == n for n in range(_NEAR)}
    found |= {f"-{n + 1}": back == n for n in range(_NEAR)}
    return found | {"middle": (front >= _NEAR) & (back >= _NEAR)}


def opens(groups: Numbers) -> Flags:
    """Whether each row is the first of its group; a group's rows stand together."""
    first = np.ones(len(groups), np.bool_)
    first[1:] = groups[1:] != groups[:-1]
    return first


def feature_names() -> set[str]:
    """The names of all features of place and shape."""
    one = whole_text("。")
    return set(shape_features("。", one)) | set(place_features(one))
