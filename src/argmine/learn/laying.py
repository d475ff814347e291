"""Lay annotated articles over clauses that never change, so that scores stay comparable.

Reads:   annotated articles, gold or predicted
Writes:  :class:`Laid`: label, unit, stance and relation of each clause
Method:  a clause takes the label of the unit that covers most of its characters; later units win.
Limits:  a unit that covers no clause by half counts nowhere.
Source:  the project's scoring rules (annotation guidelines, section 6).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from argmine.schema import AnnotatedArticle

_OPENING, _CLOSING = "“‘「『《〈（(【[", "”’」』》〉）)】]"
_STOPS, _COMMAS = "。！？!?", "，,；;：:"
NONE = "none"


def reference_clauses(text: str) -> list[tuple[int, int]]:
    """The clauses that scores are counted over: half-open code points, in text order.

    This cutting is fixed, so that figures stay comparable while the program's own improves.
    """
    found: list[tuple[int, int]] = []
    position = 0
    for line in text.split("\n"):
        _cut_line(line, position, found)
        position += len(line) + 1
    return found


def _cut_line(line: str, position: int, found: list[tuple[int, int]]) -> None:
    balanced = sum(map(line.count, _OPENING)) == sum(map(line.count, _CLOSING))
    begin = depth = at = 0
    size = len(line)

    def put(end: int) -> None:
        raw = line[begin:end]
        if raw.strip():
            lead = begin + len(raw) - len(raw.lstrip())
            found.append((position + lead, position + begin + len(raw.rstrip())))

    while at < size:
        mark = line[at]
        if balanced and mark in _OPENING:
            depth += 1
        elif balanced and mark in _CLOSING:
            depth = max(0, depth - 1)
            quote_ends = mark in "”’」』" and at and line[at - 1] in _STOPS
            goes_on = at + 1 < size and line[at + 1] in _COMMAS + _STOPS + "的、"
            if depth == 0 and quote_ends and not goes_on:
                put(at + 1)
                begin = at + 1
        elif depth == 0 and mark in _STOPS:
            while at + 1 < size and line[at + 1] in _STOPS + _CLOSING:
                at += 1
            put(at + 1)
            begin = at + 1
        elif depth == 0 and mark in _COMMAS:
            digits = 0 < at < size - 1 and line[at - 1].isdigit() and line[at + 1].isdigit()
            if not digits:
                put(at + 1)
                begin = at + 1
        at += 1
    put(size)


@dataclass(frozen=True, slots=True)
class Laid:
    """An article by clause.

    Attributes:
        labels: the label of each clause.
        begins: whether a unit begins at it.
        stances: its stance; ``None`` outside of units.
        parents: by the first clause of a unit, the first clause of the unit it serves, and how.
        document: the stance of the document.
        units: the number of the unit that each clause took its label from.
    """

    labels: list[str]
    begins: list[bool]
    stances: list[str | None]
    parents: dict[int, tuple[int, str]]
    document: str
    units: list[int | None]

    def spans(self) -> dict[int, tuple[int, str]]:
        """Last clause and label of each unit, by its first clause."""
        found: dict[int, tuple[int, str]] = {}
        first: int | None = None
        for n, (label, begins) in enumerate(zip(self.labels, self.begins, strict=True)):
            if begins:
                first = n
            if label == NONE:
                first = None
            elif first is not None:
                found[first] = (n, label)
        return found


def lay(article: AnnotatedArticle, target: str) -> Laid:
    """Lay the units of an article over the clauses of its text; later units win."""
    clauses = reference_clauses(article.text)
    labels = [NONE] * len(clauses)
    begins = [False] * len(clauses)
    stances: list[str | None] = [None] * len(clauses)
    units: list[int | None] = [None] * len(clauses)
    first: dict[str, int] = {}
    starts = np.array([start for start, _ in clauses], np.int64)
    for number, unit in enumerate(article.units):
        at = max(0, int(np.searchsorted(starts, unit.start, side="right")) - 1)
        own = []
        while at < len(clauses) and clauses[at][0] < unit.end:
            start, end = clauses[at]
            if 2 * (min(end, unit.end) - max(start, unit.start)) > end - start:
                own.append(at)
            at += 1
        stance = unit.stance.get(target)
        for n in own:
            labels[n], units[n] = unit.label, number
            stances[n] = stance.label if stance else "neutral"
        if own:
            begins[own[0]] = True
            first[unit.id] = own[0]
    parents = {
        first[r.source]: (first[r.target], r.label)
        for r in article.relations
        if r.source in first and r.target in first
    }
    document = article.stance[target].label if target in article.stance else NONE
    return Laid(labels, begins, stances, parents, document, units)
