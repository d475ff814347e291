"""Calibration: whether scores mean what they say.

Reads:   laid gold and predicted articles
Writes:  :class:`Calibration`: a reliability table, the Brier score, the calibration error
Method:  each clause of a predicted unit is a case: the unit's score for the label it gave, and
         whether gold gives the clause that label. For stance, the clauses that both call a unit.
         Cases fall into ten bins of the score. Intervals resample documents.
Limits:  units without a score take no part; clauses that no unit covers have no score.
Source:  Brier 1950, here of the one label given; expected calibration error: Naeini, Cooper and
         Hauskrecht 2015.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from argmine.learn.laying import Laid
from argmine.learn.resampling import Floats, Score, ratio, with_interval
from argmine.schema import AnnotatedArticle

BINS = 10
# What a document gives for each bin: cases, sum of scores, cases right, sum of squared errors.
_N, _SCORE, _RIGHT, _SQUARED = range(4)


@dataclass(frozen=True, slots=True)
class Bin:
    """Cases whose score lies in one tenth: from ``low`` to below ``high`` (1 is in the last)."""

    low: float
    high: float
    mean_score: float
    share_right: float
    n: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far scores can be read as probabilities.

    Attributes:
        bins: the reliability table, with its empty bins.
        brier: mean squared difference of score and outcome; 0 is perfect.
        error: expected calibration error: mean distance of score and share right; 0 is perfect.
        cases: clauses that it rests on.
    """

    bins: list[Bin]
    brier: Score
    error: Score
    cases: int


def reliability(
    gold: Laid, predicted: Laid, article: AnnotatedArticle, target: str
) -> dict[str, Floats]:
    """What one predicted article gives for the calibration of ``label`` and of ``stance``."""
    labels, stances = [], []
    for n, number in enumerate(predicted.units):
        if number is None:
            continue
        unit = article.units[number]
        labels.append((_score(unit), unit.label == gold.labels[n]))
        stance = unit.stance.get(target)
        if stance is not None and gold.stances[n] is not None:
            stances.append((_score(stance), stance.label == gold.stances[n]))
    return {"label": _binned(labels), "stance": _binned(stances)}


def _score(item: Any) -> float | None:
    """The score of the label that a unit or a stance gives."""
    score: float | None = item.score
    return item.scores.get(item.label) if score is None else score


def _binned(cases: Iterable[tuple[float | None, bool]]) -> Floats:
    table = np.zeros((BINS, 4))
    known = [(score, right) for score, right in cases if score is not None]
    if not known:
        return table
    scores, right = np.array(known, np.float64).T
    # a score of 0.6 stands in the bin that begins at 0.6, whatever floats make of 0.6 * 10
    bins = np.clip(np.floor(scores * BINS + 1e-9).astype(int), 0, BINS - 1)
    columns = (np.ones(len(known)), scores, right, (scores - right) ** 2)
    for column, values in enumerate(columns):
        table[:, column] = np.bincount(bins, values, BINS)
    return table


def calibrate(tables: Sequence[Floats], weights: Floats) -> Calibration:
    """The calibration that the tables of several documents add up to.

    Args:
        tables: of :func:`reliability`, one a document.
        weights: bootstrap samples, as :func:`~argmine.learn.resampling.document_weights`.
    """
    by_document = np.array(tables)
    total = by_document.sum(axis=0)
    samples = np.tensordot(weights, by_document, axes=1)
    share = ratio(total[:, _RIGHT], total[:, _N])
    mean = ratio(total[:, _SCORE], total[:, _N])
    bins = [
        Bin(n / BINS, (n + 1) / BINS, float(mean[n]), float(share[n]), int(total[n, _N]))
        for n in range(BINS)
    ]
    brier = with_interval(_brier(total), _brier(samples))
    error = with_interval(_error(total), _error(samples))
    return Calibration(bins, brier, error, int(total[:, _N].sum()))


def _brier(table: Floats) -> Floats:
    return ratio(table[..., _SQUARED].sum(axis=-1), table[..., _N].sum(axis=-1))


def _error(table: Floats) -> Floats:
    gaps = np.abs(table[..., _SCORE] - table[..., _RIGHT])
    return ratio(gaps.sum(axis=-1), table[..., _N].sum(axis=-1))
