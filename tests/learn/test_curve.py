"""The learning curve: nested parts, honest points, and a guess only where there is ground for one."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

import argmine
from argmine.errors import InputError
from argmine.learn.charts import standing_alone
from argmine.learn.curve import (
    Curve,
    _resampled,
    curve_record,
    curve_remarks,
    curve_table,
    default_sizes,
    extrapolate,
    law_at,
    learning_curve,
)
from argmine.learn.report_page import curve_page, curve_svg
from argmine.learn.resampling import Score
from argmine.schema import AnnotatedArticle

LAW = (0.8, 0.9, 0.5)


def points(values: dict[int, float]) -> tuple[dict[int, Score], dict[int, np.ndarray]]:
    scores = {size: Score(value, value - 0.02, value + 0.02) for size, value in values.items()}
    noise = np.random.default_rng(0).normal(0, 0.005, 300)
    return scores, {size: value + noise for size, value in values.items()}


@pytest.mark.parametrize(
    ("most", "sizes"),
    [(49, [7, 12, 19, 31, 49]), (8, [5, 8]), (3, [3])],
)
def test_sizes_grow_by_one_factor(most, sizes):
    assert default_sizes(most) == sizes


def test_an_exact_law_is_found_again_and_led_on_with_an_interval():
    values = {size: float(law_at(LAW, size)) for size in (10, 20, 40, 80)}
    law, guesses, refusal = extrapolate(*points(values))
    assert refusal == ""
    assert law == pytest.approx(LAW, abs=0.01)
    assert list(guesses) == [160, 320]
    for size, guess in guesses.items():
        assert guess.value == pytest.approx(law_at(LAW, size), abs=0.005)
        assert guess.low < guess.value < guess.high


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({10: 0.5, 20: 0.6, 40: 0.65}, "few sizes"),
        ({10: 0.5, 20: 0.6, 40: float("nan"), 80: 0.7}, "no value"),
        ({10: 0.7, 20: 0.6, 40: 0.65, 80: 0.6}, "no growth"),
        ({10: 0.5, 20: 0.5, 40: 0.5, 80: 0.5}, "no growth"),
        ({10: 0.5, 20: 0.3, 40: 0.8, 80: 0.55}, "bad fit"),
    ],
)
def test_no_guess_without_ground(values, refusal):
    assert extrapolate(*points(values)) == (None, {}, refusal)


def test_a_point_is_the_mean_of_its_repeats_and_its_interval_resamples_both():
    # one figure: the share of "right" among all
    def share(counts):
        right, wrong = counts.get(("right",), 0), counts.get(("wrong",), 0)
        return np.asarray(right / (right + wrong))

    def documents(*rights):
        return [{("right",): n, ("wrong",): 10 - n} for n in rights]

    mean, samples = _resampled([documents(8, 8), documents(6, 6)], share, 0)
    assert mean == pytest.approx(0.7)
    # the documents of a repeat are alike: only which repeats are drawn matters
    values, counts = np.unique(samples.round(6), return_counts=True)
    assert values.tolist() == [0.6, 0.7, 0.8]
    assert counts.tolist() == pytest.approx([250, 500, 250], abs=60)
    assert np.unique(_resampled([documents(2, 4)], share, 0)[1].round(6)).tolist() == [
        0.2,
        0.3,
        0.4,
    ]


SENTENCES = {
    "claim": "第{n}项研究表明，局势的本质是信任不足。",
    "evidence": "第{n}年，外交部门宣布签署了一份文件。",
    "recommendation": "各国应当在第{n}步加强对话，完善机制。",
}


@pytest.fixture(scope="module")
def gold() -> list[AnnotatedArticle]:
    generator = np.random.default_rng(5)
    return [_article(n, generator.choice(list(SENTENCES), 9).tolist()) for n in range(10)]


def _article(number: int, labels: list[str]) -> AnnotatedArticle:
    text, units = "", []
    for n, label in enumerate(labels):
        sentence = SENTENCES[label].format(n=number * 10 + n)
        units.append({"id": f"u{n}", "start": len(text), "end": len(text) + len(sentence)})
        units[-1] |= {"label": label, "stance": {}}
        text += sentence + "\n"
    return AnnotatedArticle.model_validate(
        {"schema_version": "1", "id": f"a{number}", "text": text, "units": units}
        | {"relations": [], "stance": {}}
    )


def test_learning_curve_of_a_learnable_pattern(gold):
    said: list[str] = []
    found = learning_curve(gold, [6, 2], repeats=2, progress=said.append)
    assert list(found.points) == [2, 6]
    assert found.points[6].value > 0.9
    assert (found.held_out, found.repeats, found.refusal) == (2, 2, "few sizes")
    assert said[0] == "repeat 1 of 2: 2 articles"
    assert len(said) == 4
    assert str(learning_curve(gold, [2, 6], repeats=2)) == str(found)


@pytest.mark.parametrize(
    ("settings", "finding"),
    [
        ({"sizes": [9]}, "8 articles are left to train on"),
        ({"sizes": [0, 4]}, "8 articles are left to train on"),
        ({"score": "beauty"}, "no score 'beauty'; choose one of clause F1 claim; "),
    ],
)
def test_what_cannot_be_drawn_is_named(gold, settings, finding):
    with pytest.raises(InputError, match=finding):
        learning_curve(gold, **settings)
    with pytest.raises(InputError, match="2 articles are too few"):
        learning_curve(gold[:2], **settings)


def test_every_view_says_that_a_guess_is_one():
    values = {size: float(law_at(LAW, size)) for size in (10, 20, 40, 80)}
    scores, samples = points(values)
    law, guesses, refusal = extrapolate(scores, samples)
    curve = Curve("clause accuracy", scores, guesses, law, refusal, 4, 3)
    assert list(curve_table(curve).columns[2].cells) == [""] * 4 + ["a guess"] * 2
    assert "a guess, not a measurement" in curve_remarks(curve)[1]
    assert "猜测，不是测量" in curve_page(curve, "zh")
    assert "a guess, not a measurement" in curve_page(curve, "en")
    assert "a guess, not a measurement" in curve_svg(curve, "en")
    record = json.loads(json.dumps(curve_record(curve), allow_nan=False))
    assert [row["articles"] for row in record["guesses"]] == [160, 320]
    refused = Curve("clause accuracy", scores, {}, None, "bad fit", 4, 3)
    assert "no extrapolation: the law explains" in curve_remarks(refused)[1]
    assert "没有外推" in curve_page(refused, "zh")


def test_a_chart_alone_carries_its_style():
    assert standing_alone("<svg a='1'><g/></svg>").startswith(
        "<svg a='1' xmlns=\"http://www.w3.org/2000/svg\"><style>"
    )


@pytest.mark.slow
def test_the_command(gold, tmp_path):
    (tmp_path / "gold").mkdir()
    for item in gold:
        argmine.write_json(item, tmp_path / "gold" / f"{item.id}.json")

    def run(*arguments):
        code = "from argmine.cli import main; main()"
        command = [
            sys.executable,
            "-c",
            code,
            "curve",
            str(tmp_path / "gold"),
            *map(str, arguments),
        ]
        return subprocess.run(command, capture_output=True, text=True, timeout=300)

    for suffix, start in ((".html", "<!doctype html>"), (".svg", "<svg "), (".json", "{")):
        out = tmp_path / f"curve{suffix}"
        done = run("--sizes", "2,4", "--repeats", 1, "-o", out, "--lang", "en")
        assert done.returncode == 0, done.stderr
        assert out.read_text("utf-8").startswith(start)
    assert "clause macro-F1 (3 labels)" in done.stdout
    assert run("--sizes", "2,x").returncode == 2
    assert run("--sizes", "2", "-o", tmp_path / "curve.png").returncode == 2
