"""Runs and the commands around them: baselines, second readings, folds, groups, pages, errors."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
from building import TARGET, TEXT, article

import argmine
from argmine.errors import InputError
from argmine.learn import runs
from argmine.learn.scores import evaluate

CORPUS = Path(__file__).resolve().parents[2] / "corpus"
SENTENCES = {
    "claim": "第{n}项研究表明，局势的本质是信任不足。",
    "recommendation": "各国应当在第{n}步加强对话，完善机制。",
}


def learnable(number: int) -> argmine.AnnotatedArticle:
    """An article of ten sentences whose labels can be learnt."""
    text, units = "", []
    for n in range(10):
        label = list(SENTENCES)[(number + n) % 3 % 2]
        sentence = SENTENCES[label].format(n=number * 10 + n)
        units.append({"id": f"u{n}", "start": len(text), "end": len(text) + len(sentence)})
        stance = "favor" if label == "recommendation" else "neutral"
        units[-1] |= {"label": label, "stance": {TARGET: {"label": stance}}}
        text += sentence + "\n"
    return argmine.AnnotatedArticle.model_validate(
        {"schema_version": "1", "id": f"a{number}", "text": text, "units": units}
        | {"relations": [], "stance": {TARGET: {"label": "favor"}}}
    )


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    code = "from argmine.cli import main; main()"
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def test_names_of_runs():
    assert runs.run_name("rules") == "rules"
    assert runs.run_name("some/folder/mine") == "mine"
    assert runs.run_name(None) in ("accurate", "fast", "rules")
    assert runs.manifest_of("rules") == {}


def test_the_rules_as_a_baseline_are_the_rules(nlp):
    gold = [article([(0, 1, "claim", "favor")])]
    reports, majority = runs.baselines(gold, TARGET, {"labels": {"claim": 1}})
    expected = evaluate(gold, [argmine.annotate(TEXT, nlp).model_copy(update={"id": "a"})])
    assert str(reports["rules"].scores) == str(expected.scores)
    assert majority.label == "claim"
    assert reports["majority"].scores["clause accuracy"].value == 2 / 8


def test_a_second_reading_is_scored_where_both_read(tmp_path):
    gold = [article([(0, 1, "claim", "favor")], key=key) for key in "abc"]
    (tmp_path / "b.txt").write_text("doc neutral\n0 c fact f\n", encoding="utf-8")
    (tmp_path / "z.txt").write_text("doc neutral\n0 c fact f\n", encoding="utf-8")
    report = runs.second_reading(gold, tmp_path, TARGET)
    assert report.documents == ["b"]
    assert report.scores["clause F1 claim"].value == pytest.approx(2 / 3)
    with pytest.raises(InputError, match="without its text"):
        runs.second_reading(gold[2:], tmp_path, TARGET)
    argmine.write_json(article([], key="z"), tmp_path / "z.json")
    with pytest.raises(InputError, match="holds none of gold's articles"):
        runs.second_reading(gold, tmp_path, TARGET)


@pytest.mark.parametrize("folds", [1, 5])
def test_folds_need_as_many_articles(folds):
    with pytest.raises(InputError, match=f"{folds} folds of 4 articles"):
        runs.cross_annotated([learnable(n) for n in range(4)], TARGET, folds)


def test_each_article_is_annotated_by_a_model_that_has_not_seen_it():
    gold = [learnable(n) for n in range(8)]
    said: list[str] = []
    predicted = runs.cross_annotated(gold, TARGET, 2, progress=said.append)
    assert sorted(one.id for one in predicted) == [one.id for one in gold]
    assert len(said) == 2
    assert evaluate(gold, predicted, draws=0).scores["clause accuracy"].value > 0.9


def test_the_command_writes_report_page_and_errors(tmp_path):
    gold = tmp_path / "gold"
    gold.mkdir()
    for n in range(4):
        argmine.write_json(learnable(n), gold / f"a{n}.json")
    (tmp_path / "second").mkdir()
    argmine.write_json(learnable(1), tmp_path / "second" / "a1.json")
    (tmp_path / "meta.tsv").write_text(
        "id\tgenre\na0\tspeech\na1\tspeech\na2\tspeech\na3\tblog\n", encoding="utf-8"
    )
    paths = [tmp_path / name for name in ("r.json", "r.html", "e.csv", "e.html")]
    done = run(
        *("evaluate", gold, "--model", "fast", "--baselines", "--second", tmp_path / "second"),
        *("--by", "genre", "--meta", tmp_path / "meta.tsv", "--lang", "en"),
        *("--json", paths[0], "--html", paths[1], "--errors", paths[2]),
    )
    assert (done.returncode, done.stderr) == (0, "")
    head, *lines = done.stdout.splitlines()
    assert head.split() == ["score", "fast", "rules", "majority", "annotators", "(n=1)", "n"]
    assert any(line.startswith("calibration of label scores: Brier ") for line in lines)
    assert any(line.startswith("majority: every clause evidence (training)") for line in lines)
    assert "groups of fewer than 3 documents have no interval" in lines
    assert [line.split()[:2] for line in lines[-3:]] == [
        ["genre", "n"],
        ["speech", "3"],
        ["blog", "1"],
    ]
    record = json.loads(paths[0].read_text("utf-8"))
    assert list(record["others"]) == ["rules", "majority", "annotators"]
    assert record["others"]["annotators"]["scores"]["clause accuracy"]["value"] == 1.0
    assert {value: group["documents"] for value, group in record["groups"]["genre"].items()} == {
        "speech": ["a0", "a1", "a2"], "blog": ["a3"],
    }  # fmt: skip
    assert record["calibration"]["label"]["cases"] > 0
    assert paths[1].read_text("utf-8").startswith('<!doctype html>\n<html lang="en">')
    rows = list(csv.DictReader(paths[2].read_text("utf-8-sig").splitlines()))
    scores = [float(row["score"]) for row in rows if row["score"]]
    assert scores == sorted(scores, reverse=True) != []
    done = run("evaluate", gold, "--against", gold, "--errors", paths[3])
    assert done.returncode == 0
    assert done.stdout.splitlines()[0].split() == ["score", "gold", "n"]
    assert "<table" in paths[3].read_text("utf-8")
    assert "<td" not in paths[3].read_text("utf-8")


def test_the_table_of_the_corpus_gives_kinds():
    done = run(
        *("evaluate", CORPUS / "gold" / "test", "--model", "rules"),
        *("--by", "kind", "--meta", CORPUS / "articles.tsv"),
    )
    assert done.returncode == 0, done.stderr
    assert "\nkind " in done.stdout


@pytest.mark.parametrize(
    ("arguments", "finding"),
    [
        (("--meta", "x.csv"), "says nothing without --by"),
        (("--folds", 2, "--model", "rules"), "trains models of its own"),
        (("--lang", "fr"), "not one of zh, en"),
        (("--errors", "x.xlsx"), "not one of .csv, .html"),
        (("--by", "genre", "--model", "rules"), "no article has meta.genre"),
        (("--by", "genre", "--meta", "nowhere.csv"), "no such file"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, finding):
    done = run("evaluate", CORPUS / "gold" / "test", *arguments)
    assert done.returncode == 2
    assert finding in done.stderr
    assert done.stdout == ""


@pytest.mark.slow
def test_a_model_is_not_scored_on_what_it_was_trained_on(tmp_path):
    (tmp_path / "gold").mkdir()
    for n in range(8):
        argmine.write_json(learnable(n), tmp_path / "gold" / f"a{n}.json")
    model = tmp_path / "mine"
    done = run("train", tmp_path / "gold", "-o", model, "--folds", 0)
    assert done.returncode == 0, done.stderr
    refused = run("evaluate", tmp_path / "gold", "--model", model)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "trained on this text" in refused.stderr
    done = run("evaluate", tmp_path / "gold", "--model", model, "--allow-trained", "--baselines")
    assert done.returncode == 0, done.stderr
    assert "stance neutral (training), document favor (training)" in done.stdout
