"""Calibrate scores: one temperature a head, from articles that the head was not trained on.

Method:  the temperature T for which the shares score ** (1 / T), summing to one again, make the
         gold labels likeliest. It changes no label. Cases are the clauses of predicted units.
Limits:  a calibration holds for texts like those it was found on.
Source:  Guo et al. 2017, On Calibration of Modern Neural Networks, section 4.2.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize_scalar

from argmine.learn.laying import lay
from argmine.schema import AnnotatedArticle
from argmine.tag.models import TEMPERATURES

# Scores are written with four decimals: a zero may be this much.
_LEAST = 5e-5

# The scores of one clause by label, and its gold label.
Case = tuple[dict[str, float], str]


def find_temperatures(
    gold: Sequence[AnnotatedArticle], predicted: Sequence[AnnotatedArticle], targets: Sequence[str]
) -> dict[str, float]:
    """The temperatures of the heads ``units`` and ``stance TARGET``.

    Args:
        gold: the articles.
        predicted: the same, each annotated by heads that were trained without it.
        targets: of stance.
    """
    guesses = {article.id: article for article in predicted}
    first, *_ = targets or [""]
    units: list[Case] = []
    stances: dict[str, list[Case]] = {target: [] for target in targets}
    for article in gold:
        guess = guesses[article.id]
        for target in targets or [first]:
            right, found = lay(article, target), lay(guess, target)
            for label, side, number in zip(right.labels, right.stances, found.units, strict=True):
                unit = None if number is None else guess.units[number]
                if unit is not None and side is not None and target in unit.stance:
                    stances[target].append((unit.stance[target].scores, side))
                if unit is not None and target == first:
                    units.append((unit.scores, label))
    cases = {"units": units, **{f"stance {target}": own for target, own in stances.items()}}
    return {head: round(_temperature(own), 3) for head, own in cases.items() if own}


def _temperature(cases: Sequence[Case]) -> float:
    labels = sorted(cases[0][0])
    known = [(scores, label) for scores, label in cases if label in scores]
    if not known:
        return 1.0
    logs = np.log(
        np.maximum([[scores.get(name, 0.0) for name in labels] for scores, _ in known], _LEAST)
    )
    right = np.array([labels.index(label) for _, label in known])

    def loss(temperature: float) -> float:
        sums = logs / temperature
        top = sums.max(axis=1, keepdims=True)
        total = np.log(np.exp(sums - top).sum(axis=1)) + top[:, 0]
        return float((total - sums[np.arange(len(right)), right]).mean())

    return float(minimize_scalar(loss, bounds=TEMPERATURES, method="bounded").x)
