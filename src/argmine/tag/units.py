"""Tag argumentative units: claim, evidence, recommendation.

Reads:   doc.user_data["argmine.matching"], doc.spans["sentences"], ["clauses"], and where present
         ["sections"], ["boilerplate"], ["mentions"]
Writes:  doc.spans["units"]: label_ is the unit label, id_ is u1, u2, ... in text order; attrs maps
         each id to subtype, score, scores, strength, addressee, holder, heading, by, cues, clauses
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

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup

from argmine.lexicons import Cue, Match, Matcher, read_lexicon, read_table
from argmine.text.matching import matching_of

LABELS = ("claim", "evidence", "recommendation", "none")
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
# Cues below this weight decided nothing and are not shown.
SHOWN_WEIGHT = 0.3
_DATE = re.compile(r"\d{1,4}年|\d{1,2}月|\d{1,2}日")
_NUMBER = re.compile(r"\d")
_LATIN = re.compile(r"[A-Za-z]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_PROOF = re.compile(r"：$")
_CONCESSION = re.compile(r"尽管|虽然|诚然|固然")
_TURN = re.compile(r"但|然而|不过|却")


@dataclass(frozen=True, slots=True)
class ClausePlace:
    """A clause as the rules see it: code points, and where it stands."""

    start: int
    end: int
    sentence: int
    paragraph: int
    heading: bool = False
    furniture: bool = False


@dataclass(slots=True)
class UnitFound:
    """A unit found: inclusive indices of its clauses, label, summed scores, the cues that voted."""

    first: int
    last: int
    label: str
    scores: dict[str, float]
    cues: list[Match] = field(default_factory=list)


def shape_features(form: str, clauses: Sequence[ClausePlace]) -> list[list[str]]:
    """Name what each clause's place and shape say; the names are the keys of structure.tsv."""
    last_paragraph = max((clause.paragraph for clause in clauses), default=0)
    sizes: dict[int, int] = {}
    for clause in clauses:
        sizes[clause.sentence] = sizes.get(clause.sentence, 0) + 1
    paragraphs: dict[int, int] = {}
    for clause in clauses:
        paragraphs[clause.paragraph] = paragraphs.get(clause.paragraph, 0) + 1
    found = []
    before: ClausePlace | None = None
    for clause in clauses:
        text = form[clause.start : clause.end]
        part = clause.paragraph / (last_paragraph + 1)
        names = [f"part {min(3, int(part * 4))}"]
        if before is None or before.paragraph != clause.paragraph:
            names.append("opens paragraph")
        if before is None or before.sentence != clause.sentence:
            names.append("opens sentence")
        if clause.heading:
            names.append("heading")
        size = paragraphs[clause.paragraph]
        names.append("alone on its line" if size == 1 else f"clauses {min(3, size // 4)}")
        if text[-1] not in "。！？!?；，：”":
            names.append("without a stop")
        if text[-1] in "？?":
            names.append("question")
        if _DATE.search(text):
            names.append("date")
        elif _NUMBER.search(text):
            names.append("number")
        if "《" in text:
            names.append("document")
        if "“" in text and len(text) > 20:
            names.append("quotation")
        latin, han = len(_LATIN.findall(text)), len(_HAN.findall(text))
        if latin > han:
            names.append("latin")
        length = len(text)
        names.append("short" if length < 8 else "long" if length > 30 else "middling")
        found.append(names)
        before = clause
    return found


class UnitRules:
    """The scoring of clauses and the grouping into units, without spaCy."""

    def __init__(
        self, cues: Iterable[Cue], structure: dict[tuple[str, str], float] | None = None
    ) -> None:
        self._matcher = Matcher(cue for cue in cues if cue.label in LABELS)
        self._structure = structure or {}

    def find(self, form: str, clauses: Sequence[ClausePlace]) -> list[UnitFound]:
        """Units in text order."""
        if not clauses:
            return []
        matches = self._by_clause(form, clauses)
        own = self._own_sums(form, clauses, matches)
        sums = _with_neighbours(own, clauses)
        labels = [
            "none" if clause.furniture else max(LABELS, key=sums[n].__getitem__)
            for n, clause in enumerate(clauses)
        ]
        for n in range(len(clauses) - 2, -1, -1):
            clause, following = clauses[n], clauses[n + 1]
            opens = n == 0 or clauses[n - 1].sentence != clause.sentence
            short = clause.end - clause.start <= MAX_ADVERBIAL
            if opens and short and following.sentence == clause.sentence:
                labels[n] = labels[n + 1]
        return _group(form, clauses, labels, sums, matches)

    def _by_clause(self, form: str, clauses: Sequence[ClausePlace]) -> list[list[Match]]:
        starts = [clause.start for clause in clauses]
        found: list[list[Match]] = [[] for _ in clauses]
        for match in self._matcher.find(form):
            n = bisect_right(starts, match.start) - 1
            if n >= 0 and match.end <= clauses[n].end:
                found[n].append(match)
        return found

    def _own_sums(
        self, form: str, clauses: Sequence[ClausePlace], matches: list[list[Match]]
    ) -> list[dict[str, float]]:
        sums = []
        for names, found in zip(shape_features(form, clauses), matches, strict=True):
            own = dict.fromkeys(LABELS, 0.0)
            for label in LABELS:
                own[label] = sum(self._structure.get((name, label), 0.0) for name in names)
            for match in found:
                own[match.cue.label] += CUE_SHARE * match.cue.weight
            sums.append(own)
        return sums


def _with_neighbours(
    own: list[dict[str, float]], clauses: Sequence[ClausePlace]
) -> list[dict[str, float]]:
    """Add to each clause a share of the mean of its sentence and of its paragraph."""
    result = [dict(sums) for sums in own]
    for key, share in (("sentence", SENTENCE_SHARE), ("paragraph", PARAGRAPH_SHARE)):
        groups: dict[int, list[int]] = {}
        for n, clause in enumerate(clauses):
            groups.setdefault(getattr(clause, key), []).append(n)
        for members in groups.values():
            for label in LABELS:
                mean = sum(own[n][label] for n in members) / len(members)
                for n in members:
                    result[n][label] += share * mean
    return result


def _group(
    form: str,
    clauses: Sequence[ClausePlace],
    labels: list[str],
    sums: list[dict[str, float]],
    matches: list[list[Match]],
) -> list[UnitFound]:
    found: list[UnitFound] = []
    n = 0
    while n < len(clauses):
        if labels[n] == "none":
            n += 1
            continue
        last = n
        while (
            last + 1 < len(clauses)
            and clauses[last + 1].sentence == clauses[n].sentence
            and labels[last + 1] == labels[n]
            and not _splits(form, clauses[n], clauses[last], clauses[last + 1])
        ):
            last += 1
        members = range(n, last + 1)
        scores = {label: sum(sums[k][label] for k in members) / len(members) for label in LABELS}
        votes = [
            match
            for k in members
            for match in matches[k]
            if match.cue.label == labels[n] and match.cue.weight >= SHOWN_WEIGHT
        ]
        found.append(UnitFound(n, last, labels[n], _softmax(scores), votes))
        n = last + 1
    return found


def _splits(form: str, first: ClausePlace, clause: ClausePlace, following: ClausePlace) -> bool:
    """Whether two clauses of one label are two units: a concession, or a claim and its proof."""
    if _PROOF.search(form, clause.start, clause.end):
        return following.end - following.start > 12 and clause.end - first.start > 12
    return bool(
        _CONCESSION.search(form, first.start, clause.end)
        and _TURN.match(form, following.start, following.end)
    )


def _softmax(scores: dict[str, float]) -> dict[str, float]:
    top = max(scores.values())
    powers = {label: math.exp((score - top) / TEMPERATURE) for label, score in scores.items()}
    total = sum(powers.values())
    return {label: power / total for label, power in powers.items()}


def read_structure() -> dict[tuple[str, str], float]:
    """The weights of place and shape, by feature and label."""
    rows = read_table("structure", ("feature", "label", "weight", "source"))
    return {(row["feature"], row["label"]): float(row["weight"]) for row in rows}


@Language.factory("argmine_units", default_config={"lexicon": "units"})
def make_units(nlp: Language, name: str, lexicon: str) -> Units:
    """Build the component from the cue lexicon of that name."""
    return Units(UnitRules(read_lexicon(lexicon), read_structure()))


class Units:
    """Component that writes the group ``units``."""

    def __init__(self, rules: UnitRules) -> None:
        self._rules = rules
        self._details = Matcher(read_lexicon("unit_details"))

    def __call__(self, doc: Doc) -> Doc:
        """Predict and write."""
        self.set_annotations(doc, self.predict(doc))
        return doc

    def predict(self, doc: Doc) -> list[UnitFound]:
        """Units of the doc; reads only."""
        return self._rules.find(matching_of(doc), clause_places(doc))

    def set_annotations(self, doc: Doc, found: list[UnitFound]) -> None:
        """Write the group."""
        clauses = list(doc.spans["clauses"])
        places = clause_places(doc)
        text, form = doc.text, matching_of(doc)
        actors = _actors(doc)
        spans: list[Span] = []
        attrs: dict[str, Any] = {}
        for n, unit in enumerate(found, 1):
            key = f"u{n}"
            first, last = clauses[unit.first], clauses[unit.last]
            span = Span(doc, first.start, last.end, label=unit.label, span_id=key)
            spans.append(span)
            start, end = span.start_char, span.end_char
            details = self._detail(form[start:end], unit.label)
            near = bisect_left(actors, (start, ""))
            inside = near < len(actors) and actors[near][0] < end
            attrs[key] = {
                "subtype": details.get("subtype"),
                "score": unit.scores[unit.label],
                "scores": unit.scores,
                "strength": details.get("strength"),
                "addressee": actors[near][1] if unit.label == "recommendation" and inside else None,
                "holder": _holder(form, start, end, actors, unit.label),
                "heading": places[unit.first].heading,
                "by": "rules",
                "cues": [
                    {
                        "start": match.start,
                        "end": match.end,
                        "text": text[match.start : match.end],
                        "weight": match.cue.weight,
                    }
                    for match in unit.cues
                ],
                "clauses": [unit.first, unit.last],
            }
        doc.spans["units"] = SpanGroup(doc, name="units", attrs=attrs, spans=spans)

    def _detail(self, form: str, label: str) -> dict[str, str]:
        """Subtype and strength by the strongest cue of the label's own set."""
        votes: dict[str, float] = {}
        for match in self._details.find(form):
            kind, _, value = match.cue.label.partition(" ")
            if kind == label:
                votes[value] = votes.get(value, 0.0) + match.cue.weight
        if label == "recommendation":
            # a bare imperative is a "should" (guidelines, section 3)
            return {"strength": max(votes, key=votes.__getitem__) if votes else "should"}
        return {"subtype": max(votes, key=votes.__getitem__)} if votes else {}


def clause_places(doc: Doc) -> list[ClausePlace]:
    """The clauses of a doc with their places."""
    group = doc.spans["clauses"]
    sentences = doc.spans["sentences"]
    attrs = sentences.attrs
    paragraph = [attrs[span.id_]["paragraph"] for span in sentences]
    headings = []
    if "sections" in doc.spans:
        sections = doc.spans["sections"]
        headings = [(span.start_char, sections.attrs[span.id_]["heading_end"]) for span in sections]
    furniture = []
    if "boilerplate" in doc.spans:
        furniture = sorted((span.start_char, span.end_char) for span in doc.spans["boilerplate"])
    return [
        ClausePlace(
            span.start_char,
            span.end_char,
            home,
            paragraph[home],
            _covered(headings, span.start_char, span.end_char),
            _covered(furniture, span.start_char, span.end_char),
        )
        for span, home in zip(group, group.attrs["sentence"], strict=True)
    ]


def _covered(ranges: list[tuple[int, int]], start: int, end: int) -> bool:
    """Whether one of the sorted ranges that do not overlap touches start..end."""
    n = bisect_right(ranges, (end - 1, math.inf)) - 1
    return n >= 0 and ranges[n][1] > start


def _actors(doc: Doc) -> list[tuple[int, str]]:
    if "mentions" not in doc.spans:
        return []
    group = doc.spans["mentions"]
    return [
        (span.start_char, group.attrs[span.id_]["norm"])
        for span in group
        if span.label_ == "actor" and group.attrs[span.id_]["norm"]
    ]


_SAYS = re.compile(r"(?:指出|表示|强调|认为|宣布|声称|宣称|呼吁|警告|称|说|提出|主张)[，：]?")


def _holder(form: str, start: int, end: int, actors: list[tuple[int, str]], label: str) -> str:
    """An actor where the unit reports what that actor says, else the author."""
    if label == "evidence":
        n = bisect_right(actors, (start - 1, "\uffff"))
        if n < len(actors) and actors[n][0] < end:
            at, norm = actors[n]
            # the saying verb stands near behind its subject: an office or a date fits in between
            if _SAYS.search(form, at, min(end, at + 25)):
                return norm
    return "author"
