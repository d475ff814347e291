"""Scores of labels that need no borders: of given units, and of whole documents.

Method:  each document gives counts of pairs (gold label, predicted label); scores are functions of
         summed counts, and intervals come from resampling documents.
Source:  F_avg as in NLPCC-ICCPOL 2016 task 4: the mean of the F1 of favor and of against, pooled
         over targets; neutral counts only by the errors that it causes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from argmine.learn.resampling import DRAWS, Floats, Score, document_weights, ratio, with_interval
from argmine.schema import AnnotatedArticle

SIDES = ("favor", "against")
Pairs = Counter[tuple[str, str]]


def document_pairs(gold: AnnotatedArticle, predicted: AnnotatedArticle) -> Pairs:
    """The stance of the document toward each target that gold names."""
    said = predicted.stance
    return Counter(
        (stance.label, said[target].label if target in said else "none")
        for target, stance in gold.stance.items()
    )


def unit_pairs(gold: AnnotatedArticle, predicted: AnnotatedArticle) -> Pairs:
    """The label of each gold unit; one whose borders were not found counts as ``none``."""
    label_of = {(unit.start, unit.end): unit.label for unit in predicted.units}
    return Counter(
        (unit.label, label_of.get((unit.start, unit.end), "none")) for unit in gold.units
    )


def mean_f1(
    pairs: Sequence[Pairs], labels: Sequence[str], *, draws: int = DRAWS, seed: int = 0
) -> Score:
    """The mean F1 of the labels, with its interval.

    Args:
        pairs: of each document.
        labels: over which F1 is averaged; others count only by the errors that they cause.
        draws: bootstrap samples of documents.
        seed: of the bootstrap.
    """
    columns = [
        (
            np.array([counts[label, label] for counts in pairs], np.float64),
            np.array([_sides(counts, label) for counts in pairs], np.float64),
        )
        for label in labels
    ]
    weights = document_weights(len(pairs), draws, seed).astype(np.float64)

    def mean(weight: Floats) -> Floats:
        # a label that occurs nowhere has an F1 of 0
        scores = [ratio(2 * weight @ both, weight @ sides) for both, sides in columns]
        means: Floats = np.mean(np.nan_to_num(scores), axis=0)
        return means

    value = float(mean(np.ones(len(pairs))))
    return with_interval(value, mean(weights), sum(map(Counter.total, pairs)))


def _sides(counts: Pairs, label: str) -> int:
    """How often a label stands in gold, and how often in the prediction, together."""
    return sum(((g == label) + (p == label)) * n for (g, p), n in counts.items())
