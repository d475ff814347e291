"""Tag argumentative units: claim, evidence, recommendation.

Reads:   doc.user_data["argmine.matching"], doc.spans["sentences"], ["clauses"], and where present
         ["sections"], ["boilerplate"], ["mentions"], doc.user_data["argmine.segments"]
Writes:  doc.spans["units"]: label_ is the unit label, id_ is u1, u2, ... in text order; attrs maps
         each id to start and end (code points), label, subtype, score, scores, strength,
         addressee, holder, heading, by, cues, and clauses (indices of its first and last)
Method:  each clause adds up the weights of its cues (units.tsv) and of its place and shape
         (structure.tsv) for each label and for none; the other clauses of its sentence and of its
         paragraph lend a share of theirs. The clauses of a sentence decide together: a sentence
         has one label, or two where cutting it once gains more than ``CUT_COST``.
         A model of given segments (head ``segments``) finds no borders: it labels the units that
         the input has already, else each sentence. Labels may be any; subtype, strength, holder
         and addressee are told of the default labels only.
         Scores are of the mean clause of the unit; those of a trained model are calibrated.
Limits:  a sentence that argues in three steps is cut once. The scores of the rules are not
         calibrated.
Source:  labels follow the annotation guidelines, section 2; the weights are those of a multinomial
         logistic regression over training articles, fitted by corpus/derive_cues.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup

from argmine.lexicons import Cue, alternation, read_lexicon, read_table
from argmine.schema import DECIMALS, UNIT_LABELS
from argmine.tag.clauses import (
    Clauses,
    Flags,
    Numbers,
    clauses_at,
    clauses_of,
    opens,
    segments_of,
    sentences_of,
)
from argmine.tag.details import UnitDetails
from argmine.tag.models import Model
from argmine.tag.scorers import LexiconScorer, Scorer, Scores, Shares, Votes, group_means
from argmine.text.borders import borders_of
from argmine.text.matching import matching_of

LABELS = (*UNIT_LABELS, "none")
# Shares of the mean of the sentence and of the paragraph, and the log-odds that a cut must gain:
# chosen together by cross-validation over 72 training articles (unit F1, half overlap) from
# 0, 0.25, 0.5, 1; 1, 2, 3; 0.5, 1, 1.5, 2, 3. The weights are fitted for these shares.
RULE_SHARES = Shares(0.5, 1.0, 0.0)
CUT_COST = 1.5
# An opening adverbial without a predicate (guidelines, section 1) is hardly ever longer, nor one
# that ends as adverbials do (从…来看，); no cut parts it from what it opens.
MAX_ADVERBIAL, MAX_MARKED_ADVERBIAL = 6, 24
# More cues than this no reader takes in.
MAX_SHOWN = 4
# A claim and its proof behind a colon are two units where both have a predicate of their own,
# which this many code points leave room for.
MIN_PROOF = 12


@dataclass(slots=True)
class UnitFound:
    """A unit found: code points, inclusive indices of its clauses, label, scores, and its cues.

    A cue is start and end in code points, and weight. ``heading``: it stands in a heading.
    """

    start: int
    end: int
    first: int
    last: int
    heading: bool
    label: str
    scores: dict[str, float]
    cues: list[tuple[int, int, float]] = field(default_factory=list)


class UnitFinder:
    """The cutting of scored clauses into units, without spaCy.

    Args:
        scorer: scores clauses for labels; its last label is none.
        connectives: cue lexicon with the labels concession and contrast.
        by: who scored, ``rules`` or the name of a model.
    """

    def __init__(self, scorer: Scorer, connectives: Sequence[Cue] = (), by: str = "rules") -> None:
        self._scorer, self.by = scorer, by
        self._temperature = 1.0
        self._none = len(scorer.labels) - 1
        self._concession = re.compile(alternation(connectives, "concession"))
        self._turn = re.compile(alternation(connectives, "contrast"))
        self._adverbial_end = re.compile(alternation(connectives, "adverbial end") + r"[，：]?\Z")

    def scored_by(self, scorer: Scorer, by: str, temperature: float) -> UnitFinder:
        """The same cutting with another scorer, whose scores are calibrated by a temperature."""
        other = copy(self)
        other._temperature = temperature
        other._scorer, other._none, other.by = scorer, len(scorer.labels) - 1, by
        return other

    def find(self, form: str, clauses: Clauses) -> list[UnitFound]:
        """Units in text order."""
        if not len(clauses):
            return []
        sums, votes = self._scorer(form, clauses)
        labels, begins = cut_sentences(sums, clauses, self._adverbials(form, clauses))
        labels[clauses.furniture] = self._none
        begins |= self._parted(form, clauses, labels)
        members = labels != self._none
        first = np.flatnonzero(members & (begins | ~np.concatenate(([False], members[:-1]))))
        unit_of = np.where(members, np.searchsorted(first, np.arange(len(labels)), "right") - 1, -1)
        found = self._units(clauses, labels, sums, first, unit_of)
        _add_cues(found, votes, unit_of, labels, self._scorer.least_shown)
        return found

    def _adverbials(self, form: str, clauses: Clauses) -> Numbers:
        """The clauses that open a sentence as an adverbial."""
        first = np.flatnonzero(opens(clauses.sentence))
        size = (clauses.end - clauses.start)[first]
        short, candidates = first[size <= MAX_ADVERBIAL], first[size <= MAX_MARKED_ADVERBIAL]
        starts, ends = clauses.start[candidates].tolist(), clauses.end[candidates].tolist()
        marked = [
            self._adverbial_end.search(form, max(start, end - 5), end) is not None
            for start, end in zip(starts, ends, strict=True)
        ]
        return np.concatenate((short, candidates[np.array(marked, np.bool_)]))

    def _parted(self, form: str, clauses: Clauses, labels: Numbers) -> Flags:
        """Whether a clause begins a unit though the clause before it has its label.

        Points between semicolons, a claim and its proof behind a colon, a concession and what it
        gives way to.
        """
        parted = np.zeros(len(clauses), np.bool_)
        new_sentence = opens(clauses.sentence)
        candidates = np.flatnonzero(~new_sentence & (labels != self._none))
        candidates = candidates[labels[candidates] == labels[candidates - 1]]
        sentence_start = clauses.start[new_sentence][np.cumsum(new_sentence) - 1].tolist()
        starts, ends = clauses.start.tolist(), clauses.end.tolist()
        for n in candidates.tolist():
            mark = form[ends[n - 1] - 1]
            if mark == "：":
                room = min(ends[n] - starts[n], ends[n - 1] - starts[n - 1])
                parted[n] = room > MIN_PROOF
            elif mark == "；":
                parted[n] = True
            elif self._turn.match(form, starts[n], ends[n]):
                conceding = self._concession.search(form, sentence_start[n], starts[n])
                parted[n] = conceding is not None
        return parted

    def _units(
        self, clauses: Clauses, labels: Numbers, sums: Scores, first: Numbers, unit_of: Numbers
    ) -> list[UnitFound]:
        """The units that begin at the clauses ``first``; ``unit_of`` is each clause's or -1."""
        names = self._scorer.labels
        members = np.flatnonzero(unit_of >= 0)
        last = np.searchsorted(unit_of[members], np.arange(len(first)), side="right") - 1
        last = members[last]
        means = group_means(sums[members], unit_of[members])[np.searchsorted(members, first)]
        shares = _shares(means / self._temperature).round(DECIMALS).tolist()
        columns = (clauses.start[first], clauses.end[last], first, last, clauses.heading[first])
        rows = zip(*(c.tolist() for c in columns), labels[first].tolist(), shares, strict=True)
        return [
            UnitFound(start, end, a, b, heading, names[label], dict(zip(names, row, strict=True)))
            for start, end, a, b, heading, label, row in rows
        ]


class SegmentLabeller:
    """The labelling of segments whose borders are given, without spaCy.

    Args:
        scorer: scores segments for labels.
        by: the name of the model.
        temperature: by which its scores are calibrated.
    """

    def __init__(self, scorer: Scorer, by: str, temperature: float = 1.0) -> None:
        self._scorer, self.by, self._temperature = scorer, by, temperature

    def label(self, form: str, clauses: Clauses, segments: Clauses) -> list[UnitFound]:
        """A unit for each segment that is no page furniture, in text order.

        Args:
            form: the matching form.
            clauses: its clauses.
            segments: a table of the same kind.
        """
        if not len(segments):
            return []
        sums, votes = self._scorer(form, segments)
        labels = sums.argmax(axis=1)
        kept = np.flatnonzero(~segments.furniture)
        unit_of = np.full(len(segments), -1, np.int64)
        unit_of[kept] = np.arange(len(kept))
        columns = (
            segments.start,
            segments.end,
            clauses_at(clauses, segments.start),
            clauses_at(clauses, segments.end - 1),
            segments.heading,
            labels,
            _shares(sums / self._temperature).round(DECIMALS),
        )
        names = self._scorer.labels
        rows = zip(*(column[kept].tolist() for column in columns), strict=True)
        found = [
            UnitFound(start, end, a, b, heading, names[label], dict(zip(names, row, strict=True)))
            for start, end, a, b, heading, label, row in rows
        ]
        _add_cues(found, votes, unit_of, labels, self._scorer.least_shown)
        return found


def _shares(sums: Scores) -> Scores:
    """Probabilities of the columns of each row."""
    powers = np.exp(sums - sums.max(axis=1, keepdims=True, initial=-np.inf))
    shares: Scores = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _add_cues(
    found: list[UnitFound], votes: Votes, unit_of: Numbers, labels: Numbers, least_shown: float
) -> None:
    """Give each unit its strongest votes; ``unit_of`` and ``labels`` are those of the rows."""
    units = unit_of[votes.home]
    weights = np.take_along_axis(votes.weights, labels[votes.home][:, None], axis=1)[:, 0]
    telling = votes.tells & (weights >= least_shown)
    shown = _strongest(units, np.where(telling, weights, 0.0))
    columns = (c[shown].tolist() for c in (units, votes.starts, votes.ends, weights.round(2)))
    for unit, start, end, weight in zip(*columns, strict=True):
        found[unit].cues.append((start, end, weight))


def cut_sentences(
    sums: Scores, clauses: Clauses, adverbials: Numbers | None = None
) -> tuple[Numbers, Flags]:
    """The best labels of the clauses of each sentence, with at most one cut, as columns.

    Args:
        sums: the sums of the clauses, a column a label.
        clauses: the clauses.
        adverbials: clauses that no cut parts from what follows.

    Returns:
        The label of each clause, as an index of ``LABELS``; whether a unit begins at it.
    """
    new = opens(clauses.sentence)
    sentence = np.cumsum(new) - 1
    first = np.flatnonzero(new)
    last = np.concatenate((first[1:], [len(sums)])) - 1
    running = np.cumsum(sums, axis=0)
    # what the sentence has gathered up to each clause, and what it will gather behind it
    left = running - (running - sums)[first][sentence]
    right = left[last][sentence] - left
    whole = left[last]
    gain = left.max(axis=1) + right.max(axis=1) - whole.max(axis=1)[sentence] - CUT_COST
    gain[last] = -np.inf
    if adverbials is not None:
        gain[adverbials] = -np.inf
    best = np.maximum.reduceat(gain, first)
    cuts = np.flatnonzero((gain == best[sentence]) & (gain > 0))
    cuts = cuts[np.unique(sentence[cuts], return_index=True)[1]]  # of equal cuts the first
    cut_of = last.copy()
    cut_of[sentence[cuts]] = cuts
    before = left[cut_of].argmax(axis=1)
    behind = right[cut_of].argmax(axis=1)
    labels = np.where(np.arange(len(sums)) <= cut_of[sentence], before[sentence], behind[sentence])
    new[cuts + 1] = True
    return labels, new


def _strongest(units: Numbers, weights: Scores) -> Numbers:
    """Rows of the strongest cues of each unit, at most ``MAX_SHOWN``; in the order of the rows."""
    rows = np.flatnonzero((units >= 0) & (weights > 0))
    order = rows[np.lexsort((-weights[rows], units[rows]))]
    rank = np.arange(len(order)) - np.searchsorted(units[order], units[order])
    return np.sort(order[rank < MAX_SHOWN])


def read_structure() -> dict[tuple[str, str], float]:
    """The weights of place and shape, by feature and label."""
    rows = read_table("structure", ("feature", "label", "weight", "source"))
    return {(row["feature"], row["label"]): float(row["weight"]) for row in rows}


@Language.factory("argmine_units", default_config={"lexicon": "units"})
def make_units(nlp: Language, name: str, lexicon: str) -> Units:
    """Build the component from the cue lexicon of that name."""
    connectives = read_lexicon("connectives")
    scorer = LexiconScorer(read_lexicon(lexicon), LABELS, read_structure(), RULE_SHARES)
    finder = UnitFinder(scorer, connectives)
    names = ("unit_details", "addressing", "saying", "mention_contexts")
    return Units(finder, UnitDetails(*map(read_lexicon, names)))


class Units:
    """Component that writes the group ``units``."""

    def __init__(self, finder: UnitFinder, details: UnitDetails) -> None:
        self.finder, self._details = finder, details
        self.min_score = 0.0
        self._labeller: SegmentLabeller | None = None
        self._kinds: dict[str, Scorer] = {}

    def use(self, model: Model) -> None:
        """Score by the heads of a trained model from now on.

        The head ``units`` finds units, ``segments`` labels given ones, ``subtype LABEL`` tells
        subtypes.
        """
        if "units" in model.heads:
            scorer, temperature = model.heads["units"], model.temperature_of("units")
            self.finder = self.finder.scored_by(scorer, model.signature, temperature)
        if "segments" in model.heads:
            scorer, temperature = model.heads["segments"], model.temperature_of("segments")
            self._labeller = SegmentLabeller(scorer, model.signature, temperature)
        for name, head in model.heads.items():
            kind, _, label = name.partition(" ")
            if kind == "subtype":
                self._kinds[label] = head

    def __call__(self, doc: Doc) -> Doc:
        """Predict and write."""
        self.set_annotations(doc, self.predict(doc))
        return doc

    def predict(self, doc: Doc) -> list[UnitFound]:
        """Units of the doc whose score is at least ``min_score``; reads only."""
        found = self._found(doc)
        if not self.min_score:
            return found
        return [unit for unit in found if unit.scores[unit.label] >= self.min_score]

    def _found(self, doc: Doc) -> list[UnitFound]:
        form, clauses = matching_of(doc), clauses_of(doc)
        if self._labeller is None:
            return self.finder.find(form, clauses)
        borders = doc.user_data.get("argmine.segments")
        if borders and len(clauses):
            segments = segments_of(clauses, *np.array(sorted(borders), np.int64).T)
        else:
            segments = sentences_of(clauses)
        return self._labeller.label(form, clauses, segments)

    def set_annotations(self, doc: Doc, found: list[UnitFound]) -> None:
        """Write the group."""
        borders = [unit.start for unit in found], [unit.end for unit in found]
        tokens = borders_of(doc).ranges(*borders)
        labels = [unit.label for unit in found]
        kinds = self._kinds_of(doc, *borders, labels)
        voices = self._details.voices(doc, *borders, labels)
        by = self.finder.by if self._labeller is None else self._labeller.by
        spans: list[Span] = []
        attrs: dict[str, Any] = {}
        rows = zip(found, tokens.starts.tolist(), tokens.ends.tolist(), kinds, voices, strict=True)
        for n, (unit, first, after, kind, (holder, addressee)) in enumerate(rows, 1):
            key, label = f"u{n}", unit.label
            spans.append(Span(doc, first, after, label=label, span_id=key))
            asks = label == "recommendation"
            if label not in UNIT_LABELS:
                holder = addressee = None
            attrs[key] = {
                "start": unit.start,
                "end": unit.end,
                "label": label,
                "subtype": None if asks else kind,
                "score": unit.scores[label],
                "scores": unit.scores,
                # a bare imperative is a "should" (guidelines, section 3)
                "strength": (kind or "should") if asks else None,
                "addressee": addressee,
                "holder": holder,
                "heading": unit.heading,
                "by": by,
                "cues": unit.cues,
                "clauses": [unit.first, unit.last],
            }
        doc.spans["units"] = SpanGroup(doc, name="units", attrs=attrs, spans=spans)

    def _kinds_of(
        self, doc: Doc, starts: list[int], ends: list[int], labels: list[str]
    ) -> list[str | None]:
        """The subtype or strength of each unit: by the head of its label, else by the rules."""
        form = matching_of(doc)
        kinds = self._details.kinds(form, starts, ends, labels)
        if not self._kinds.keys() & set(labels):
            return kinds
        table = segments_of(clauses_of(doc), np.array(starts), np.array(ends))
        for label in sorted(self._kinds.keys() & set(labels)):
            head = self._kinds[label]
            best = head.sums(form, table).argmax(axis=1).tolist()
            pairs = zip(labels, kinds, best, strict=True)
            kinds = [head.labels[n] if own == label else kind for own, kind, n in pairs]
        return kinds
