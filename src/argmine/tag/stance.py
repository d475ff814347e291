"""Tell the stance toward a target: of each unit, of the document, of the actors reported.

Reads:   doc.user_data["argmine.matching"], doc.spans["units"], and where present ["mentions"]
Writes:  stance in doc.spans["units"].attrs of each unit: target id → label, score, scores, by;
         doc.user_data["argmine.stance"]: target id → label, score, scores, units, by_actor
Method:  the words of a unit vote by the weights of stance.tsv; the lean of the whole document
         weighs in; a negation right before a cue turns it. A unit takes a side where the votes
         pass a threshold. The document takes the side of its units where enough of them have one.
         A trained head ``stance TARGET`` is heard beside the rules, or alone where the target has
         none. The document's stance is told by a trained head over its units' stances instead,
         where there is one; a head ``document TARGET`` tells it from its whole text.
Limits:  irony is missed; what an actor does is judged by the words that tell it. Scores of the
         rules are a squashed sum of log-odds, no calibrated probability; those with a trained head
         are calibrated.
Source:  annotation guidelines, section 5; weights from corpus/derive_cues.py and by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc

from argmine.lexicons import Cue, Matcher, read_lexicon, read_table
from argmine.schema import DECIMALS, STANCE_LABELS
from argmine.tag.clauses import Clauses, clauses_of, whole_text
from argmine.tag.document_stance import SIDES, DocumentHead, document_features
from argmine.tag.models import Model
from argmine.tag.scorers import Scorer
from argmine.text.matching import matching_of

Numbers = NDArray[np.int64]
Scores = NDArray[np.float64]
Flags = NDArray[np.bool_]

# All constants below were chosen together on 133 training articles: stance macro-F1 first, then
# document accuracy.
UNIT_THRESHOLD = 2.0
# Votes of one unit overlap in what they say; the longer the unit the more chance hits it has.
LENGTH_POWER = 0.7
LENGTH_UNIT = 30
# How strongly the document's lean (mean vote of its units) moves each unit.
LEAN_SHARE = 0.9
# A document takes a side where this share of its units does, and the other side has fewer.
SIDE_SHARE = 0.15
# Below this mean of touching words a unit, the target is not touched.
TOUCH_PER_UNIT = 0.1
# A unit whose votes sum to more than this touches the target without a touching word.
MIN_TOUCHING_VOTE = 2
# The rules' threshold beside a trained head, which holds back enough. Chosen on real/dev, with the
# voice of the rules beside the n-grams, from 1, 1.6, 2 and 0.3, 0.4, 0.5, 0.7, 1.
BLENDED_THRESHOLD = 1.0
# Keeps a stance that a document seems not to hold from becoming impossible.
LEAST_SHARE = 0.01
# What may stand between a negation and its cue.
PARTICLES = ("的", "地", "是")


class StanceRules:
    """The voting for one target, without spaCy."""

    def __init__(self, cues: Iterable[Cue], negations: Iterable[Cue]) -> None:
        self._matcher, self._negations = Matcher(cues), Matcher(negations)
        # one column a side, and whether the string touches the target
        self._votes = np.zeros((len(self._matcher.groups), len(SIDES)))
        self._touches = np.zeros(len(self._matcher.groups), np.bool_)
        for number, group in enumerate(self._matcher.groups):
            for cue in group:
                if cue.label == "touch":
                    self._touches[number] = True
                else:
                    self._votes[number, SIDES.index(cue.label)] += cue.weight

    def votes(self, form: str, starts: Numbers, ends: Numbers) -> tuple[Scores, Numbers]:
        """Votes of each unit, given by code points in text order.

        Returns:
            The summed weights, a row a unit and a column a side; how many words touch the target.
        """
        sums, touches = np.zeros((len(starts), len(SIDES))), np.zeros(len(starts), np.int64)
        if not len(starts):
            return sums, touches
        places = self._matcher.locate(form)
        home = np.searchsorted(starts, places.starts, side="right") - 1
        inside = (home >= 0) & (places.ends <= ends[home])
        at, home, numbers = places.starts[inside], home[inside], places.numbers[inside]
        cast = self._votes[numbers]
        turned = self._follow_negation(form, at, starts[home])
        cast[turned] = cast[turned][:, ::-1]
        for side in range(len(SIDES)):
            sums[:, side] = np.bincount(home, cast[:, side], len(starts))
        touches = np.bincount(home, self._touches[numbers], len(starts)).astype(np.int64)
        scale = np.maximum(1.0, (ends - starts) / LENGTH_UNIT) ** LENGTH_POWER
        return sums / scale[:, None], touches

    def _follow_negation(self, form: str, at: Numbers, limits: Numbers) -> Flags:
        """Whether a negation that begins at the limit or later ends right before each place."""
        negations = self._negations.locate(form)
        ends = negations.ends
        particle = np.array([form[end : end + 1] in PARTICLES for end in ends.tolist()], np.int64)
        found = np.zeros(len(at), np.bool_)
        # with its particle, if it has one, and without
        for reach in (ends, ends + particle):
            before = np.searchsorted(reach, at, side="right") - 1
            if len(reach):
                found |= (reach[before] == at) & (negations.starts[before] >= limits)
        return found

    def judge(self, votes: Scores, threshold: float = UNIT_THRESHOLD) -> Scores:
        """Scores of favor, against and neutral, a row a unit; a row sums to one."""
        balance = votes[:, 0] - votes[:, 1]
        lean = balance.sum() / max(1, len(balance))
        favor = balance + LEAN_SHARE * lean
        sides = np.stack((favor, -favor), axis=1) - threshold
        powers = np.concatenate((np.exp(np.minimum(sides, 30.0)), np.ones((len(votes), 1))), axis=1)
        scores: Scores = powers / powers.sum(axis=1, keepdims=True)
        return scores


def votes_of(
    rules: StanceRules | None, form: str, starts: Numbers, ends: Numbers
) -> tuple[Scores, Numbers, Flags]:
    """Votes of each unit, how many of its words touch the target, and whether it touches it at all.

    Where the target has no rules nothing votes, and every unit is taken to touch it.
    """
    if rules is None:
        size = len(starts)
        return np.zeros((size, len(SIDES))), np.zeros(size, np.int64), np.ones(size, np.bool_)
    votes, touches = rules.votes(form, starts, ends)
    return votes, touches, (touches > 0) | (votes.sum(axis=1) > MIN_TOUCHING_VOTE)


def blended(rules: Scores, head: Scores, voice: float) -> Scores:
    """Both judges heard: the geometric mean of their scores, each row again summing to one.

    Args:
        rules: the scores of the rules.
        head: those of a trained head.
        voice: of the rules, 0 to 1.
    """
    product = rules**voice * np.maximum(head, 1e-9) ** (1 - voice)
    shares: Scores = product / np.maximum(product.sum(axis=1, keepdims=True), 1e-12)
    return shares


def leaning(scores: Scores, usual: Scores, lean: float) -> Scores:
    """Scores moved to where the whole document leans, each row again summing to one.

    Args:
        scores: a row a unit.
        usual: the shares of the stances in the training articles.
        lean: the exponent of the document's shares over the usual ones.
    """
    moved = scores * ((scores.mean(axis=0) + LEAST_SHARE) / usual) ** lean
    shares: Scores = moved / moved.sum(axis=1, keepdims=True)
    return shares


def tempered(scores: Scores, temperature: float) -> Scores:
    """Scores drawn together (temperature above 1) or apart, each row again summing to one."""
    if temperature == 1:
        return scores
    powers = np.maximum(scores, 1e-9) ** (1 / temperature)
    shares: Scores = powers / powers.sum(axis=1, keepdims=True)
    return shares


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
    return label, {key: round(score, DECIMALS) for key, score in scores.items()}


@Language.factory("argmine_stance", default_config={"lexicon": "stance"})
def make_stance(nlp: Language, name: str, lexicon: str) -> Stance:
    """Build the component for the targets of targets.tsv."""
    return Stance(read_rules(lexicon))


def read_rules(lexicon: str = "stance") -> dict[str, StanceRules]:
    """The rules of each target of targets.tsv."""
    targets = read_table("targets", ("target", "name_zh", "name_en", "source"))
    rules = StanceRules(read_lexicon(lexicon), read_lexicon("negations"))
    return {row["target"]: rules for row in targets}


class Stance:
    """Component that writes the stances beside the group ``units``."""

    def __init__(self, rules: dict[str, StanceRules]) -> None:
        self._rules = rules
        self._heads: dict[str, Scorer] = {}
        self._texts: dict[str, Scorer] = {}
        self._documents: Mapping[str, DocumentHead] = {}
        self._temperatures: dict[str, float] = {}
        self._usual: dict[str, Scores | None] = {}
        self._model = "rules"

    def use(self, model: Model) -> None:
        """Score by the heads of a model from now on."""
        self._model = model.signature
        self._documents = model.documents
        for name, head in model.heads.items():
            kind, _, target = name.partition(" ")
            if kind == "stance":
                self._heads[target] = head
                self._temperatures[target] = model.temperature_of(name)
                self._usual[target] = model.usual_stances(target)
            elif kind == "document":
                self._texts[target] = head

    def __call__(self, doc: Doc) -> Doc:
        """Predict and write."""
        self.set_annotations(doc, self.predict(doc))
        return doc

    def predict(self, doc: Doc) -> tuple[dict[str, Any], dict[str, Any]]:
        """Stances of the units and of the document; reads only."""
        units: dict[str, Any] = doc.spans["units"].attrs
        starts = np.array([unit["start"] for unit in units.values()], np.int64)
        ends = np.array([unit["end"] for unit in units.values()], np.int64)
        form = matching_of(doc)
        by_unit: dict[str, Any] = {key: {} for key in units}
        by_document: dict[str, Any] = {}
        for target in [*self._rules, *(key for key in self._heads if key not in self._rules)]:
            votes, touches, touched = votes_of(self._rules.get(target), form, starts, ends)
            uncalibrated = self._unit_scores(doc, target, units, votes)
            scores = tempered(uncalibrated, self._temperatures.get(target, 1.0))
            label_of: dict[str, str] = {}
            by = self._model if target in self._heads else "rules"
            scores = scores.round(DECIMALS)
            best = scores.argmax(axis=1).tolist()
            for key, row, column in zip(units, scores.tolist(), best, strict=True):
                label = label_of[key] = STANCE_LABELS[column]
                favor, against, neutral = row
                by_unit[key][target] = {
                    "label": label,
                    "score": row[column],
                    "scores": {"favor": favor, "against": against, "neutral": neutral},
                    "by": by,
                }
            own_labels = list(label_of.values())
            label, shares = document_label(own_labels, int(touched.sum()))
            score = shares.get(label, round(1.0 - max(shares.values()), DECIMALS))
            if target in self._documents and units:
                kinds = [unit["label"] for unit in units.values()]
                row = document_features(uncalibrated, votes, touches, touched, kinds)
                likely = self._documents[target].probabilities(row, own_labels)
                shares = {key: round(value, DECIMALS) for key, value in likely.items()}
                label = max(shares, key=shares.__getitem__)
                score = shares[label]
            # a side rests on the units that take it, neutrality on those that touch the target
            deciding = [
                key
                for (key, own), at_all in zip(label_of.items(), touched.tolist(), strict=True)
                if own == label and (at_all or label != "neutral")
            ]
            by_document[target] = {
                "label": label,
                "score": score,
                "scores": shares,
                "units": deciding,
                "by_actor": _by_actor(units, label_of),
            }
        table = whole_text(form)
        for target, scorer in self._texts.items():
            by_document[target] = _stance_of_text(scorer, form, table)
        return by_unit, by_document

    def _unit_scores(self, doc: Doc, target: str, units: dict[str, Any], votes: Scores) -> Scores:
        """What rules and trained head, where there are such, say of each unit; not calibrated."""
        rules, scorer = self._rules.get(target), self._heads.get(target)
        if scorer is None:
            return self._rules[target].judge(votes)
        scores = self._head_scores(doc, scorer, units)
        if rules is not None:
            scores = blended(rules.judge(votes, BLENDED_THRESHOLD), scores, scorer.rule_voice)
        usual = self._usual.get(target)
        return scores if usual is None or not scorer.lean else leaning(scores, usual, scorer.lean)

    def _head_scores(self, doc: Doc, head: Scorer, units: dict[str, Any]) -> Scores:
        """The scores of a trained head: the mean of each unit's clauses, a row a unit."""
        if not units:
            return np.zeros((0, len(head.labels)))
        sums = head.sums(matching_of(doc), clauses_of(doc))
        running = np.concatenate((np.zeros((1, sums.shape[1])), np.cumsum(sums, axis=0)))
        first, last = np.array([unit["clauses"] for unit in units.values()], np.int64).T
        means = (running[last + 1] - running[first]) / (last + 1 - first)[:, None]
        powers = np.exp(means - means.max(axis=1, keepdims=True))
        shares: Scores = powers / powers.sum(axis=1, keepdims=True)
        return shares

    def set_annotations(self, doc: Doc, found: tuple[dict[str, Any], dict[str, Any]]) -> None:
        """Write the stance of each unit beside it, and that of the document."""
        group = doc.spans["units"]
        by_unit, doc.user_data["argmine.stance"] = found
        group.attrs = {key: {**unit, "stance": by_unit[key]} for key, unit in group.attrs.items()}


def _stance_of_text(head: Scorer, form: str, table: Clauses) -> dict[str, Any]:
    """The stance of the whole text, which no unit of it decided."""
    if not form:
        return {"label": "none", "score": None, "scores": {}, "units": [], "by_actor": []}
    sums = head.sums(form, table)[0]
    powers = np.exp(sums - sums.max())
    scores = (powers / powers.sum()).round(DECIMALS).tolist()
    best = int(sums.argmax())
    return {
        "label": head.labels[best],
        "score": scores[best],
        "scores": dict(zip(head.labels, scores, strict=True)),
        "units": [],
        "by_actor": [],
    }


def _by_actor(units: dict[str, Any], label_of: dict[str, str]) -> list[dict[str, Any]]:
    """What the article reports of each actor: the side of the units whose words it holds.

    Only units that report an actor's saying count (``holder``): what an article says *about* an
    actor is the author's stance, and no position of the actor may be invented from it.
    """
    held: dict[str, list[tuple[str, str]]] = {}
    for key, unit in units.items():
        if unit["holder"] not in ("author", None):
            held.setdefault(unit["holder"], []).append((key, label_of[key]))
    rows = []
    for actor, members in sorted(held.items()):
        counts = {side: sum(label == side for _, label in members) for side in SIDES}
        best = max(SIDES, key=counts.__getitem__)
        label = best if counts[best] else "neutral"
        ids = [key for key, own in members if own == label]
        share = round(len(ids) / len(members), DECIMALS)
        rows.append({"actor": actor, "label": label, "score": share, "units": ids})
    return rows
