"""Weigh where units attach over annotated articles, and write attachment.tsv of the package.

    python corpus/derive_attachment.py GOLD...

GOLD are folders of annotated JSON: the training articles, corpus/standoff joined to its texts, and
corpus/gold/train. Needs scikit-learn (extra ``dev``). Takes minutes.

Every unit chooses among its candidates and serving nothing; a conditional logit with the very
features of argmine.tag.attachment weighs them. Each article counts twice: with its gold units, and
with units as the rules find them when their cues are weighed without that article, so that the
weights also fit the errors of the rules.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import numpy as np
from derive_cues import TARGET, read_hand_cues, weigh_units, write_table
from scipy import optimize, sparse

from argmine.learn.gold import read_gold
from argmine.learn.training import Example, make_examples
from argmine.lexicons import Cue, read_lexicon
from argmine.schema import AnnotatedArticle
from argmine.tag.attachment import (
    KEY_GROUPS,
    LABEL_KEYS,
    LABELS,
    NONE_KEYS,
    Key,
    Openings,
    UnitPlaces,
    candidates,
    columns_of,
    features,
    none_codes,
)
from argmine.tag.scorers import LexiconScorer
from argmine.tag.units import LABELS as UNIT_LABELS
from argmine.tag.units import RULE_SHARES, UnitFinder

# Articles are left out in so many turns when units are found for training.
FOLDS = 6
# A value in fewer pairs has no weight. Penalty on the squares of the weights: best relation F1 by
# cross-validation over the training articles from 1, 2, 4.
MIN_PAIRS = 10
PENALTY = 2.0
# Weights nearer to zero than this change no decision.
MIN_WEIGHT = 0.02

SOURCE = "weighed on real/train, corpus/standoff and corpus/gold/train"

KEYS: list[Key] = list(dict.fromkeys([*chain(*chain(*KEY_GROUPS)), *LABEL_KEYS, *NONE_KEYS]))
LABEL_START, NONE_START = KEYS.index(LABEL_KEYS[0]), KEYS.index(NONE_KEYS[0])


class Span(NamedTuple):
    """A unit: code points, and its scores by label."""

    start: int
    end: int
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Choices:
    """The candidates of one article's units, serving nothing among them.

    Attributes:
        rows: features, a row a candidate, a column one of ``KEYS``.
        unit: the unit that chooses, of each row.
        target: what would be served, or -1.
        right: 1 where that is the choice of the gold annotation.
    """

    rows: sparse.csr_matrix
    unit: np.ndarray
    target: np.ndarray
    right: np.ndarray


def choices_of(
    form: str, units: UnitPlaces, openings: Openings, served: Sequence[set[int]]
) -> Choices:
    """The choices of an article; ``served`` holds the right targets of each unit."""
    columns = columns_of(form, units, openings)
    source, target = candidates(columns)
    codes, places = features(columns, source, target)
    number = {key: n for n, key in enumerate(KEYS)}
    of_code = [[[number[key] for key in keys] for keys in group] for group in KEY_GROUPS]
    rows: list[tuple[np.ndarray, np.ndarray]] = []  # columns and values
    for *own, place, n, to in zip(*codes, places, source, target, strict=True):
        shown = np.array([*chain(*(of[code] for of, code in zip(of_code, own, strict=True)))])
        both = np.outer(units.labels[n], units.labels[to]).ravel()
        by_label = LABEL_START + place * len(both) + np.arange(len(both))
        rows.append((np.append(shown, by_label), np.append(np.ones(len(shown)), both)))
    for code, labels in zip(none_codes(columns), units.labels, strict=True):
        rows.append((NONE_START + code * len(LABELS) + np.arange(len(LABELS)), labels))
    unit = np.concatenate((source, np.arange(len(units))))
    serves = np.concatenate((target, np.full(len(units), -1)))
    right = [_chosen(n, served[n], set(target[source == n].tolist())) for n in range(len(units))]
    order = np.lexsort((serves, unit))
    unit, serves = unit[order], serves[order]
    ends = np.cumsum([0, *(len(shown) for shown, _ in rows)])
    shown, values = (np.concatenate(column) for column in zip(*rows, strict=True))
    matrix = sparse.csr_matrix((values, shown, ends), (len(rows), len(KEYS)))
    return Choices(matrix[order], unit, serves, serves == np.array(right)[unit])


def _chosen(unit: int, served: set[int], offered: set[int]) -> int:
    """The right candidate, the nearest if there are several, or -1 for none."""
    return min(served & offered, key=lambda target: abs(target - unit), default=-1)


def fit(choices: Sequence[Choices]) -> np.ndarray:
    """The weight of each of ``KEYS``."""
    rows = sparse.vstack([c.rows for c in choices], "csr")
    right = np.concatenate([c.right for c in choices]).astype(float)
    opens = np.concatenate([np.diff(c.unit, prepend=-1) != 0 for c in choices])
    first = np.flatnonzero(opens)
    group = np.cumsum(opens) - 1
    weighed = np.flatnonzero(rows.getnnz(axis=0) >= MIN_PAIRS)
    rows = rows[:, weighed]
    # a value of no candidate or of every candidate gains no weight
    columns = rows.T.tocsr()

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        sums = rows @ weights
        sums -= np.maximum.reduceat(sums, first)[group]
        powers = np.exp(sums)
        totals = np.add.reduceat(powers, first)
        value = np.log(totals).sum() - right @ sums + PENALTY / 2 * weights @ weights
        return value, columns @ (powers / totals[group] - right) + PENALTY * weights

    found = optimize.minimize(loss, np.zeros(len(weighed)), jac=True, method="L-BFGS-B")
    weights = np.zeros(len(KEYS))
    weights[weighed] = found.x
    return weights


def places_of(article: Example, spans: Sequence[Span]) -> UnitPlaces:
    """The places of spans."""
    clauses = article.clauses
    start = [span.start for span in spans]
    home = np.searchsorted(clauses.start, start, "right") - 1
    return UnitPlaces(
        [f"u{n}" for n in range(1, len(spans) + 1)],
        start,
        [span.end for span in spans],
        np.array([[span.scores.get(label, 0.0) for label in LABELS] for span in spans]),
        clauses.sentence[home],
        clauses.paragraph[home],
        clauses.heading[home],
    )


def targets_of(gold: AnnotatedArticle, spans: Sequence[Span]) -> list[set[int]]:
    """For each span the spans that lie in what its gold unit serves."""
    served = {relation.source: relation.target for relation in gold.relations}
    home = [
        next((u.id for u in gold.units if u.start <= span.start < u.end), None) for span in spans
    ]
    return [
        {n for n, other in enumerate(home) if key in served and other == served[key]}
        for key in home
    ]


def gold_spans(gold: AnnotatedArticle) -> list[Span]:
    """The gold units in text order, sure of their labels."""
    units = sorted(gold.units, key=lambda unit: unit.start)
    return [Span(unit.start, unit.end, {unit.label: 1.0}) for unit in units]


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


def read_choices(
    articles: Sequence[Example], golds: Sequence[AnnotatedArticle]
) -> Iterator[Choices]:
    """The choices over gold units and over units found."""
    openings = Openings(read_lexicon("connectives"))
    gold_units = enumerate(map(gold_spans, golds))
    for n, spans in chain(gold_units, found_spans(articles)):
        if len(spans) > 1:
            served = targets_of(golds[n], spans)
            yield choices_of(articles[n].form, places_of(articles[n], spans), openings, served)


def main(*folders: str) -> None:
    """Write attachment.tsv."""
    golds = read_gold(folders)
    weights = fit(list(read_choices(make_examples(golds, TARGET), golds)))
    lines = [
        [*key, f"{weight:.2f}", SOURCE]
        for key, weight in zip(KEYS, weights.tolist(), strict=True)
        if abs(weight) >= MIN_WEIGHT
    ]
    write_table("attachment", ("feature", "value", "weight", "source"), lines)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
