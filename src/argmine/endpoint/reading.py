"""From a model's answers about an article to the units, relations and stances of its ``Doc``.

Reads:   doc.spans["sentences"], ["clauses"], and where present ["sections"], ["boilerplate"],
         ["mentions"]
Writes:  what the components units, relations and stance write, without scores
Method:  quotations are anchored in the window that was sent; one over several sentences is cut at
         their ends, and its relation goes out from each part. The document's stance follows from
         that of its units as with the rules.
Limits:  no relation crosses windows, but to the heading and the title.
Source:  annotation guidelines, sections 1 and 3 (one sentence a unit, one relation out, no cycle).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc

from argmine.endpoint.anchors import Place, anchor
from argmine.endpoint.answers import HEADING, TITLE, Answer
from argmine.endpoint.windows import Stretch, cut_windows
from argmine.lexicons import read_lexicon
from argmine.schema import STANCE_LABELS, Article
from argmine.tag.clauses import clauses_of
from argmine.tag.relations import take_acyclic
from argmine.tag.stance import UNIT_THRESHOLD, Stance, StanceRules
from argmine.tag.units import UnitFound

# The target that the prompt asks about.
STANCE_TARGET = "cooperative-security"
NO_END = "relation to no unit"
SECOND = "second relation of a unit"
CYCLE = "relation closing a cycle"
_NEUTRAL = STANCE_LABELS.index("neutral")


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of the text, and where the title and its section's heading stand outside of it.

    Attributes:
        start: code point.
        end: code point.
        title: the article's title, where the window does not hold it.
        heading: place of the heading.
    """

    start: int
    end: int
    title: str | None
    heading: Place | None


@dataclass(frozen=True, slots=True)
class _Unit:
    start: int
    end: int
    label: str
    stance: str | None


@dataclass(frozen=True, slots=True)
class _Edge:
    """A relation between units as they were found, or to the unit that holds a place."""

    source: int
    target: int | Place
    label: str


class ArticleReading:
    """Gathers the answers about one article.

    Args:
        doc: with sentences, sections and mentions.
        article: that it was made of.

    Attributes:
        dropped: how many pieces of the answers were not used, by reason.
    """

    def __init__(self, doc: Doc, article: Article) -> None:
        self._doc, self._article = doc, article
        self._clauses = clauses_of(doc)
        table = doc.spans["sentences"].attrs
        self._starts, self._ends = table["start"], table["end"]
        self._section_of, self._paragraph_of = table["section"], table["paragraph"]
        # sentences of page furniture; where they stand, the text that is read has empty lines
        self._furniture = set(self._clauses.sentence[self._clauses.furniture].tolist())
        self._readable = _blanked(
            article.text, [(self._starts[n], self._ends[n]) for n in sorted(self._furniture)]
        )
        title = article.meta.title
        at = self._readable.find(title) if title else -1
        self._title_place = (at, at + len(title)) if title and at >= 0 else None
        self._units: list[_Unit] = []
        self._edges: list[_Edge] = []
        self.dropped: Counter[str] = Counter()

    def windows(self) -> list[Window]:
        """What to ask about, in text order; all of the text but its furniture."""
        return [self._window(start, end) for start, end in cut_windows(self._stretches())]

    def _stretches(self) -> list[Stretch]:
        columns = (self._starts, self._ends, self._paragraph_of, self._section_of)
        rows = enumerate(zip(*columns, strict=True))
        return [Stretch(*row) for n, row in rows if n not in self._furniture]

    def words(self, window: Window) -> str:
        """What is sent of a window: its lines, without furniture."""
        lines = self._readable[window.start : window.end].split("\n")
        return "\n".join(line for line in lines if line.strip())

    def _window(self, start: int, end: int) -> Window:
        title, place = self._article.meta.title, self._title_place
        if place is not None and start <= place[0] < end:
            title = None
        heading = None
        section = self._section_of[bisect_right(self._starts, start) - 1]
        if section is not None:
            about = self._doc.spans["sections"].attrs[section]
            if about["title_start"] < about["title_end"] <= start:
                heading = (about["title_start"], about["title_end"])
        return Window(start, end, title, heading)

    def add(self, window: Window, answer: Answer) -> None:
        """Take in the answer about a window."""
        self.dropped.update(answer.dropped)
        text = self._readable[window.start : window.end]
        quotations = [quoted.quote for quoted in answer.units]
        found = anchor(text, quotations, self._article.meta.script)
        given = Counter(quoted.id for quoted in answer.units)
        parts_of: dict[str, list[int]] = {}
        for quoted, place in zip(answer.units, found, strict=True):
            if isinstance(place, str):
                self.dropped[place] += 1
                continue
            parts = self._cut_at_sentences(window.start + place[0], window.start + place[1])
            # an id that stands twice names none
            if given[quoted.id] == 1:
                first = len(self._units)
                parts_of[quoted.id] = list(range(first, first + len(parts)))
            self._units += [_Unit(*part, quoted.label, quoted.stance) for part in parts]
        places = {TITLE: self._title_place, HEADING: window.heading}
        for link in answer.relations:
            targets: list[int | Place] = [*parts_of.get(link.target, ())]
            place_of_target = places.get(link.target)
            if link.target not in given and place_of_target is not None:
                targets = [place_of_target]
            sources = parts_of.get(link.source, ())
            # which part of a quotation that was cut is meant, nobody knows
            if not sources or len(targets) != 1:
                self.dropped[NO_END] += 1
                continue
            self._edges += [_Edge(source, targets[0], link.label) for source in sources]

    def _cut_at_sentences(self, start: int, end: int) -> list[Place]:
        parts = []
        first = max(0, bisect_right(self._starts, start) - 1)
        for n in range(first, bisect_left(self._starts, end)):
            part = max(start, self._starts[n]), min(end, self._ends[n])
            if n not in self._furniture and any(
                map(str.isalnum, self._article.text[part[0] : part[1]])
            ):
                parts.append(part)
        return parts

    def write(self, nlp: Language, by: str) -> None:
        """Write units, relations and stances into the doc.

        Args:
            nlp: its component of units adds what the rules know of a unit besides its label.
            by: who told the labels.
        """
        order = sorted(range(len(self._units)), key=lambda n: self._units[n].start)
        units = [self._units[n] for n in order]
        self._write_units(nlp, units, by)
        number_of = {n: number for number, n in enumerate(order)}
        self._doc.user_data["argmine.relations"] = self._relations(units, number_of)
        self._write_stances(units, by)

    def _write_units(self, nlp: Language, units: list[_Unit], by: str) -> None:
        clauses = self._clauses
        first = np.searchsorted(clauses.start, [unit.start for unit in units], side="right") - 1
        last = np.searchsorted(clauses.start, [unit.end for unit in units]) - 1
        rows = zip(units, first.tolist(), last.tolist(), strict=True)
        found = [
            UnitFound(unit.start, unit.end, a, b, bool(clauses.heading[a]), unit.label, scores)
            for unit, a, b in rows
            for scores in ({unit.label: 1.0},)  # the component wants one; it is taken off below
        ]
        component: Any = nlp.get_pipe("argmine_units")
        component.set_annotations(self._doc, found)
        group = self._doc.spans["units"]
        told: dict[str, Any] = {"score": None, "scores": {}, "by": by}
        group.attrs = {key: {**unit, **told} for key, unit in group.attrs.items()}

    def _relations(self, units: list[_Unit], number_of: dict[int, int]) -> list[dict[str, Any]]:
        edges = []
        for edge in self._edges:
            if isinstance(edge.target, int):
                edges.append((number_of[edge.source], number_of[edge.target], edge.label))
                continue
            held = _units_in(units, edge.target)
            if len(held) == 1:
                edges.append((number_of[edge.source], held[0], edge.label))
            else:
                self.dropped[NO_END] += 1
        taken = set(take_acyclic((edge[0], edge[1], n) for n, edge in enumerate(edges)))
        served: set[int] = set()
        for n, (source, _, _) in enumerate(edges):
            if n in taken:
                served.add(source)
            else:
                self.dropped[SECOND if source in served else CYCLE] += 1
        return [
            {"source": f"u{source + 1}", "target": f"u{target + 1}", "label": label, "score": None}
            for source, target, label in sorted(edges[n] for n in taken)
        ]

    def _write_stances(self, units: list[_Unit], by: str) -> None:
        labels = [STANCE_LABELS.index(unit.stance or "neutral") for unit in units]
        component = Stance({STANCE_TARGET: _ToldStances(np.eye(len(STANCE_LABELS))[labels])})
        by_unit, by_document = component.predict(self._doc)
        for unit, stances in zip(units, by_unit.values(), strict=True):
            stances.clear()
            if unit.stance is not None:
                judged: dict[str, Any] = {
                    "label": unit.stance,
                    "score": None,
                    "scores": {},
                    "by": by,
                }
                stances[STANCE_TARGET] = judged
        component.set_annotations(self._doc, (by_unit, by_document))


def _blanked(text: str, places: list[Place]) -> str:
    """A text of the same length with line breaks at the places, which are sorted."""
    pieces, behind = [], 0
    for start, end in places:
        pieces += [text[behind:start], "\n" * (end - start)]
        behind = end
    return "".join([*pieces, text[behind:]])


def _units_in(units: list[_Unit], place: Place) -> list[int]:
    """The units, sorted and free of overlap, that share characters with a place."""
    first = bisect_right(units, place[0], key=lambda unit: unit.end)
    after = bisect_left(units, place[1], key=lambda unit: unit.start)
    return list(range(first, after))


class _ToldStances(StanceRules):
    """Stances that somebody else told, so that the document's follows from them by the rules."""

    def __init__(self, told: NDArray[np.float64]) -> None:
        super().__init__(read_lexicon("stance"), read_lexicon("negations"))
        self._told = told

    def votes(
        self, form: str, starts: NDArray[np.int64], ends: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """As of the rules; a unit that takes a side touches the target."""
        votes, touches = super().votes(form, starts, ends)
        return votes, touches + (self._told[:, _NEUTRAL] == 0)

    def judge(
        self, votes: NDArray[np.float64], threshold: float = UNIT_THRESHOLD
    ) -> NDArray[np.float64]:
        """What was told."""
        return self._told
