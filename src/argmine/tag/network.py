"""The small network over the vectors of clauses: one body, an output for each head.

Method:  a clause's vector, place and shape go through one layer; a gated recurrent layer carries
         what stands before and behind it through the whole text; each head is a linear output.
         Several networks that differ in their seed are averaged.
Limits:  tells no cues; the n-gram head beside it (:class:`Blend`) does.
Source:  the recurrence is minGRU (Feng et al. 2024, Were RNNs All We Needed?): its gates depend on
         the input alone, so that it learns in plain numpy what GRU learns; layers and optimizer are
         thinc's. The LSTM of thinc 8.3 does not learn and is not used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from thinc.api import Dropout, Gelu, Linear, Model, chain, with_array

from argmine.tag.clauses import Clauses, opens, shape_features, whole_text
from argmine.tag.encoder import Encoder
from argmine.tag.scorers import NgramScorer, Scores, Votes

# Width of the body: the first setting tried in the measurements behind it; more gave nothing.
HIDDEN = 192
# Exact places are told up to so many clauses or paragraphs from an edge.
_NEAR_CLAUSES, _NEAR_PARAGRAPHS, _LONG = 6, 5, 40

Arrays = dict[str, NDArray[np.float32]]
Rows = NDArray[np.float32]


def place_and_shape(form: str, clauses: Clauses) -> Rows:
    """What a clause's place and shape tell the network, a row a clause."""
    size = len(clauses)
    columns: list[Any] = []
    for groups in (clauses.sentence, clauses.paragraph):
        new = opens(groups)
        first = np.flatnonzero(new)
        home = np.cumsum(new) - 1
        held = np.diff(np.append(first, size))[home]
        before = np.arange(size) - first[home]
        behind = held - 1 - before
        columns += [
            np.minimum(before, _NEAR_CLAUSES) / _NEAR_CLAUSES,
            np.minimum(behind, _NEAR_CLAUSES) / _NEAR_CLAUSES,
            before == 0,
            behind == 0,
            np.log1p(held) / 4,
        ]
    last = clauses.paragraph[-1]
    columns += [
        np.arange(size) / size,
        np.minimum(clauses.paragraph, _NEAR_PARAGRAPHS) / _NEAR_PARAGRAPHS,
        np.minimum(last - clauses.paragraph, _NEAR_PARAGRAPHS) / _NEAR_PARAGRAPHS,
        np.minimum(clauses.end - clauses.start, _LONG) / _LONG,
    ]
    closing = np.array([form[end - 1] for end in clauses.end.tolist()])
    columns += [closing == mark for mark in "，；："]
    shape = shape_features(form, clauses)
    columns += [shape[name] for name in sorted(shape)]
    return np.stack(columns, axis=1).astype(np.float32)


def row_width(encoder_width: int) -> int:
    """How many columns a network reads of each clause."""
    columns: int = place_and_shape("。", whole_text("。")).shape[1]
    return encoder_width + columns


def build_network(width: int, outputs: int, dropout: float = 0.0) -> Any:
    """The network: from a list of texts, each (clauses, width), to lists of (clauses, outputs)."""
    # thinc's types of these layers do not fit one another
    before: Any = Dropout(dropout / 2)
    inner: Any = Gelu(HIDDEN, width, dropout=dropout)
    between: Any = Dropout(dropout)
    outer: Any = Linear(outputs, 2 * HIDDEN)
    return chain(
        with_array(chain(before, inner)),
        _beside(_gated_recurrent(HIDDEN // 2, HIDDEN)),
        with_array(chain(between, outer)),
    )


def _beside(layer: Any) -> Any:
    """The output of a layer beside its input."""

    def forward(model: Any, texts: list[Rows], is_train: bool) -> Any:
        found, backprop = layer(texts, is_train)

        def back(gradients: list[Rows]) -> list[Rows]:
            own = backprop([g[:, : f.shape[1]] for g, f in zip(gradients, found, strict=True)])
            return [o + g[:, f.shape[1] :] for o, g, f in zip(own, gradients, found, strict=True)]

        return [np.hstack(pair) for pair in zip(found, texts, strict=True)], back

    return Model("beside", forward, layers=[layer])


def _gated_recurrent(size: int, width: int) -> Any:
    """Both directions of a minGRU: lists of (clauses, width) to (clauses, 2 * size)."""

    def forward(model: Any, texts: list[Rows], is_train: bool) -> Any:
        weights = model.get_param("W")
        lengths = np.array([len(text) for text in texts])
        flat = np.concatenate(texts)
        inputs = flat @ weights.T + model.get_param("b")
        step = np.concatenate([np.arange(n) for n in lengths])
        home = np.repeat(np.arange(len(texts)), lengths)
        back_step = np.repeat(lengths, lengths) - 1 - step
        shape = (int(lengths.max()), len(texts), size)
        kept, states = [], []
        for n, at in enumerate((step, back_step)):
            gates, contents = np.zeros(shape, inputs.dtype), np.zeros(shape, inputs.dtype)
            own = inputs[:, 2 * n * size : 2 * (n + 1) * size]
            gates[at, home] = 1 / (1 + np.exp(-np.clip(own[:, :size], -30, 30)))
            contents[at, home] = np.tanh(own[:, size:])
            carried = _carry(gates, contents)
            kept.append((at, gates, contents, carried))
            states.append(carried[at, home])
        cuts = np.cumsum(lengths)[:-1]

        def back(gradients: list[Rows]) -> list[Rows]:
            gradient = np.concatenate(gradients)
            parts = []
            for n, (at, gates, contents, carried) in enumerate(kept):
                onto = np.zeros(shape, gradient.dtype)
                onto[at, home] = gradient[:, n * size : (n + 1) * size]
                of_gates, of_contents = _carry_back(gates, contents, carried, onto)
                gate, content = gates[at, home], contents[at, home]
                parts += [of_gates[at, home] * gate * (1 - gate)]
                parts += [of_contents[at, home] * (1 - content**2)]
            of_inputs = np.hstack(parts)
            model.inc_grad("W", of_inputs.T @ flat)
            model.inc_grad("b", of_inputs.sum(axis=0))
            return np.split(of_inputs @ weights, cuts)

        return np.split(np.hstack(states), cuts), back

    return Model(
        "recurrent", forward, params={"W": None, "b": None}, dims={"nO": 4 * size, "nI": width}
    )


def _carry(gates: Rows, contents: Rows) -> Rows:
    """The state at each step: a gate says how much of the content replaces it."""
    states = np.empty_like(gates)
    state = np.zeros_like(gates[0])
    for step in range(len(gates)):
        state = state + gates[step] * (contents[step] - state)
        states[step] = state
    return states


def _carry_back(gates: Rows, contents: Rows, states: Rows, onto: Rows) -> tuple[Rows, Rows]:
    of_gates, of_contents = np.empty_like(gates), np.empty_like(gates)
    left = np.zeros_like(gates[0])
    for step in range(len(gates) - 1, -1, -1):
        left = left + onto[step]
        before = states[step - 1] if step else 0.0
        of_gates[step] = left * (contents[step] - before)
        of_contents[step] = left * gates[step]
        left = left * (1 - gates[step])
    return of_gates, of_contents


def layers_with_weights(network: Any) -> list[tuple[str, Any]]:
    """The layers that have weights, by a name that stays."""
    nodes = [node for node in network.walk(order="dfs_pre") if node.param_names]
    return [(f"{n} {node.name}", node) for n, node in enumerate(nodes)]


def weight_shapes(width: int, outputs: int) -> dict[str, tuple[int, ...]]:
    """The arrays that a network consists of."""
    return {
        "0 gelu W": (HIDDEN, width),
        "0 gelu b": (HIDDEN,),
        "1 recurrent W": (2 * HIDDEN, HIDDEN),
        "1 recurrent b": (2 * HIDDEN,),
        "2 linear W": (outputs, 2 * HIDDEN),
        "2 linear b": (outputs,),
    }


class Ensemble:
    """Trained networks over an encoder, averaged; found once a text for all heads.

    Args:
        encoder: gives the vectors.
        outputs: the labels of each head, in the order of the networks' outputs.
        mean, scale: of the vectors over the training clauses, shape (width of the encoder,).
        members: the arrays of each network.
    """

    def __init__(
        self,
        encoder: Encoder,
        outputs: Mapping[str, tuple[str, ...]],
        mean: Rows,
        scale: Rows,
        members: Sequence[Arrays],
    ) -> None:
        self.encoder, self.outputs = encoder, dict(outputs)
        self.mean, self.scale, self.members = mean, scale, list(members)
        width = self.members[0]["0 gelu W"].shape[1]
        total = sum(map(len, self.outputs.values()))
        self._networks = [_restored(width, total, arrays) for arrays in self.members]
        self._kept: WeakKeyDictionary[Clauses, dict[str, Scores]] = WeakKeyDictionary()

    def sums(self, form: str, clauses: Clauses) -> dict[str, Scores]:
        """The mean log-probabilities of each head, a row a clause and a column a label."""
        found = self._kept.get(clauses)
        if found is None:
            found = self._kept[clauses] = self._sums(form, clauses)
        return found

    def _sums(self, form: str, clauses: Clauses) -> dict[str, Scores]:
        if not len(clauses):
            return {name: np.zeros((0, len(own))) for name, own in self.outputs.items()}
        rows = network_rows(self.encoder, self.mean, self.scale, form, clauses)
        outputs = [network.predict([rows])[0].astype(np.float64) for network in self._networks]
        found, at = {}, 0
        for name, labels in self.outputs.items():
            own = [log_shares(output[:, at : at + len(labels)]) for output in outputs]
            found[name] = np.mean(own, axis=0)
            at += len(labels)
        return found


def network_rows(encoder: Encoder, mean: Rows, scale: Rows, form: str, clauses: Clauses) -> Rows:
    """What a network reads of each clause."""
    vectors = (encoder.vectors(form, clauses) - mean) / scale
    return np.hstack([vectors, place_and_shape(form, clauses)]).astype(np.float32)


def _restored(width: int, outputs: int, arrays: Arrays) -> Any:
    network = build_network(width, outputs)
    for name, layer in layers_with_weights(network):
        for param in layer.param_names:
            layer.set_param(param, arrays[f"{name} {param}"])
    return network


def log_shares(sums: Scores) -> Scores:
    """Logarithms of the shares that sums stand for, each row."""
    top = sums - sums.max(axis=1, keepdims=True, initial=-np.inf)
    logs: Scores = top - np.log(np.exp(top).sum(axis=1, keepdims=True))
    return logs


class Blend:
    """One head: the networks and the n-grams, both heard; the votes are those of the n-grams.

    Args:
        ensemble: the networks.
        name: of the head among their outputs.
        ngrams: the head over n-grams, with the same labels.
        voice: of the n-grams, 0 to 1.
    """

    # chosen on real/dev and the written test articles together from 0.2, 0.4, 0.6
    rule_voice = 0.2
    # chosen on the same from 0, 0.2, ..., 1: what other units of a document say is told by all
    lean = 0.6

    def __init__(self, ensemble: Ensemble, name: str, ngrams: NgramScorer, voice: float) -> None:
        self.ensemble, self.name, self.ngrams, self.voice = ensemble, name, ngrams, voice
        self.labels, self.least_shown = ngrams.labels, ngrams.least_shown

    def __call__(self, form: str, clauses: Clauses) -> tuple[Scores, Votes]:
        """Sums and votes; see :class:`argmine.tag.scorers.Scorer`."""
        sums, votes = self.ngrams(form, clauses)
        return self._blended(form, clauses, sums), votes

    def sums(self, form: str, clauses: Clauses) -> Scores:
        """See :class:`argmine.tag.scorers.Scorer`."""
        return self._blended(form, clauses, self.ngrams.sums(form, clauses))

    def _blended(self, form: str, clauses: Clauses, ngrams: Scores) -> Scores:
        own = self.ensemble.sums(form, clauses)[self.name]
        return (1 - self.voice) * own + self.voice * log_shares(ngrams)
