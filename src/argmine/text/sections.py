"""Find the tree of sections from numbered and declared headings.

Reads:   doc.user_data["argmine.matching"], doc.spans["sentences"], ["clauses"], and where present
         ["headings"] (declared by the format) and ["boilerplate"]
Writes:  doc.spans["sections"]: id_ s1, s2, ...; a span goes from its heading to the section's end;
         doc.spans["sentences"].attrs: the innermost section of each sentence
Method:  a line that opens with a number in one of the usual styles is a heading where it is short
         and no list item; a stack of ranks gives the tree. A numbered first sentence with text
         behind it on the same line is a run-in heading.
Limits:  unnumbered headings count only where the format declares them.
Source:  GB/T 9704-2012, 7.3.3 (一、 （一） 1. （1）), and the headings of scraped articles.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup

from argmine.text.matching import matching_of

_HAN_DIGIT = "一二三四五六七八九十百零〇"
_HAN_NUMBER = f"[{_HAN_DIGIT}]{{1,5}}"
# What any of the styles begins with: most lines need no closer look.
_OPENS_NUMBER = re.compile(rf"[第（\d①-⑳{_HAN_DIGIT}]")
# Styles by rank, outermost first; the first group is the number as printed.
_STYLES = (
    re.compile(rf"(第{_HAN_NUMBER}(?:部分|编|篇|章))[\s、：]*"),
    re.compile(rf"(第{_HAN_NUMBER}节)[\s、：]*"),
    re.compile(rf"(第(?:{_HAN_NUMBER}|\d{{1,3}})条)[\s、：]*"),
    re.compile(rf"({_HAN_NUMBER})(?:[、．]|\.(?!\d))\s*"),
    re.compile(rf"(（{_HAN_NUMBER}）)[\s、]*"),
    re.compile(r"(\d{1,2})(?:[.．](?!\d)|、)\s*"),
    re.compile(r"(（\d{1,2}）)[\s、]*"),
    re.compile(r"([①-⑳])\s*"),
)
_DECLARED_RANK = 100
# A heading of the real training articles is at most 41 code points long; 60 leaves room, while a
# numbered paragraph that is one long sentence is a list item.
MAX_HEADING = 60
_MARKDOWN = re.compile(r"[#\s]+")


@dataclass(frozen=True, slots=True)
class HeadingSpan:
    """A heading: code points, rank (smaller is outer), number as printed, place of the title."""

    start: int
    end: int
    rank: int
    number: str | None
    title_start: int
    title_end: int
    run_in: bool


def find_headings(
    form: str,
    sentences: Sequence[tuple[int, int, int]],
    declared: Sequence[tuple[int, int, int]] = (),
    furniture: Sequence[tuple[int, int]] = (),
) -> list[HeadingSpan]:
    """Find headings in text order.

    Args:
        form: the matching form.
        sentences: (start, end, paragraph) of each sentence, in text order.
        declared: (start, end, level) of headings that the format declares.
        furniture: (start, end) of page furniture, where no heading is.
    """
    levels = {start: level for start, _, level in declared}
    lines: dict[int, list[tuple[int, int]]] = {}
    for start, end, paragraph in sentences:
        lines.setdefault(paragraph, []).append((start, end))
    marked = sorted(furniture)
    found: list[HeadingSpan] = []
    behind = 0
    for parts in lines.values():
        start, line_end = parts[0][0], parts[-1][1]
        while behind < len(marked) and marked[behind][1] <= start:
            behind += 1
        if behind < len(marked) and marked[behind][0] <= start:
            continue
        hashes = _MARKDOWN.match(form, start, line_end) if form[start] == "#" else None
        inner = hashes.end() if hashes else start
        level = levels.get(start, levels.get(inner))
        heading = _numbered(form, inner, parts[0][1], line_end, len(parts) > 1)
        if level is not None:
            number, title = (heading.number, heading.title_start) if heading else (None, inner)
            rank = _DECLARED_RANK + level
            title = title if title < line_end else inner
            heading = HeadingSpan(inner, line_end, rank, number, title, line_end, False)
        if heading is not None:
            found.append(heading)
    return found


def _numbered(
    form: str, start: int, sentence_end: int, line_end: int, more: bool
) -> HeadingSpan | None:
    if not _OPENS_NUMBER.match(form, start):
        return None
    for rank, style in enumerate(_STYLES):
        match = style.match(form, start, line_end)
        if match is None:
            continue
        title, end = match.end(), sentence_end
        if title >= end:  # a number alone on its line
            return None
        if end - start > MAX_HEADING or form[end - 1] in "；，：":
            return None
        # an article of a law (第一条) is headed by its number; the text itself follows
        stopped = form[end - 1] in "。！？!?"
        if stopped and not more:
            return None
        inner = end - 1 if stopped else end
        if inner <= title:
            return None
        return HeadingSpan(start, end, rank, match.group(1), title, inner, more)
    return None


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
        sentences = list(zip(table["start"], table["end"], table["paragraph"], strict=True))
        declared = [
            (span.start_char, span.end_char, int(span.label_))
            for span in _optional(doc, "headings")
        ]
        furniture = [(span.start_char, span.end_char) for span in _optional(doc, "boilerplate")]
        end = sentences[-1][1] if sentences else 0
        return build_tree(find_headings(matching_of(doc), sentences, declared, furniture), end)

    def set_annotations(self, doc: Doc, found: list[SectionSpan]) -> None:
        """Write the group and the sentences' sections."""
        group = doc.spans["sentences"]
        starts = group.attrs["start"]
        spans: list[Span] = []
        attrs = {}
        section_of: list[str | None] = [None] * len(starts)
        # a section goes from the sentence that holds its heading, which in Markdown begins with
        # #, to the last sentence before the next heading
        sentence_spans = list(group) if found else []
        firsts = [bisect_right(starts, section.heading.start) - 1 for section in found]
        for n, section in enumerate(found):
            heading = section.heading
            key = f"s{n + 1}"
            after = bisect_left(starts, section.end, lo=firsts[n] + 1)
            begin, finish = sentence_spans[firsts[n]].start, sentence_spans[after - 1].end
            spans.append(Span(doc, begin, finish, span_id=key))
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
        doc.spans["sections"] = SpanGroup(doc, name="sections", attrs=attrs, spans=spans)


def _optional(doc: Doc, name: str) -> Sequence[Span]:
    return list(doc.spans[name]) if name in doc.spans else []
