"""Training the head of relations: what is planted is learnt, seeds repeat, little gold gives none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from argmine.errors import InputError
from argmine.learn.relations import (
    MIN_RELATIONS,
    Batch,
    RelationSettings,
    fit_relations,
    fit_weights,
    gold_spans,
    loss_of,
    make_graph,
    served_by,
)
from argmine.learn.training import make_examples
from argmine.lexicons import read_lexicon
from argmine.schema import AnnotatedArticle
from argmine.tag.attachment import LABELS, Openings, keys_of
from argmine.tag.relation_head import HIDDEN, network_shapes
from argmine.tag.relations import RelationRules, read_attachment
from planted import PlantedEncoder

CONNECTIVES = read_lexicon("connectives")
OPENINGS = Openings(CONNECTIVES)
QUICK = RelationSettings(members=1, epochs=1, min_steps=20, min_relations=0)
LONG = RelationSettings(members=1, min_steps=400, dropout=0.1, min_relations=0)
SIZE = 5


def planted(
    count: int, seed: int, label: str = "claim", place: int | None = None
) -> list[AnnotatedArticle]:
    """Articles of paragraphs whose units serve the only 甲, which stands anywhere or at a place."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        text, units, relations = "", [], []
        for _ in range(4):
            main = int(rng.integers(SIZE)) if place is None else place
            first = len(units) + 1
            for n in range(SIZE):
                start = len(text)
                text += ("甲" if n == main else str(rng.choice(list("乙丙丁")))) + "国重视合作。"
                units.append({"id": f"u{first + n}", "start": start, "end": len(text)})
                if n != main:
                    ends = {"source": f"u{first + n}", "target": f"u{first + main}"}
                    relations.append({**ends, "label": "support"})
            text += "\n"
        units = [{**unit, "label": label} for unit in units]
        record = {"schema_version": "1", "id": f"a{seed}-{number}", "text": text, "units": units}
        found.append(
            AnnotatedArticle.model_validate({**record, "relations": relations, "stance": {}})
        )
    return found


def fitted(gold, encoder=None, settings=QUICK, predicted=(), seed=0, say=lambda _: None):
    examples = make_examples(gold, [])
    return fit_relations(gold, examples, predicted, encoder, settings, seed, say)


def share_right(rules: RelationRules, gold: list[AnnotatedArticle]) -> float:
    """The share of the relations of gold that are found between its units, each one clause."""
    networks = rules.head.networks
    right = wanted = 0
    for article, example in zip(gold, make_examples(gold, []), strict=True):
        graph = make_graph(article, example, gold_spans(article), rules.head.labels, OPENINGS)
        vectors, rows = None, np.arange(len(graph.units))
        if networks is not None:
            vectors = networks.unit_vectors(example.form, example.clauses, rows, rows)
        found = rules.find(example.form, graph.units, vectors)
        told = {(r.source, r.target) for r in article.relations}
        right += len({(r["source"], r["target"]) for r in found} & told)
        wanted += len(told)
    return right / wanted


def test_what_only_the_vectors_tell_is_learnt_by_the_networks_alone():
    gold, new = planted(30, 1), planted(8, 2)
    untrained = RelationRules(CONNECTIVES, read_attachment())
    by_weights = untrained.decided_by(fitted(gold))
    by_networks = untrained.decided_by(fitted(gold, PlantedEncoder(), LONG))
    shares = [share_right(rules, new) for rules in (untrained, by_weights, by_networks)]
    assert shares[2] > 0.9
    assert max(shares[:2]) < 0.6


def test_where_units_always_serve_the_last_of_their_paragraph_the_weights_learn_it():
    gold, new = planted(30, 1, place=SIZE - 1), planted(8, 2, place=SIZE - 1)
    untrained = RelationRules(CONNECTIVES, read_attachment())
    shares = [share_right(own, new) for own in (untrained, untrained.decided_by(fitted(gold)))]
    assert shares[0] < 0.5 < 0.9 < shares[1]


def test_equal_seeds_give_equal_arrays_and_others_others():
    gold = planted(8, 3)
    first, same, other = (fitted(gold, PlantedEncoder(), seed=seed).arrays() for seed in (1, 1, 2))
    assert list(first) == list(same)
    assert all(own.tobytes() == same[name].tobytes() for name, own in first.items())
    assert not np.array_equal(first["0 pair"], other["0 pair"])


def test_labels_are_those_of_the_gold():
    assert fitted(planted(8, 3, label="premise")).labels == ("premise",)
    assert fitted(planted(8, 3)).labels == ("claim", "evidence", "recommendation")


def test_without_enough_relations_there_is_no_head_and_it_is_said():
    gold = [a.model_copy(update={"relations": []}) for a in planted(8, 3)]
    said: list[str] = []
    assert fitted(gold, PlantedEncoder(), say=said.append) is None
    assert said == [f"relations: not learnt, there are fewer than {MIN_RELATIONS} (0)"]


def test_networks_are_trained_from_enough_relations_on():
    gold = planted(8, 3)
    few = sum(len(article.relations) for article in gold)
    heads = [
        fitted(gold, PlantedEncoder(), replace(QUICK, min_relations=least))
        for least in (few, few + 1)
    ]
    assert [head.networks is not None for head in heads] == [True, False]


def test_weights_stay_near_to_known_ones_where_articles_are_few():
    known = dict.fromkeys(keys_of(LABELS), 0.7)
    gold = planted(2, 3)
    examples = make_examples(gold, [])
    graphs = [
        make_graph(a, e, gold_spans(a), LABELS, OPENINGS)
        for a, e in zip(gold, examples, strict=True)
    ]
    near, free = fit_weights(graphs, LABELS, known), fit_weights(graphs, LABELS)
    assert np.abs(near - 0.7).max() < np.abs(free).max()
    unseen = keys_of(LABELS).index(("heading rank", "3 numbered"))
    assert (near[unseen], free[unseen]) == (0.7, 0.0)


def test_predicted_units_count_beside_those_of_gold():
    gold = planted(8, 3)
    alone, with_found = fitted(gold), fitted(gold, predicted=gold[:1])
    assert not np.array_equal(alone.weights, with_found.weights)


def test_what_does_not_converge_is_refused():
    settings = replace(QUICK, learn_rate=1e30)
    with np.errstate(all="ignore"), pytest.raises(InputError, match="did not converge"):
        fitted(planted(8, 3), PlantedEncoder(), settings)


def test_units_serve_all_parts_of_what_their_gold_unit_serves():
    gold = planted(1, 4, place=0)[0]
    units = gold.units[:2]
    # the first unit in two parts, then the second, then something outside of gold
    starts = [units[0].start, units[0].start + 3, units[1].start, gold.units[-1].end]
    assert served_by(gold, starts) == [set(), set(), {0, 1}, set()]


def test_the_gradients_are_those_of_finite_differences():
    rng = np.random.default_rng(5)
    shapes = network_shapes(1, 2)
    own = {name: rng.normal(0, 0.3, shape) for name, shape in shapes.items()}
    source = np.array([0, 0, 1, 2, 2])
    target = np.array([1, 2, 0, 0, 1])
    right = np.array([True, True, False, False, True])
    units = rng.normal(0, 1, (3, shapes["unit"][0]))
    pairs = rng.normal(0, 1, (5, shapes["pair"][0]))
    batch = Batch(units, pairs, rng.normal(0, 1, 5), source, target, right)
    masks = [np.ones_like(units), np.ones((3, HIDDEN)), np.ones((5, HIDDEN))]
    _, gradients = loss_of(own, batch, masks)
    for name, values in own.items():
        at = tuple(int(rng.integers(size)) for size in values.shape)
        around = []
        for step in (1e-5, -1e-5):
            moved = values.copy()
            moved[at] += step
            around.append(loss_of({**own, name: moved}, batch, masks)[0])
        slope = (around[0] - around[1]) / 2e-5
        assert gradients[name][at] == pytest.approx(slope, abs=1e-4), name
