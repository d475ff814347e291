"""Relate units: which unit supports or attacks which.

Reads:   doc.user_data["argmine.matching"], doc.spans["units"], ["sentences"], ["clauses"]
Writes:  doc.user_data["argmine.relations"]: source, target, label, score; at most one outgoing
         a unit, no cycle
Method:  each unit has few candidates, and serving nothing is one of them. A candidate adds up the
         weights (attachment.tsv) of the labels of both units, of place and distance, of the
         connectives that both open with, of lists and of headings; the sums become probabilities.
         The likeliest relations are taken first, none that closes a cycle. Connectives of contrast,
         concession and objection make a relation an attack.
Limits:  a thesis that is no heading and stands far off is hardly ever found, and attacks without a
         connective are not. The score is the probability that this is the one right target,
         averaged over gold units and units as the rules find them.
Source:  annotation guidelines, section 4; the weights are those of a conditional logit over
         training articles, fitted by corpus/derive_attachment.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypedDict

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from argmine.lexicons import Cue, read_lexicon, read_table
from argmine.schema import DECIMALS
from argmine.tag.attachment import (
    KEY_GROUPS,
    LABEL_KEYS,
    LABELS,
    NONE_KEYS,
    OPENERS,
    Columns,
    Flags,
    Key,
    Numbers,
    Openings,
    Scores,
    UnitPlaces,
    candidates,
    columns_of,
    features,
    none_codes,
)
from argmine.text.matching import matching_of

# The least probability of a relation that is drawn: best relation F1 with predicted units by
# cross-validation over the training articles, from 0.1, 0.15, ... 0.35.
MIN_PROBABILITY = 0.2
_CONCESSION, _CONTRAST, _OBJECTION = map(OPENERS.index, ("concession", "contrast", "objection"))


class RelationFound(TypedDict):
    """A relation from the serving unit to the one that it serves."""

    source: str
    target: str
    label: str
    score: float


class RelationRules:
    """The attachment of units, without spaCy.

    Args:
        connectives: cue lexicon with the labels of ``OPENERS``, and "first item", "further item".
        weights: weight by feature and value, as in attachment.tsv.
    """

    def __init__(self, connectives: Iterable[Cue], weights: Mapping[Key, float]) -> None:
        self._openings = Openings(connectives)
        self._by_code = [
            np.array([sum(weights.get(key, 0.0) for key in keys) for keys in group])
            for group in KEY_GROUPS
        ]
        by_labels = np.array([weights.get(key, 0.0) for key in LABEL_KEYS])
        # a row a source label; columns by place code and target label
        by_source = by_labels.reshape(-1, len(LABELS), len(LABELS)).transpose(1, 0, 2)
        self._by_source = by_source.reshape(len(LABELS), -1)
        none = np.array([weights.get(key, 0.0) for key in NONE_KEYS])
        self._none = none.reshape(-1, len(LABELS))

    def find(self, form: str, units: UnitPlaces) -> list[RelationFound]:
        """Relations between the units of a text in its matching form, in the sources' order."""
        if len(units) < 2:
            return []
        columns = columns_of(form, units, self._openings)
        source, target = candidates(columns)
        chance = self._probabilities(units.labels, columns, source, target).round(DECIMALS)
        likely = np.flatnonzero(chance >= MIN_PROBABILITY)
        likely = likely[np.argsort(-chance[likely], kind="stable")]
        edges = zip(source[likely].tolist(), target[likely].tolist(), likely.tolist(), strict=True)
        taken = np.array(sorted(take_acyclic(edges)), np.int64)
        source, target, chance = source[taken], target[taken], chance[taken]
        against = attacks(columns, source, target)
        ids = units.ids
        rows = zip(*(c.tolist() for c in (source, target, against, chance)), strict=True)
        return [
            {
                "source": ids[n],
                "target": ids[to],
                "label": "attack" if attack else "support",
                "score": score,
            }
            for n, to, attack, score in rows
        ]

    def _probabilities(
        self, labels: Scores, columns: Columns, source: Numbers, target: Numbers
    ) -> Scores:
        """The probability that each pair is the relation of its source."""
        codes, places = features(columns, source, target)
        by_target = (labels @ self._by_source).reshape(-1, len(LABELS))
        rows = source * (len(by_target) // len(labels)) + places
        by_target = by_target.take(rows, axis=0)
        sums: Scores = np.einsum("ij,ij->i", by_target, labels.take(target, axis=0))
        for weights, code in zip(self._by_code, codes, strict=True):
            sums += weights.take(code)
        none = np.einsum("ij,ij->i", labels, self._none.take(none_codes(columns), axis=0))
        # pairs stand in the order of their sources, and every unit is one
        first = source.searchsorted(np.arange(len(none)))
        # the sums are log-odds of a few tens at most, far from what exp cannot hold
        powers = np.exp(sums)
        total = np.add.reduceat(powers, first) + np.exp(none)
        chance: Scores = powers / total.take(source)
        return chance


def take_acyclic(edges: Iterable[tuple[int, int, int]]) -> list[int]:
    """Take edges in turn: of each source the first that closes no cycle with those taken.

    Args:
        edges: source, target, number of the edge.

    Returns:
        The numbers of the edges taken.
    """
    taken = []
    # from each source that has its edge, a short cut along the chain: near to linear in all
    ahead: dict[int, int] = {}
    for source, target, number in edges:
        if source in ahead:
            continue
        end = target
        while end in ahead:
            following = ahead[end]
            ahead[end] = ahead.get(following, following)
            end = following
        if end != source:
            ahead[source] = target
            taken.append(number)
    return taken


def attacks(columns: Columns, source: Numbers, target: Numbers) -> Flags:
    """Whether a connective makes each relation an attack."""
    opener, to_opener = columns.opener[source], columns.opener[target]
    step = target - source
    gives_way = (step == 1) & (to_opener == _CONTRAST)
    turns_against = (step == -1) & (opener == _CONTRAST)
    concedes = (opener == _CONCESSION) & (columns.sentence[source] == columns.sentence[target])
    objects = (step > 0) & (opener == _OBJECTION)
    inside = columns.paragraph[source] == columns.paragraph[target]
    against: Flags = inside & (gives_way | turns_against | concedes | objects)
    return against


def read_attachment() -> dict[Key, float]:
    """The weights of attachment, by feature and value."""
    rows = read_table("attachment", ("feature", "value", "weight", "source"))
    return {(row["feature"], row["value"]): float(row["weight"]) for row in rows}


@Language.factory("argmine_relations", default_config={"lexicon": "connectives"})
def make_relations(nlp: Language, name: str, lexicon: str) -> Relations:
    """Build the component."""
    return Relations(RelationRules(read_lexicon(lexicon), read_attachment()))


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
        return self._rules.find(matching_of(doc), places_of(doc))

    def set_annotations(self, doc: Doc, found: list[RelationFound]) -> None:
        """Write them beside the units."""
        doc.user_data["argmine.relations"] = found


def places_of(doc: Doc) -> UnitPlaces:
    """The units of a doc."""
    attrs = doc.spans["units"].attrs
    units = list(attrs.values())
    home = doc.spans["clauses"].attrs["sentence"]
    paragraph = doc.spans["sentences"].attrs["paragraph"]
    sentence = [home[unit["clauses"][0]] for unit in units]
    # of other label sets nothing is known here: their units attach by place and connectives
    scores = [unit["scores"] for unit in units]
    labels = [[score.get(label, 0.0) for score in scores] for label in LABELS]
    return UnitPlaces(
        list(attrs),
        [unit["start"] for unit in units],
        [unit["end"] for unit in units],
        np.array(labels, np.float64).T,
        np.array(sentence, np.int64),
        np.array([paragraph[n] for n in sentence], np.int64),
        np.array([unit["heading"] for unit in units], np.bool_),
    )
