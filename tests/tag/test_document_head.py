"""The document's stance from that of its units: the figures, the probabilities, what is stored."""

from __future__ import annotations

import numpy as np
import pytest

from argmine.tag.document_stance import (
    DOCUMENT_LABELS,
    FEATURES,
    DocumentHead,
    document_features,
)


def head(**biases: float) -> DocumentHead:
    """Weights of nothing but the share of units that take each side."""
    weights = np.zeros((len(FEATURES), len(DOCUMENT_LABELS)))
    for side in ("favor", "against"):
        weights[FEATURES.index(f"share {side}"), DOCUMENT_LABELS.index(side)] = 10
    return DocumentHead(
        DOCUMENT_LABELS, weights, np.array([biases.get(x, 0) for x in DOCUMENT_LABELS])
    )


def test_the_figures_of_units():
    scores = np.array([[0.8, 0.1, 0.1], [0.2, 0.5, 0.3], [0.3, 0.3, 0.4]])
    votes = np.array([[3.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    touches, touched = np.array([2, 0, 0]), np.array([True, True, False])
    row = document_features(scores, votes, touches, touched, ["claim", "evidence", "claim"])
    found = dict(zip(FEATURES, row.round(3).tolist(), strict=True))
    assert found == {
        "mean favor": 0.433,
        "few favor": 0.433,
        "many favor": 0.433,
        "share favor": 0.333,
        "votes favor": 1.0,
        "few votes favor": 1.0,
        "claim favor": 0.55,
        "recommendation favor": 0.0,
        "mean against": 0.3,
        "few against": 0.3,
        "many against": 0.3,
        "share against": 0.333,
        "votes against": 0.333,
        "few votes against": 0.333,
        "claim against": 0.2,
        "recommendation against": 0.0,
        "touching": 0.333,
        "touches": 0.667,
        "touched": 0.667,
        "size": 1.099,
    }


def test_the_most_decided_units_are_looked_at_by_themselves():
    scores = np.array([[0.9, 0.0, 0.1]] * 5 + [[0.1, 0.0, 0.9]] * 95)
    none = np.zeros(100, np.int64)
    row = document_features(scores, np.zeros((100, 2)), none, none > 0, ["evidence"] * 100)
    found = dict(zip(FEATURES, row.tolist(), strict=True))
    told = [found[name] for name in ("mean favor", "many favor", "few favor")]
    assert told == pytest.approx([0.14, (5 * 0.9 + 10 * 0.1) / 15, 0.9])


def test_no_unit_no_figure():
    none = np.zeros(0, np.int64)
    row = document_features(np.zeros((0, 3)), np.zeros((0, 2)), none, none > 0, [])
    assert row.tolist() == [0.0] * len(FEATURES)


def test_a_side_that_no_unit_takes_is_not_given():
    row = np.zeros(len(FEATURES))
    found = head(against=5.0).probabilities(row, ["favor", "neutral"])
    assert found == pytest.approx({"favor": 1 / 3, "against": 0.0, "neutral": 1 / 3, "none": 1 / 3})
    assert (
        max(head(against=5.0).probabilities(row, ["against"]).items(), key=lambda x: x[1])[0]
        == "against"
    )


def test_the_head_comes_back_from_its_arrays():
    own = head(none=1.0)
    back = DocumentHead.from_arrays(own.arrays(), list(DOCUMENT_LABELS), list(FEATURES))
    row = np.linspace(0, 1, len(FEATURES))
    assert back.labels == DOCUMENT_LABELS
    assert back.probabilities(row, ["favor"]) == own.probabilities(row, ["favor"])


@pytest.mark.parametrize(
    "fault", ["features", "labels", "order", "sides", "shape", "missing", "infinite", "kind"]
)
def test_arrays_that_do_not_fit_are_refused(fault):
    arrays, labels, features = head().arrays(), list(DOCUMENT_LABELS), list(FEATURES)
    if fault == "features":
        features.reverse()
    elif fault == "labels":
        labels[0] = "maybe"
    elif fault == "order":
        labels.reverse()
    elif fault == "sides":
        labels = labels[:2]
        arrays = {"weights": arrays["weights"][:, :2], "biases": arrays["biases"][:2]}
    elif fault == "shape":
        arrays["weights"] = arrays["weights"][:-1]
    elif fault == "missing":
        del arrays["biases"]
    elif fault == "infinite":
        arrays["biases"][0] = np.inf
    else:
        arrays["biases"] = arrays["biases"].astype(np.int64)
    with pytest.raises(ValueError, match="do not fit"):
        DocumentHead.from_arrays(arrays, labels, features)
