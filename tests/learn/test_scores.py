"""Scores: the same figures as the project's scoring tool, as scikit-learn, and as counted by hand."""

from __future__ import annotations

import importlib.util
import json
import math
import random

import pandas as pd
import pytest
from building import TARGET, TEXT, article
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

import argmine
from argmine.errors import InputError
from argmine.learn.errors import find_faults
from argmine.learn.laying import lay, reference_clauses
from argmine.learn.scores import evaluate
from argmine.schema import AnnotatedArticle, parse_json


def test_the_reference_clauses_of_a_text():
    assert [TEXT[a:b] for a, b in reference_clauses(TEXT)] == [
        "甲一，", "甲二。", "乙一；", "乙二，", "乙三。", "丙一：", "“丙二。”", "丙三！",
    ]  # fmt: skip


def test_counted_by_hand():
    gold = article(
        [(0, 1, "claim", "favor"), (2, 2, "evidence", "neutral"), (3, 4, "evidence", "against")],
        [(2, 0, "support"), (3, 0, "attack")],
        "favor",
    )
    guess = article(
        [(0, 0, "claim", "favor"), (2, 4, "evidence", "neutral"), (5, 5, "claim", "favor")],
        [(2, 0, "support"), (5, 0, "support")],
        "favor",
    )
    scores = {
        name: score.value for name, score in evaluate([gold], [guess], draws=0).scores.items()
    }
    assert scores["clause F1 claim"] == pytest.approx(2 * 1 / (2 + 2))
    assert scores["clause F1 evidence"] == 1.0
    assert math.isnan(scores["clause F1 recommendation"])
    assert scores["clause accuracy"] == pytest.approx(6 / 8)
    assert scores["component F1 exact"] == 0.0
    # u0 shares 1 of 2 clauses with gold; u2 (3 clauses) shares 1 of 3 with one, 2 of 3 with another
    assert scores["component F1 half-overlap"] == pytest.approx(2 * 2 / 6)
    assert scores["stance F1 favor"] == pytest.approx(2 * 1 / (2 + 1))
    assert scores["stance F1 against"] == 0.0
    assert scores["document stance accuracy"] == 1.0
    assert scores["relation F1"] == pytest.approx(2 * 1 / 4)


def test_gold_against_itself_is_perfect_and_swapping_sides_changes_no_f1(nlp):
    text = "各国应当加强对话。据统计，2024年贸易增长21%。这表明合作可行。\n"
    guess = argmine.annotate(text, nlp)
    gold = guess.model_copy(update={"units": guess.units[:2], "relations": []})
    same = evaluate([guess], [guess], draws=0)
    assert {s.value for s in same.scores.values() if not math.isnan(s.value)} <= {1.0, 0.5}
    one, other = evaluate([gold], [guess], draws=0), evaluate([guess], [gold], draws=0)
    for name in ("clause F1 claim", "component F1 exact", "relation F1", "clause accuracy"):
        pair = one.scores[name].value, other.scores[name].value
        assert pair[0] == pair[1] or all(map(math.isnan, pair))


LABELS = ["claim", "evidence", "recommendation", "none"]


@given(
    st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS)), min_size=8, max_size=8)
)
def test_clause_f1_is_that_of_scikit_learn(pairs):
    def side(column: int) -> AnnotatedArticle:
        rows = [(n, n, pair[column], "neutral") for n, pair in enumerate(pairs)]
        return article([row for row in rows if row[2] != "none"])

    scores = evaluate([side(0)], [side(1)], draws=0).scores
    gold, guess = zip(*pairs, strict=True)
    for label in LABELS:
        if label in gold + guess:
            expected = f1_score(gold, guess, labels=[label], average=None)[0]
            assert scores[f"clause F1 {label}"].value == pytest.approx(expected)


def test_intervals_resample_documents_and_hold_the_score():
    rng = random.Random(1)
    golds, guesses = [], []
    for n in range(12):
        rows = [(k, k, rng.choice(LABELS[:3]), "neutral") for k in range(8)]
        golds.append(article(rows, key=f"d{n}"))
        wrong = [
            (a, b, rng.choice(LABELS[:3]) if rng.random() < 0.4 else c, s) for a, b, c, s in rows
        ]
        guesses.append(article(wrong, key=f"d{n}"))
    report = evaluate(golds, guesses)
    score = report.scores["clause accuracy"]
    assert 0 < score.low < score.value < score.high < 1
    assert str(evaluate(golds, guesses).scores) == str(report.scores)
    alone = evaluate(golds[:1], guesses[:1]).scores["clause accuracy"]
    assert alone.low == alone.value == alone.high


@pytest.mark.parametrize(
    ("gold", "guess", "finding"),
    [
        ([], [], "holds no articles"),
        ([article([])], [], "has no prediction"),
        ([article([])], [article([], text=TEXT + "丁。")], "is not the text of gold"),
    ],
)
def test_what_cannot_be_compared_is_named(gold, guess, finding):
    with pytest.raises(InputError, match=finding):
        evaluate(gold, guess)


def test_the_scoring_tool_gives_the_same_figures(nlp, real):
    path = real.parent / "tools" / "gold.py"
    spec = importlib.util.spec_from_file_location("scoring_tool", path)
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    golds, guesses, laid = [], [], ([], [])
    for file in sorted((real / "dev" / "gold").glob("*.json")):
        gold = argmine.read_json(file)
        assert [(c["start"], c["end"]) for c in tool.clauses(gold.text)] == reference_clauses(
            gold.text
        )
        guess = argmine.annotate(gold.text, nlp)
        guess.id = gold.id
        golds.append(gold)
        guesses.append(guess)
        for column, side in zip(laid, (gold, guess), strict=True):
            column.append(tool.lay_any(gold.text, json.loads(argmine.schema.to_json(side))))
    expected = {
        name: value[0] / value[1]
        if name.startswith("document")
        else value[0]
        if isinstance(value, tuple)
        else value
        for name, value in tool.compare(*laid).items()
    }
    scores = evaluate(golds, guesses, draws=0).scores
    assert {name: round(score.value, 4) for name, score in scores.items()} == {
        name: round(value, 4) for name, value in expected.items()
    }


def test_a_unit_without_a_stance_is_neutral_and_a_later_unit_wins():
    value = {
        "schema_version": "1", "id": "a", "text": TEXT, "relations": [], "stance": {},
        "units": [
            {"id": "u1", "start": 0, "end": 6, "label": "claim"},
            {"id": "u2", "start": 3, "end": 6, "label": "evidence"},
        ],
    }  # fmt: skip
    laid = lay(parse_json(json.dumps(value)), TARGET)
    assert laid.labels == ["claim", "evidence", *["none"] * 6]
    assert laid.stances == ["neutral", "neutral", *[None] * 6]
    assert (laid.document, laid.spans()) == ("none", {0: (0, "claim"), 1: (1, "evidence")})


def test_where_gold_says_nothing_of_the_target_no_stance_is_scored():
    gold = article([(0, 1, "claim", "favor")])
    gold.stance, gold.units[0].stance = {}, {}
    guess = article([(0, 1, "claim", "favor", 0.5)])
    report = evaluate([gold], [guess], draws=0)
    told = [name for name, score in report.scores.items() if not math.isnan(score.value)]
    assert [name for name in told if "stance" in name] == []
    assert (report.confusion["stance"], report.confusion["document"]) == ({}, {})
    assert [report.calibration[kind].cases for kind in ("label", "stance")] == [2, 0]
    assert find_faults([gold], [guess]) == []


def test_the_frame_of_a_report_is_its_scores():
    gold = article([(0, 1, "claim", "favor")])
    report = evaluate([gold], [gold], draws=20)
    frame = report.to_frame()
    assert frame.columns.to_list() == ["score", "value", "low", "high", "cases"]
    assert frame["score"].to_list() == list(report.scores)
    told = [(s.value, s.low, s.high) for s in report.scores.values()]
    assert repr(list(frame[["value", "low", "high"]].itertuples(index=False, name=None))) == repr(
        told
    )
    assert [None if n is pd.NA else n for n in frame["cases"]] == [
        score.cases for score in report.scores.values()
    ]
