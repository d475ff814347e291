"""Tag argumentative units: claim, evidence, recommendation.

Reads:   doc.user_data["argmine.matching"], doc.spans["sentences"], ["clauses"], and where present
         ["sections"], ["boilerplate"], ["mentions"]
Writes:  doc.spans["units"]: label_ is the unit label, id_ is u1, u2, ... in text order; attrs maps
         each id to start and end (code points), label, subtype, score, scores, strength,
         addressee, holder, heading, by, cues, and clauses (indices of its first and last)
Method:  each clause adds up the weights of its cues (units.tsv) and of its place and shape
         (structure.tsv) for each label and for none; neighbours in the sentence and in the
         paragraph lend a share of theirs; the highest sum decides. Neighbouring clauses of one
         sentence under one label are one unit.
Limits:  scores are a softmax of added log-odds: a ranking, no calibrated probability. Cues are
         taken as independent, which they are not.
Source:  labels follow the annotation guidelines, section 2; the weights are log-odds counted over
         training articles by corpus/derive_cues.py.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup

from argmine.lexicons import Cue, Matcher, read_lexicon, read_table
from argmine.schema import DECIMALS
from argmine.text.borders import TokenBorders
from argmine.text.matching import matching_of

LABELS = ("claim", "evidence", "recommendation", "none")
_NONE = LABELS.index("none")
# Shares of a neighbour's own sum: the other clauses of the sentence, and of the paragraph. Chosen
# on the training articles from 0, 0.25, 0.5, 0.75, 1 together with CUE_SHARE.
SENTENCE_SHARE = 0.75
PARAGRAPH_SHARE = 0.5
# Cues of one clause overlap in what they say: their summed weights count in part.
CUE_SHARE = 0.6
# Summed log-odds of overlapping cues overstate: divided by this before the softmax. A round figure
# that keeps scores of training units apart; it changes no label.
TEMPERATURE = 3.0
# An opening adverbial without a predicate (guidelines, section 1) is hardly ever longer.
MAX_ADVERBIAL = 6
# Cues below this weight decided nothing and are not shown; nor are more than a reader takes in.
SHOWN_WEIGHT = 0.3
MAX_SHOWN = 4
# A claim and its proof behind a colon are two units where both have a predicate of their own,
# which this many code points leave room for.
MIN_PROOF = 12
# Between an actor and its saying verb: an office or a date fits in.
MAX_TO_VERB = 25

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Clauses:
    """The clauses of a text as columns, in text order; start and end are code points."""

    start: Numbers
    end: Numbers
    sentence: Numbers
    paragraph: Numbers
    heading: Flags
    furniture: Flags

    def __len__(self) -> int:
        return len(self.start)


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


def shape_features(form: str, clauses: Clauses) -> dict[str, Flags]:
    """Tell what the clauses' place and shape say; the names are the keys of structure.tsv."""
    codes = np.frombuffer(form.encode("utf-32-le", "surrogatepass"), np.uint32)
    last = codes[clauses.end - 1]
    length = clauses.end - clauses.start
    digit = (codes >= ord("0")) & (codes <= ord("9"))
    date = np.zeros(len(codes), np.bool_)
    date[1:] = digit[:-1] & _among(codes[1:], "年月日")
    letter = _between(codes, "a", "z") | _between(codes, "A", "Z")

    def count(marked: Flags) -> Numbers:
        total = np.concatenate(([0], np.cumsum(marked)))
        return total[clauses.end] - total[clauses.start]

    has_date = count(date) > 0
    paragraph_size = np.bincount(clauses.paragraph)[clauses.paragraph]
    quarter = clauses.paragraph * 4 // (clauses.paragraph[-1] + 1)
    eighth = np.minimum(3, paragraph_size // 4)
    alone = paragraph_size == 1
    short, long = length < 8, length > 30
    features = {f"part {n}": quarter == n for n in range(4)}
    features |= {f"clauses {n}": ~alone & (eighth == n) for n in range(4)}
    return features | {
        "opens paragraph": _opens(clauses.paragraph),
        "opens sentence": _opens(clauses.sentence),
        "heading": clauses.heading,
        "alone on its line": alone,
        "without a stop": ~_among(last, "。！？!?；，：”"),
        "question": _among(last, "？?"),
        "date": has_date,
        "number": ~has_date & (count(digit) > 0),
        "document": count(codes == ord("《")) > 0,
        "quotation": (length > 20) & (count(codes == ord("“")) > 0),
        "latin": count(letter) > count(_between(codes, "\u3400", "\u9fff")),
        "short": short,
        "long": long,
        "middling": ~short & ~long,
    }


def _among(codes: NDArray[np.uint32], characters: str) -> Flags:
    return np.isin(codes, [ord(character) for character in characters])


def _between(codes: NDArray[np.uint32], low: str, high: str) -> Flags:
    return np.logical_and(codes >= ord(low), codes <= ord(high))


def _opens(groups: Numbers) -> Flags:
    """Whether each row is the first of its group; a group's rows stand together."""
    return np.concatenate(([True], groups[1:] != groups[:-1]))


class UnitRules:
    """The scoring of clauses and the grouping into units, without spaCy.

    Args:
        cues: cue lexicon with the labels of ``LABELS``.
        structure: weights by feature of :func:`shape_features` and label.
        connectives: cue lexicon with the labels concession and contrast.
    """

    def __init__(
        self,
        cues: Iterable[Cue],
        structure: dict[tuple[str, str], float] | None = None,
        connectives: Sequence[Cue] = (),
    ) -> None:
        self._matcher = Matcher(cue for cue in cues if cue.label in LABELS)
        groups = self._matcher.groups
        self._votes = np.zeros((len(groups), len(LABELS)))
        for number, group in enumerate(groups):
            for cue in group:
                self._votes[number, LABELS.index(cue.label)] += cue.weight
        self._features = sorted({name for name, _ in structure or {}})
        self._structure = np.zeros((len(self._features), len(LABELS)))
        for (name, label), weight in (structure or {}).items():
            self._structure[self._features.index(name), LABELS.index(label)] = weight
        self._concession = _any_of(connectives, "concession")
        self._turn = _any_of(connectives, "contrast")

    def find(self, form: str, clauses: Clauses) -> list[UnitFound]:
        """Units in text order."""
        if not len(clauses):
            return []
        places = self._matcher.locate(form)
        home = np.searchsorted(clauses.start, places.starts, side="right") - 1
        inside = (home >= 0) & (places.ends <= clauses.end[home])
        starts, ends, home = places.starts[inside], places.ends[inside], home[inside]
        votes = self._votes[places.numbers[inside]]

        shape = shape_features(form, clauses)
        feature, having = np.nonzero([shape[name] for name in self._features] or [[]])
        sums = np.empty((len(clauses), len(LABELS)))
        for label in range(len(LABELS)):
            sums[:, label] = CUE_SHARE * np.bincount(home, votes[:, label], len(clauses))
            sums[:, label] += np.bincount(having, self._structure[feature, label], len(clauses))
        sums = _with_neighbours(sums, clauses)
        labels = np.where(clauses.furniture, _NONE, sums.argmax(axis=1))
        adverbial = _opens(clauses.sentence) & (clauses.end - clauses.start <= MAX_ADVERBIAL)
        led = np.flatnonzero(adverbial[:-1] & ~_opens(clauses.sentence)[1:])
        labels[led] = labels[led + 1]

        found, unit_of = self._group(form, clauses, labels, sums)
        units = unit_of[home]
        weights = np.take_along_axis(votes, labels[home][:, None], axis=1)[:, 0]
        shown = _strongest(units, np.where(weights >= SHOWN_WEIGHT, weights, 0.0))
        columns = (column[shown].tolist() for column in (units, starts, ends, weights))
        for unit, start, end, weight in zip(*columns, strict=True):
            found[unit].cues.append((start, end, weight))
        return found

    def _group(
        self, form: str, clauses: Clauses, labels: Numbers, sums: Scores
    ) -> tuple[list[UnitFound], Numbers]:
        """Join neighbours of one sentence and label; the units, and the unit of each clause."""
        same = np.concatenate(([False], labels[1:] == labels[:-1])) & ~_opens(clauses.sentence)
        follows, label_of = same.tolist(), labels.tolist()
        starts, ends = clauses.start.tolist(), clauses.end.tolist()
        headings = clauses.heading.tolist()
        firsts: list[int] = []
        lasts: list[int] = []
        for n, label in enumerate(label_of):
            if label == _NONE:
                continue
            if follows[n] and not self._splits(form, starts[firsts[-1]], starts[n], ends[n]):
                lasts[-1] = n
            else:
                firsts.append(n)
                lasts.append(n)
        first, last = np.array(firsts, np.int64), np.array(lasts, np.int64)
        members = labels != _NONE
        unit_of = np.where(members, np.searchsorted(first, np.arange(len(labels)), "right") - 1, -1)
        scores = np.zeros((len(first), len(LABELS)))
        for label in range(len(LABELS)):
            total = np.bincount(unit_of[members], sums[members, label], len(first))
            scores[:, label] = total / (last - first + 1)
        rows = _softmax(scores).round(DECIMALS).tolist()
        by_labels = [dict(zip(LABELS, row, strict=True)) for row in rows]
        found = [
            UnitFound(starts[a], ends[b], a, b, headings[a], LABELS[label_of[a]], by_label)
            for a, b, by_label in zip(firsts, lasts, by_labels, strict=True)
        ]
        return found, unit_of

    def _splits(self, form: str, first: int, start: int, end: int) -> bool:
        """Whether the clause start..end begins a unit though the unit from ``first`` has its label.

        A claim and its proof behind a colon, or a concession and what it gives way to.
        """
        if form[first:start].rstrip().endswith("："):
            return end - start > MIN_PROOF and start - first > MIN_PROOF
        return bool(
            self._turn.match(form, start, end) and self._concession.search(form, first, start)
        )


def _strongest(units: Numbers, weights: Scores) -> Numbers:
    """Rows of the strongest cues of each unit, at most ``MAX_SHOWN``; in the order of the rows."""
    order = np.lexsort((-weights, units))
    order = order[(units[order] >= 0) & (weights[order] > 0)]
    rank = np.arange(len(order)) - np.searchsorted(units[order], units[order])
    return np.sort(order[rank < MAX_SHOWN])


def _any_of(cues: Iterable[Cue], label: str) -> re.Pattern[str]:
    strings = sorted((cue.cue for cue in cues if cue.label == label), key=len, reverse=True)
    # without a cue the pattern must match nothing
    return re.compile("|".join(map(re.escape, strings)) or r"(?!)")


def _with_neighbours(own: Scores, clauses: Clauses) -> Scores:
    """Add to each clause a share of the mean of its sentence and of its paragraph."""
    result = own.copy()
    for groups, share in (
        (clauses.sentence, SENTENCE_SHARE),
        (clauses.paragraph, PARAGRAPH_SHARE),
    ):
        size = np.maximum(np.bincount(groups), 1)
        for label in range(len(LABELS)):
            mean = np.bincount(groups, own[:, label]) / size
            result[:, label] += share * mean[groups]
    return result


def _softmax(scores: Scores) -> Scores:
    if not len(scores):
        return scores
    powers: Scores = np.exp((scores - scores.max(axis=1, keepdims=True)) / TEMPERATURE)
    shares: Scores = powers / powers.sum(axis=1, keepdims=True)
    return shares


def read_structure() -> dict[tuple[str, str], float]:
    """The weights of place and shape, by feature and label."""
    rows = read_table("structure", ("feature", "label", "weight", "source"))
    return {(row["feature"], row["label"]): float(row["weight"]) for row in rows}


@Language.factory("argmine_units", default_config={"lexicon": "units"})
def make_units(nlp: Language, name: str, lexicon: str) -> Units:
    """Build the component from the cue lexicon of that name."""
    connectives = read_lexicon("connectives")
    return Units(UnitRules(read_lexicon(lexicon), read_structure(), connectives))


class Units:
    """Component that writes the group ``units``."""

    def __init__(self, rules: UnitRules) -> None:
        self._rules = rules
        self._details = Matcher(read_lexicon("unit_details"))
        self._says = _any_of(read_lexicon("saying"), "saying")

    def __call__(self, doc: Doc) -> Doc:
        """Predict and write."""
        self.set_annotations(doc, self.predict(doc))
        return doc

    def predict(self, doc: Doc) -> list[UnitFound]:
        """Units of the doc; reads only."""
        return self._rules.find(matching_of(doc), clauses_of(doc))

    def set_annotations(self, doc: Doc, found: list[UnitFound]) -> None:
        """Write the group."""
        borders = [(unit.start, unit.end) for unit in found]
        tokens = TokenBorders(doc).ranges(*(zip(*borders, strict=True) if borders else ((), ())))
        form = matching_of(doc)
        actors = _actors(doc)
        details = self._details_of(form, borders, [unit.label for unit in found])
        spans: list[Span] = []
        attrs: dict[str, Any] = {}
        first, after = tokens.starts.tolist(), tokens.ends.tolist()
        for n, (unit, votes) in enumerate(zip(found, details, strict=True)):
            key, label, start, end = f"u{n + 1}", unit.label, unit.start, unit.end
            spans.append(Span(doc, first[n], after[n], label=label, span_id=key))
            best = max(votes, key=votes.__getitem__) if votes else None
            asks = label == "recommendation"
            inside = actors[bisect_left(actors, (start, "")) : bisect_left(actors, (end, ""))]
            attrs[key] = {
                "start": start,
                "end": end,
                "label": label,
                "subtype": None if asks else best,
                "score": unit.scores[label],
                "scores": unit.scores,
                # a bare imperative is a "should" (guidelines, section 3)
                "strength": (best or "should") if asks else None,
                "addressee": inside[0][1] if asks and inside else None,
                "holder": self._holder(form, end, inside) if label == "evidence" else "author",
                "heading": unit.heading,
                "by": "rules",
                "cues": unit.cues,
                "clauses": [unit.first, unit.last],
            }
        doc.spans["units"] = SpanGroup(doc, name="units", attrs=attrs, spans=spans)

    def _details_of(
        self, form: str, borders: Sequence[tuple[int, int]], labels: Sequence[str]
    ) -> list[dict[str, float]]:
        """Votes for the subtype or strength of each unit, by the cues of its label's own set."""
        votes: list[dict[str, float]] = [{} for _ in borders]
        starts = [start for start, _ in borders]
        for start, end, cue in self._details.find(form):
            n = bisect_right(starts, start) - 1
            if n >= 0 and end <= borders[n][1]:
                kind, _, value = cue.label.partition(" ")
                if kind == labels[n]:
                    votes[n][value] = votes[n].get(value, 0.0) + cue.weight
        return votes

    def _holder(self, form: str, end: int, actors: Sequence[tuple[int, str]]) -> str:
        """The unit's first actor where the unit reports what that actor says, else the author."""
        if actors:
            at, norm = actors[0]
            if self._says.search(form, at, min(end, at + MAX_TO_VERB)):
                return norm
        return "author"


def clauses_of(doc: Doc) -> Clauses:
    """The clauses of a doc with their places."""
    columns = doc.spans["clauses"].attrs
    start, end = np.array(columns["start"], np.int64), np.array(columns["end"], np.int64)
    sentence = np.array(columns["sentence"], np.int64)
    paragraph = np.array(doc.spans["sentences"].attrs["paragraph"], np.int64)
    furniture = []
    if "boilerplate" in doc.spans:
        furniture = sorted((span.start_char, span.end_char) for span in doc.spans["boilerplate"])
    return Clauses(
        start,
        end,
        sentence,
        paragraph[sentence],
        _covered(_headings(doc), start, end),
        _covered(furniture, start, end),
    )


def _headings(doc: Doc) -> list[tuple[int, int]]:
    """Start and end of each section's heading."""
    if "sections" not in doc.spans:
        return []
    sections = doc.spans["sections"]
    return [(span.start_char, sections.attrs[span.id_]["heading_end"]) for span in sections]


def _covered(ranges: Sequence[tuple[int, int]], start: Numbers, end: Numbers) -> Flags:
    """Whether one of the sorted ranges, which do not overlap, touches each start..end."""
    if not ranges:
        return np.zeros(len(start), np.bool_)
    table = np.array(ranges, np.int64)
    before = np.searchsorted(table[:, 0], end) - 1
    touched: Flags = (before >= 0) & (table[before, 1] > start)
    return touched


def _actors(doc: Doc) -> list[tuple[int, str]]:
    """Start and normalised name of each actor mentioned, in text order."""
    if "mentions" not in doc.spans:
        return []
    mentions = doc.spans["mentions"].attrs.values()
    return [(m["start"], m["norm"]) for m in mentions if m["kind"] == "actor" and m["norm"]]
