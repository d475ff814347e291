"""Tell the stance toward a target: of each unit, of the document, of the actors reported.

Reads:   doc.user_data["argmine.matching"], doc.spans["units"], and where present ["mentions"]
Writes:  doc.spans["units"].attrs["stance"]: unit id → target id → label, score, scores, by;
         doc.spans["units"].attrs["document_stance"]: target id → label, score, scores, units,
         by_actor
Method:  the words of a unit vote by the weights of stance.tsv; the lean of the whole document
         weighs in; a negation right before a cue turns it. A unit takes a side where the votes
         pass a threshold. The document takes the side of its units where enough of them have one.
Limits:  irony is missed; what an actor does is judged by the words that tell it. Scores are a
         squashed sum of log-odds, no calibrated probability.
Source:  annotation guidelines, section 5; weights from corpus/derive_cues.py and by hand.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from argmine.lexicons import Cue, Match, Matcher, read_lexicon, read_table
from argmine.text.matching import matching_of

# All constants below were chosen together on the training articles, with gold units.
UNIT_THRESHOLD = 1.6
# Votes of one unit overlap in what they say; the longer the unit the more chance hits it has.
LENGTH_POWER = 0.7
LENGTH_UNIT = 30
# How strongly the document's lean (mean vote of its units) moves each unit.
LEAN_SHARE = 1.3
# A document takes a side where this share of its units does, and the other side has fewer.
SIDE_SHARE = 0.2
# Below this mean of touching words a unit, the target is not touched.
TOUCH_PER_UNIT = 0.16
SIDES = ("favor", "against")
_NEGATION = re.compile(r"(?:不|未|没有|并非|难以|无法|拒绝|反对|绝非|避免|防止|而非)[的地是]?$")


@dataclass(frozen=True, slots=True)
class UnitVotes:
    """Votes of one unit: summed weights a side, and how many touching words it has."""

    favor: float
    against: float
    touches: int


class StanceRules:
    """The voting for one target, without spaCy."""

    def __init__(self, cues: Iterable[Cue]) -> None:
        self._matcher = Matcher(cues)

    def votes(self, form: str, units: Sequence[tuple[int, int]]) -> list[UnitVotes]:
        """Votes of each unit, given by code points in text order."""
        starts = [start for start, _ in units]
        sums = [[0.0, 0.0] for _ in units]
        touches = [0] * len(units)
        for match in self._matcher.find(form):
            n = bisect_right(starts, match.start) - 1
            if n < 0 or match.end > units[n][1]:
                continue
            label = match.cue.label
            if label == "touch":
                touches[n] += 1
                continue
            side = SIDES.index(label)
            if _negated(form, match, units[n][0]):
                side = 1 - side
            sums[n][side] += match.cue.weight
        found = []
        for (start, end), (favor, against), touch in zip(units, sums, touches, strict=True):
            scale = max(1.0, (end - start) / LENGTH_UNIT) ** LENGTH_POWER
            found.append(UnitVotes(favor / scale, against / scale, touch))
        return found

    def judge(self, votes: Sequence[UnitVotes]) -> list[dict[str, float]]:
        """Scores of favor, against and neutral for each unit; they sum to one."""
        size = max(1, len(votes))
        lean = sum(vote.favor - vote.against for vote in votes) / size
        scores = []
        for vote in votes:
            favor = vote.favor - vote.against + LEAN_SHARE * lean
            sides = (favor - UNIT_THRESHOLD, -favor - UNIT_THRESHOLD)
            powers = [math.exp(min(side, 30.0)) for side in sides]
            total = sum(powers) + 1.0
            scores.append(
                {
                    "favor": powers[0] / total,
                    "against": powers[1] / total,
                    "neutral": 1.0 / total,
                }
            )
        return scores


def document_label(labels: Sequence[str], touches: int) -> tuple[str, dict[str, float]]:
    """The document's label from its units' labels, with the shares that decided."""
    size = max(1, len(labels))
    shares = {side: labels.count(side) / size for side in SIDES}
    best = max(SIDES, key=shares.__getitem__)
    touched = touches / size >= TOUCH_PER_UNIT
    if not labels or not touched:
        label = "none"
    elif shares[best] >= SIDE_SHARE:
        label = best
    else:
        label = "neutral"
    scores = {**shares, "neutral": max(0.0, 1.0 - sum(shares.values()))}
    return label, scores


def _negated(form: str, match: Match, start: int) -> bool:
    return bool(_NEGATION.search(form, max(start, match.start - 4), match.start))


@Language.factory("argmine_stance", default_config={"lexicon": "stance"})
def make_stance(nlp: Language, name: str, lexicon: str) -> Stance:
    """Build the component for the targets of targets.tsv."""
    targets = read_table("targets", ("target", "name_zh", "name_en", "source"))
    rules = StanceRules(read_lexicon(lexicon))
    return Stance({row["target"]: rules for row in targets})


class Stance:
    """Component that writes the stances beside the group ``units``."""

    def __init__(self, rules: dict[str, StanceRules]) -> None:
        self._rules = rules

    def __call__(self, doc: Doc) -> Doc:
        """Predict and write."""
        self.set_annotations(doc, self.predict(doc))
        return doc

    def predict(self, doc: Doc) -> tuple[dict[str, Any], dict[str, Any]]:
        """Stances of the units and of the document; reads only."""
        units = list(doc.spans["units"])
        borders = [(unit.start_char, unit.end_char) for unit in units]
        form = matching_of(doc)
        by_unit: dict[str, Any] = {unit.id_: {} for unit in units}
        by_document: dict[str, Any] = {}
        for target, rules in self._rules.items():
            votes = rules.votes(form, borders)
            labels = []
            for unit, scores in zip(units, rules.judge(votes), strict=True):
                label = max(scores, key=scores.__getitem__)
                labels.append(label)
                by_unit[unit.id_][target] = {
                    "label": label,
                    "score": scores[label],
                    "scores": scores,
                    "by": "rules",
                }
            touches = sum(vote.touches > 0 or vote.favor + vote.against > 2 for vote in votes)
            label, shares = document_label(labels, touches)
            by_document[target] = {
                "label": label,
                "score": shares.get(label, 1.0 - max(shares["favor"], shares["against"])),
                "scores": shares,
                "units": [u.id_ for u, own in zip(units, labels, strict=True) if own == label],
                "by_actor": _by_actor(doc, labels),
            }
        return by_unit, by_document

    def set_annotations(self, doc: Doc, found: tuple[dict[str, Any], dict[str, Any]]) -> None:
        """Write both beside the units."""
        group = doc.spans["units"]
        group.attrs = {**group.attrs, "stance": found[0], "document_stance": found[1]}


def _by_actor(doc: Doc, labels: Sequence[str]) -> list[dict[str, Any]]:
    """What the article reports of each actor: the side of the units whose words it holds.

    Only units that report an actor's saying count (``holder``): what an article says *about* an
    actor is the author's stance, and no position of the actor may be invented from it.
    """
    group = doc.spans["units"]
    held: dict[str, list[tuple[str, str]]] = {}
    for unit, label in zip(group, labels, strict=True):
        holder = group.attrs[unit.id_].get("holder")
        if holder not in (None, "author"):
            held.setdefault(holder, []).append((unit.id_, label))
    rows = []
    for actor, units in sorted(held.items()):
        counts = {side: sum(label == side for _, label in units) for side in SIDES}
        best = max(SIDES, key=counts.__getitem__)
        label = best if counts[best] else "neutral"
        ids = [key for key, own in units if own == label]
        rows.append({"actor": actor, "label": label, "score": len(ids) / len(units), "units": ids})
    return rows
