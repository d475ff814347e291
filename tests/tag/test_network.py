"""The network: its gradient is that of its output, it reads both ways, and the blend is a mean."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from argmine.tag.clauses import Clauses, shape_features, whole_text
from argmine.tag.network import (
    HIDDEN,
    Blend,
    Ensemble,
    _beside,
    _gated_recurrent,
    build_network,
    layers_with_weights,
    log_shares,
    network_rows,
    place_and_shape,
    row_width,
    weight_shapes,
)
from argmine.tag.scorers import NgramScorer, ShapeWeights, Shares
from planted import PlantedEncoder, lines_of

LABELS = ("claim", "evidence", "none")


def layer(size: int, width: int, seed: int = 0):
    """The recurrent layer beside its input, in double precision."""
    rng = np.random.default_rng(seed)
    recurrent = _gated_recurrent(size, width)
    recurrent.set_param("W", rng.normal(0, 0.7, (4 * size, width)))
    recurrent.set_param("b", rng.normal(0, 0.7, 4 * size))
    return recurrent, _beside(recurrent)


def slope(value, array, place, step=1e-6):
    """The finite difference of a value by one entry of an array."""
    old = array[place]
    array[place] = old + step
    above = value()
    array[place] = old - step
    below = value()
    array[place] = old
    return (above - below) / (2 * step)


@pytest.mark.parametrize("lengths", [(1,), (5,), (4, 1, 3), (2, 9)])
def test_the_gradient_of_the_recurrence_is_that_of_finite_differences(lengths):
    recurrent, whole = layer(3, 4)
    rng = np.random.default_rng(1)
    texts = [rng.normal(size=(length, 4)) for length in lengths]
    found, back = whole.begin_update(texts)
    onto = [rng.normal(size=rows.shape) for rows in found]
    by_input = back([rows.copy() for rows in onto])

    def value():
        return sum((a * b).sum() for a, b in zip(whole.predict(texts), onto, strict=True))

    for text, gradient in zip(texts, by_input, strict=True):
        expected = [slope(value, text, place) for place in np.ndindex(text.shape)]
        np.testing.assert_allclose(gradient.ravel(), expected, rtol=1e-5, atol=1e-7)
    for name in ("W", "b"):
        weights = recurrent.get_param(name)
        expected = [slope(value, weights, place) for place in np.ndindex(weights.shape)]
        gradient = recurrent.get_grad(name).ravel()
        np.testing.assert_allclose(gradient, expected, rtol=1e-5, atol=1e-7)


def network(width: int, outputs: int, seed: int = 0):
    rng = np.random.default_rng(seed)
    found, shapes = build_network(width, outputs), weight_shapes(width, outputs)
    for name, part in layers_with_weights(found):
        for param in part.param_names:
            shape = shapes[f"{name} {param}"]
            part.set_param(param, rng.normal(0, 0.1, shape).astype(np.float32))
    return found


def test_the_gradient_of_the_whole_network_points_where_its_output_grows():
    found = network(6, 4)
    rng = np.random.default_rng(2)
    texts = [rng.normal(size=(n, 6)).astype(np.float32) for n in (7, 1, 4)]
    outputs, back = found.begin_update(texts)
    onto = [rng.normal(size=rows.shape).astype(np.float32) for rows in outputs]
    by_input = back([rows.copy() for rows in onto])
    way = [rng.normal(size=text.shape).astype(np.float32) for text in texts]

    def value(step):
        moved = [text + step * own for text, own in zip(texts, way, strict=True)]
        rows = found.predict(moved)
        return sum(float((a * b).sum(dtype=np.float64)) for a, b in zip(rows, onto, strict=True))

    expected = (value(1e-2) - value(-1e-2)) / 2e-2
    told = sum(float((a * b).sum()) for a, b in zip(by_input, way, strict=True))
    assert told == pytest.approx(expected, rel=1e-2)


def test_the_names_and_shapes_of_weights_are_those_of_the_layers():
    found = build_network(11, 5)
    names = [f"{name} {p}" for name, part in layers_with_weights(found) for p in part.param_names]
    assert sorted(names) == sorted(weight_shapes(11, 5))
    assert weight_shapes(11, 5)["2 linear W"] == (5, 2 * HIDDEN)


def test_texts_read_together_or_alone_give_the_same():
    found = network(5, 3)
    rng = np.random.default_rng(3)
    texts = [rng.normal(size=(n, 5)).astype(np.float32) for n in (3, 8, 1)]
    for text, rows in zip(texts, found.predict(texts), strict=True):
        np.testing.assert_allclose(found.predict([text])[0], rows, atol=1e-5)


def test_the_last_clause_reaches_the_first_and_the_first_the_last():
    found = network(5, 3)
    text = np.random.default_rng(4).normal(size=(6, 5)).astype(np.float32)
    before = found.predict([text])[0]
    for changed, looked_at in ((-1, 0), (0, -1)):
        other = text.copy()
        other[changed] += 3
        assert not np.allclose(found.predict([other])[0][looked_at], before[looked_at], atol=1e-6)


@given(
    arrays(
        np.float64, st.tuples(st.integers(0, 4), st.integers(1, 4)), elements=st.floats(-700, 700)
    )
)
def test_log_shares_sum_to_one_and_keep_differences(sums):
    shares = log_shares(sums)
    np.testing.assert_allclose(np.exp(shares).sum(axis=1), np.ones(len(sums)))
    np.testing.assert_allclose(np.diff(shares, axis=1), np.diff(sums, axis=1), atol=1e-9)


# Place and shape


def test_place_and_shape_are_finite_and_as_many_as_the_network_reads():
    form, clauses = lines_of("甲乙丙丁甲")
    rows = place_and_shape(form, clauses)
    assert (rows.shape, rows.dtype) == ((5, row_width(0)), np.float32)
    assert np.isfinite(rows).all()
    # first and last of the line, and how far through the text
    assert rows[:, 7].tolist() == [1, 0, 0, 0, 0]
    assert rows[:, 8].tolist() == [0, 0, 0, 0, 1]
    np.testing.assert_allclose(rows[:, 10], [0, 0.2, 0.4, 0.6, 0.8])
    shape = shape_features(form, clauses)
    names = sorted(shape)
    assert rows[:, -len(names) :].tolist() == np.stack([shape[n] for n in names], 1).tolist()


@pytest.mark.parametrize("form", ["。", "😀", "x" * 10_000])
def test_a_text_of_one_clause_has_one_row(form):
    assert place_and_shape(form, whole_text(form)).shape == (1, row_width(0))


# Ensembles and blends


def ensemble(members: int = 2, outputs: dict[str, tuple[str, ...]] | None = None) -> Ensemble:
    encoder = PlantedEncoder()
    outputs = outputs or {"units": LABELS, "stance x": ("favor", "against")}
    width, total = row_width(encoder.width), sum(map(len, outputs.values()))
    rng = np.random.default_rng(5)
    arrays = [
        {
            name: rng.normal(0, 0.2, shape).astype(np.float32)
            for name, shape in weight_shapes(width, total).items()
        }
        for _ in range(members)
    ]
    ones = np.ones(encoder.width, np.float32)
    return Ensemble(encoder, outputs, 0 * ones, ones, arrays)


def test_an_ensemble_is_the_mean_of_its_members_log_shares():
    form, clauses = lines_of("甲乙丙")
    whole = ensemble(3)
    parts = [
        Ensemble(whole.encoder, whole.outputs, whole.mean, whole.scale, [own])
        for own in whole.members
    ]
    found = whole.sums(form, clauses)
    assert list(found) == ["units", "stance x"]
    assert whole.sums(form, clauses) is found
    for name, sums in found.items():
        assert sums.shape == (3, len(whole.outputs[name]))
        expected = np.mean([part.sums(form, clauses)[name] for part in parts], axis=0)
        np.testing.assert_allclose(sums, expected, atol=1e-6)


def test_an_ensemble_takes_a_text_without_clauses():
    none, flags = np.array([], np.int64), np.array([], np.bool_)
    found = ensemble().sums("", Clauses(none, none, none, none, flags, flags))
    assert {name: sums.shape for name, sums in found.items()} == {
        "units": (0, 3),
        "stance x": (0, 2),
    }


def test_rows_are_scaled_vectors_beside_place_and_shape():
    form, clauses = lines_of("甲乙")
    encoder = PlantedEncoder()
    half, two = (np.full(encoder.width, v, np.float32) for v in (0.5, 2.0))
    rows = network_rows(encoder, half, two, form, clauses)
    assert rows.dtype == np.float32
    assert rows[0, : encoder.width].tolist() == [0.25, -0.25, -0.25, -0.25]
    assert np.array_equal(rows[:, encoder.width :], place_and_shape(form, clauses))


def ngrams() -> NgramScorer:
    keys = np.array(sorted(map(ord, "甲乙")), np.int64)
    weights = np.array([[2.0, 0.0, 0.0], [0.0, 3.0, 0.0]])
    return NgramScorer(keys, weights, LABELS, ShapeWeights({}, LABELS), Shares(0, 0, 0))


@pytest.mark.parametrize("voice", [0.0, 0.3, 1.0])
def test_a_blend_weighs_the_two_by_the_voice_and_shows_the_votes_of_the_ngrams(voice):
    form, clauses = lines_of("甲乙丙")
    networks, own = ensemble(), ngrams()
    blend = Blend(networks, "units", own, voice)
    sums, votes = blend(form, clauses)
    by_ngrams, own_votes = own(form, clauses)
    expected = (1 - voice) * networks.sums(form, clauses)["units"] + voice * log_shares(by_ngrams)
    np.testing.assert_allclose(sums, expected)
    assert [a.tolist() for a in votes] == [a.tolist() for a in own_votes]
    assert (blend.labels, blend.least_shown) == (LABELS, own.least_shown)
