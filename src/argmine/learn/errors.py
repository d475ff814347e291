"""What a prediction got wrong, place by place, the most confident errors first.

Reads:   gold and predicted articles of equal text
Writes:  a list of :class:`Fault`; CSV that a spreadsheet opens without running anything in it
Method:  both are laid over the same clauses. Neighbouring clauses of one unit with one error are
         one fault. The score is the prediction's own for what it said; what it left out has none.
Limits:  the cues are those of the unit's label; stances and relations do not name theirs.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from argmine.compare.cells import defused
from argmine.learn.laying import lay, reference_clauses
from argmine.learn.scores import paired, tells_stance
from argmine.schema import AnnotatedArticle, Unit

# The kinds of faults: a unit with another label, one that gold does not have, one that was missed,
# one with the right label and other borders; a stance, a relation, the stance of the document.
KINDS = ("label", "invented", "missed", "borders", "stance", "relation", "document stance")
# So much of a text tells what a relation leads to, or a document without a title is.
GLANCE = 24
# Parts the units of gold where a predicted one runs through several.
BETWEEN = " | "


@dataclass(frozen=True, slots=True)
class Fault:
    """One error.

    Attributes:
        kind: one of ``KINDS``.
        document: id of the article.
        start: where it stands, in code points; ``None`` for the whole document.
        end: where it ends.
        text: what stands there.
        gold: what gold says.
        predicted: what the prediction says.
        score: how sure the prediction was; ``None`` where it said nothing or gave no score.
        cues: the cues that voted for a wrong label, with their weights.
    """

    kind: str
    document: str
    start: int | None
    end: int | None
    text: str
    gold: str
    predicted: str
    score: float | None = None
    cues: list[tuple[str, float]] = field(default_factory=list)


class _Pair:
    """A gold article and its prediction, both laid over the clauses of their text."""

    def __init__(self, gold: AnnotatedArticle, guess: AnnotatedArticle, target: str) -> None:
        self.article, self.guess, self.target = gold, guess, target
        self.gold, self.laid = lay(gold, target), lay(guess, target)
        self.clauses = reference_clauses(gold.text)

    def unit(self, clause: int) -> Unit | None:
        """The predicted unit of a clause."""
        number = self.laid.units[clause]
        return None if number is None else self.guess.units[number]

    def borders(self, first: int, last: int) -> tuple[int, int]:
        """The code points from the first clause to the last one."""
        return self.clauses[first][0], self.clauses[last][1]

    def glance(self, first: int, last: int) -> str:
        """The beginning of what stands in the clauses, with its place."""
        start, end = self.borders(first, last)
        return f"{start}–{end} {_cut(self.article.text[start:end])}"

    def fault(
        self,
        kind: str,
        clauses: tuple[int, int],
        said: tuple[str, str],
        score: float | None,
        cues: bool = False,
    ) -> Fault:
        """A fault in the clauses from the first to the last; gold and prediction said ``said``."""
        start, end = self.borders(*clauses)
        unit = self.unit(clauses[0])
        voted = [(cue.text, cue.weight) for cue in unit.cues] if unit is not None and cues else []
        text = self.article.text[start:end]
        return Fault(kind, self.article.id, start, end, text, *said, score, voted)


def find_faults(
    gold: Sequence[AnnotatedArticle],
    predicted: Sequence[AnnotatedArticle],
    target: str = "cooperative-security",
) -> list[Fault]:
    """All faults, the most confident first; those without a score stand last.

    Raises:
        InputError: no gold, a missing prediction, or another text under the same id.
    """
    found: list[Fault] = []
    searches = [_labels, _borders, _relations]
    if tells_stance(gold, target):
        searches += [_stances, _document]
    for article, guess in paired(gold, predicted):
        pair = _Pair(article, guess, target)
        for search in searches:
            found += search(pair)
    return sorted(
        found,
        key=lambda f: (f.score is None, -(f.score or 0), f.document, f.start or 0, f.kind),
    )


def _labels(pair: _Pair) -> Iterator[Fault]:
    gold, laid = pair.gold, pair.laid

    def wrong(n: int) -> Hashable:
        if gold.labels[n] == laid.labels[n]:
            return None
        return gold.labels[n], laid.labels[n], gold.units[n], laid.units[n]

    for first, last in _runs(len(gold.labels), wrong):
        unit, said = pair.unit(first), (gold.labels[first], laid.labels[first])
        if unit is None:
            yield pair.fault("missed", (first, last), said, None)
        else:
            kind = "invented" if gold.units[first] is None else "label"
            yield pair.fault(kind, (first, last), said, unit.score, cues=True)


def _borders(pair: _Pair) -> Iterator[Fault]:
    golds = pair.gold.spans()
    units = pair.gold.units
    runs = _runs(len(units), units.__getitem__)
    extents = {units[first]: (first, last) for first, last in runs}
    for first, (last, label) in pair.laid.spans().items():
        right = all(pair.gold.labels[n] == label for n in range(first, last + 1))
        if right and golds.get(first) != (last, label):
            touched = sorted({n for n in pair.gold.units[first : last + 1] if n is not None})
            cut = [f"{label} {pair.glance(*extents[n])}" for n in touched]
            unit = pair.unit(first)
            said = (BETWEEN.join(cut), label)
            yield pair.fault("borders", (first, last), said, unit.score if unit else None)


def _stances(pair: _Pair) -> Iterator[Fault]:
    gold, laid = pair.gold, pair.laid

    def wrong(n: int) -> Hashable:
        right, said = gold.stances[n], laid.stances[n] or "neutral"
        return None if right in (None, said) else (right, said, gold.units[n], laid.units[n])

    for first, last in _runs(len(gold.labels), wrong):
        unit = pair.unit(first)
        stance = unit.stance.get(pair.target) if unit else None
        said = (str(gold.stances[first]), laid.stances[first] or "neutral")
        yield pair.fault("stance", (first, last), said, stance.score if stance else None)


def _relations(pair: _Pair) -> Iterator[Fault]:
    """Wrong relations of the prediction, then gold's that no wrong or right one stands for."""
    golds, guesses = pair.gold.spans(), pair.laid.spans()
    home = {n: first for first, (last, _) in golds.items() for n in range(first, last + 1)}
    score = {(r.source, r.target): r.score for r in pair.guess.relations}

    def said(relation: tuple[int, str] | None, spans: dict[int, tuple[int, str]]) -> str:
        if relation is None:
            return "none"
        served, label = relation
        return f"{label} → {pair.glance(served, spans[served][0] if served in spans else served)}"

    answered: set[int | None] = set()
    for source, relation in pair.laid.parents.items():
        own = home.get(source)
        answered.add(own)
        right = None if own is None else pair.gold.parents.get(own)
        if right is not None and right == (home.get(relation[0]), relation[1]):
            continue
        last = guesses[source][0] if source in guesses else source
        ends = (pair.unit(source), pair.unit(relation[0]))
        known = score.get((ends[0].id, ends[1].id)) if ends[0] and ends[1] else None
        both = (said(right, golds), said(relation, guesses))
        yield pair.fault("relation", (source, last), both, known)
    for source, relation in pair.gold.parents.items():
        if source not in answered:
            last = golds[source][0] if source in golds else source
            both = (said(relation, golds), "none")
            yield pair.fault("relation", (source, last), both, None)


def _document(pair: _Pair) -> Iterator[Fault]:
    if pair.gold.document == pair.laid.document:
        return
    stance = pair.guess.stance.get(pair.target)
    title = pair.guess.meta.title or _cut(pair.article.text.strip().split("\n")[0])
    said = (pair.gold.document, pair.laid.document)
    score = stance.score if stance else None
    yield Fault("document stance", pair.article.id, None, None, title, *said, score)


def _runs(size: int, key: object) -> Iterator[tuple[int, int]]:
    """First and last of the neighbouring clauses that have one key; ``None`` is no key."""
    for value, group in groupby(range(size), key):  # type: ignore[call-overload]
        clauses = list(group)
        if value is not None:
            yield clauses[0], clauses[-1]


def _cut(text: str) -> str:
    return text if len(text) <= GLANCE else text[:GLANCE] + "…"


def faults_csv(faults: Sequence[Fault], sides: tuple[str, str] = ("gold", "predicted")) -> bytes:
    """The faults as CSV for a spreadsheet: UTF-8 with its mark, and no cell that is a formula.

    Args:
        faults: in the order of the rows.
        sides: the names of the two columns that say what each side said.
    """
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(("kind", "document", "start", "end", "text", *sides, "score", "cues"))
    for fault in faults:
        cues = "; ".join(f"{text} {weight:+.2f}" for text, weight in fault.cues)
        said = (fault.gold, fault.predicted)
        row = (fault.kind, fault.document, fault.start, fault.end, fault.text, *said)
        cells = (*row, fault.score, cues)
        writer.writerow([defused(cell) if isinstance(cell, str) else cell for cell in cells])
    return file.getvalue().encode("utf-8-sig")
