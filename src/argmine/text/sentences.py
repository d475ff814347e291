"""Find sentences and clauses.

Reads:   doc.user_data["argmine.matching"]
Writes:  doc.spans["sentences"]: id_ t1, t2, ...; attrs has a column, in the order of the spans,
         of start and end (code points), paragraph and section (None until sections are found);
         doc.spans["clauses"]: attrs has the columns start, end, sentence (index of its sentence)
Method:  one pass over the marks of a line with a depth of brackets and quotes; inside them no
         mark cuts, but in a line whose brackets do not balance they are not counted.
Limits:  an ASCII full stop ends no sentence; one run without any mark stays whole.
Source:  annotation guidelines (corpus/guidelines.md), section 1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup

from argmine.text.borders import TokenBorders
from argmine.text.matching import matching_of

OPENING, CLOSING = "“‘「『《〈（(【[", "”’」』》〉）)】]"
STOPS, COMMAS = "。！？!?", "，,；;：:"
_LINE = re.compile(r"[^\n\r\u2028\u2029\x0b\x0c\x85]+")
_MARK = re.compile(f"[{re.escape(OPENING + CLOSING + STOPS + COMMAS)}]")
_QUOTE_ENDS = "”’」』"
SENTENCE_COLUMNS = ("start", "end", "paragraph", "section")


@dataclass(frozen=True, slots=True)
class SentenceSpan:
    """A sentence by code points, with its clauses and the number of its non-empty line."""

    start: int
    end: int
    paragraph: int
    clauses: tuple[tuple[int, int], ...]


def cut_sentences(form: str) -> list[SentenceSpan]:
    """Cut a matching form into sentences and clauses; linear in its length.

    White space at the borders belongs to no clause. Every other character lies in one clause.
    """
    found: list[SentenceSpan] = []
    paragraph = -1
    for line in _LINE.finditer(form):
        if line.group().isspace():
            continue
        paragraph += 1
        _cut_line(form, line.start(), line.end(), paragraph, found)
    return found


def _cut_line(form: str, start: int, end: int, paragraph: int, found: list[SentenceSpan]) -> None:
    marks = [(match.start(), match.group()) for match in _MARK.finditer(form, start, end)]
    line = form[start:end]
    balanced = sum(map(line.count, OPENING)) == sum(map(line.count, CLOSING))
    clauses: list[tuple[int, int]] = []
    begin, depth, skip = start, 0, -1

    def put(until: int) -> None:
        raw = form[begin:until]
        inner = raw.lstrip()
        if inner:
            lead = begin + len(raw) - len(inner)
            clauses.append((lead, lead + len(inner.rstrip())))

    def close() -> None:
        if clauses:
            sentence = SentenceSpan(clauses[0][0], clauses[-1][1], paragraph, tuple(clauses))
            found.append(sentence)
            clauses.clear()

    for at, mark in marks:
        if at < skip:
            continue
        if mark in OPENING:
            depth += balanced
        elif mark in CLOSING:
            if not balanced:
                continue
            depth = max(0, depth - 1)
            follower = form[at + 1] if at + 1 < end else ""
            # A quotation that ends with its own full stop ends the sentence, unless it goes on.
            if (
                depth == 0
                and mark in _QUOTE_ENDS
                and at > start
                and form[at - 1] in STOPS
                and follower not in [*COMMAS, *STOPS, "的", "、"]
            ):
                put(at + 1)
                begin = at + 1
                close()
        elif depth == 0 and mark in STOPS:
            until = at + 1
            while until < end and form[until] in STOPS + CLOSING:
                until += 1
            put(until)
            begin = skip = until
            close()
        elif depth == 0:
            digits = start < at < end - 1 and form[at - 1].isdigit() and form[at + 1].isdigit()
            if not digits:
                put(at + 1)
                begin = at + 1
    put(end)
    close()


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

    def predict(self, doc: Doc) -> list[SentenceSpan]:
        """Sentences of the text; reads only."""
        return cut_sentences(matching_of(doc))

    def set_annotations(self, doc: Doc, found: list[SentenceSpan]) -> None:
        """Write the two groups; a clause that words of a foreign tokenizer cross is left out."""
        borders = [border for sentence in found for border in sentence.clauses]
        starts, ends = zip(*borders, strict=True) if borders else ((), ())
        homes = [n for n, sentence in enumerate(found) for _ in sentence.clauses]
        tokens = TokenBorders(doc).ranges(starts, ends)
        kept = np.flatnonzero(tokens.exact).tolist()
        first, after = tokens.starts.tolist(), tokens.ends.tolist()
        clauses = [Span(doc, first[n], after[n]) for n in kept]
        sentences: list[Span] = []
        rows: list[tuple[int, int, int, None]] = []
        home_of_clause: list[int] = []
        for home, members in groupby(kept, key=homes.__getitem__):
            own = list(members)
            home_of_clause.extend([len(sentences)] * len(own))
            rows.append((starts[own[0]], ends[own[-1]], found[home].paragraph, None))
            key = f"t{len(sentences) + 1}"
            sentences.append(Span(doc, first[own[0]], after[own[-1]], span_id=key))
        columns = zip(*rows, strict=True) if rows else ((),) * len(SENTENCE_COLUMNS)
        table: dict[str, Any] = dict(zip(SENTENCE_COLUMNS, map(list, columns), strict=True))
        clause_table = {
            "start": [starts[n] for n in kept],
            "end": [ends[n] for n in kept],
            "sentence": home_of_clause,
        }
        doc.spans["sentences"] = SpanGroup(doc, name="sentences", attrs=table, spans=sentences)
        doc.spans["clauses"] = SpanGroup(doc, name="clauses", attrs=clause_table, spans=clauses)
