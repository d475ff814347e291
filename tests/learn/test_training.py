"""Training and model folders: what is learnt is found again, and a broken folder is refused."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import argmine
from argmine.errors import InputError
from argmine.learn.configuration import DEFAULTS, Configuration, Settings
from argmine.learn.gold import read_gold, refuse_trained
from argmine.learn.models import train, with_heads
from argmine.learn.training import fit_heads, has_given_borders, make_examples
from argmine.pipeline import find_encoder
from argmine.schema import AnnotatedArticle
from argmine.tag.models import read_model, write_model
from argmine.tag.scorers import KeyTable, Shares, find_ngrams

TARGET = "cooperative-security"
SENTENCES = {
    "claim": "第{n}项研究表明，局势的本质是信任不足。",
    "evidence": "第{n}年，外交部门宣布签署了一份文件。",
    "recommendation": "各国应当在第{n}步加强对话，完善机制。",
}
STANCES = {"claim": "neutral", "evidence": "against", "recommendation": "favor"}


def article(n: int, labels: list[str]) -> AnnotatedArticle:
    """An article of one sentence a label, each a line."""
    text, units = "", []
    for k, label in enumerate(labels):
        sentence = SENTENCES[label].format(n=n * 10 + k)
        start = len(text)
        text += sentence + "\n"
        units.append(
            {"id": f"u{k}", "start": start, "end": start + len(sentence), "label": label}
            | {"stance": {TARGET: {"label": STANCES[label]}}}
        )
    return AnnotatedArticle.model_validate(
        {"schema_version": "1", "id": f"a{n:02}", "text": text, "units": units, "relations": []}
        | {"stance": {TARGET: {"label": "neutral"}}}
    )


@pytest.fixture(scope="module")
def gold() -> list[AnnotatedArticle]:
    rng = np.random.default_rng(3)
    return [article(n, rng.choice(list(SENTENCES), 12).tolist()) for n in range(20)]


@pytest.fixture(scope="module")
def examples(gold):
    return make_examples(gold, TARGET)


@pytest.fixture(scope="module")
def heads(examples):
    return fit_heads(examples, [TARGET])


def test_ngrams_lie_in_one_clause_and_digits_are_one_character(examples):
    example = examples[0]
    home, places = find_ngrams(example.form, example.clauses)
    for clause, start, end in zip(home, places.starts, places.ends, strict=True):
        assert example.clauses.start[clause] <= start < end <= example.clauses.end[clause]
    sizes = example.clauses.end - example.clauses.start
    assert len(home) == sum(max(0, size - n + 1) for size in sizes.tolist() for n in (1, 2, 3))
    by_text: dict[str, set[int]] = {}
    for start, end, key in zip(*places, strict=True):
        gram = "".join("0" if c.isdigit() else c for c in example.form[start:end])
        by_text.setdefault(gram, set()).add(int(key))
    assert all(len(keys) == 1 for keys in by_text.values())
    assert len(set.union(*by_text.values())) == len(by_text)


@given(st.sets(st.integers(0, 2**63 - 1), min_size=1), st.lists(st.integers(0, 2**63 - 1)))
def test_the_table_finds_exactly_the_keys(keys, others):
    ordered = np.array(sorted(keys), np.int64)
    table = KeyTable(ordered)
    assert table.find(ordered).tolist() == list(range(len(ordered)))
    asked = np.array(others, np.int64)
    expected = [sorted(keys).index(key) if key in keys else -1 for key in others]
    assert table.find(asked).tolist() == expected


def test_many_keys_crowd_no_slot_out():
    keys = np.unique(np.random.default_rng(0).integers(0, 2**40, 20_000))
    assert np.array_equal(KeyTable(keys).find(keys), np.arange(len(keys)))
    assert (KeyTable(keys).find(keys + 2**50) == -1).all()


def test_what_was_learnt_is_found_in_new_articles(heads):
    new = article(77, ["recommendation", "evidence", "claim", "evidence"])
    nlp = with_heads(heads, "test")
    found = argmine.annotate(new.text, nlp)
    assert [(u.start, u.end, u.label) for u in found.units] == [
        (u.start, u.end, u.label) for u in new.units
    ]
    assert {u.by for u in found.units} == {"test"}
    for unit in found.units:
        assert unit.cues
        assert all(found.text[c.start : c.end] == c.text and len(c.text) > 1 for c in unit.cues)
    assert found.signature is not None


def test_any_labels_can_be_trained_also_two(gold):
    renamed = [
        a.model_copy(
            update={
                "units": [u.model_copy(update={"label": f"role {u.label[:1]}"}) for u in a.units]
            }
        )
        for a in gold
    ]
    heads = fit_heads(make_examples(renamed, TARGET), [TARGET])
    assert heads["units"].labels == ("role c", "role e", "role r", "none")
    new = article(55, ["claim", "evidence"])
    found = argmine.annotate(new.text, with_heads(heads, "roles"))
    details = [(u.label, u.subtype, u.strength, u.holder, u.addressee) for u in found.units]
    assert details == [(f"role {c}", None, None, None, None) for c in "ce"]
    assert found.summary["units"] == {"role c": 1, "role e": 1}
    assert sum(found.summary["shares"].values()) == pytest.approx(1.0)


def test_one_class_is_refused_and_a_small_one_named(gold):
    def relabelled(few: int) -> list[AnnotatedArticle]:
        """All units are evidence, but for the first ones."""
        changed = []
        for n, a in enumerate(gold):
            labels = ["claim" if n == 0 and k < few else "evidence" for k in range(len(a.units))]
            pairs = zip(a.units, labels, strict=True)
            units = [u.model_copy(update={"label": label}) for u, label in pairs]
            changed.append(a.model_copy(update={"units": units}))
        return make_examples(changed, TARGET)

    with pytest.raises(InputError, match=r"only one class \(evidence\)"):
        fit_heads(relabelled(0), [TARGET])
    said: list[str] = []
    fit_heads(relabelled(2), [TARGET], say=said.append)
    assert [line for line in said if line.startswith("units")] == [
        "units: claim: 4 cases are too few to learn"
    ]


def test_three_articles_do_not_fall_over(gold):
    nlp = with_heads(fit_heads(make_examples(gold[:3], TARGET), [TARGET]), "few")
    assert len(argmine.annotate(gold[0].text, nlp).units) > 0


def test_a_model_folder_gives_the_same_scores_back(heads, tmp_path, examples):
    write_model(tmp_path / "mine", heads, {"name": "mine"})
    model = read_model(tmp_path / "mine", find_encoder)
    assert model.signature.startswith("mine-")
    assert set(model.heads) == set(heads)
    for name, head in heads.items():
        before, _ = head(examples[0].form, examples[0].clauses)
        after, _ = model.heads[name](examples[0].form, examples[0].clauses)
        np.testing.assert_allclose(after, before, rtol=1e-5, atol=1e-5)
    assert argmine.load(tmp_path / "mine").meta["argmine_model"] == model.signature


def _altered(folder, change):
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")


def _resealed(folder, **arrays):
    """Other arrays under a right digest: only shapes and values betray them."""
    with np.load(folder / "units.npz") as old:
        kept = {key: old[key] for key in old}
    buffer = io.BytesIO()
    np.savez(buffer, **{**kept, **arrays})
    (folder / "units.npz").write_bytes(buffer.getvalue())
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()
    _altered(folder, lambda m: m["heads"]["units"].update(sha256=digest))


@pytest.mark.parametrize(
    ("break_it", "finding"),
    [
        (lambda f: (f / "manifest.json").unlink(), "cannot be read"),
        (lambda f: (f / "manifest.json").write_text("{"), "no valid JSON"),
        (lambda f: _altered(f, lambda m: m.update(format=99)), "is of format 99"),
        (lambda f: _altered(f, lambda m: m.pop("heads")), "lacks a key"),
        (lambda f: (f / "units.npz").unlink(), "cannot be read"),
        (lambda f: (f / "units.npz").write_bytes(b"x"), "was altered or truncated"),
        (lambda f: _altered(f, lambda m: m["heads"]["units"]["labels"].pop()), "does not fit"),
        (
            lambda f: _altered(f, lambda m: m["heads"]["units"]["features"].append("x")),
            "does not fit",
        ),
        (lambda f: _altered(f, lambda m: m["heads"].update({"../x": {}})), "outside its folder"),
        (lambda f: _resealed(f, weights=np.zeros((3, 4))), "does not fit"),
        (lambda f: _resealed(f, shape=np.full((23, 4), np.nan)), "does not fit"),
        (lambda f: _resealed(f, keys=np.array([object()], object)), "holds no arrays"),
    ],
)
def test_a_broken_model_folder_is_refused(heads, tmp_path, break_it, finding):
    folder = tmp_path / "mine"
    write_model(folder, {"units": heads["units"]}, {"name": "mine"})
    break_it(folder)
    with pytest.raises(InputError, match=finding):
        read_model(folder, find_encoder)


def test_a_model_that_is_not_there_is_named():
    with pytest.raises(InputError, match="no such model"):
        argmine.load("nothing")


QUICK = Configuration(folds=0)
POSTS = {"favor": "第{n}次我支持，真好用。", "against": "第{n}次我反对，太难用了。"}


def post(n: int, label: str, target: str) -> AnnotatedArticle:
    """A post without units."""
    record = {"id": f"p{n}", "text": POSTS[label].format(n=n), "units": [], "relations": []}
    stance = {target: {"label": label}}
    return AnnotatedArticle.model_validate({"schema_version": "1", **record, "stance": stance})


@pytest.fixture(scope="module")
def posts() -> list[AnnotatedArticle]:
    """Two targets, one of a name that no file may have; the last post stands twice."""
    labels = [("favor", "against")[n % 2] for n in range(40)]
    found = [post(n, label, "手机") for n, label in enumerate(labels)]
    found += [post(100 + n, label, "a/b 限电") for n, label in enumerate(labels)]
    return [*found, found[-1].model_copy(update={"id": "again"})]


def test_documents_without_units_are_learnt_for_each_target(posts, tmp_path):
    found = train(posts, tmp_path / "posts", Configuration(folds=4))
    assert found is not None
    assert (found.reports, list(found.labels)) == ({}, ["document F_avg"])
    assert found.labels["document F_avg"].value == 1.0
    model = read_model(tmp_path / "posts", find_encoder)
    assert sorted(model.heads) == ["document a/b 限电", "document 手机"]
    assert all(file.parent == tmp_path / "posts" for file in (tmp_path / "posts").rglob("*"))
    read = argmine.annotate("我又支持了一次，好用。", argmine.load(tmp_path / "posts"))
    for target in ("手机", "a/b 限电"):
        stance = read.stance[target]
        assert (stance.label, stance.units, stance.by_actor) == ("favor", [], [])
        assert sum(stance.scores.values()) == pytest.approx(1.0, abs=1e-3)
        assert stance.score == stance.scores["favor"]


def test_only_the_targets_asked_for_are_learnt(posts, tmp_path):
    train(posts, tmp_path / "m", Configuration(folds=0, targets=("手机",)))
    assert list(read_model(tmp_path / "m", find_encoder).heads) == ["document 手机"]
    with pytest.raises(InputError, match="no stance toward '电脑' in gold; choose one of a/b 限电"):
        train(posts, tmp_path / "m", Configuration(folds=0, targets=("电脑",)))


def test_a_target_with_too_few_documents_is_named_and_left_out(posts, tmp_path):
    said: list[str] = []
    train([*posts, post(999, "favor", "电脑")], tmp_path / "m", QUICK, said.append)
    assert "document 电脑" not in read_model(tmp_path / "m", find_encoder).heads
    assert [line for line in said if "电脑" in line] == [
        "document 电脑: not learnt, there are too few cases of two classes: {'favor': 1}"
    ]


def test_units_toward_a_target_without_rules_follow_the_head_alone(gold, tmp_path):
    renamed = [
        a.model_copy(
            update={
                "units": [
                    u.model_copy(update={"stance": {**u.stance, "限电": u.stance[TARGET]}})
                    for u in a.units
                ]
            }
        )
        for a in gold
    ]
    train(renamed, tmp_path / "m", QUICK)
    assert sorted(read_model(tmp_path / "m", find_encoder).heads) == [
        f"stance {TARGET}",
        "stance 限电",
        "units",
    ]
    new = article(66, ["recommendation", "evidence", "claim", "recommendation"])
    read = argmine.annotate(new.text, argmine.load(tmp_path / "m"))
    found = [u.stance["限电"] for u in read.units]
    assert [stance.label for stance in found] == ["favor", "against", "neutral", "favor"]
    assert {stance.by for stance in found} == {str(read.signature).split("model:")[1].split("|")[0]}
    assert (read.stance["限电"].label, read.stance["限电"].units) == ("favor", ["u1", "u4"])


def segmented(n: int, roles: list[str]) -> AnnotatedArticle:
    """An essay of two sentences a line, all of one wording: only the place tells their roles."""
    text, units = "", []
    for k, role in enumerate(roles):
        start = len(text)
        text += f"这里说的是第{n}件事；它接着说下去。"
        units.append({"id": f"u{k}", "start": start, "end": len(text), "label": role})
        text += "\n" if k % 2 else ""
    record = {"id": f"e{n:02}", "text": text, "units": units, "relations": [], "stance": {}}
    return AnnotatedArticle.model_validate({"schema_version": "1", **record})


ROLES = ["opening", "thesis", *["body"] * 6, "close", "close"]


@pytest.fixture(scope="module")
def essays(tmp_path_factory):
    folder = tmp_path_factory.mktemp("essays") / "roles"
    texts = [segmented(n, ROLES) for n in range(25)]
    assert has_given_borders(texts)
    return train(texts, folder, Configuration(folds=5)), folder


def test_given_segments_are_labelled_by_their_place(essays):
    found, folder = essays
    assert found.labels["unit macro-F1"].value == 1.0
    model = read_model(folder, find_encoder)
    assert (list(model.heads), model.manifest["segments"]) == (["segments"], "given")
    assert "none" not in model.heads["segments"].labels
    nlp = argmine.load(folder)
    new = segmented(70, ROLES)
    read = argmine.annotate(new, nlp)
    assert [(u.start, u.end, u.label) for u in read.units] == [
        (u.start, u.end, u.label) for u in new.units
    ]
    # without borders, each sentence is a segment
    assert argmine.annotate(new.text, nlp).units == read.units
    # borders that are no borders of clauses stay
    cut = segmented(71, ROLES)
    cut.units[0].end -= 2
    cut.units[0].text = None
    assert [(u.start, u.end) for u in argmine.annotate(cut, nlp).units] == [
        (u.start, u.end) for u in cut.units
    ]


def test_a_model_that_finds_units_heeds_no_given_borders(gold, heads):
    nlp = with_heads(heads, "test")
    assert argmine.annotate(gold[0], nlp) == argmine.annotate(gold[0].text, nlp).model_copy(
        update={"id": gold[0].id}
    )


def test_default_labels_are_found_also_where_they_cover_all(gold):
    assert not has_given_borders(gold)
    assert has_given_borders(gold, "given")
    assert not has_given_borders([segmented(0, ROLES)], "found")
    assert not has_given_borders([])


def test_subtypes_are_learnt_for_the_labels_that_have_them(gold, tmp_path):
    kinds = {"evidence": ("document", "example"), "claim": ("fact", None)}
    told = []
    for a in gold:
        units = []
        for k, u in enumerate(a.units):
            kind = kinds.get(u.label, (None, None))[k % 2]
            units.append(u.model_copy(update={"subtype": kind}))
        told.append(a.model_copy(update={"units": units}))
    train(told, tmp_path / "m", QUICK)
    model = read_model(tmp_path / "m", find_encoder)
    assert [name for name in model.heads if name.startswith("subtype")] == ["subtype evidence"]
    new = article(44, ["claim", "evidence", "recommendation"])
    read = argmine.annotate(new.text, argmine.load(tmp_path / "m"))
    by_rule = argmine.annotate(new.text, with_heads({"units": model.heads["units"]}, "test"))
    assert [u.strength for u in read.units] == [u.strength for u in by_rule.units]
    assert [u.subtype for u in read.units if u.label != "evidence"] == [
        u.subtype for u in by_rule.units if u.label != "evidence"
    ]
    assert {u.subtype for u in read.units if u.label == "evidence"} <= {"document", "example"}


def test_early_stopping_says_what_it_chose(gold, tmp_path):
    said: list[str] = []
    train(gold, tmp_path / "m", Configuration(folds=0, early_stopping=True), said.append)
    assert [line.rpartition(" ")[0] for line in said if "inverse_penalty" in line] == [
        "units: inverse_penalty", f"stance {TARGET}: inverse_penalty",
    ]  # fmt: skip


def test_settings_reach_the_heads_and_the_manifest(gold, tmp_path):
    heads = {**DEFAULTS, "units": Settings(max_ngrams=30)}
    train(gold, tmp_path / "m", Configuration(folds=0, heads=heads))
    model = read_model(tmp_path / "m", find_encoder)
    assert len(model.heads["units"].keys) == 30
    assert model.manifest["settings"]["units"]["max_ngrams"] == 30


def test_nothing_is_half_written(gold, tmp_path):
    folder = tmp_path / "m"
    train(gold, folder, QUICK)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    one_class = [
        a.model_copy(update={"units": [u.model_copy(update={"label": "甲"}) for u in a.units]})
        for a in gold
    ]
    with pytest.raises(InputError, match="only one class"):
        train(one_class, folder, Configuration(folds=0, borders="given"))
    bad = gold[0].model_copy(deep=True)
    bad.units[0].stance[TARGET].label = "pro"
    with pytest.raises(InputError, match="'pro' is unknown; choose one of favor, against, neutral"):
        train([bad, *gold[1:]], folder, QUICK)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert [file.name for file in tmp_path.iterdir()] == ["m"]
    train(gold, folder, QUICK)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_a_folder_with_other_files_is_left_alone(gold, tmp_path):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match=r"holds files that are no model's \(notes.txt\)"):
        train(gold, tmp_path, QUICK)
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]


def test_gold_without_anything_to_learn_is_refused(gold, tmp_path):
    empty = [a.model_copy(update={"units": [], "relations": [], "stance": {}}) for a in gold]
    with pytest.raises(InputError, match="holds nothing to learn"):
        train(empty, tmp_path / "m", QUICK)


def test_a_model_knows_the_texts_it_was_trained_on(gold, tmp_path):
    train(gold[:15], tmp_path / "m", QUICK)
    manifest = read_model(tmp_path / "m", find_encoder).manifest
    refuse_trained(gold[15:], manifest)
    with pytest.raises(InputError, match="a14: the model was trained on this text, and on 0 more"):
        refuse_trained(gold[14:], manifest)
    refuse_trained(gold, {})


@pytest.mark.slow
def test_the_commands(gold, tmp_path):
    for item in gold:
        (tmp_path / "gold").mkdir(exist_ok=True)
        argmine.write_json(item, tmp_path / "gold" / f"{item.id}.json")

    def run(*arguments):
        code = "from argmine.cli import main; main()"
        command = [sys.executable, "-c", code, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=300)

    model = tmp_path / "models" / "mine"
    done = run("train", tmp_path / "gold", "-o", model, "--folds", 3)
    assert done.returncode == 0, done.stderr
    assert sorted(f.name for f in model.iterdir()) == [
        "README.md", "manifest.json", "metrics.json", f"stance {TARGET}.npz", "units.npz",
    ]  # fmt: skip
    metrics = json.loads((model / "metrics.json").read_text("utf-8"))
    assert metrics["scores"]["clause accuracy"]["value"] > 0.95
    assert "| clause accuracy |" in (model / "README.md").read_text("utf-8")
    before = (model / "units.npz").read_bytes()
    done = run("train", tmp_path / "gold", "-o", model, "--folds", 0)
    assert (done.returncode, done.stdout) == (0, "")
    assert "Not cross-validated" in (model / "README.md").read_text("utf-8")
    assert json.loads((model / "metrics.json").read_text("utf-8")) == {}
    with np.load(io.BytesIO(before)) as one, np.load(model / "units.npz") as other:
        assert all(np.array_equal(one[key], other[key]) for key in one)
    (tmp_path / "new.txt").write_text(article(88, ["claim", "evidence"]).text, encoding="utf-8")
    done = run("annotate", tmp_path / "new.txt", "-o", tmp_path / "out", "--model", model)
    assert done.returncode == 0, done.stderr
    written = read_gold([tmp_path / "out"])[0]
    assert [u.label for u in written.units] == ["claim", "evidence"]
    assert "model:mine-" in str(written.signature)
    listed = run("models", model)
    assert listed.stdout.startswith("mine\tmine-")
    assert run("models", tmp_path).returncode == 2


def test_shares_are_read_back(heads, tmp_path):
    write_model(tmp_path / "m", {"units": heads["units"]}, {"name": "m"})
    assert read_model(tmp_path / "m", find_encoder).heads["units"].shares == Shares(0.5, 0.5, 0.5)
