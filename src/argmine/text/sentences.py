"""Find sentences and clauses.

Reads:   doc.user_data["argmine.matching"]
Writes:  doc.spans["sentences"]: id_ t1, t2, ...; attrs has a column, in the order of the spans,
         of start and end (code points), paragraph and section (None until sections are found);
         doc.spans["clauses"]: attrs has the columns start, end, sentence (index of its sentence)
Method:  all marks of the text at once, by columns, with a depth of brackets and quotes; inside
         them no mark cuts, but in a line whose brackets do not balance they are not counted.
         Marks of a web address and footnote marks ([1]) do not cut either.
Limits:  an ASCII full stop ends no sentence; one run without any mark stays whole.
Source:  annotation guidelines (corpus/guidelines.md), section 1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup

from argmine.text.borders import borders_of
from argmine.text.matching import LINE_ENDS, matching_of

OPENING, CLOSING, QUOTE_ENDS = "“‘「『《〈（(【[", "》〉）)】]", "”’」』"
STOPS, COMMAS = "。！？!?", "，,；;：:"
_OTHER, _WHITE, _LINE_END, _OPEN, _CLOSE, _QUOTE_END, _STOP, _COMMA = range(8)
_ENDS_CLAUSE, _ENDS_SENTENCE = 1, 2
# Behind a quotation with its own full stop, these show that the sentence goes on.
_GOES_ON = frozenset(COMMAS + STOPS + "的、")
# In Latin script these are no marks: the apostrophe, and all within a web address.
_LATIN = re.compile(r"[A-Za-z]’(?=[A-Za-z])|://[!-~]*")
_FOOTNOTES = re.compile(r"(?:\[\d{1,3}\])+")

Numbers = NDArray[np.int64]


def _kinds_by_code() -> NDArray[np.uint8]:
    # one entry more than the basic plane, which holds all marks, stands for all beyond
    kinds = np.full(0x10001, _OTHER, np.uint8)
    white = "".join(filter(str.isspace, map(chr, range(0x3001))))
    named = (white, LINE_ENDS, OPENING, CLOSING, QUOTE_ENDS, STOPS, COMMAS)
    for kind, marks in enumerate(named, _WHITE):
        kinds[list(map(ord, marks))] = kind
    return kinds


_KINDS = _kinds_by_code()
_STEPS = np.array([0, 0, 0, 1, -1, -1, 0, 0], np.int64)


@dataclass(frozen=True, slots=True)
class Cuts:
    """Clauses and sentences by columns, in text order.

    Attributes:
        starts: code point where each clause starts.
        ends: code point where each clause ends.
        homes: index of the sentence of each clause.
        paragraphs: number of the line of each sentence, counted over the lines with text.
    """

    starts: Numbers
    ends: Numbers
    homes: Numbers
    paragraphs: Numbers


def cut_sentences(form: str) -> Cuts:
    """Cut a matching form into sentences and clauses; linear in its length.

    White space at the borders belongs to no clause. Every other character lies in one clause.
    """
    codes = np.frombuffer(form.encode("utf-32-le", "surrogatepass"), np.uint32)
    kinds = _KINDS.take(codes, mode="clip")
    if "://" in form or "’" in form:
        for match in _LATIN.finditer(form):
            kinds[match.start() : match.end()] = _OTHER
    # what ends before each character and at the end of the text
    borders = np.zeros(len(form) + 1, np.uint8)
    at = np.flatnonzero(kinds >= _LINE_END)
    kind = kinds[at]
    depth = _depths(kind)
    commas = at[(kind == _COMMA) & (depth == 0)]
    # 5,000 and 10:30; at either end of the text the mark itself stands for its missing neighbour
    digits = codes.take(commas - 1, mode="clip") - ord("0") < 10
    digits &= codes.take(commas + 1, mode="clip") - ord("0") < 10
    borders[commas[~digits] + 1] = _ENDS_CLAUSE
    borders[_sentence_ends(form, at, kind, depth)] = _ENDS_SENTENCE
    line_ends = at[kind == _LINE_END]
    borders[line_ends + 1] = _ENDS_SENTENCE
    borders[-1] = _ENDS_SENTENCE
    until = np.flatnonzero(borders)
    closes = borders[until] == _ENDS_SENTENCE
    starts, ends = _trimmed(kinds, np.append(0, until[:-1]), until)
    filled = starts < ends
    starts, ends = starts[filled], ends[filled]
    opens = _changes((np.cumsum(closes) - closes)[filled])
    lines = np.searchsorted(line_ends, starts[opens])
    return Cuts(starts, ends, np.cumsum(opens) - 1, np.cumsum(_changes(lines)) - 1)


def _trimmed(kinds: NDArray[np.uint8], starts: Numbers, ends: Numbers) -> tuple[Numbers, Numbers]:
    """The borders without white space; where there is nothing else, they meet or cross."""
    white = np.flatnonzero((kinds == _WHITE) | (kinds == _LINE_END))
    # its runs, with one before and one behind all others
    white = np.concatenate(([-2], white, [len(kinds) + 1]))
    breaks = np.flatnonzero(white[1:] - white[:-1] > 1)
    run_starts = white[np.append(0, breaks + 1)]
    run_ends = white[np.append(breaks, len(white) - 1)] + 1
    at_start = np.searchsorted(run_starts, starts, side="right") - 1
    at_end = np.searchsorted(run_starts, ends) - 1
    ends = np.where(run_ends[at_end] >= ends, run_starts[at_end], ends)
    return np.maximum(starts, run_ends[at_start]), ends


def _depths(kind: NDArray[np.uint8]) -> Numbers:
    """How many brackets and quotes are open behind each mark, counted on each line anew."""
    step = _STEPS[kind]
    line = np.cumsum(kind == _LINE_END)
    balanced = np.bincount(line, step) == 0
    step[~balanced[line]] = 0
    level = np.cumsum(step)
    # A closing mark with none open counts for nothing: the depth is taken from the lowest level
    # so far on the line. The shift makes each line lower than all before it.
    shift = line * (len(kind) + 1)
    lowest = np.minimum.accumulate(np.minimum(level, 0) - shift) + shift
    depth: Numbers = level - lowest
    return depth


def _sentence_ends(form: str, at: Numbers, kind: NDArray[np.uint8], depth: Numbers) -> Numbers:
    """Where the sentences end that end at a mark."""
    joined = np.zeros(len(at), np.bool_)
    joined[1:] = at[1:] - at[:-1] == 1
    quote_end = kind == _QUOTE_END
    # a full stop takes along the stops and closing marks right behind it
    carries_on = joined & ((kind == _STOP) | (kind == _CLOSE) | quote_end)
    run_ends = np.flatnonzero(~np.append(carries_on[1:], False))
    stops = np.flatnonzero((kind == _STOP) & (depth == 0))
    found: list[int] = (at[run_ends[np.searchsorted(run_ends, stops)]] + 1).tolist()
    footnotes: dict[int, int] = {}
    if "[" in form:
        footnotes = dict(match.span() for match in _FOOTNOTES.finditer(form))
        found = [footnotes.get(after, after) for after in found]
    # a quotation that ends with its own full stop ends the sentence, unless it goes on
    before = np.maximum.accumulate(np.where(joined & quote_end, 0, np.arange(len(at))))
    own_stop = (kind[before] == _STOP) & (depth[before] > 0)
    for after in (at[quote_end & (depth == 0) & own_stop] + 1).tolist():
        end = footnotes.get(after, after)
        if form[end : end + 1] not in _GOES_ON:
            found.append(end)
    return np.array(found, np.int64)


def _changes(column: Numbers) -> NDArray[np.bool_]:
    """Where a column has another number than in the row before; the first row is a change."""
    changes = np.ones(len(column), np.bool_)
    np.not_equal(column[1:], column[:-1], out=changes[1:])
    return changes


@Language.factory("argmine_sentences")
def make_sentences(nlp: Language, name: str) -> Sentences:
    """Build the component."""
    return Sentences()


class Sentences:
    """Component that writes the groups ``sentences`` and ``clauses``."""

    def __call__(self, doc: Doc) -> Doc:
        """Predict and write."""
        self.set_annotations(doc, self.predict(doc))
        return doc

    def predict(self, doc: Doc) -> Cuts:
        """Sentences and clauses of the text; reads only."""
        return cut_sentences(matching_of(doc))

    def set_annotations(self, doc: Doc, found: Cuts) -> None:
        """Write the two groups; a clause that words of a foreign tokenizer cross is left out."""
        tokens = borders_of(doc).ranges(found.starts, found.ends)
        kept = tokens.exact
        starts, ends, homes = found.starts[kept], found.ends[kept], found.homes[kept]
        first, after = tokens.starts[kept], tokens.ends[kept]
        opens = _changes(homes)
        heads = np.flatnonzero(opens)
        tails = np.flatnonzero(np.append(opens[1:], True)) if len(opens) else heads
        table = {
            "start": starts[heads].tolist(),
            "end": ends[tails].tolist(),
            "paragraph": found.paragraphs[homes[heads]].tolist(),
            "section": [None] * len(heads),
        }
        clause_table = {
            "start": starts.tolist(),
            "end": ends.tolist(),
            "sentence": (np.cumsum(opens) - 1).tolist(),
        }
        # spans go one by one: kept in a list, they would be walked by the garbage collector
        sentences = SpanGroup(doc, name="sentences", attrs=table)
        borders = zip(first[heads].tolist(), after[tails].tolist(), strict=True)
        for n, (begin, end) in enumerate(borders, 1):
            sentences.append(Span(doc, begin, end, span_id=f"t{n}"))
        clauses = SpanGroup(doc, name="clauses", attrs=clause_table)
        for begin, end in zip(first.tolist(), after.tolist(), strict=True):
            clauses.append(Span(doc, begin, end))
        doc.spans["sentences"], doc.spans["clauses"] = sentences, clauses
