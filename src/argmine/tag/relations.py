"""Relate units: which unit supports or attacks which.

Reads:   doc.user_data["argmine.matching"], doc.spans["units"], ["sentences"], and where present
         ["sections"]
Writes:  doc.user_data["argmine.relations"]: source, target, label, score; at most one outgoing
         a unit, no cycle
Method:  evidence serves the nearest claim or recommendation of its paragraph, the one before
         first; a claim serves the paragraph's opening claim or a recommendation behind it; a
         paragraph's opening unit serves its heading. A connective of contrast or concession
         makes the relation an attack.
Limits:  relations across sections are not looked for. The score is the share of training
         relations of that kind that were right.
Source:  annotation guidelines, section 4.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc

from argmine.lexicons import Cue, read_lexicon
from argmine.text.matching import matching_of

# A connective opens its clause; an adverbial of this many code points may stand before it.
MAX_BEFORE_CONNECTIVE = 4


@dataclass(frozen=True, slots=True)
class UnitRecord:
    """What the rules see of a unit."""

    id: str
    label: str
    text: str
    paragraph: int
    section: str | None
    heading: bool


@dataclass(frozen=True, slots=True)
class RelationFound:
    """A relation from the serving unit to the one that it serves."""

    source: str
    target: str
    label: str
    score: float


class RelationRules:
    """The attachment of units, without spaCy."""

    def __init__(self, connectives: Iterable[Cue]) -> None:
        by_label: dict[str, list[str]] = {}
        for cue in connectives:
            by_label.setdefault(cue.label, []).append(cue.cue)
        self._attacking = tuple(by_label.get("contrast", ()))
        conceding = [*by_label.get("concession", ()), *by_label.get("objection", ())]
        self._conceding = tuple(conceding)

    def find(self, units: Sequence[UnitRecord]) -> list[RelationFound]:
        """Relations in the order of their sources."""
        paragraphs: dict[int, list[int]] = {}
        for n, unit in enumerate(units):
            paragraphs.setdefault(unit.paragraph, []).append(n)
        heading_of = {unit.section: n for n, unit in enumerate(units) if unit.heading}
        target_of: dict[int, tuple[int, float]] = {}
        for members in paragraphs.values():
            self._attach(units, members, heading_of, target_of)
        found = []
        for n in sorted(target_of):
            target, score = target_of[n]
            if not _reaches(target_of, target, n):
                label = self._label(units, n, target)
                found.append(RelationFound(units[n].id, units[target].id, label, score))
        return found

    def _attach(
        self,
        units: Sequence[UnitRecord],
        members: Sequence[int],
        heading_of: dict[str | None, int],
        target_of: dict[int, tuple[int, float]],
    ) -> None:
        points = [n for n in members if units[n].label != "evidence"]
        topic = members[0] if units[members[0]].label != "evidence" else None
        for n in members:
            unit = units[n]
            if unit.heading:
                continue
            before = [k for k in points if k < n]
            after = [k for k in points if k > n]
            if unit.label == "evidence":
                if before:
                    target_of[n] = (before[-1], 0.5)
                elif after:
                    target_of[n] = (after[0], 0.4)
            elif unit.label == "claim" and n != topic:
                following = [k for k in after if units[k].label == "recommendation"]
                if topic is not None:
                    target_of[n] = (topic, 0.4)
                elif following:
                    target_of[n] = (following[0], 0.4)
            elif n != topic and topic is not None and units[topic].label == unit.label:
                target_of[n] = (topic, 0.4)
            if n not in target_of and unit.section in heading_of:
                heading = heading_of[unit.section]
                if heading < n:
                    target_of[n] = (heading, 0.4)

    def _label(self, units: Sequence[UnitRecord], n: int, target: int) -> str:
        source, other = units[n], units[target]
        if target < n and _opens(source.text, self._attacking) and other.label == source.label:
            return "attack"
        if target > n and _opens(source.text, self._conceding):
            return "attack"
        return "support"


def _opens(text: str, cues: tuple[str, ...]) -> bool:
    head = text[: MAX_BEFORE_CONNECTIVE + 4]
    return any(0 <= head.find(cue) <= MAX_BEFORE_CONNECTIVE for cue in cues)


def _reaches(target_of: dict[int, tuple[int, float]], start: int, goal: int) -> bool:
    """Whether following the targets from ``start`` comes to ``goal``; a guard, in few steps."""
    seen = set()
    node: int | None = start
    while node is not None and node not in seen:
        if node == goal:
            return True
        seen.add(node)
        following = target_of.get(node)
        node = following[0] if following else None
    return False


@Language.factory("argmine_relations", default_config={"lexicon": "connectives"})
def make_relations(nlp: Language, name: str, lexicon: str) -> Relations:
    """Build the component."""
    return Relations(RelationRules(read_lexicon(lexicon)))


class Relations:
    """Component that writes the relations beside the group ``units``."""

    def __init__(self, rules: RelationRules) -> None:
        self._rules = rules

    def __call__(self, doc: Doc) -> Doc:
        """Predict and write."""
        self.set_annotations(doc, self.predict(doc))
        return doc

    def predict(self, doc: Doc) -> list[RelationFound]:
        """Relations between the units; reads only."""
        return self._rules.find(_records(doc))

    def set_annotations(self, doc: Doc, found: list[RelationFound]) -> None:
        """Write them beside the units."""
        doc.user_data["argmine.relations"] = [
            {"source": r.source, "target": r.target, "label": r.label, "score": r.score}
            for r in found
        ]


def _records(doc: Doc) -> list[UnitRecord]:
    sentences = doc.spans["sentences"].attrs
    home = doc.spans["clauses"].attrs["sentence"]
    form = matching_of(doc)
    records = []
    for key, unit in doc.spans["units"].attrs.items():
        sentence = home[unit["clauses"][0]]
        records.append(
            UnitRecord(
                key,
                unit["label"],
                form[unit["start"] : unit["end"]],
                sentences["paragraph"][sentence],
                sentences["section"][sentence],
                unit["heading"],
            )
        )
    return records
