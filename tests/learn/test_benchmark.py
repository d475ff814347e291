"""The outside yardsticks: scored as their authors do, trained as users train, and held."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import f1_score

from argmine.errors import InputError
from argmine.learn.benchmark import run_benchmark
from argmine.learn.label_scores import document_pairs, mean_f1, unit_pairs
from argmine.schema import AnnotatedArticle

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "benchmarks"


def made(text: str, units: list[tuple[int, int, str]], **stance: str) -> AnnotatedArticle:
    rows = [
        {"id": f"u{n}", "start": start, "end": end, "label": label}
        for n, (start, end, label) in enumerate(units)
    ]
    sides = {target: {"label": label} for target, label in stance.items()}
    record = {"schema_version": "1", "id": "a", "text": text, "units": rows, "relations": []}
    return AnnotatedArticle.model_validate({**record, "stance": sides})


def test_pairs_are_of_gold_targets_and_gold_borders():
    gold = made("甲乙丙丁", [(0, 2, "x"), (2, 4, "y")], a="favor", b="against")
    read = made("甲乙丙丁", [(0, 2, "y"), (2, 3, "y")], a="neutral", c="favor")
    assert document_pairs(gold, read) == Counter({("favor", "neutral"): 1, ("against", "none"): 1})
    assert unit_pairs(gold, read) == Counter({("x", "y"): 1, ("y", "none"): 1})


def test_the_mean_f1_is_that_of_scikit_learn_and_its_interval_holds_it():
    rng = np.random.default_rng(0)
    gold, read = (rng.choice(["favor", "against", "neutral"], 300).tolist() for _ in range(2))
    pairs = [Counter({pair: 1}) for pair in zip(gold, read, strict=True)]
    score = mean_f1(pairs, ("favor", "against"))
    expected = f1_score(gold, read, labels=["favor", "against"], average="macro")
    assert score.value == pytest.approx(expected)
    assert score.low < score.value < score.high
    assert score.cases == 300


def test_a_folder_without_a_known_data_set_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds none of nlpcc2016-stance, essay-roles"):
        run_benchmark(tmp_path)


def post(n: int, side: str) -> str:
    said = {"favor": "我支持，真好用。", "against": "我反对，太难用。"}[side]
    record = {"schema_version": "1", "id": str(n), "text": f"{n}{said}", "units": []}
    return json.dumps({**record, "relations": [], "stance": {"手机": {"label": side}}})


def test_the_command_prints_a_table_and_writes_json(tmp_path):
    folder = tmp_path / "nlpcc2016-stance"
    folder.mkdir()
    for part, size in (("train", 40), ("test", 6)):
        # two thirds against
        rows = [post(n, "favor" if n % 3 == 0 else "against") for n in range(size)]
        (folder / f"{part}.jsonl").write_text("\n".join(rows), encoding="utf-8")
    code = "from argmine.cli import main; main()"
    command = [sys.executable, "-c", code, "benchmark", tmp_path, "--json", tmp_path / "out.json"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    head, row = done.stdout.strip().split("\n")
    assert head.split() == ["data", "set", "score", "majority", "model", "train", "test", "seconds"]
    assert row.split()[:2] == ["nlpcc2016-stance", "F_avg"]
    assert json.loads((tmp_path / "out.json").read_text("utf-8")) == {
        "nlpcc2016-stance": {
            "metric": "F_avg",
            "training": 40,
            "test": 6,
            "majority": {"value": 0.4, "low": 0.25, "high": 0.5, "cases": 6},
            "model": {"value": 1.0, "low": 0.5, "high": 1.0, "cases": 6},
        }
    }


@pytest.mark.slow
@pytest.mark.skipif(not FOLDER.is_dir(), reason="the data sets (../shared/benchmarks) are not here")
def test_what_was_reached_is_held():
    results = run_benchmark(FOLDER)
    reached = {name: round(result.model.value, 3) for name, result in results.items()}
    assert reached["nlpcc2016-stance"] >= 0.700
    assert reached["essay-roles"] >= 0.600
    assert all(result.seconds < 60 for result in results.values())
