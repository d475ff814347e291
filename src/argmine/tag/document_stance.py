"""A trained head that tells the stance of a document from the stances of its units.

Method:  multinomial logistic regression over some twenty figures of the units: how probable each
         side is in the mean, at the most decided units, in claims and in recommendations; how many
         units take it; how the cues of the rules vote; how often the target is touched. A side
         that no unit takes is not given, so that units can always be shown for it.
Limits:  knows nothing of a text beyond its units.
Source:  own design; stacking after Wolpert 1992, Stacked Generalization.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from argmine.schema import STANCE_LABELS

Numbers = NDArray[np.int64]
Scores = NDArray[np.float64]

SIDES = ("favor", "against")
DOCUMENT_LABELS = (*STANCE_LABELS, "none")
# How many of the units that are most decided for a side are looked at by themselves.
FEW, MANY = 5, 15
# Labels of the units whose stances are looked at by themselves.
AUTHORIAL = ("claim", "recommendation")
FEATURES = (
    *(
        f"{figure} {side}"
        for side in SIDES
        for figure in ("mean", "few", "many", "share", "votes", "few votes", *AUTHORIAL)
    ),
    "touching",
    "touches",
    "touched",
    "size",
)
# More touching words in a unit than this, in the mean, tell nothing more.
_MOST_TOUCHES = 2.0


def document_features(
    scores: Scores,
    votes: Scores,
    touches: Numbers,
    touched: NDArray[np.bool_],
    labels: Sequence[str],
) -> Scores:
    """The figures of a document's units, in the order of ``FEATURES``.

    Args:
        scores: probabilities of STANCE_LABELS, a row a unit, before calibration.
        votes: of the rules, a row a unit and a column a side.
        touches: how many words of each unit touch the target.
        touched: whether each unit touches the target at all.
        labels: of the units.

    Returns:
        Shape (len(FEATURES),); all zero without units.
    """
    size = len(scores)
    if not size:
        return np.zeros(len(FEATURES))
    best = scores.argmax(axis=1)
    kinds = [np.array([label == kind for label in labels]) for kind in AUTHORIAL]
    found: list[float] = []
    for n in range(len(SIDES)):
        own, cast = scores[:, n], votes[:, n]
        found += [own.mean(), _top(own, FEW), _top(own, MANY), (best == n).mean()]
        found += [cast.mean(), _top(cast, FEW)]
        found += [own[kind].mean() if kind.any() else 0.0 for kind in kinds]
    found += [(touches > 0).mean(), min(touches.mean(), _MOST_TOUCHES), touched.mean()]
    return np.array([*found, np.log(size)])


def _top(values: Scores, most: int) -> float:
    return float(np.sort(values)[-most:].mean())


class DocumentHead:
    """What training gives the component of stance for one target.

    Args:
        labels: some of DOCUMENT_LABELS, in their order.
        weights: of the features, shape (len(FEATURES), len(labels)).
        biases: shape (len(labels),).
    """

    def __init__(self, labels: Sequence[str], weights: Scores, biases: Scores) -> None:
        self.labels, self.weights, self.biases = tuple(labels), weights, biases

    def probabilities(self, row: Scores, taken: Sequence[str]) -> dict[str, float]:
        """The probability of each label.

        Args:
            row: as :func:`document_features` gives it.
            taken: the stances that units take; a side that none takes has no probability.
        """
        sums = row @ self.weights + self.biases
        barred = [label in SIDES and label not in taken for label in self.labels]
        sums[np.array(barred)] = -np.inf
        powers = np.exp(sums - sums.max())
        return dict(zip(self.labels, (powers / powers.sum()).tolist(), strict=True))

    def arrays(self) -> dict[str, Any]:
        """What is stored, each array by name."""
        return {
            "weights": self.weights.astype(np.float32),
            "biases": self.biases.astype(np.float32),
        }

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[Any]], labels: Sequence[str], features: Sequence[str]
    ) -> DocumentHead:
        """The head that was stored.

        Raises:
            ValueError: arrays, labels and features do not fit together, or are of another argmine.
        """
        shapes = {"weights": (len(FEATURES), len(labels)), "biases": (len(labels),)}
        fits = (
            tuple(features) == FEATURES
            and [label for label in DOCUMENT_LABELS if label in labels] == list(labels)
            # of two sides alone, none might be left
            and set(labels) - set(SIDES)
            and len(labels) > 1
            and {name: values.shape for name, values in arrays.items()} == shapes
            and all(values.dtype.kind == "f" for values in arrays.values())
            and all(np.isfinite(values).all() for values in arrays.values())
        )
        if not fits:
            raise ValueError("the arrays of the document's stance do not fit")
        weights, biases = (arrays[name].astype(np.float64) for name in ("weights", "biases"))
        return cls(labels, weights, biases)
