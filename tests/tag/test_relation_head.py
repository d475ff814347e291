"""The trained head of relations: stored and read back, broken arrays refused, always a forest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argmine.lexicons import read_lexicon
from argmine.tag.attachment import Openings, UnitPlaces, columns_of, keys_of, wide_candidates
from argmine.tag.relation_head import (
    PairNetworks,
    PairReader,
    RelationHead,
    network_shapes,
    unit_rows,
)
from argmine.tag.relations import RelationRules
from planted import PlantedEncoder

CONNECTIVES = read_lexicon("connectives")
LABELS = ("major claim", "premise")
ENCODER = PlantedEncoder()
BARE = RelationRules(CONNECTIVES, {})


def head(seed: int, spread: float = 0.5, members: int = 2, least: float = 0.05) -> RelationHead:
    """A head of random weights and networks."""
    rng = np.random.default_rng(seed)
    shapes = network_shapes(len(LABELS), ENCODER.width)
    own = [
        {name: rng.normal(0, spread, shape).astype(np.float32) for name, shape in shapes.items()}
        for _ in range(members)
    ]
    projection = rng.normal(0, 1, (ENCODER.width, ENCODER.width)).astype(np.float32)
    networks = PairNetworks(ENCODER, np.zeros(ENCODER.width, np.float32), projection, own)
    return RelationHead(LABELS, rng.normal(0, 1, len(keys_of(LABELS))), least, networks)


def places(sizes: list[int], seed: int) -> tuple[str, UnitPlaces, np.ndarray]:
    """Paragraphs of so many units, each a sentence, with random labels and vectors."""
    rng = np.random.default_rng(seed)
    count = sum(sizes)
    form = "".join("甲。" * size + "\n" for size in sizes)
    paragraph = np.repeat(np.arange(len(sizes)), sizes)
    start = (2 * np.arange(count) + paragraph).tolist()
    units = UnitPlaces(
        [f"u{n}" for n in range(1, count + 1)],
        start,
        [place + 2 for place in start],
        rng.dirichlet([1.0] * len(LABELS), count),
        np.arange(count),
        paragraph,
        np.zeros(count, np.bool_),
    )
    return form, units, rng.normal(0, 1, (count, ENCODER.width)).astype(np.float32)


SIZES = st.lists(st.integers(1, 14), min_size=1, max_size=8)


@settings(max_examples=40)
@given(SIZES, st.integers(0, 99))
def test_a_head_of_any_weights_draws_a_forest_and_always_the_same(sizes, seed):
    rules = BARE.decided_by(head(seed % 5))
    text = places(sizes, seed)
    found = rules.find(*text)
    assert found == rules.find(*text)
    target_of = {r["source"]: r["target"] for r in found}
    assert len(target_of) == len(found)
    assert all(0 < r["score"] <= 1 for r in found)
    for start in target_of:
        seen, node = set(), start
        while node in target_of:
            assert node not in seen
            seen.add(node)
            node = target_of[node]


def test_what_was_stored_decides_alike_when_read_back():
    first = head(3)
    again = RelationHead.from_arrays(first.arrays(), first.settings(), ENCODER)
    # sixteen bits are kept
    twice = RelationHead.from_arrays(again.arrays(), again.settings(), ENCODER)
    text = places([3, 1, 6, 4], 7)
    assert again.settings() == first.settings()
    found = BARE.decided_by(again).find(*text)
    assert found == BARE.decided_by(twice).find(*text)
    assert len(found) > 5


def test_a_head_without_networks_needs_no_encoder():
    plain = RelationHead(LABELS, np.ones(len(keys_of(LABELS))), 0.3)
    again = RelationHead.from_arrays(plain.arrays(), plain.settings())
    assert (again.labels, again.least, again.networks) == (LABELS, 0.3, None)
    assert again.weights.tolist() == plain.weights.tolist()


def test_rows_are_as_wide_as_the_networks_read_them_whatever_the_labels():
    form, units, vectors = places([2, 3], 1)
    columns = columns_of(form, units, Openings(CONNECTIVES))
    source, target = wide_candidates(columns)
    shapes = network_shapes(len(LABELS), ENCODER.width)
    pairs = PairReader(units, columns, vectors).rows(np.zeros(len(source)), source, target)
    assert unit_rows(form, units, columns, vectors).shape == (5, shapes["unit"][0])
    assert pairs.shape == (len(source), shapes["pair"][0])


def test_pairs_are_weighed_alike_whether_in_one_block_or_in_many(monkeypatch):
    text, rules = places([9, 1, 14, 5, 12], 4), BARE.decided_by(head(4))
    whole = rules.find(*text)
    monkeypatch.setattr("argmine.tag.relation_head._BLOCK", 3)
    parts = rules.find(*text)
    ends = [[(r["source"], r["target"]) for r in found] for found in (whole, parts)]
    assert ends[0] == ends[1]
    assert [r["score"] for r in whole] == pytest.approx([r["score"] for r in parts], abs=2e-4)


def altered(arrays, name, value):
    return {**arrays, name: value}


@pytest.mark.parametrize(
    "change",
    [
        lambda a, s: (altered(a, "weights", a["weights"][1:]), s),
        lambda a, s: (altered(a, "weights", np.full_like(a["weights"], np.nan)), s),
        lambda a, s: (altered(a, "1 pair", a["1 pair"].T), s),
        lambda a, s: (altered(a, "mean", a["mean"].astype(np.int64)), s),
        lambda a, s: (altered(a, "2 unit", a["1 unit"]), s),
        lambda a, s: ({name: own for name, own in a.items() if name != "0 none b"}, s),
        lambda a, s: (a, {**s, "members": 1}),
        lambda a, s: (a, {**s, "members": -1}),
        lambda a, s: (a, {**s, "least": 0.0}),
        lambda a, s: (a, {**s, "labels": ["premise"]}),
        lambda a, s: (a, {**s, "labels": ["premise", "premise"]}),
        lambda a, s: (a, {**s, "labels": []}),
    ],
    ids=[
        "short",
        "not a number",
        "turned",
        "whole numbers",
        "one more",
        "one less",
        "fewer members",
        "negative members",
        "threshold",
        "fewer labels",
        "equal labels",
        "no labels",
    ],
)
def test_arrays_that_do_not_fit_are_refused(change):
    whole = head(1)
    arrays, told = change(whole.arrays(), whole.settings())
    with pytest.raises(ValueError, match="do not fit"):
        RelationHead.from_arrays(arrays, told, ENCODER)


def test_networks_without_their_encoder_are_refused():
    whole = head(1)
    with pytest.raises(ValueError, match="needs an encoder"):
        RelationHead.from_arrays(whole.arrays(), whole.settings())
