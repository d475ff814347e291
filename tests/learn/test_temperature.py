"""Calibration by temperature: scores that are too sure are drawn together, labels never change."""

from __future__ import annotations

import numpy as np
import pytest
from building import TARGET

from argmine.learn.temperature import find_temperatures
from argmine.schema import AnnotatedArticle
from argmine.tag.stance import leaning, tempered

LABELS = ("claim", "evidence", "none", "recommendation")


def pair(seed: int, sharpness: float) -> tuple[AnnotatedArticle, AnnotatedArticle]:
    """Gold drawn from probabilities, and a prediction that tells them ``sharpness`` times as sure."""
    rng = np.random.default_rng(seed)
    text, gold, found = "", [], []
    for n in range(200):
        sentence = f"第{n}句话说了一件事。"
        true = rng.dirichlet(np.ones(4))
        said = true**sharpness / (true**sharpness).sum()
        label = LABELS[rng.choice(4, p=true)]
        place = {"id": f"u{n}", "start": len(text), "end": len(text) + len(sentence)}
        if label != "none":
            gold.append(place | {"label": label})
        best = LABELS[int(said.argmax())]
        if best != "none":
            scores = dict(zip(LABELS, said.round(4).tolist(), strict=True))
            found.append(place | {"label": best, "score": scores[best], "scores": scores})
        text += sentence
    same = {"schema_version": "1", "id": str(seed), "text": text, "relations": [], "stance": {}}
    return tuple(  # type: ignore[return-value]
        AnnotatedArticle.model_validate(same | {"units": units}) for units in (gold, found)
    )


@pytest.mark.parametrize("sharpness", [0.6, 1.0, 2.0])
def test_the_temperature_undoes_how_much_too_sure_scores_are(sharpness):
    gold, found = zip(*(pair(seed, sharpness) for seed in range(12)), strict=True)
    temperatures = find_temperatures(gold, found, [TARGET])
    # only predicted units are seen, which makes the fit a little too sure
    assert temperatures["units"] == pytest.approx(sharpness, rel=0.15)
    assert set(temperatures) == {"units"}


def test_without_targets_units_are_calibrated_all_the_same():
    gold, found = pair(0, 2.0)
    assert set(find_temperatures([gold], [found], [])) == {"units"}


def test_tempering_changes_no_label_and_keeps_sums():
    scores = np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6], [0.0, 0.5, 0.5]])
    for temperature in (0.2, 0.9, 5.0):
        moved = tempered(scores, temperature)
        assert moved.sum(axis=1) == pytest.approx(1)
        assert moved.argmax(axis=1).tolist() == scores.argmax(axis=1).tolist()
    assert tempered(scores, 2.0)[0, 0] < 0.7 < tempered(scores, 0.5)[0, 0]


def test_a_document_that_leans_draws_its_doubtful_units_along():
    usual = np.array([0.2, 0.1, 0.7])
    scores = np.array([[0.9, 0.0, 0.1]] * 5 + [[0.45, 0.0, 0.55]])
    moved = leaning(scores, usual, 0.6)
    assert moved.sum(axis=1) == pytest.approx(1)
    assert moved.argmax(axis=1).tolist() == [0] * 6
    plain = np.tile(usual, (4, 1))
    assert leaning(plain, usual, 0.6).argmax(axis=1).tolist() == [2] * 4
    assert np.array_equal(leaning(scores, usual, 0.0), scores)
