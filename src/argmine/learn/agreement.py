"""Agreement of two annotators over the articles that both read.

Reads:   two lists of annotated articles
Writes:  :class:`Agreement`
Method:  both are laid over the same clauses. Krippendorff's alpha (nominal) over the labels of all
         clauses, over the stance of the clauses that both call a unit, and over the stance of
         documents; F1 of units and relations as in an evaluation, where it does not matter whose
         reading is called gold. Intervals resample documents.
Limits:  two annotators; every label differs from every other one by the same amount.
Source:  Krippendorff 2011, Computing Krippendorff's Alpha-Reliability.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from argmine.errors import InputError
from argmine.learn.laying import lay
from argmine.learn.resampling import (
    DRAWS,
    Floats,
    Score,
    document_weights,
    ratio,
    with_interval,
)
from argmine.learn.scores import Report, evaluate
from argmine.schema import AnnotatedArticle

# Counts of pairs of values: numbers, or columns of numbers of one length.
Pairs = Mapping[tuple[str, str], Any]
ALPHAS = ("alpha labels", "alpha stance", "alpha document stance")


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two readings agree.

    Attributes:
        alphas: Krippendorff's alpha by name.
        report: the second reading scored against the first; F1 is the same the other way round.
        clauses: of all documents that both read.
        first: articles of the first reading, in the order of the report's documents.
        second: the same articles as the other annotator read them.
        unshared: ids of documents that only one of them read.
    """

    alphas: dict[str, Score]
    report: Report
    clauses: int
    first: list[AnnotatedArticle]
    second: list[AnnotatedArticle]
    unshared: list[str]


def agree(
    first: Sequence[AnnotatedArticle],
    second: Sequence[AnnotatedArticle],
    *,
    target: str = "cooperative-security",
    draws: int = DRAWS,
    seed: int = 0,
) -> Agreement:
    """Compare two readings.

    Args:
        first: articles as one annotator read them.
        second: articles as the other one did.
        target: the target of stance.
        draws: bootstrap samples of documents.
        seed: of the bootstrap.

    Raises:
        InputError: no document in both, or one with two texts.
    """
    others = {article.id: article for article in second}
    shared = [article for article in first if article.id in others]
    if not shared:
        raise InputError("agree", "", "no document that both read", "check the two folders")
    pairs = [others[article.id] for article in shared]
    report = evaluate(shared, pairs, target=target, draws=draws, seed=seed)
    by_document = [_pairs(a, b, target) for a, b in zip(shared, pairs, strict=True)]
    weights = document_weights(len(shared), draws, seed)
    alphas = {
        name: _with_interval([counts[n] for counts in by_document], weights)
        for n, name in enumerate(ALPHAS)
    }
    clauses = sum(sum(labels.values()) for labels, _, _ in by_document)
    unshared = {a.id for a in first} ^ set(others)
    return Agreement(alphas, report, clauses, shared, pairs, sorted(unshared))


def _pairs(
    first: AnnotatedArticle, second: AnnotatedArticle, target: str
) -> tuple[Counter[tuple[str, str]], ...]:
    """The pairs of labels, of stances and of document stance that one document gives."""
    one, other = lay(first, target), lay(second, target)
    stances = zip(one.stances, other.stances, strict=True)
    return (
        Counter(zip(one.labels, other.labels, strict=True)),
        Counter((a, b) for a, b in stances if a is not None and b is not None),
        Counter([(one.document, other.document)]),
    )


def _with_interval(by_document: Sequence[Counter[tuple[str, str]]], weights: Any) -> Score:
    keys = sorted({key for counts in by_document for key in counts})
    table = np.array([[counts[key] for key in keys] for counts in by_document], np.float64)
    samples = alpha(dict(zip(keys, (weights @ table).T, strict=True)))
    value = alpha(dict(zip(keys, table.sum(axis=0), strict=True)))
    return with_interval(value, samples, int(table.sum()))


def alpha(pairs: Pairs) -> Floats:
    """Krippendorff's alpha of two annotators for nominal values; NaN without any variation.

    Args:
        pairs: how often the first gave the one value and the second the other.
    """
    total = 2 * sum(pairs.values())
    observed = 2 * sum(n for (a, b), n in pairs.items() if a != b)
    marginal: dict[str, Any] = {}
    for pair, n in pairs.items():
        for value in pair:
            marginal[value] = marginal.get(value, 0) + n
    expected = total**2 - sum(n**2 for n in marginal.values())
    # without any variation there is nothing to agree on
    agreement: Floats = 1 - ratio(observed * (total - 1), expected)
    return agreement
