"""Training the networks: neighbours are learnt from, seeds repeat, small data does not fall over."""

from __future__ import annotations

import numpy as np
import pytest

import argmine
from argmine.errors import InputError
from argmine.learn.configuration import Configuration, NetworkSettings, read_configuration
from argmine.learn.estimators import Table
from argmine.learn.models import train, with_heads
from argmine.learn.network import Goal, _cuts, _gradient, fit_ensemble, learning_rate, make_goal
from argmine.learn.training import fit_heads, make_examples
from argmine.schema import AnnotatedArticle
from argmine.tag.models import read_model, write_model
from argmine.tag.network import Blend
from argmine.tag.scorers import NgramScorer
from planted import CHARACTERS, PlantedEncoder, lines_of

QUICK = NetworkSettings(members=1, epochs=1, min_steps=60)
LABELS = ("both", "before", "behind", "neither")


def planted(count: int, seed: int) -> list[tuple[Table, np.ndarray]]:
    """Texts whose labels follow from the two neighbours alone: is either of them a 甲?"""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        letters = "".join(rng.choice(list(CHARACTERS), rng.integers(5, 30)))
        form, clauses = lines_of(letters)
        before = np.array([False, *(letter == "甲" for letter in letters[:-1])])
        behind = np.array([*(letter == "甲" for letter in letters[1:]), False])
        answers = np.where(before, np.where(behind, 0, 1), np.where(behind, 2, 3))
        found.append((Table(form, clauses), answers))
    return found


def goal_of(texts: list[tuple[Table, np.ndarray]], name: str = "units") -> Goal:
    told = {table: (np.arange(len(table)), answers) for table, answers in texts}
    return make_goal(name, LABELS, told)


def fitted(texts, settings=QUICK, seed=0):
    tables = [table for table, _ in texts]
    return fit_ensemble({"units": goal_of(texts)}, tables, PlantedEncoder(), settings, seed)


def test_what_follows_from_the_neighbours_before_and_behind_is_learnt():
    settings = NetworkSettings(members=1, min_steps=600, dropout=0.1)
    ensemble = fitted(planted(120, 1), settings)
    new = planted(30, 2)
    found = [ensemble.sums(t.form, t.clauses)["units"].argmax(axis=1) for t, _ in new]
    right = np.concatenate([own == answers for own, (_, answers) in zip(found, new, strict=True)])
    assert right.mean() > 0.95


def test_equal_seeds_give_equal_arrays_and_others_others():
    texts = planted(12, 3)
    first, same = fitted(texts, seed=1), fitted(texts, seed=1)
    assert list(first.members[0]) == list(same.members[0])
    for name, values in first.members[0].items():
        assert values.tobytes() == same.members[0][name].tobytes()
    other = fitted(texts, seed=2)
    assert not np.array_equal(first.members[0]["2 linear W"], other.members[0]["2 linear W"])


def test_members_count_on_from_the_seed():
    texts = planted(12, 3)
    two = fitted(texts, NetworkSettings(members=2, epochs=1, min_steps=60), seed=1)
    for own, seed in zip(two.members, (1, 2), strict=True):
        assert np.array_equal(own["2 linear W"], fitted(texts, seed=seed).members[0]["2 linear W"])


def test_arrays_are_those_that_sixteen_bits_hold():
    for values in fitted(planted(6, 4)).members[0].values():
        assert values.dtype == np.float32
        assert np.array_equal(values, values.astype(np.float16))


@pytest.mark.parametrize("count", [1, 3])
def test_few_and_short_texts_do_not_fall_over(count):
    texts = [(Table(*lines_of("甲")), np.array([3])), *planted(count, 5)]
    empty = lines_of("")
    ensemble = fitted([*texts, (Table(*empty), np.array([], np.int64))])
    assert ensemble.sums(*lines_of("甲乙"))["units"].shape == (2, 4)


def test_a_text_without_answers_teaches_nothing_and_costs_nothing():
    texts = planted(6, 6)
    unknown = Table(*lines_of("甲乙丙丁"))
    tables = [table for table, _ in texts]
    ensemble = fit_ensemble({"units": goal_of(texts)}, [*tables, unknown], PlantedEncoder(), QUICK)
    assert all(np.isfinite(values).all() for values in ensemble.members[0].values())


def test_what_does_not_converge_is_refused():
    settings = NetworkSettings(members=1, min_steps=60, learn_rate=1e30)
    with np.errstate(all="ignore"), pytest.raises(InputError, match="did not converge") as caught:
        fitted(planted(6, 7), settings)
    assert caught.value.remedy == "choose a smaller network.learn_rate"


# The loss


def test_the_gradient_of_the_loss_is_that_of_finite_differences():
    rng = np.random.default_rng(8)
    units = rng.integers(-1, 4, 9)
    sides = np.full(9, -1)
    sides[[2, 5]] = [0, 1]
    goals = {
        "units": Goal(LABELS, {}, 1.0, np.ones(4, np.float32)),
        "stance x": Goal(("favor", "against"), {}, 0.5, np.array([2.0, 1.0], np.float32)),
    }
    answers = {"units": units, "stance x": sides}
    outputs = rng.normal(size=(9, 6))

    def loss(outputs):
        total, at = 0.0, 0
        for name, goal in goals.items():
            size, told = len(goal.labels), np.flatnonzero(answers[name] >= 0)
            sums = outputs[told, at : at + size]
            logs = sums - np.log(np.exp(sums).sum(axis=1, keepdims=True))
            aim = np.full((len(told), size), 0.1 / size)
            aim[np.arange(len(told)), answers[name][told]] += 0.9
            weights = goal.weights[answers[name][told]]
            total -= goal.share * float(((aim * logs).sum(axis=1) * weights).sum() / weights.sum())
            at += size
        return total

    expected = np.zeros_like(outputs)
    for place in np.ndindex(outputs.shape):
        step = np.zeros_like(outputs)
        step[place] = 1e-6
        expected[place] = (loss(outputs + step) - loss(outputs - step)) / 2e-6
    np.testing.assert_allclose(_gradient(outputs, answers, goals, 0.1), expected, atol=1e-6)


def test_rare_stances_weigh_more_and_labels_of_units_alike():
    texts = planted(40, 9)
    counts = np.bincount(np.concatenate([answers for _, answers in texts]), minlength=4)
    assert goal_of(texts).weights.tolist() == [1, 1, 1, 1]
    weights = goal_of(texts, "stance x").weights
    assert np.argsort(weights).tolist() == np.argsort(-counts).tolist()


def test_rows_outside_of_the_answers_have_none():
    table = Table(*lines_of("甲乙丙"))
    goal = make_goal("units", LABELS, {table: (np.array([1]), np.array([2]))})
    assert goal.answers[table].tolist() == [-1, 2, -1]


@pytest.mark.parametrize("size", [1, 79, 80, 120, 121, 1000])
def test_texts_are_cut_into_even_pieces_that_cover_them(size):
    cuts = list(_cuts(size, 80))
    assert [start for start, _ in cuts] == [0, *(end for _, end in cuts[:-1])]
    assert cuts[-1][1] == size
    sizes = [end - start for start, end in cuts]
    assert min(sizes) >= 1
    assert max(sizes) <= 120
    assert max(sizes) - min(sizes) <= 1


def test_the_rate_rises_and_falls_back_to_nothing():
    rates = [learning_rate(share) for share in np.linspace(0, 1, 101)]
    top = int(np.argmax(rates))
    assert rates[:top] == sorted(rates[:top])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert (rates[0], round(rates[top], 2), round(rates[-1], 6)) == (0.04, 1.0, 0.0)


# The whole way, over the encoder that comes with argmine

SENTENCES = {
    "claim": "第{n}项研究表明，局势的本质是信任不足。",
    "evidence": "第{n}年，外交部门宣布签署了一份文件。",
    "recommendation": "各国应当在第{n}步加强对话，完善机制。",
}
TARGET = "cooperative-security"


def article(n: int, size: int = 9) -> AnnotatedArticle:
    text, units = "", []
    for k in range(size):
        label = list(SENTENCES)[(n + k * k) % 3]
        sentence = SENTENCES[label].format(n=n * 10 + k)
        stance = {TARGET: {"label": "favor" if label == "recommendation" else "neutral"}}
        units.append({"id": f"u{k}", "start": len(text), "end": len(text) + len(sentence)})
        units[-1] |= {"label": label, "stance": stance}
        text += sentence + "\n"
    record = {"schema_version": "1", "id": f"a{n}", "text": text, "units": units, "relations": []}
    return AnnotatedArticle.model_validate({**record, "stance": {TARGET: {"label": "favor"}}})


@pytest.fixture(scope="module")
def gold() -> list[AnnotatedArticle]:
    pytest.importorskip("onnxruntime")
    return [article(n) for n in range(8)]


def test_a_model_with_networks_is_written_read_and_annotates(gold, tmp_path):
    said: list[str] = []
    settings = Configuration(folds=2, encoder=True, network=QUICK)
    found = train(gold, tmp_path / "m", settings, said.append)
    assert found is not None
    assert "network 1 of 1" in said
    nlp = argmine.load(tmp_path / "m")
    new = article(50)
    read = argmine.annotate(new.text, nlp)
    assert [(u.start, u.end, u.label) for u in read.units] == [
        (u.start, u.end, u.label) for u in new.units
    ]
    assert argmine.annotate(new.text, nlp) == read
    assert argmine.annotate(new.text, argmine.load(tmp_path / "m")) == read
    assert {u.by for u in read.units} == {nlp.meta["argmine_model"]}
    assert all(u.cues for u in read.units)


def test_training_again_writes_the_same_arrays(gold, tmp_path):
    settings = Configuration(folds=0, encoder=True, network=QUICK)
    for name in ("a", "b"):
        train(gold[:4], tmp_path / name / "m", settings)
    files = [file.name for file in sorted((tmp_path / "a" / "m").iterdir())]
    assert "network.npz" in files
    for name in files:
        pair = [(tmp_path / side / "m" / name).read_bytes() for side in "ab"]
        assert pair[0] == pair[1], name


def test_three_articles_do_not_fall_over(gold, tmp_path):
    settings = Configuration(encoder=True, network=QUICK)
    heads = fit_heads(make_examples(gold[:3], TARGET), [TARGET], settings)
    assert {name: type(head) for name, head in heads.items()} == {
        "units": Blend,
        f"stance {TARGET}": Blend,
    }
    assert argmine.annotate(gold[5].text, with_heads(heads, "few")).units
    write_model(tmp_path / "m", heads, {"name": "m"})
    from argmine.pipeline import find_encoder

    assert set(read_model(tmp_path / "m", find_encoder).heads) == set(heads)


def test_without_an_encoder_no_network_is_trained(gold):
    heads = fit_heads(make_examples(gold[:4], TARGET), [TARGET], Configuration(network=QUICK))
    assert {type(head) for head in heads.values()} == {NgramScorer}


def test_the_encoder_of_the_configuration_is_the_one_that_is_trained_over(gold, tmp_path):
    settings = Configuration(encoder_path=str(tmp_path / "none"), network=QUICK)
    with pytest.raises(InputError, match=r"none/config.json: cannot be read"):
        fit_heads(make_examples(gold[:4], TARGET), [TARGET], settings)


# Settings


def test_an_encoder_path_asks_for_networks(tmp_path):
    (tmp_path / "train.toml").write_text("encoder_path = 'models/own'\n", encoding="utf-8")
    found = read_configuration(tmp_path / "train.toml")
    assert (found.encoder, found.encoder_path) == (True, "models/own")
    assert not Configuration().encoder


@pytest.mark.parametrize(
    ("line", "place", "finding"),
    [
        ("members = 0", "network.members", "is 0, not at least 1"),
        ("piece = 0", "network.piece", "is 0, not at least 1"),
        ("batch = 0", "network.batch", "is 0, not at least 1"),
        ("dropout = 1", "network.dropout", "is 1.0, not below 1"),
        ("smoothing = 2.5", "network.smoothing", "is 2.5, not below 1"),
        ("unit_ngrams = 1.5", "network.unit_ngrams", "is 1.5, not at most 1"),
        ("stance_ngrams = 2", "network.stance_ngrams", "is 2.0, not at most 1"),
    ],
)
def test_settings_that_nothing_can_be_trained_with_are_refused(tmp_path, line, place, finding):
    (tmp_path / "train.toml").write_text(f"[network]\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_configuration(tmp_path / "train.toml")
    assert (caught.value.place, caught.value.finding) == (place, finding)
