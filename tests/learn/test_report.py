"""Reports: JSON without NaN, and a gate that opens only for gold and scores as pinned."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

import argmine
from argmine.errors import InputError
from argmine.learn.report import (
    check_floors,
    gold_digest,
    report_record,
    score_table,
    update_floors,
)
from argmine.learn.scores import evaluate

TEXT = "各国应当加强对话。据统计，2024年贸易增长21%。这表明，合作安全是可行的。\n"


@pytest.fixture
def gold(nlp) -> list[argmine.AnnotatedArticle]:
    article = argmine.annotate(TEXT, nlp)
    article.id = "a"
    return [article]


def test_the_record_is_strict_json_and_the_table_names_every_score(gold):
    report = evaluate(gold, gold)
    record = json.loads(json.dumps(report_record(report), allow_nan=False))
    assert record["documents"] == ["a"]
    assert record["scores"]["clause accuracy"]["value"] == 1.0
    assert record["scores"]["stance F1 against"]["value"] is None
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(score_table({"one": report, "two": report}))
    shown = console.export_text()
    assert [line.split("  ")[0] for line in shown.splitlines()[1:]] == list(report.scores)


def test_the_gate(gold, nlp, tmp_path):
    floors = tmp_path / "floors.json"
    perfect = evaluate(gold, gold)
    worse = evaluate(gold, [gold[0].model_copy(update={"units": [], "relations": []})])
    with pytest.raises(InputError, match="cannot be read"):
        check_floors(floors, "rules", perfect, gold)
    update_floors(floors, "rules", worse, gold, lower=False)
    update_floors(floors, "rules", perfect, gold, lower=False)
    before = floors.read_bytes()
    check_floors(floors, "rules", perfect, gold)
    with pytest.raises(InputError, match=r"clause F1 .* is 0\.0000, below its floor 1\.0000"):
        check_floors(floors, "rules", worse, gold)
    with pytest.raises(InputError, match=r"would fall from 1\.0000 to 0\.0000"):
        update_floors(floors, "rules", worse, gold, lower=False)
    assert floors.read_bytes() == before
    with pytest.raises(InputError, match="has no floors"):
        check_floors(floors, "fast", perfect, gold)
    changed = [gold[0].model_copy(update={"id": "b"})]
    assert gold_digest(changed) != gold_digest(gold)
    with pytest.raises(InputError, match="was pinned on other gold"):
        check_floors(floors, "rules", perfect, changed)
    update_floors(floors, "rules", worse, gold, lower=True)
    check_floors(floors, "rules", worse, gold)


def test_the_commands(gold, tmp_path):
    (tmp_path / "gold").mkdir()
    argmine.write_json(gold[0], tmp_path / "gold" / "a.json")

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        code = "from argmine.cli import main; main()"
        command = [sys.executable, "-c", code, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120)

    floors = tmp_path / "floors.json"
    done = run(
        "evaluate", tmp_path / "gold", "--gate", floors, "--update-floors", "--model", "rules"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "clause accuracy" in done.stdout
    assert run("evaluate", tmp_path / "gold", "--gate", floors, "--model", "rules").returncode == 0
    (tmp_path / "out").mkdir()
    empty = gold[0].model_copy(update={"units": [], "relations": []})
    argmine.write_json(empty, tmp_path / "out" / "a.json")
    failed = run(
        "evaluate",
        tmp_path / "gold",
        "--against",
        tmp_path / "out",
        "--gate",
        floors,
        "--model",
        "rules",
    )
    assert failed.returncode == 1
    assert "below its floor" in failed.stderr
    missing = run("evaluate", tmp_path / "gold", "--against", tmp_path / "nowhere")
    assert missing.returncode == 2


def test_the_rules_keep_their_floors_on_real_articles(nlp, real):
    from argmine.ingest.reading import article_from_text
    from argmine.learn.gold import read_gold

    floors = Path(__file__).resolve().parents[2] / "models" / "floors.json"
    gold = read_gold([real / "dev" / "gold"])
    predicted = [argmine.annotate(article_from_text(a.text, a.id), nlp) for a in gold]
    check_floors(floors, "rules", evaluate(gold, predicted, draws=0), gold)
