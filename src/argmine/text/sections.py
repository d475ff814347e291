"""Find the tree of sections from numbered and declared headings.

Reads:   doc.user_data["argmine.matching"], doc.spans["sentences"], and where present ["headings"]
         (declared by the format) and ["boilerplate"]
Writes:  doc.spans["sections"]: id_ s1, s2, ...; a span goes from its heading to the section's end;
         doc.spans["sentences"].attrs: the innermost section of each sentence
Method:  a line that opens with a number in one of the usual styles is a heading where it is short
         and text follows: on the same line (run-in), or below it before the next number of its own
         or an outer style. Items of lists and of tables of contents have no such text. A number
         may stand alone on the line above its title. Weaker signs (01, 一 标题, 1 标题, 1.1, 1）,
         Part 1, a title that ends like a sentence) count only in a series 1, 2, ...
         A stack of ranks gives the tree; declared levels are outer to all styles.
Limits:  headings without a number count only where the format declares them or # marks them.
         Numbers are those of the matching form: （一） also where the text has (一).
Source:  GB/T 9704-2012, 7.3.3 (一、 （一） 1. （1）), and the headings of scraped articles.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple
from unicodedata import numeric

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup

from argmine.text.borders import furniture_of
from argmine.text.matching import matching_of
from argmine.text.sentences import CLOSING, QUOTE_ENDS, STOPS

_HAN_DIGIT = "一二三四五六七八九十百零〇"
_N = f"[{_HAN_DIGIT}]{{1,5}}"
_ENGLISH = ("ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE", "TEN")
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
_LATIN_VALUES = {word: n for words in (_ENGLISH, _ROMAN) for n, word in enumerate(words, 1)}
_LATIN = "|".join(sorted(_LATIN_VALUES, key=len, reverse=True))
_GAP = r"[\s：:.|]*"
_CHAPTER, _DIVISION, _ARTICLE, _HAN, _PADDED, _HAN_IN_BRACKETS, _DIGITS = range(7)
_DIGIT = "0123456789"
# What a number begins with, rank (smaller is outer), whether it is a sign by itself, and its form
# with the number as first group.
_STYLES = tuple(
    (openers, rank, sure, re.compile(form))
    for openers, rank, sure, form in (
        ("第", _CHAPTER, True, rf"(第{_N}(?:部分|编|篇|章|部(?=[\s、：])))[\s、：]*"),
        ("第", _DIVISION, True, rf"(第{_N}节)[\s、：]*"),
        ("第", _ARTICLE, True, rf"(第(?:{_N}|\d{{1,3}})条)(?:\s+|\Z)"),
        ("PpCc", _CHAPTER, False, rf"((?i:part|chapter)[ .]{{0,2}}(?:\d{{1,2}}|{_LATIN})\b){_GAP}"),
        (_HAN_DIGIT, _HAN, True, rf"({_N})(?:[、．]|\.(?!\d))\s*"),
        (_HAN_DIGIT, _HAN, False, rf"({_N})(?:\s+|\Z)"),
        (_DIGIT, _PADDED, False, r"(\d{1,2}(?=\s*[|丨])|\d\d\Z)[\s|丨]*"),
        ("（", _HAN_IN_BRACKETS, True, rf"(（{_N}）)[\s、]*"),
        (_DIGIT, _DIGITS, True, r"(\d{1,2})(?:[.．](?!\d)|、)\s*"),
        (_DIGIT, _DIGITS, False, r"(\d{1,2})\s+"),
        (_DIGIT, 7, False, r"(\d{1,2}\.\d{1,2})\.?\s+"),
        (_DIGIT, 8, False, r"(\d{1,2}\.\d{1,2}\.\d{1,2})\.?\s+"),
        ("（", 9, True, r"(（\d{1,2}）)[\s、]*"),
        (_DIGIT, 9, False, r"(\d{1,2}）)[\s、]*"),
        ("①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳", 10, True, r"([①-⑳])\s*"),
    )
)
_STYLES_BY_OPENER = {
    opener: [style[1:] for style in _STYLES if opener in style[0]]
    for opener in "".join(style[0] for style in _STYLES)
}
# What a heading begins with: most lines need no closer look.
_OPENERS = frozenset("#*").union(_STYLES_BY_OPENER)
# Below a number of these styles that stands alone, the next line is its title.
_ABOVE_TITLE = frozenset((_CHAPTER, _DIVISION, _HAN, _PADDED, _HAN_IN_BRACKETS))
# Declared levels are 1 to 6; a style that no declared heading uses is inner to all of them.
_BELOW_DECLARED = 10
# Number signs of Markdown, and asterisks around a bold heading.
_PREFIX = re.compile(r"(?:(#{1,6})[ \t]+)?\*{0,3}")
_HAN_LETTER = re.compile("[㐀-䶿一-鿿]")
_SENTENCE_ENDS, _ITEM_ENDS = (*STOPS, "：", "…"), ("；", "，")
_AFTER_MARKS = CLOSING + QUOTE_ENDS + "*"
_AFTER_TITLE = "*。： \t\u3000"
# A heading of the real training articles is at most 41 code points long; 60 leaves room, while a
# numbered paragraph that is one long sentence is a list item.
MAX_HEADING = 60


@dataclass(frozen=True, slots=True)
class HeadingSpan:
    """A heading: code points, rank (smaller is outer), number, place of the title.

    The title is empty where text follows the number of an article of a law (第一条) directly.
    """

    start: int
    end: int
    rank: int
    number: str | None
    title_start: int
    title_end: int
    run_in: bool


class _Number(NamedTuple):
    style: int
    sure: bool
    printed: str
    printed_end: int
    title_start: int

    @property
    def parted(self) -> bool:
        """Whether something stands between number and title."""
        return self.printed_end < self.title_start


class _Mark(NamedTuple):
    """A line that opens with a number; without ``heading`` it only ends the section above it."""

    first: int  # its sentence
    after: int  # the first sentence behind it
    rank: int
    value: int
    heading: HeadingSpan | None
    sure: bool
    declared: bool = False


def find_headings(
    form: str,
    sentences: Sequence[tuple[int, int]],
    paragraphs: Sequence[int],
    declared: Sequence[tuple[int, int, int]] = (),
    furniture: Sequence[tuple[int, int]] = (),
) -> list[HeadingSpan]:
    """Find headings in text order.

    Args:
        form: the matching form.
        sentences: (start, end) of each sentence, in text order.
        paragraphs: number of the line of each sentence.
        declared: (start, end, level) of headings that the format declares.
        furniture: (start, end) of page furniture, where no heading is.
    """
    reader = _Reader(form, sentences, paragraphs, declared, furniture)
    marks = reader.marks()
    series: dict[int, list[list[_Mark]]] = {}
    previous = None
    for mark, has_text in zip(marks, reader.has_text(marks), strict=True):
        in_list = not has_text or (previous is not None and _continues_list(previous, mark))
        if mark.heading and (mark.declared or not in_list):
            of_rank = series.setdefault(mark.rank, [])
            if of_rank and of_rank[-1][-1].value + 1 == mark.value:
                of_rank[-1].append(mark)
            else:
                of_rank.append([mark])
        previous = mark
    found = [
        mark.heading
        for of_rank in series.values()
        for one in of_rank
        for mark in one
        if mark.heading and (mark.sure or (len(one) > 1 and one[0].value == 1))
    ]
    return sorted(found, key=lambda heading: heading.start)


def _continues_list(previous: _Mark, mark: _Mark) -> bool:
    """A number right below the number before it, with no text between: an item like that one."""
    return (
        previous.rank == mark.rank
        and previous.value + 1 == mark.value
        and previous.after == mark.first
        and not any(each.heading and each.heading.run_in for each in (previous, mark))
    )


def _opening_number(form: str, start: int, end: int) -> _Number | None:
    """The number with which a line opens; the title begins at its end where nothing follows."""
    for style, sure, pattern in _STYLES_BY_OPENER.get(form[start : start + 1], ()):
        if match := pattern.match(form, start, end):
            return _Number(style, sure, match.group(1), match.end(1), match.end())
    return None


def _value(printed: str) -> int:
    """The value of a number as printed; of 1.2 it is 2, the place in its own series."""
    last = printed.rsplit(".", 1)[-1]
    total = digit = 0
    for character in last:
        value = int(numeric(character, -1))
        if value in (10, 100) and character in _HAN_DIGIT:
            total, digit = total + max(digit, 1) * value, 0
        elif value >= 0:
            digit = digit * 10 + value
    return total + digit or _LATIN_VALUES.get(last.split(" ")[-1].upper(), 0)


class _Reader:
    """The lines of a text and what they open with."""

    def __init__(
        self,
        form: str,
        sentences: Sequence[tuple[int, int]],
        paragraphs: Sequence[int],
        declared: Sequence[tuple[int, int, int]],
        furniture: Sequence[tuple[int, int]],
    ) -> None:
        self.form, self.sentences = form, sentences
        # the first sentence of each line, and the number of sentences
        self.lines = [*np.flatnonzero(np.diff(paragraphs, prepend=-1)).tolist(), len(sentences)]
        self.furniture = sorted(furniture)
        self.levels = {start: level for start, _, level in declared}
        # a style that a declared heading uses has its level throughout
        self.ranks = {style: _BELOW_DECLARED + style for _, style, _, _ in _STYLES}
        for start, end, level in reversed(declared):
            if number := _opening_number(form, start, end):
                self.ranks[number.style] = level

    def marks(self) -> list[_Mark]:
        """The lines outside furniture that open with a number or are declared headings."""
        found = []
        for line, first in enumerate(self.lines[:-1]):
            start = self.sentences[first][0]
            if self.form[start] not in _OPENERS and start not in self.levels:
                continue
            if not self._in_furniture(start) and (mark := self._read(line)):
                found.append(mark)
        return found

    def has_text(self, marks: Sequence[_Mark]) -> list[bool]:
        """Whether text follows each mark before the next of its own or an outer rank."""
        found: list[bool] = []
        outer: list[int] = []
        untils = [*(mark.first for mark in marks[1:]), len(self.sentences)]
        for n, (mark, until) in enumerate(zip(marks, untils, strict=False)):
            while outer and marks[outer[-1]].rank >= mark.rank:
                outer.pop()
            run_in = mark.heading is not None and mark.heading.run_in
            found.append(run_in or any(map(self._is_text, range(mark.after, until))))
            if found[n] or any(map(self._is_text, range(mark.first, mark.after))):
                for above in outer:
                    found[above] = True
            outer.append(n)
        return found

    def _is_text(self, sentence: int) -> bool:
        start, end = self.sentences[sentence]
        words = self.form[start:end].rstrip(_AFTER_MARKS)
        is_text = end - start > MAX_HEADING or words.endswith((*_SENTENCE_ENDS, "；"))
        return is_text and not self._in_furniture(start)

    def _in_furniture(self, at: int) -> bool:
        n = bisect_right(self.furniture, at, key=itemgetter(0))
        return n > 0 and at < self.furniture[n - 1][1]

    def _read(self, line: int) -> _Mark | None:
        form, first, after = self.form, self.lines[line], self.lines[line + 1]
        opening, line_end = self.sentences[first][0], self.sentences[after - 1][1]
        prefix = _PREFIX.match(form, opening, line_end)
        signs, start = (prefix.group(1), prefix.end()) if prefix else (None, opening)
        level = self.levels.get(opening, self.levels.get(start))
        if level is None and signs and not self.levels and line_end - start <= MAX_HEADING:
            level = len(signs)
        number = _opening_number(form, start, line_end)
        value = _value(number.printed) if number else 0
        if level is not None:
            title, printed = start, None
            if number and number.title_start < line_end:
                title, printed = number.title_start, number.printed
            title_end = title + len(form[title:line_end].rstrip("*"))
            declared = HeadingSpan(start, line_end, level, printed, title, title_end, False)
            return _Mark(first, after, level, value, declared, True, True)
        if number is None:
            return None
        rank = self.ranks[number.style]
        heading: HeadingSpan | None
        if number.style == _ARTICLE:
            heading = self._article(rank, number, start, first, after)
        elif number.title_start < line_end:
            heading = self._titled(rank, number, start, first, after)
        else:
            heading = self._above_title(rank, number, start, line)
            after = self.lines[line + 2] if heading else after
        # a weak sign without a title is no number, and 第一部分 may open a sentence about that part
        of_sentence = number.style in (_CHAPTER, _DIVISION) and not number.parted
        if heading is None and (not number.sure or of_sentence):
            return None
        sure = number.sure and heading is not None
        if heading and heading.title_start < heading.title_end and not heading.run_in:
            # a number above its title, or a title like a sentence, may be something else
            words = form[start : heading.end].rstrip(_AFTER_MARKS)
            sure = sure and heading.end <= line_end and not words.endswith(_SENTENCE_ENDS)
        return _Mark(first, after, rank, value, heading, sure)

    def _titled(
        self, rank: int, number: _Number, start: int, first: int, after: int
    ) -> HeadingSpan | None:
        """The heading of a number and the title behind it."""
        form, title, end = self.form, number.title_start, self.sentences[first][1]
        words = form[title:end].rstrip(_AFTER_TITLE)
        if not words or end - start > MAX_HEADING or words.endswith(_ITEM_ENDS):
            return None
        run_in = after - first > 1
        if not number.sure and (run_in or not _HAN_LETTER.search(words)):
            return None
        is_text = run_in or form[title:end].endswith(_SENTENCE_ENDS)
        if number.style in (_CHAPTER, _DIVISION) and is_text and not (run_in and number.parted):
            return None
        title_end = title + len(words)
        return HeadingSpan(start, end, rank, number.printed, title, title_end, run_in)

    def _article(
        self, rank: int, number: _Number, start: int, first: int, after: int
    ) -> HeadingSpan:
        """The heading of an article of a law: its number, and a title where no text follows."""
        end = self.sentences[first][1]
        if after - first == 1 and number.title_start < end and not self._is_text(first):
            heading = self._titled(rank, number, start, first, after)
            if heading:
                return heading
        bare, run_in = number.printed_end, number.title_start < end
        return HeadingSpan(start, bare, rank, number.printed, bare, bare, run_in)

    def _above_title(self, rank: int, number: _Number, start: int, line: int) -> HeadingSpan | None:
        """The heading of a number alone on its line and the title on the next line."""
        if number.style not in _ABOVE_TITLE or line + 2 >= len(self.lines):
            return None
        first, after = self.lines[line + 1], self.lines[line + 2]
        title, end = self.sentences[first]
        if title in self.levels or self._in_furniture(title) or after - first > 1:
            return None
        if _opening_number(self.form, title, end):
            return None
        bold = _PREFIX.match(self.form, title, end)
        title = bold.end() if bold else title
        words = self.form[title:end].rstrip(_AFTER_TITLE)
        if end - title > MAX_HEADING or not _HAN_LETTER.search(words):
            return None
        if self.form[title:end].endswith((*STOPS, *_ITEM_ENDS)):
            return None
        title_end = title + len(words)
        return HeadingSpan(start, end, rank, number.printed, title, title_end, False)


@dataclass(frozen=True, slots=True)
class SectionSpan:
    """A section of the tree; ``parent`` is an index or ``None``."""

    heading: HeadingSpan
    end: int
    level: int
    parent: int | None


def build_tree(headings: Sequence[HeadingSpan], end: int) -> list[SectionSpan]:
    """Nest headings by rank; a section ends where the next of its or an outer rank begins."""
    parents: list[int | None] = []
    levels: list[int] = []
    ends = [end] * len(headings)
    stack: list[int] = []
    for n, heading in enumerate(headings):
        while stack and headings[stack[-1]].rank >= heading.rank:
            ends[stack.pop()] = heading.start
        parents.append(stack[-1] if stack else None)
        stack.append(n)
        levels.append(len(stack))
    return [SectionSpan(*parts) for parts in zip(headings, ends, levels, parents, strict=True)]


@Language.factory("argmine_sections")
def make_sections(nlp: Language, name: str) -> Sections:
    """Build the component."""
    return Sections()


class Sections:
    """Component that writes the group ``sections`` and the section of each sentence."""

    def __call__(self, doc: Doc) -> Doc:
        """Predict and write."""
        self.set_annotations(doc, self.predict(doc))
        return doc

    def predict(self, doc: Doc) -> list[SectionSpan]:
        """The sections in text order; reads only."""
        table = doc.spans["sentences"].attrs
        sentences = list(zip(table["start"], table["end"], strict=True))
        declared = [
            (span.start_char, span.end_char, int(span.label_))
            for span in _optional(doc, "headings")
        ]
        furniture = furniture_of(doc)
        end = sentences[-1][1] if sentences else 0
        headings = find_headings(
            matching_of(doc), sentences, table["paragraph"], declared, furniture
        )
        return build_tree(headings, end)

    def set_annotations(self, doc: Doc, found: list[SectionSpan]) -> None:
        """Write the group and the sentences' sections."""
        group = doc.spans["sentences"]
        starts = group.attrs["start"]
        sections = SpanGroup(doc, name="sections")
        attrs = {}
        section_of: list[str | None] = [None] * len(starts)
        # a section goes from the sentence that holds its heading, which in Markdown begins with
        # #, to the last sentence before the next heading
        firsts = [bisect_right(starts, section.heading.start) - 1 for section in found]
        for n, section in enumerate(found):
            heading = section.heading
            key = f"s{n + 1}"
            after = bisect_left(starts, section.end, lo=firsts[n] + 1)
            begin, finish = group[firsts[n]].start, group[after - 1].end
            sections.append(Span(doc, begin, finish, span_id=key))
            attrs[key] = {
                "level": section.level,
                "number": heading.number,
                "title_start": heading.title_start,
                "title_end": heading.title_end,
                "heading_end": heading.end,
                "parent": None if section.parent is None else f"s{section.parent + 1}",
                "run_in": heading.run_in,
            }
            until = firsts[n + 1] if n + 1 < len(firsts) else len(starts)
            section_of[firsts[n] : until] = [key] * (until - firsts[n])
        group.attrs = {**group.attrs, "section": section_of}
        sections.attrs = attrs
        doc.spans["sections"] = sections


def _optional(doc: Doc, name: str) -> Sequence[Span]:
    return list(doc.spans[name]) if name in doc.spans else []
