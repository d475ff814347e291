"""Calibration: counted by hand, and as scikit-learn counts it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from building import article
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from argmine.learn.calibration import _binned, calibrate
from argmine.learn.resampling import document_weights
from argmine.learn.scores import evaluate


def test_counted_by_hand():
    gold = article([(0, 1, "claim", "favor"), (2, 2, "evidence", "neutral")])
    guess = article(
        [
            (0, 1, "claim", "favor", 0.9, 0.7),
            (2, 2, "claim", "against", 0.8, 0.5),
            (3, 3, "claim", "favor", 0.6, 1.0),  # gold has no unit here: no case of stance
        ]
    )
    found = evaluate([gold], [guess], draws=0).calibration
    label, stance = found["label"], found["stance"]
    assert [(b.low, b.n, b.share_right) for b in label.bins if b.n] == [
        (0.6, 1, 0.0), (0.8, 1, 0.0), (0.9, 2, 1.0),
    ]  # fmt: skip
    assert label.brier.value == pytest.approx((2 * 0.01 + 0.64 + 0.36) / 4)
    assert label.error.value == pytest.approx((2 * 0.1 + 0.8 + 0.6) / 4)
    assert (label.cases, stance.cases) == (4, 3)
    assert stance.brier.value == pytest.approx((2 * 0.09 + 0.25) / 3)
    assert math.isnan(label.brier.low)


def test_units_without_a_score_take_their_labels_share_or_no_part():
    gold = article([(0, 0, "claim", "favor"), (2, 2, "claim", "favor")])
    guess = gold.model_copy(deep=True)
    guess.units[0].scores = {"claim": 0.5, "none": 0.5}
    found = evaluate([gold], [guess], draws=0).calibration
    assert (found["label"].cases, found["stance"].cases) == (1, 0)
    assert found["label"].brier.value == 0.25
    assert math.isnan(found["stance"].brier.value)


CASES = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)


@given(CASES)
def test_it_is_that_of_scikit_learn(cases):
    cases = [(round(score, 4), right) for score, right in cases]
    scores, right = zip(*cases, strict=True)
    found = calibrate([_binned(cases)], np.zeros((0, 1)))
    # without one of the outcomes scikit-learn has to be told which is which
    expected = brier_score_loss(right, scores, pos_label=True)
    assert found.brier.value == pytest.approx(expected, abs=1e-9)
    # a score on a border: scikit-learn puts it below, argmine above
    inside = [case for case in cases if (case[0] * 10) % 1 > 1e-6]
    if inside:
        scores, right = zip(*inside, strict=True)
        bins = calibrate([_binned(inside)], np.zeros((0, 1))).bins
        shares, means = calibration_curve(right, scores, n_bins=10)
        assert [b.share_right for b in bins if b.n] == pytest.approx(list(shares))
        assert [b.mean_score for b in bins if b.n] == pytest.approx(list(means))


def test_intervals_hold_the_value_and_come_from_documents():
    tables = [_binned([(0.1 * k + 0.05, (k + n) % 3 > 0) for k in range(10)]) for n in range(8)]
    found = calibrate(tables, document_weights(8, 500, 0).astype(float))
    assert found.brier.low < found.brier.value < found.brier.high
    alone = calibrate(tables[:1], document_weights(1, 50, 0).astype(float))
    assert alone.brier.low == alone.brier.value == alone.brier.high
