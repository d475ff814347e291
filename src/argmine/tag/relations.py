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
         A trained head (argmine.tag.relation_head) has weights of its own and may have networks.
Source:  annotation guidelines, section 4; the weights are those of a conditional logit over
         training articles, fitted by corpus/derive_attachment.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from typing import TypedDict

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from argmine.lexicons import Cue, read_lexicon, read_table
from argmine.schema import DECIMALS
from argmine.tag.attachment import (
    LABELS,
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
    keys_of,
    shares_of_pairs,
    wide_candidates,
)
from argmine.tag.clauses import clauses_of
from argmine.tag.models import Model
from argmine.tag.relation_head import RelationHead, Rows
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
        vector = np.array([weights.get(key, 0.0) for key in keys_of(LABELS)])
        self.head = RelationHead(LABELS, vector, MIN_PROBABILITY)

    def decided_by(self, head: RelationHead) -> RelationRules:
        """The same with a trained head instead of the weights."""
        other = copy(self)
        other.head = head
        return other

    def find(
        self, form: str, units: UnitPlaces, vectors: Rows | None = None
    ) -> list[RelationFound]:
        """Relations between the units of a text in its matching form, in the sources' order.

        Args:
            form: the text.
            units: its units; their labels are those of the head.
            vectors: of the units, where the head has networks.
        """
        if len(units) < 2:
            return []
        columns = columns_of(form, units, self._openings)
        source, target, chance = self._weighed(form, units, columns, vectors)
        likely = np.flatnonzero(chance >= self.head.least)
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

    def _weighed(
        self, form: str, units: UnitPlaces, columns: Columns, vectors: Rows | None
    ) -> tuple[Numbers, Numbers, Scores]:
        """Sources and targets of pairs, and the probability that each is its source's relation."""
        head, networks = self.head, self.head.networks
        narrow = networks is None or vectors is None
        source, target = (candidates if narrow else wide_candidates)(columns)
        sums, none = head.by_weights.sums(units.labels, columns, source, target)
        if networks is not None and vectors is not None:
            sums, none = networks.sums(form, units, columns, vectors, sums, source, target)
        chance, _ = shares_of_pairs(sums, none, source)
        return source, target, chance.round(DECIMALS)


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

    def use(self, model: Model) -> None:
        """Decide by the trained head from now on, where the model has one."""
        if model.relations is not None:
            self._rules = self._rules.decided_by(model.relations)

    def __call__(self, doc: Doc) -> Doc:
        """Predict and write."""
        self.set_annotations(doc, self.predict(doc))
        return doc

    def predict(self, doc: Doc) -> list[RelationFound]:
        """Relations between the units; reads only."""
        form, head = matching_of(doc), self._rules.head
        units = places_of(doc, head.labels)
        if head.networks is None or len(units) < 2:
            return self._rules.find(form, units)
        ranges = [unit["clauses"] for unit in doc.spans["units"].attrs.values()]
        first, last = np.array(ranges, np.int64).T
        vectors = head.networks.unit_vectors(form, clauses_of(doc), first, last)
        return self._rules.find(form, units, vectors)

    def set_annotations(self, doc: Doc, found: list[RelationFound]) -> None:
        """Write them beside the units."""
        doc.user_data["argmine.relations"] = found


def places_of(doc: Doc, names: Sequence[str] = LABELS) -> UnitPlaces:
    """The units of a doc, with the probabilities of the labels of these names."""
    attrs = doc.spans["units"].attrs
    units = list(attrs.values())
    home = doc.spans["clauses"].attrs["sentence"]
    paragraph = doc.spans["sentences"].attrs["paragraph"]
    sentence = [home[unit["clauses"][0]] for unit in units]
    # of labels that the head does not know, only place and connectives count
    scores = [unit["scores"] for unit in units]
    labels = [[score.get(label, 0.0) for score in scores] for label in names]
    return UnitPlaces(
        list(attrs),
        [unit["start"] for unit in units],
        [unit["end"] for unit in units],
        np.array(labels, np.float64).T,
        np.array(sentence, np.int64),
        np.array([paragraph[n] for n in sentence], np.int64),
        np.array([unit["heading"] for unit in units], np.bool_),
    )
