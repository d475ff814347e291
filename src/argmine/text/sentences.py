"""Find sentences and clauses.

Reads:   doc.user_data["argmine.matching"]
Writes:  doc.spans["sentences"]: id_ t1, t2, ...; attrs maps each id to section and paragraph;
         doc.spans["clauses"]: attrs["sentence"] is the index of each clause's sentence
Method:  one pass over the marks of a line with a depth of brackets and quotes; inside them no
         mark cuts, but in a line whose brackets do not balance they are not counted.
Limits:  an ASCII full stop ends no sentence; one run without any mark stays whole.
Source:  annotation guidelines (corpus/guidelines.md), section 1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup

from argmine.text.matching import matching_of

OPENING, CLOSING = "“‘「『《〈（(【[", "”’」』》〉）)】]"
STOPS, COMMAS = "。！？!?", "，,；;：:"
_LINE = re.compile(r"[^\n\r\u2028\u2029\x0b\x0c\x85]+")
_MARK = re.compile(f"[{re.escape(OPENING + CLOSING + STOPS + COMMAS)}]")
_QUOTE_ENDS = "”’」』"


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
    opened = sum(mark in OPENING for _, mark in marks)
    closed = sum(mark in CLOSING for _, mark in marks)
    balanced = opened == closed
    clauses: list[tuple[int, int]] = []
    begin, depth, skip = start, 0, -1

    def put(until: int) -> None:
        raw = form[begin:until]
        inner = raw.strip()
        if inner:
            lead = len(raw) - len(raw.lstrip())
            clauses.append((begin + lead, begin + lead + len(inner)))

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
        """Write the two groups."""
        first = {token.idx: token.i for token in doc}
        after = {token.idx + len(token): token.i + 1 for token in doc}
        sentences: list[Span] = []
        clauses: list[Span] = []
        home: list[int] = []
        attrs = {}
        for sentence in found:
            pieces = [
                (first[start], after[end])
                for start, end in sentence.clauses
                if start in first and end in after
            ]
            if not pieces:  # a foreign tokenizer whose words cross the border
                continue
            key = f"t{len(sentences) + 1}"
            attrs[key] = {"section": None, "paragraph": sentence.paragraph}
            home.extend([len(sentences)] * len(pieces))
            clauses.extend(Span(doc, start, end) for start, end in pieces)
            whole = Span(doc, pieces[0][0], pieces[-1][1], span_id=key)
            sentences.append(whole)
        doc.spans["sentences"] = SpanGroup(doc, name="sentences", attrs=attrs, spans=sentences)
        doc.spans["clauses"] = SpanGroup(
            doc, name="clauses", attrs={"sentence": home}, spans=clauses
        )
