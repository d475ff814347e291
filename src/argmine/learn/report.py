"""Reports of an evaluation: a table for the terminal, JSON, and a gate on pinned floors."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.table import Table

from argmine.learn.gold import digest_of
from argmine.learn.scores import Report, Score
from argmine.schema import AnnotatedArticle, InputError

# A score may fall below its floor by this much before the gate closes: rounding, no more.
TOLERANCE = 0.0005
_PLACES = 4


def score_table(reports: dict[str, Report]) -> Table:
    """One row a score, one column a run: value and 95 % interval; the gold cases behind."""
    table = Table(box=None, pad_edge=False)
    table.add_column("score")
    for name in reports:
        table.add_column(name, justify="right")
    table.add_column("n", justify="right")
    first = next(iter(reports.values()))
    for name, score in first.scores.items():
        cells = [_cell(report.scores[name]) for report in reports.values()]
        table.add_row(name, *cells, "" if score.cases is None else str(score.cases))
    return table


def _cell(score: Score) -> str:
    if math.isnan(score.value):
        return "–"
    if math.isnan(score.low):
        return f"{score.value:.3f}"
    return f"{score.value:.3f} ({score.low:.2f}–{score.high:.2f})"


def report_record(report: Report) -> dict[str, Any]:
    """The report as plain data: scores, intervals, confusion counts, documents."""
    return {
        "documents": report.documents,
        "scores": {
            name: {key: _plain(value) for key, value in asdict(score).items()}
            for name, score in report.scores.items()
        },
        "confusion": {
            kind: [{"gold": g, "predicted": p, "count": n} for (g, p), n in pairs.items()]
            for kind, pairs in report.confusion.items()
        },
    }


def _plain(value: float | None) -> float | None:
    # JSON has no NaN
    return None if value is None or math.isnan(value) else round(value, _PLACES)


def gold_digest(gold: Sequence[AnnotatedArticle]) -> str:
    """A digest of what gold says: ids, texts, units, relations and stances."""
    digest = hashlib.sha256()
    for article in gold:
        units = [
            (u.start, u.end, u.label, {t: s.label for t, s in sorted(u.stance.items())})
            for u in article.units
        ]
        relations = [(r.source, r.target, r.label) for r in article.relations]
        stance = {target: s.label for target, s in sorted(article.stance.items())}
        said = (article.id, digest_of(article.text), units, relations, stance)
        digest.update(json.dumps(said, ensure_ascii=False).encode())
    return digest.hexdigest()


def check_floors(path: Path, name: str, report: Report, gold: Sequence[AnnotatedArticle]) -> None:
    """Hold the scores of a run against the floors pinned for it.

    Args:
        path: JSON: name of a run → ``gold`` (digest) and ``floors`` (score → least value).
        name: of the run.
        report: its scores.
        gold: what they were counted on.

    Raises:
        InputError: no such floors, other gold, or a score below its floor.
    """
    floors = read_floors(path)
    if name not in floors:
        raise InputError(str(path), name, "has no floors", "pin them with --update-floors")
    pinned = floors[name]
    if pinned["gold"] != gold_digest(gold):
        raise InputError(str(path), name, "was pinned on other gold", "pin it with --update-floors")
    for score, floor in pinned["floors"].items():
        value = report.scores[score].value
        if not value >= floor - TOLERANCE:
            finding = f"{score} is {value:.4f}, below its floor {floor:.4f}"
            raise InputError(str(path), name, finding, "mend what made it worse")


def update_floors(
    path: Path, name: str, report: Report, gold: Sequence[AnnotatedArticle], *, lower: bool
) -> None:
    """Pin the scores of a run as its floors; a floor on the same gold only ever rises.

    Args:
        path: as :func:`check_floors`; made where it is missing.
        name: of the run.
        report: its scores.
        gold: what they were counted on.
        lower: let a floor fall.

    Raises:
        InputError: a floor would fall.
    """
    floors = read_floors(path) if path.exists() else {}
    digest = gold_digest(gold)
    fresh = {n: round(s.value, _PLACES) for n, s in report.scores.items() if s.value == s.value}
    before = floors.get(name, {})
    if before.get("gold") == digest and not lower:
        for score, floor in before["floors"].items():
            if fresh.get(score, 0.0) < floor - TOLERANCE:
                finding = f"{score} would fall from {floor:.4f} to {fresh.get(score, 0.0):.4f}"
                raise InputError(str(path), name, finding, "say --allow-lower if it must")
    floors[name] = {"gold": digest, "documents": len(gold), "floors": fresh}
    path.write_text(json.dumps(floors, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def read_floors(path: Path) -> dict[str, Any]:
    """The pinned floors by run.

    Raises:
        InputError: the file cannot be read or holds no floors.
    """
    try:
        floors = json.loads(path.read_text(encoding="utf-8"))
        if not all({"gold", "floors"} <= set(entry) for entry in floors.values()):
            raise ValueError("an entry without gold or floors")
    except (OSError, ValueError, AttributeError, TypeError) as error:
        finding = f"cannot be read ({error})"
        raise InputError(str(path), "", finding, "restore the file") from error
    return dict(floors)
