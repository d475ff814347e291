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


def opens(groups: Numbers) -> Flags:
    """Whether each row is the first of its group; a group's rows stand together."""
    return np.concatenate(([True], groups[1:] != groups[:-1]))


def shape_names() -> set[str]:
    """The names of all features of place and shape."""
    one = np.zeros(1, np.int64)
    flag = np.zeros(1, np.bool_)
    return set(shape_features("。", Clauses(one, one + 1, one, one, flag, flag)))
