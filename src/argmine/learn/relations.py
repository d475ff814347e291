"""Train the head of relations: weights of attachment, and networks over pairs of units.

Reads:   gold articles, made ready; their units as predicted by models that have not seen them; an
         encoder
Writes:  an :class:`argmine.tag.relation_head.RelationHead`
Method:  every unit chooses among its candidates and serving nothing; a conditional logit weighs
         the features of argmine.tag.attachment, near to the weights that are shipped. Where an
         encoder is given and gold is large, networks learn what the logit misses, by the same loss.
         Each article counts with its gold units, and once more with its predicted ones, so that
         the head also fits the errors of the units it will meet.
Limits:  of several right candidates, parts of one gold unit, the logit learns the nearest.
         Where borders are given, clauses are not looked into.
Source:  the networks' settings were chosen on a third of the training articles, left out of
         training, and on real/dev; the written test articles were looked at beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

from argmine.errors import InputError
from argmine.learn.network import learning_rate
from argmine.learn.training import Example
from argmine.lexicons import read_lexicon
from argmine.schema import UNIT_LABELS, AnnotatedArticle
from argmine.tag.attachment import (
    GROUP_KEYS,
    KEY_GROUPS,
    LABELS,
    POSITIONS,
    Columns,
    Flags,
    Key,
    Numbers,
    Openings,
    Scores,
    UnitPlaces,
    candidates,
    columns_of,
    features,
    keys_of,
    none_codes,
    shares_of_pairs,
    wide_candidates,
)
from argmine.tag.clauses import clauses_at
from argmine.tag.encoder import Encoder
from argmine.tag.relation_head import (
    DIRECTIONS,
    PROJECTED,
    Arrays,
    PairNetworks,
    PairReader,
    RelationHead,
    Rows,
    network_shapes,
    unit_rows,
    unit_vectors,
)
from argmine.tag.relations import read_attachment

# Fewer relations than this are not worth a head beside the shipped weights.
MIN_RELATIONS = 20
# A value in fewer pairs has no weight of its own. Penalty on the squares of the weights: best
# relation F1 by cross-validation over the training articles from 1, 2, 4.
MIN_PAIRS = 10
PENALTY = 2.0
# Penalty on what weights move away from known ones. From 2, 10, 30, 100, on 5, 12 and 36 training
# articles, with known weights of other articles: 30 is the least that does no harm with 5, where
# weights without known ones are .15 to .2 relation F1 worse.
KNOWN_PENALTY = 30.0
# How wide the main directions of the vectors spread, beside columns between 0 and 1.
_SPREAD = 0.5


@dataclass(frozen=True, slots=True)
class RelationSettings:
    """Settings of the head of relations.

    Attributes:
        members: networks that are averaged, each with its own seed.
        epochs: passes over the articles; more where these are few, see ``min_steps``.
        min_steps: of the optimizer.
        learn_rate, weight_decay, dropout: as the literature calls them.
        batch: articles a step.
        least: the least probability of a relation that is drawn.
        min_relations: in gold, for networks to be trained; with 1,500 they were as good as the
            logit alone, with 5,500 better by .02 relation F1.
    """

    members: int = 3
    epochs: int = 10
    min_steps: int = 300
    learn_rate: float = 2e-3
    weight_decay: float = 0.03
    dropout: float = 0.3
    batch: int = 8
    least: float = 0.2
    min_relations: int = 2000


_SETTINGS = RelationSettings()
_NOTHING_KNOWN: Mapping[Key, float] = MappingProxyType({})


class Span(NamedTuple):
    """A unit: code points, and its scores by label."""

    start: int
    end: int
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Graph:
    """The units of one article, and for each the units that it may rightly serve."""

    example: Example
    units: UnitPlaces
    columns: Columns
    served: list[set[int]]


def fit_relations(
    gold: Sequence[AnnotatedArticle],
    examples: Sequence[Example],
    predicted: Sequence[AnnotatedArticle] = (),
    encoder: Encoder | None = None,
    settings: RelationSettings = _SETTINGS,
    seed: int = 0,
    say: Callable[[str], None] = lambda _: None,
) -> RelationHead | None:
    """Train the head of relations.

    Args:
        gold: annotated articles.
        examples: the same, made ready.
        predicted: any of them as annotated by models that were trained without them.
        encoder: gives the vectors of the networks; without it there are none.
        settings: see there.
        seed: of the first network; the others count on from it.
        say: told what is being done, and what cannot be learnt.

    Returns:
        The head; ``None`` where gold has too few relations.

    Raises:
        InputError: the networks did not converge.
    """
    many = sum(len(article.relations) for article in gold)
    if many < MIN_RELATIONS:
        say(f"relations: not learnt, there are fewer than {MIN_RELATIONS} ({many})")
        return None
    seen = {unit.label for article in gold for unit in article.units}
    labels = UNIT_LABELS if seen <= set(UNIT_LABELS) else tuple(sorted(seen))
    guesses = {article.id: article for article in predicted}
    openings = Openings(read_lexicon("connectives"))
    pairs = list(zip(gold, examples, strict=True))
    told = [(a, e, gold_spans(a)) for a, e in pairs]
    told += [(a, e, found_spans(guesses[a.id])) for a, e in pairs if a.id in guesses]
    graphs = [make_graph(*own, labels, openings) for own in told if len(own[2]) > 1]
    known = dict.fromkeys(keys_of(LABELS), 0.0) | read_attachment()
    head = RelationHead(labels, fit_weights(graphs, labels, known), settings.least)
    if encoder is None or many < settings.min_relations:
        return head
    networks = _fit_networks(graphs, head, encoder, settings, seed, say)
    return RelationHead(labels, head.weights, settings.least, networks)


def gold_spans(gold: AnnotatedArticle) -> list[Span]:
    """The gold units in text order, sure of their labels."""
    units = sorted(gold.units, key=lambda unit: unit.start)
    return [Span(unit.start, unit.end, {unit.label: 1.0}) for unit in units]


def found_spans(found: AnnotatedArticle) -> list[Span]:
    """The units found, with their scores."""
    units = sorted(found.units, key=lambda unit: unit.start)
    return [Span(unit.start, unit.end, unit.scores or {unit.label: 1.0}) for unit in units]


def make_graph(
    gold: AnnotatedArticle,
    example: Example,
    spans: Sequence[Span],
    labels: Sequence[str],
    openings: Openings,
) -> Graph:
    """The units of an article, two or more, and what each of them should serve."""
    clauses = example.clauses
    start = [span.start for span in spans]
    home = clauses_at(clauses, np.array(start, np.int64))
    units = UnitPlaces(
        [f"u{n}" for n in range(1, len(spans) + 1)],
        start,
        [span.end for span in spans],
        np.array([[s.scores.get(label, 0.0) for label in labels] for s in spans], np.float64),
        clauses.sentence[home],
        clauses.paragraph[home],
        clauses.heading[home],
    )
    columns = columns_of(example.form, units, openings)
    return Graph(example, units, columns, served_by(gold, start))


def served_by(gold: AnnotatedArticle, starts: Sequence[int]) -> list[set[int]]:
    """For each unit the units that begin in what its gold unit serves."""
    own = sorted(gold.units, key=lambda unit: unit.start)
    homes = np.searchsorted([unit.start for unit in own], starts, side="right") - 1
    key_of = [
        own[home].id if home >= 0 and start < own[home].end else None
        for start, home in zip(starts, homes.tolist(), strict=True)
    ]
    inside: dict[str | None, set[int]] = {}
    for n, key in enumerate(key_of):
        inside.setdefault(key, set()).add(n)
    target_of = {relation.source: relation.target for relation in gold.relations}
    return [inside.get(target_of[key], set()) if key in target_of else set() for key in key_of]


def fit_weights(
    graphs: Sequence[Graph], labels: Sequence[str], known: Mapping[Key, float] = _NOTHING_KNOWN
) -> Scores:
    """The weights of a conditional logit, in the order of ``keys_of(labels)``.

    Args:
        graphs: articles of two units or more.
        labels: of units.
        known: weights that these stay near to as far as the articles say nothing else.
    """
    keys = keys_of(labels)
    start = np.array([known.get(key, 0.0) for key in keys])
    penalties = np.array([KNOWN_PENALTY if key in known else PENALTY for key in keys])
    choices = [_choices(graph, labels) for graph in graphs]
    rows = sparse.vstack([own for own, _, _ in choices], "csr")
    opens = np.concatenate([np.diff(unit, prepend=-1) != 0 for _, unit, _ in choices])
    right = np.concatenate([own for _, _, own in choices]).astype(float)
    first = np.flatnonzero(opens)
    group = np.cumsum(opens) - 1
    weighed = np.flatnonzero(rows.getnnz(axis=0) >= MIN_PAIRS)
    from_known, penalty = rows @ start, penalties[weighed]
    rows = rows[:, weighed]
    # a value of no candidate or of every candidate gains no weight
    columns = rows.T.tocsr()

    def loss(weights: Scores) -> tuple[float, Scores]:
        sums = from_known + rows @ weights
        sums -= np.maximum.reduceat(sums, first)[group]
        powers = np.exp(sums)
        totals = np.add.reduceat(powers, first)
        value = np.log(totals).sum() - right @ sums + penalty @ weights**2 / 2
        return value, columns @ (powers / totals[group] - right) + penalty * weights

    found = optimize.minimize(loss, np.zeros(len(weighed)), jac=True, method="L-BFGS-B")
    start[weighed] += found.x
    return start


def _choices(graph: Graph, labels: Sequence[str]) -> tuple[Any, Numbers, Flags]:
    """A row a candidate, serving nothing among them: features, the unit, whether it is right."""
    units, columns = graph.units, graph.columns
    source, target = candidates(columns)
    codes, places = features(columns, source, target)
    size, many = len(labels), len(keys_of(labels))
    none_start = many - 2 * len(POSITIONS) * size
    of_pairs = sum(table[code] for table, code in zip(_code_tables(many), codes, strict=True))
    both = (units.labels[source][:, :, None] * units.labels[target][:, None, :]).reshape(
        -1, size**2
    )
    of_pairs = of_pairs + _placed(both, len(GROUP_KEYS) + places * size**2, many)
    of_none = _placed(units.labels, none_start + none_codes(columns) * size, many)
    unit = np.concatenate((source, np.arange(len(units))))
    serves = np.concatenate((target, np.full(len(units), -1)))
    offered: list[set[int]] = [set() for _ in graph.served]
    for n, to in zip(source.tolist(), target.tolist(), strict=True):
        offered[n].add(to)
    # the right candidate, the nearest if there are several, or -1 for none
    chosen = np.array(
        [
            min(served & own, key=lambda to: (abs(to - n), to), default=-1)
            for n, (served, own) in enumerate(zip(graph.served, offered, strict=True))
        ]
    )
    order = np.lexsort((serves, unit))
    rows = sparse.vstack([of_pairs, of_none], "csr")[order]
    unit, serves = unit[order], serves[order]
    return rows, unit, serves == chosen[unit]


def _code_tables(many: int) -> list[Any]:
    """For each group of codes its features, a row a code."""
    number = {key: n for n, key in enumerate(GROUP_KEYS)}
    tables = []
    for group in KEY_GROUPS:
        shown = [[number[key] for key in keys] for keys in group]
        ends = np.cumsum([0, *map(len, shown)])
        flat = [n for own in shown for n in own]
        tables.append(sparse.csr_matrix((np.ones(len(flat)), flat, ends), (len(group), many)))
    return tables


def _placed(values: Scores, first: Numbers, many: int) -> Any:
    """Rows of values, each from its own column on."""
    width = values.shape[1]
    columns = (first[:, None] + np.arange(width)).ravel()
    ends = np.arange(len(values) + 1) * width
    return sparse.csr_matrix((values.ravel(), columns, ends), (len(values), many))


class Batch(NamedTuple):
    """Articles one after the other, as a network learns from them."""

    units: Rows
    pairs: Rows
    by_weights: Scores
    source: Numbers
    target: Numbers
    right: Flags


def _fit_networks(
    graphs: Sequence[Graph],
    head: RelationHead,
    encoder: Encoder,
    settings: RelationSettings,
    seed: int,
    say: Callable[[str], None],
) -> PairNetworks:
    vectors = []
    for graph in graphs:
        clauses = graph.example.clauses
        first = clauses_at(clauses, np.array(graph.units.start))
        last = clauses_at(clauses, np.array(graph.units.end) - 1)
        rows = encoder.vectors(graph.example.form, clauses)
        vectors.append(unit_vectors(rows, first, last))
    mean, projection = _main_directions(np.concatenate(vectors))
    cases = [
        _case(graph, head, own - mean, projection)
        for graph, own in zip(graphs, vectors, strict=True)
    ]
    members = []
    for member in range(settings.members):
        say(f"relations: network {member + 1} of {settings.members}")
        members.append(_fit_member(cases, len(head.labels), settings, seed + member))
    return PairNetworks(encoder, mean, projection, members)


def _main_directions(vectors: Rows) -> tuple[Rows, Rows]:
    """The mean of vectors, and the projection onto their main directions, of even spread."""
    rows = vectors.astype(np.float64)
    mean = rows.mean(axis=0)
    spread, axes = np.linalg.eigh((rows - mean).T @ (rows - mean) / len(rows))
    spread, axes = spread[::-1][:DIRECTIONS], axes[:, ::-1][:, :DIRECTIONS]
    # the sign of an axis is arbitrary: its largest component is positive
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    projection = axes * _SPREAD / np.sqrt(np.maximum(spread, 1e-6 * spread[0] + 1e-12))
    return mean.astype(np.float32), projection.astype(np.float32)


def _case(graph: Graph, head: RelationHead, centred: Rows, projection: Rows) -> Batch:
    units, columns = graph.units, graph.columns
    source, target = wide_candidates(columns)
    sums, _ = head.by_weights.sums(units.labels, columns, source, target)
    pairs = zip(source.tolist(), target.tolist(), strict=True)
    right = np.array([to in graph.served[n] for n, to in pairs], np.bool_)
    return Batch(
        unit_rows(graph.example.form, units, columns, centred @ projection),
        PairReader(units, columns, centred).rows(sums, source, target),
        sums,
        source,
        target,
        right,
    )


def _joined(cases: Sequence[Batch]) -> Batch:
    before = np.cumsum([0, *(len(case.units) for case in cases)]).tolist()
    shifted = [
        case._replace(source=case.source + n, target=case.target + n)
        for case, n in zip(cases, before, strict=False)
    ]
    return Batch(*(np.concatenate(column) for column in zip(*shifted, strict=True)))


def _fit_member(
    cases: Sequence[Batch], labels: int, settings: RelationSettings, seed: int
) -> Arrays:
    from thinc.api import Adam

    generator = np.random.default_rng(seed)
    directions = cases[0].units.shape[1] - network_shapes(labels, 0)["unit"][0]
    own: Arrays = {}
    for name, shape in network_shapes(labels, directions).items():
        # pairs start from the logit, which the networks correct
        bound = 0.0 if name == "out" or name.endswith(" b") else shape[0] ** -0.5
        own[name] = generator.uniform(-bound, bound, shape).astype(np.float32)
    a_pass = ceil(len(cases) / settings.batch)
    passes = max(settings.epochs, ceil(settings.min_steps / a_pass))
    optimizer = Adam(
        settings.learn_rate, L2=settings.weight_decay, L2_is_weight_decay=True, grad_clip=1.0
    )
    step, steps = 0, passes * a_pass
    for _ in range(passes):
        order = generator.permutation(len(cases))
        for first in range(0, len(order), settings.batch):
            batch = _joined([cases[n] for n in order[first : first + settings.batch]])
            _, gradients = loss_of(own, batch, _masks(generator, batch, own, settings.dropout))
            optimizer.learn_rate = settings.learn_rate * learning_rate(step / steps)
            for name, gradient in gradients.items():
                own[name], _ = optimizer((0, name), own[name], gradient)
            step += 1
    if not all((np.abs(values) <= np.finfo(np.float16).max).all() for values in own.values()):
        remedy = "choose a smaller learn_rate"
        raise InputError("train", "", "the networks of relations did not converge", remedy)
    # stored in sixteen bits: rounded before anything is measured
    return {name: values.astype(np.float16).astype(np.float32) for name, values in own.items()}


def _masks(generator: np.random.Generator, batch: Batch, own: Arrays, dropout: float) -> list[Rows]:
    """What dropout leaves of the units' rows, of their hidden layer, and of that of the pairs."""
    width = own["source"].shape[0]
    shapes = [batch.units.shape, (len(batch.units), width), (len(batch.pairs), width)]
    rates = [dropout / 2, dropout, dropout]
    return [
        (generator.random(shape, np.float32) >= rate).astype(np.float32) / np.float32(1 - rate)
        for shape, rate in zip(shapes, rates, strict=True)
    ]


def loss_of(own: Arrays, batch: Batch, masks: Sequence[Rows]) -> tuple[float, Arrays]:
    """The mean loss of the units of a batch, and its gradients by the arrays of the network.

    The loss is the negative log-probability that a unit chooses any of its right candidates, or
    serving nothing where it has none.
    """
    source, target, size = batch.source, batch.target, len(batch.units)
    rows = batch.units * masks[0]
    raw = rows @ own["unit"] + own["unit b"]
    hidden = np.maximum(raw, 0) * masks[1]
    both = (hidden @ own["source"])[source] + (hidden @ own["target"])[target]
    both += batch.pairs @ own["pair"] + own["pair b"]
    seen = np.maximum(both, 0) * masks[2]
    serves = (hidden @ own["serves"] + own["serves b"])[source]
    served = (hidden @ own["served"] + own["served b"])[target]
    scale = np.float32(1 / sqrt(PROJECTED))
    sums = seen @ own["out"] + scale * np.einsum("ij,ij->i", serves, served) + batch.by_weights
    none = (hidden @ own["none"] + own["none b"]).astype(np.float64)
    chance, nothing = shares_of_pairs(sums.astype(np.float64), none, source)
    at_source, at_target = _gathering(source, size), _gathering(target, size)
    won = at_source @ (chance * batch.right)
    answered = at_source @ batch.right.astype(float) > 0
    loss = -np.log(np.maximum(np.where(answered, won, nothing), 1e-30)).mean()
    aim = chance * batch.right / np.maximum(won, 1e-30)[source]
    onto = ((chance - aim) / size).astype(np.float32)
    onto_none = ((nothing - ~answered) / size).astype(np.float32)

    onto_seen = np.outer(onto, own["out"]) * masks[2] * (both > 0)
    to_source, to_target = at_source @ onto_seen, at_target @ onto_seen
    to_serves = at_source @ (scale * onto[:, None] * served)
    to_served = at_target @ (scale * onto[:, None] * serves)
    onto_hidden = to_source @ own["source"].T + to_target @ own["target"].T
    onto_hidden += to_serves @ own["serves"].T + to_served @ own["served"].T
    onto_hidden += np.outer(onto_none, own["none"])
    onto_raw = onto_hidden * masks[1] * (raw > 0)
    gradients: Mapping[str, NDArray[Any]] = {
        "unit": rows.T @ onto_raw,
        "unit b": onto_raw.sum(axis=0),
        "source": hidden.T @ to_source,
        "target": hidden.T @ to_target,
        "pair": batch.pairs.T @ onto_seen,
        "pair b": onto_seen.sum(axis=0),
        "serves": hidden.T @ to_serves,
        "serves b": to_serves.sum(axis=0),
        "served": hidden.T @ to_served,
        "served b": to_served.sum(axis=0),
        "out": seen.T @ onto,
        "none": hidden.T @ onto_none,
        "none b": onto_none.sum(keepdims=True),
    }
    return float(loss), {name: value.astype(np.float32) for name, value in gradients.items()}


def _gathering(home: Numbers, size: int) -> Any:
    """A matrix that sums up the rows of each unit."""
    ones = np.ones(len(home), np.float32)
    return sparse.csr_matrix((ones, (home, np.arange(len(home)))), (size, len(home)))
