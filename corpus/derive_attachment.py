"""Weigh where units attach over annotated articles, and write attachment.tsv of the package.

    python corpus/derive_attachment.py GOLD...

GOLD are folders of annotated JSON: the training articles, corpus/standoff joined to its texts, and
corpus/gold/train. Needs scikit-learn (extra ``dev``). Takes minutes.

The weights are fitted as `argmine train` fits those of a model (argmine.learn.relations). Each
article counts twice: with its gold units, and with units as the rules find them when their cues are
weighed without that article, so that the weights also fit the errors of the rules.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import chain

from derive_cues import TARGET, read_hand_cues, weigh_units, write_table

from argmine.learn.gold import read_gold
from argmine.learn.relations import Graph, Span, fit_weights, gold_spans, make_graph
from argmine.learn.training import Example, make_examples
from argmine.lexicons import Cue, read_lexicon
from argmine.schema import AnnotatedArticle
from argmine.tag.attachment import LABELS, Openings, keys_of
from argmine.tag.scorers import LexiconScorer
from argmine.tag.units import LABELS as UNIT_LABELS
from argmine.tag.units import RULE_SHARES, UnitFinder

# Articles are left out in so many turns when units are found for training.
FOLDS = 6
# Weights nearer to zero than this change no decision.
MIN_WEIGHT = 0.02

SOURCE = "weighed on real/train, corpus/standoff and corpus/gold/train"


def found_spans(articles: Sequence[Example]) -> Iterator[tuple[int, list[Span]]]:
    """Number of each article, and its units as rules find them that have not seen it."""
    hand = read_hand_cues()
    for fold in range(FOLDS):
        seen = [article for n, article in enumerate(articles) if n % FOLDS != fold]
        lines, shapes = weigh_units(seen, hand["units"], set())
        cues = [
            Cue(cue, label, role, float(weight), source, note)  # type: ignore[arg-type]
            for cue, label, role, weight, source, note in lines
        ]
        shape = {(name, label): float(weight) for name, label, weight, _ in shapes}
        finder = UnitFinder(
            LexiconScorer(cues, UNIT_LABELS, shape, RULE_SHARES), read_lexicon("connectives")
        )
        for n in range(fold, len(articles), FOLDS):
            found = finder.find(articles[n].form, articles[n].clauses)
            yield n, [Span(unit.start, unit.end, unit.scores) for unit in found]


def read_graphs(articles: Sequence[Example], golds: Sequence[AnnotatedArticle]) -> Iterator[Graph]:
    """The articles with gold units, then with units found."""
    openings = Openings(read_lexicon("connectives"))
    gold_units = enumerate(map(gold_spans, golds))
    for n, spans in chain(gold_units, found_spans(articles)):
        if len(spans) > 1:
            yield make_graph(golds[n], articles[n], spans, LABELS, openings)


def main(*folders: str) -> None:
    """Write attachment.tsv."""
    golds = read_gold(folders)
    weights = fit_weights(list(read_graphs(make_examples(golds, TARGET), golds)), LABELS)
    lines = [
        [*key, f"{weight:.2f}", SOURCE]
        for key, weight in zip(keys_of(LABELS), weights.tolist(), strict=True)
        if abs(weight) >= MIN_WEIGHT
    ]
    write_table("attachment", ("feature", "value", "weight", "source"), lines)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
