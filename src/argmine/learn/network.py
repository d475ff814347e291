"""Train the small networks over the encoder's vectors, all heads together.

Reads:   tasks (rows of tables with their labels), an encoder
Writes:  an :class:`argmine.tag.network.Ensemble`
Method:  cross-entropy of all heads summed, over pieces of texts; Adam with decoupled weight decay,
         a warm-up and a cosine back to nothing (Loshchilov and Hutter 2017, 2019); dropout; labels
         smoothed; rare stances weigh more. Several seeds give several networks.
Limits:  heads over other tables than the clauses (whole documents) stay with the n-grams.
Source:  the settings are those of the measurements behind the encoder, tried again on real/dev.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil, cos, pi
from typing import Any

import numpy as np
from numpy.typing import NDArray
from thinc.api import Adam, fix_random_seed

from argmine.learn.configuration import NetworkSettings
from argmine.learn.estimators import Table
from argmine.tag.encoder import Encoder
from argmine.tag.network import (
    Arrays,
    Ensemble,
    Rows,
    build_network,
    layers_with_weights,
    log_shares,
    network_rows,
    weight_shapes,
)

# The share of the steps in which the learning rate rises, and where it starts.
_WARM_UP, _FIRST_RATE = 0.15, 0.04
# What the heads weigh in the loss, and the exponent of the weight of rare classes; stance is rare.
_LOSS_SHARE = {"units": 1.0, "segments": 1.0, "stance": 1.0, "subtype": 0.5}
_RARE = {"stance": 0.5}
_UNLABELLED = -1


@dataclass(frozen=True, slots=True)
class Goal:
    """One head to be trained: its labels, and the label of each row of each table or -1."""

    labels: tuple[str, ...]
    answers: Mapping[Table, NDArray[np.int64]]
    share: float
    weights: NDArray[np.float32] = field(repr=False)


def make_goal(
    name: str,
    labels: tuple[str, ...],
    told: Mapping[Table, tuple[NDArray[np.int64], NDArray[np.int64]]],
) -> Goal:
    """The goal of a head from its rows and answers by table."""
    answers = {}
    counts = np.zeros(len(labels))
    for table, (rows, own) in told.items():
        answers[table] = np.full(len(table), _UNLABELLED)
        answers[table][rows] = own
        counts += np.bincount(own, minlength=len(labels))
    kind = name.partition(" ")[0]
    even = counts.sum() / len(labels) / (counts + 1)
    weights = (even ** _RARE.get(kind, 0.0)).astype(np.float32)
    return Goal(labels, answers, _LOSS_SHARE[kind], weights)


def fit_ensemble(
    goals: Mapping[str, Goal],
    tables: Sequence[Table],
    encoder: Encoder,
    settings: NetworkSettings,
    seed: int = 0,
    say: Callable[[str], None] = lambda _: None,
) -> Ensemble:
    """Train the networks.

    Args:
        goals: the heads by name.
        tables: the texts.
        encoder: gives the vectors.
        settings: see there.
        seed: of the first network; the others count on from it.
        say: told which network is being trained.
    """
    tables = [table for table in tables if len(table)]
    vectors = np.concatenate([encoder.vectors(table.form, table.clauses) for table in tables])
    mean, scale = vectors.mean(axis=0), vectors.std(axis=0) + 1e-6
    rows = [network_rows(encoder, mean, scale, t.form, t.clauses) for t in tables]
    pieces = [
        _Piece(own[a:b], {name: _answers(goal, table)[a:b] for name, goal in goals.items()})
        for own, table in zip(rows, tables, strict=True)
        for a, b in _cuts(len(own), settings.piece)
    ]
    members = []
    for member in range(settings.members):
        say(f"network {member + 1} of {settings.members}")
        members.append(_fit_member(goals, pieces, settings, seed + member))
    outputs = {name: goal.labels for name, goal in goals.items()}
    return Ensemble(encoder, outputs, mean, scale, members)


@dataclass(frozen=True, slots=True)
class _Piece:
    rows: Rows
    answers: Mapping[str, NDArray[np.int64]]


def _answers(goal: Goal, table: Table) -> NDArray[np.int64]:
    own = goal.answers.get(table)
    return np.full(len(table), _UNLABELLED) if own is None else own


def _cuts(size: int, piece: int) -> Iterator[tuple[int, int]]:
    parts = max(1, round(size / piece))
    edges = [round(n * size / parts) for n in range(parts + 1)]
    yield from pairwise(edges)


def _fit_member(
    goals: Mapping[str, Goal], pieces: Sequence[_Piece], settings: NetworkSettings, seed: int
) -> Arrays:
    outputs = sum(len(goal.labels) for goal in goals.values())
    width = pieces[0].rows.shape[1]
    fix_random_seed(seed)
    generator = np.random.default_rng(seed)
    network = build_network(width, outputs, settings.dropout)
    shapes = weight_shapes(width, outputs)
    for name, layer in layers_with_weights(network):
        for param in layer.param_names:
            # as PyTorch does: half as wide as Glorot's on these inputs, and .03 macro-F1 better
            bound = shapes[f"{name} W"][1] ** -0.5
            values = generator.uniform(-bound, bound, shapes[f"{name} {param}"])
            layer.set_param(param, values.astype(np.float32))
    a_pass = ceil(len(pieces) / settings.batch)
    passes = max(settings.epochs, ceil(settings.min_steps / a_pass))
    optimizer = Adam(
        settings.learn_rate, L2=settings.weight_decay, L2_is_weight_decay=True, grad_clip=1.0
    )
    step, steps = 0, passes * a_pass
    for _ in range(passes):
        order = generator.permutation(len(pieces))
        for first in range(0, len(order), settings.batch):
            batch = [pieces[n] for n in order[first : first + settings.batch]]
            found, backprop = network.begin_update([piece.rows for piece in batch])
            backprop(
                [
                    _gradient(own, piece.answers, goals, settings.smoothing) / len(batch)
                    for own, piece in zip(found, batch, strict=True)
                ]
            )
            optimizer.learn_rate = settings.learn_rate * _rate(step / steps)
            network.finish_update(optimizer)
            step += 1
    # stored in sixteen bits: rounded before anything is measured
    return {
        f"{name} {param}": layer.get_param(param).astype(np.float16).astype(np.float32)
        for name, layer in layers_with_weights(network)
        for param in layer.param_names
    }


def _rate(share: float) -> float:
    """The learning rate, as a share of the highest, when a share of the steps is done."""
    if share < _WARM_UP:
        return _FIRST_RATE + (1 - _FIRST_RATE) * share / _WARM_UP
    return 0.5 * (1 + cos(pi * (share - _WARM_UP) / (1 - _WARM_UP)))


def _gradient(
    found: Rows, answers: Mapping[str, Any], goals: Mapping[str, Goal], smoothing: float
) -> Rows:
    """The gradient of the loss of one piece by the network's outputs."""
    gradient = np.zeros_like(found)
    at = 0
    for name, goal in goals.items():
        size = len(goal.labels)
        told = np.flatnonzero(answers[name] != _UNLABELLED)
        if len(told):
            own = answers[name][told]
            aim = np.full((len(told), size), smoothing / size, np.float32)
            aim[np.arange(len(told)), own] += 1 - smoothing
            weights = goal.weights[own]
            shares = np.exp(log_shares(found[told, at : at + size].astype(np.float64)))
            part = (shares - aim) * (weights / weights.sum())[:, None]
            gradient[told, at : at + size] = goal.share * part
        at += size
    return gradient
