"""Reports of an evaluation: a table for the terminal, JSON, and a gate on pinned floors."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from argmine.errors import InputError
from argmine.learn.agreement import Agreement
from argmine.learn.baselines import Majority
from argmine.learn.errors import Fault
from argmine.learn.gold import digest_of
from argmine.learn.groups import MIN_DOCUMENTS
from argmine.learn.resampling import PLACES, Score, plain
from argmine.learn.scores import Report
from argmine.schema import AnnotatedArticle

# A score may fall below its floor by this much before the gate closes: rounding, no more.
TOLERANCE = 0.0005


def score_table(reports: dict[str, Report]) -> Table:
    """One row a score, one column a run: value and 95 % interval; the gold cases behind."""
    table = Table(box=None, pad_edge=False)
    table.add_column("score")
    for name in reports:
        # names are data: markup in them is none
        table.add_column(Text(name), justify="right")
    table.add_column("n", justify="right")
    first = next(iter(reports.values()))
    for name, score in first.scores.items():
        cells = [score_cell(report.scores[name]) for report in reports.values()]
        table.add_row(Text(name), *cells, "" if score.cases is None else str(score.cases))
    return table


def score_cell(score: Score) -> str:
    """A score and its interval in a cell of a table."""
    if math.isnan(score.value):
        return "–"
    if math.isnan(score.low):
        return f"{score.value:.3f}"
    return f"{score.value:.3f} ({score.low:.2f}–{score.high:.2f})"


def report_record(report: Report) -> dict[str, Any]:
    """The report as plain data: scores, intervals, confusion counts, calibration, documents."""
    return {
        "documents": report.documents,
        "scores": _scores(report),
        "confusion": {
            kind: [{"gold": g, "predicted": p, "count": n} for (g, p), n in pairs.items()]
            for kind, pairs in report.confusion.items()
        },
        "calibration": {
            kind: {
                "cases": found.cases,
                "brier": _score(found.brier),
                "expected calibration error": _score(found.error),
                "bins": [
                    {key: plain(value) for key, value in asdict(one).items()} for one in found.bins
                ],
            }
            for kind, found in report.calibration.items()
        },
    }


def _scores(report: Report) -> dict[str, Any]:
    return {name: _score(score) for name, score in report.scores.items()}


def _score(score: Score) -> dict[str, float | None]:
    return {key: plain(value) for key, value in asdict(score).items()}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A run with what it is held against.

    Attributes:
        name: of the run.
        report: of the run.
        others: reports of baselines and annotators by name, perhaps of fewer documents.
        majority: what the baseline ``majority`` says, where it is among the others.
        groups: reports by field and by the value of the field.
        faults: what the run got wrong.
    """

    name: str
    report: Report
    others: dict[str, Report] = field(default_factory=dict)
    majority: Majority | None = None
    groups: dict[str, dict[str, Report]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def columns(self) -> dict[str, Report]:
        """All reports by name, with the number of documents where it is not that of the run."""
        size = len(self.report.documents)
        return {self.name: self.report} | {
            name if len(other.documents) == size else f"{name} (n={len(other.documents)})": other
            for name, other in self.others.items()
        }


def evaluation_record(found: Evaluation) -> dict[str, Any]:
    """The evaluation as plain data: the report of the run, others and groups beside it."""
    return {
        "run": found.name,
        **report_record(found.report),
        "others": {
            name: {"documents": other.documents, "scores": _scores(other)}
            for name, other in found.others.items()
        },
        "majority": None if found.majority is None else asdict(found.majority),
        "groups": {
            by: {
                value: {"documents": group.documents, "scores": _scores(group)}
                for value, group in groups.items()
            }
            for by, groups in found.groups.items()
        },
    }


def main_scores(report: Report) -> list[str]:
    """The names of the scores that sum up a report, one a layer."""
    return [
        f"clause macro-F1 ({len(report.labels)} labels)",
        "component F1 half-overlap",
        "stance macro-F1",
        "document stance accuracy",
        "relation F1",
    ]


def group_table(by: str, groups: dict[str, Report]) -> Table:
    """One row a group: its documents and its main scores."""
    table = Table(box=None, pad_edge=False)
    table.add_column(Text(by))
    table.add_column("n", justify="right")
    names = main_scores(next(iter(groups.values())))
    for name in names:
        table.add_column(name, justify="right")
    for value, group in groups.items():
        cells = (score_cell(group.scores[name]) for name in names)
        table.add_row(Text(value), str(len(group.documents)), *cells)
    return table


def remarks(found: Evaluation) -> list[str]:
    """What has to be said beside the tables, line by line."""
    lines = [f"{len(found.report.documents)} documents; intervals: 95 %, documents resampled"]
    if found.majority is not None:
        said, sources = found.majority, found.majority.sources
        lines.append(
            f"majority: every clause {said.label} ({sources['labels']}), stance {said.stance} "
            f"({sources['stances']}), document {said.document} ({sources['documents']}); in "
            "brackets: where it was counted"
        )
    for kind, calibration in found.report.calibration.items():
        if calibration.cases:
            brier, error = score_cell(calibration.brier), score_cell(calibration.error)
            lines.append(
                f"calibration of {kind} scores: Brier {brier}, expected error {error}, "
                f"{calibration.cases} clauses"
            )
    sizes = [len(group.documents) for groups in found.groups.values() for group in groups.values()]
    if any(size < MIN_DOCUMENTS for size in sizes):
        lines.append(f"groups of fewer than {MIN_DOCUMENTS} documents have no interval")
    return lines


def agreement_table(found: Agreement) -> Table:
    """Alphas, and the second reading scored against the first."""
    table = Table(box=None, pad_edge=False)
    for name in ("A and B", "", "n"):
        table.add_column(name, justify="right" if name != "A and B" else "left")
    for name, score in {**found.alphas, **found.report.scores}.items():
        table.add_row(
            Text(name), score_cell(score), "" if score.cases is None else str(score.cases)
        )
    return table


def agreement_remarks(found: Agreement) -> list[str]:
    """What has to be said beside the table."""
    lines = [
        f"{len(found.first)} documents, {found.clauses} clauses; intervals: 95 %, documents "
        "resampled",
        "F1 takes A as gold, which matters for stance only: its clauses are those of A's units",
    ]
    if found.unshared:
        lines.append(f"{len(found.unshared)} documents left out: only one of them read them")
    return lines


def agreement_record(found: Agreement) -> dict[str, Any]:
    """The agreement as plain data."""
    return {
        "clauses": found.clauses,
        "unshared": found.unshared,
        "alphas": {name: _score(score) for name, score in found.alphas.items()},
        **report_record(found.report),
    }


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
    fresh = {n: round(s.value, PLACES) for n, s in report.scores.items() if s.value == s.value}
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
