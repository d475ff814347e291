"""Training and model folders: what is learnt is found again, and a broken folder is refused."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import argmine
from argmine.learn.gold import read_gold
from argmine.learn.models import with_heads
from argmine.learn.training import Settings, fit_head, fit_stance, fit_units, make_examples
from argmine.schema import AnnotatedArticle, InputError
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
    return {"units": fit_units(examples), f"stance {TARGET}": fit_stance(examples)}


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
    head = fit_units(make_examples(renamed, TARGET))
    assert head.labels == ("role c", "role e", "role r", "none")
    new = article(55, ["claim", "evidence"])
    nlp = with_heads({"units": head}, "roles")
    assert [u.label for u in argmine.annotate(new.text, nlp).units] == ["role c", "role e"]


def test_one_class_is_refused_and_a_small_one_named(examples):
    with pytest.raises(InputError, match=r"only one class \(claim\)"):
        fit_head(
            examples, [["claim"] * len(e.clauses) for e in examples], ("claim", "none"), Settings()
        )
    truth = [["evidence"] * len(e.clauses) for e in examples]
    truth[0][0] = "claim"
    with pytest.warns(UserWarning, match="claim: 1 clauses are too few to learn"):
        fit_head(examples, truth, ("claim", "evidence"), Settings())


def test_three_articles_do_not_fall_over(gold):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        few = make_examples(gold[:3], TARGET)
        nlp = with_heads({"units": fit_units(few), f"stance {TARGET}": fit_stance(few)}, "few")
    assert len(argmine.annotate(gold[0].text, nlp).units) > 0


def test_a_model_folder_gives_the_same_scores_back(heads, tmp_path, examples):
    write_model(tmp_path / "mine", heads, {"name": "mine"})
    model = read_model(tmp_path / "mine")
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
        (lambda f: _resealed(f, shape=np.full((27, 4), np.nan)), "does not fit"),
        (lambda f: _resealed(f, keys=np.array([object()], object)), "holds no arrays"),
    ],
)
def test_a_broken_model_folder_is_refused(heads, tmp_path, break_it, finding):
    folder = tmp_path / "mine"
    write_model(folder, {"units": heads["units"]}, {"name": "mine"})
    break_it(folder)
    with pytest.raises(InputError, match=finding):
        read_model(folder)


def test_a_model_that_is_not_there_is_named():
    with pytest.raises(InputError, match="no such model"):
        argmine.load("nothing")


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
    assert read_model(tmp_path / "m").heads["units"].shares == Shares(0.5, 0.5, 0.5)
