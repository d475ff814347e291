"""A trained head of relations: weights of attachment, and small networks over pairs beside them.

Reads:   the units of a text as columns, and for the networks a vector a unit
Method:  the weights are those of a conditional logit over :mod:`argmine.tag.attachment`. Where an
         encoder is at hand, networks over pairs correct its sums: each unit has a hidden layer over
         its place, label and the main directions of its vector; each pair a hidden layer over both
         and over what is seen of the pair, and a product of two projections of its units. Their
         log-odds are averaged.
Limits:  attacks are told by connectives alone: learnt ones cost .01 to .02 F1.
Source:  own design; the product of projections is the biaffine attachment of Dozat and Manning
         (2017).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from argmine.tag.attachment import (
    OPENERS,
    POSITIONS,
    AttachmentWeights,
    Columns,
    Numbers,
    Scores,
    UnitPlaces,
    features,
    keys_of,
)
from argmine.tag.clauses import Clauses
from argmine.tag.encoder import Encoder

# Widths of the hidden layers and of the projections, and the directions of the vectors that are
# kept: on training articles left out, whole vectors (384) were no better than none, and 48
# directions .01 to .02 F1 better.
HIDDEN, PROJECTED, DIRECTIONS = 96, 32, 48
# Exact distances are told up to so many units, and so many paragraphs above and below.
_FAR, _ABOVE, _BELOW = 10, 5, 3
_RANKS, _ITEM_CODES, _NEAR_CODES = 4, 36, 8
_STOPS = "。；：，！？"
_MANY, _MANY_PARAGRAPHS = 10, 8
# Units whose pairs are weighed at once, so that memory stays small on any text.
_BLOCK = 2048
# Sums of log-odds are told to the networks on the scale of their other columns.
_SUM_SCALE = 3.0

Rows = NDArray[np.float32]
Arrays = dict[str, NDArray[np.float32]]


def unit_rows(form: str, units: UnitPlaces, columns: Columns, directions: Rows) -> Rows:
    """What a network reads of each unit."""
    size = len(units)
    start, end = np.array(units.start), np.array(units.end)
    stop = np.array([_STOPS.find(form[place - 1]) + 1 for place in units.end])
    paragraph, closing = columns.paragraph, columns.paragraph[-1]
    numbers = [
        columns.style > 0,
        columns.introduction >= 0,
        np.log1p(end - start) / 4,
        np.arange(size) / size,
        np.minimum(paragraph, _MANY_PARAGRAPHS) / _MANY_PARAGRAPHS,
        np.minimum(closing - paragraph, _MANY_PARAGRAPHS) / _MANY_PARAGRAPHS,
        np.minimum(columns.last - columns.first + 1, _MANY) / _MANY,
    ]
    parts: list[Any] = [
        units.labels,
        _one_hot(columns.heading, 3),
        _one_hot(columns.position, len(POSITIONS)),
        _one_hot(columns.opener, len(OPENERS)),
        _one_hot(stop, len(_STOPS) + 1),
        np.stack(numbers, axis=1),
        directions,
    ]
    return np.hstack(parts).astype(np.float32)


class PairReader:
    """Tells what a network reads of the pairs of a text.

    Args:
        units: of the text.
        columns: what is known of them.
        centred: their vectors.
    """

    def __init__(self, units: UnitPlaces, columns: Columns, centred: Rows) -> None:
        self._labels, self._columns = units.labels, columns
        length = np.linalg.norm(centred, axis=1, keepdims=True)
        self._directions = centred / np.maximum(length, 1e-6)
        # sums over the units before each, of how surely each is not of a label
        missing = np.log1p(-np.minimum(units.labels, 0.98))
        none = np.zeros((1, missing.shape[1]))
        self._missing = np.concatenate((none, np.cumsum(missing, axis=0)))
        self._headings_above = columns.headings.searchsorted(columns.first)

    def rows(self, sums: Scores, source: Numbers, target: Numbers) -> Rows:
        """A row a pair; ``sums`` are the log-odds of the pairs by the weights."""
        columns, labels = self._columns, self._labels
        step = target - source
        up = columns.paragraph[source] - columns.paragraph[target]
        inside = up == 0
        codes, places = features(columns, source, target)
        rank = self._headings_above[source] - columns.headings.searchsorted(target) - 1
        rank = np.clip(rank, 0, _RANKS - 1) + 1
        is_heading = (columns.heading[target] > 0) & (step < 0) & ~inside
        lead = columns.paragraph[target] == 1
        ends = (target == columns.first[target], target == columns.last[target])
        low, high = np.minimum(source, target) + 1, np.maximum(source, target)
        # how surely no unit of a label stands between the two
        free = np.exp(self._missing[high] - self._missing[low])
        flags = [
            columns.sentence[source] == columns.sentence[target],
            target == 0,
            lead,
            lead & ends[0],
            *(inside & end for end in ends),
            *(~inside & end for end in ends),
            np.einsum("ij,ij->i", self._directions[source], self._directions[target]),
        ]
        paragraphs = np.clip(up, -_BELOW, _ABOVE) + _BELOW
        parts: list[Any] = [
            _one_hot(places // 2, _NEAR_CODES),
            _one_hot(np.where(inside, step + _FAR, 2 * _FAR), 2 * _FAR + 1),
            _one_hot(np.where(inside, _ABOVE + _BELOW + 1, paragraphs), _ABOVE + _BELOW + 2),
            _one_hot(np.where(is_heading, rank, 0), _RANKS + 1),
            _one_hot(codes[2], _ITEM_CODES),
            np.stack(flags, axis=1),
            free,
            free * inside[:, None],
            (labels[source][:, :, None] * labels[target][:, None, :]).reshape(len(source), -1),
            sums[:, None] / _SUM_SCALE,
        ]
        return np.hstack(parts).astype(np.float32)


def _one_hot(codes: Numbers, size: int) -> Rows:
    return np.eye(size, dtype=np.float32)[np.clip(codes, 0, size - 1)]


def network_shapes(labels: int, directions: int) -> dict[str, tuple[int, ...]]:
    """The arrays of one network."""
    unit = labels + 3 + len(POSITIONS) + len(OPENERS) + len(_STOPS) + 1 + 7 + directions
    pair = _NEAR_CODES + (2 * _FAR + 1) + (_ABOVE + _BELOW + 2) + (_RANKS + 1) + _ITEM_CODES
    pair += 9 + 2 * labels + labels**2 + 1
    return {
        "unit": (unit, HIDDEN),
        "unit b": (HIDDEN,),
        "source": (HIDDEN, HIDDEN),
        "target": (HIDDEN, HIDDEN),
        "pair": (pair, HIDDEN),
        "pair b": (HIDDEN,),
        "serves": (HIDDEN, PROJECTED),
        "serves b": (PROJECTED,),
        "served": (HIDDEN, PROJECTED),
        "served b": (PROJECTED,),
        "out": (HIDDEN,),
        "none": (HIDDEN,),
        "none b": (1,),
    }


class PairNetworks:
    """Trained networks over pairs.

    Args:
        encoder: gives the vectors of clauses.
        mean: of the units' vectors over the training articles, shape (width of the encoder,).
        projection: onto their main directions, shape (width of the encoder, directions).
        members: the arrays of each network, as :func:`network_shapes` names them.
    """

    def __init__(
        self, encoder: Encoder, mean: Rows, projection: Rows, members: Sequence[Arrays]
    ) -> None:
        self.encoder, self.mean, self.projection = encoder, mean, projection
        self.members = list(members)

    def unit_vectors(self, form: str, clauses: Clauses, first: Numbers, last: Numbers) -> Rows:
        """The vector of each unit, centred; ``first`` and ``last`` are its clauses."""
        return unit_vectors(self.encoder.vectors(form, clauses), first, last) - self.mean

    def sums(
        self,
        form: str,
        units: UnitPlaces,
        columns: Columns,
        centred: Rows,
        by_weights: Scores,
        source: Numbers,
        target: Numbers,
    ) -> tuple[Scores, Scores]:
        """The mean log-odds of pairs, which stand in the order of sources, and of serving nothing.

        Args:
            form: the text.
            units: its units.
            columns: what is known of them.
            centred: their vectors.
            by_weights: log-odds of the pairs by the weights.
            source: of the pairs.
            target: of the pairs.
        """
        rows = unit_rows(form, units, columns, centred @ self.projection)
        reader = PairReader(units, columns, centred)
        sums, none = by_weights.copy(), np.zeros(len(units))
        share = 1 / len(self.members)
        views = []
        for own in self.members:
            hidden = np.maximum(rows @ own["unit"] + own["unit b"], 0)
            none += share * (hidden @ own["none"] + own["none b"])
            views.append(_views(own, hidden))
        for a, b in _blocks(source, len(units)):
            pairs = reader.rows(by_weights[a:b], source[a:b], target[a:b])
            for own, view in zip(self.members, views, strict=True):
                sums[a:b] += share * _pair_sums(own, view, pairs, source[a:b], target[a:b])
        return sums, none


def unit_vectors(rows: Rows, first: Numbers, last: Numbers) -> Rows:
    """The mean of the vectors of each unit's clauses, which are ``first`` to ``last``."""
    none = np.zeros((1, rows.shape[1]))
    running = np.concatenate((none, np.cumsum(rows, axis=0, dtype=np.float64)))
    means: Rows = (running[last + 1] - running[first]) / (last + 1 - first)[:, None]
    return means.astype(np.float32)


def _views(own: Arrays, hidden: Rows) -> tuple[Rows, Rows, Rows, Rows]:
    """The units as sources and as targets, for the hidden layer of pairs and for the product."""
    return (
        hidden @ own["source"],
        hidden @ own["target"],
        hidden @ own["serves"] + own["serves b"],
        hidden @ own["served"] + own["served b"],
    )


def _pair_sums(
    own: Arrays, views: tuple[Rows, ...], pairs: Rows, source: Numbers, target: Numbers
) -> Rows:
    """What one network adds to the log-odds of pairs."""
    as_source, as_target, serves, served = views
    both = as_source[source] + as_target[target] + pairs @ own["pair"] + own["pair b"]
    product = np.einsum("ij,ij->i", serves[source], served[target]) / math.sqrt(PROJECTED)
    found: Rows = np.maximum(both, 0) @ own["out"] + product
    return found


def _blocks(source: Numbers, units: int) -> Iterator[tuple[int, int]]:
    """Ranges of the pairs of so many units."""
    edges = source.searchsorted([*range(0, units, _BLOCK), units]).tolist()
    yield from pairwise(edges)


class RelationHead:
    """What training gives the component of relations.

    Args:
        labels: of units.
        weights: of attachment, in the order of ``keys_of(labels)``.
        least: probability of a relation that is drawn.
        networks: over pairs, or none.
    """

    def __init__(
        self,
        labels: Sequence[str],
        weights: Scores,
        least: float,
        networks: PairNetworks | None = None,
    ) -> None:
        self.labels, self.weights, self.least = tuple(labels), weights, least
        self.networks = networks
        self.by_weights = AttachmentWeights(self.labels, weights)

    def arrays(self) -> dict[str, Any]:
        """What is stored, each array by name; the networks in sixteen bits."""
        found: dict[str, Any] = {"weights": self.weights.astype(np.float32)}
        if self.networks is not None:
            found |= {"mean": self.networks.mean, "projection": self.networks.projection}
            for n, own in enumerate(self.networks.members):
                found |= {f"{n} {name}": values.astype(np.float16) for name, values in own.items()}
        return found

    def settings(self) -> dict[str, Any]:
        """What is stored beside the arrays."""
        members = 0 if self.networks is None else len(self.networks.members)
        return {"labels": list(self.labels), "least": self.least, "members": members}

    @classmethod
    def from_arrays(
        cls,
        arrays: Mapping[str, NDArray[Any]],
        settings: Mapping[str, Any],
        encoder: Encoder | None = None,
    ) -> RelationHead:
        """The head that was stored.

        Raises:
            ValueError: arrays, settings and encoder do not fit together.
            KeyError: a setting is missing.
        """
        labels = tuple(map(str, settings["labels"]))
        least, members = float(settings["least"]), int(settings["members"])
        wanted: dict[str, tuple[int, ...]] = {"weights": (len(keys_of(labels)),)}
        if members:
            if encoder is None:
                raise ValueError("the head of relations needs an encoder")
            directions = min(DIRECTIONS, encoder.width)
            wanted |= {"mean": (encoder.width,), "projection": (encoder.width, directions)}
            shapes = network_shapes(len(labels), directions)
            wanted |= {f"{n} {name}": s for n in range(members) for name, s in shapes.items()}
        fits = (
            len(set(labels)) == len(labels) > 0
            and members >= 0
            and 0 < least < 1
            and {name: values.shape for name, values in arrays.items()} == wanted
            and all(values.dtype.kind == "f" for values in arrays.values())
            and all(np.isfinite(values).all() for values in arrays.values())
        )
        if not fits:
            raise ValueError("the arrays of the head of relations do not fit")
        networks = None
        if members and encoder is not None:
            own = [
                {name: arrays[f"{n} {name}"].astype(np.float32) for name in shapes}
                for n in range(members)
            ]
            networks = PairNetworks(encoder, arrays["mean"], arrays["projection"], own)
        return cls(labels, arrays["weights"].astype(np.float64), least, networks)
