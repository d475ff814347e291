"""Intervals by resampling documents: the percentile bootstrap (Efron and Tibshirani 1993, ch. 13).

Documents are resampled, never clauses: the clauses of one article are not independent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
DRAWS = 1000
INTERVAL = (2.5, 97.5)
# Places that figures are rounded to where they are written.
PLACES = 4


@dataclass(frozen=True, slots=True)
class Score:
    """A score, its 95 % interval from resampling documents, and the cases it rests on."""

    value: float
    low: float
    high: float
    cases: int | None = None


def document_weights(documents: int, draws: int, seed: int) -> NDArray[np.int64]:
    """How often each document is in each bootstrap sample: a row a sample."""
    generator = np.random.default_rng(seed)
    return generator.multinomial(documents, [1 / documents] * documents, draws)


def with_interval(value: Any, samples: Any, cases: int | None = None) -> Score:
    """A score with the interval of its samples; NaN where no sample has a value."""
    found = np.asarray(samples, np.float64).ravel()
    if not found.size or np.isnan(found).all():
        return Score(float(value), float("nan"), float("nan"), cases)
    low, high = np.nanpercentile(found, INTERVAL)
    return Score(float(value), float(low), float(high), cases)


def ratio(part: Any, whole: Any) -> Floats:
    """Element by element; NaN where there is nothing to divide by."""
    part, whole = np.broadcast_arrays(np.asarray(part, np.float64), np.asarray(whole, np.float64))
    nothing = np.full(whole.shape, np.nan)
    quotient: Floats = np.divide(part, whole, out=nothing, where=whole > 0)
    return quotient


def plain(value: float | None) -> float | None:
    """A number for JSON, which has no NaN."""
    return None if value is None or np.isnan(value) else round(value, PLACES)
