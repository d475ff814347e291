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

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil, cos, pi
from typing import Any

import numpy as np
from numpy.typing import NDArray
from thinc.api import Adam, fix_random_seed

from argmine.errors import InputError
from argmine.learn.configuration import NetworkSettings
from argmine.learn.estimators import HELD_OUT, Table
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

# Early stopping waits for so many passes without a gain.
PATIENCE = 3
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
    *,
    early_stopping: bool = False,
) -> Ensemble:
    """Train the networks.

    Args:
        goals: the heads by name.
        tables: the texts.
        encoder: gives the vectors.
        settings: see there.
        seed: of the first network; the others count on from it.
        say: told which network is being trained, and when it stopped early.
        early_stopping: hold out a share of the texts, stop where they are read no better, and keep
            the best weights.

    Raises:
        InputError: the networks did not converge.
    """
    tables = [table for table in tables if len(table)]
    vectors = np.concatenate([encoder.vectors(table.form, table.clauses) for table in tables])
    mean, scale = vectors.mean(axis=0), vectors.std(axis=0) + 1e-6
    rows = [network_rows(encoder, mean, scale, t.form, t.clauses) for t in tables]
    order = np.random.default_rng(seed).permutation(len(tables))
    held = set(order[: round(HELD_OUT * len(tables)) if early_stopping else 0].tolist())
    pieces: tuple[list[_Piece], list[_Piece]] = [], []
    for n, (own, table) in enumerate(zip(rows, tables, strict=True)):
        pieces[n in held].extend(
            _Piece(own[a:b], {name: _answers(goal, table)[a:b] for name, goal in goals.items()})
            for a, b in _cuts(len(own), settings.piece)
        )
    members = []
    for member in range(settings.members):
        say(f"network {member + 1} of {settings.members}")
        with _random_state(seed + member):
            members.append(_fit_member(goals, *pieces, settings, seed + member, say))
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


@contextmanager
def _random_state(seed: int) -> Iterator[None]:
    """Seed what thinc draws from; the caller's own random numbers go on as if nothing were."""
    kept = np.random.get_state(), random.getstate()
    fix_random_seed(seed)
    try:
        yield
    finally:
        np.random.set_state(kept[0])
        random.setstate(kept[1])


def _fit_member(
    goals: Mapping[str, Goal],
    pieces: Sequence[_Piece],
    held: Sequence[_Piece],
    settings: NetworkSettings,
    seed: int,
    say: Callable[[str], None],
) -> Arrays:
    outputs = sum(len(goal.labels) for goal in goals.values())
    width = pieces[0].rows.shape[1]
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
    best, best_pass, best_weights = float("inf"), 0, _weights(network)
    for number in range(passes):
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
            optimizer.learn_rate = settings.learn_rate * learning_rate(step / steps)
            network.finish_update(optimizer)
            step += 1
        if held:
            loss = _loss(network, held, goals)
            if loss < best:
                best, best_pass, best_weights = loss, number, _weights(network)
            elif number - best_pass >= PATIENCE:
                say(f"stopped after {number + 1} of {passes} passes, best was {best_pass + 1}")
                break
    weights = best_weights if held else _weights(network)
    if not all((np.abs(values) <= np.finfo(np.float16).max).all() for values in weights.values()):
        remedy = "choose a smaller network.learn_rate"
        raise InputError("train", "", "the networks did not converge", remedy)
    # stored in sixteen bits: rounded before anything is measured
    return {name: own.astype(np.float16).astype(np.float32) for name, own in weights.items()}


def _weights(network: Any) -> Arrays:
    return {
        f"{name} {param}": layer.get_param(param).copy()
        for name, layer in layers_with_weights(network)
        for param in layer.param_names
    }


def _loss(network: Any, pieces: Sequence[_Piece], goals: Mapping[str, Goal]) -> float:
    """The mean negative log-probability of the labels, each head by its share."""
    sums, counts = dict.fromkeys(goals, 0.0), dict.fromkeys(goals, 0)
    for piece, found in zip(pieces, network.predict([p.rows for p in pieces]), strict=True):
        at = 0
        for name, goal in goals.items():
            told = np.flatnonzero(piece.answers[name] != _UNLABELLED)
            logs = log_shares(found[told, at : at + len(goal.labels)].astype(np.float64))
            sums[name] -= float(logs[np.arange(len(told)), piece.answers[name][told]].sum())
            counts[name] += len(told)
            at += len(goal.labels)
    return sum(goals[name].share * sums[name] / max(1, counts[name]) for name in goals)


def learning_rate(share: float) -> float:
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
