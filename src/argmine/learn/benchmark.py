"""The outside yardsticks: public data sets with a fixed test part, trained and read as users do.

Reads:   a folder with a folder for each data set, each with train.jsonl and test.jsonl
Writes:  one :class:`Result` a data set
Method:  the model is trained on the training part by ``train`` with its defaults, and its folder is
         loaded and reads the test part by ``annotate``. Beside it stands the most frequent label of
         the training part.
Limits:  the data sets are not part of argmine.
Source:  NLPCC-ICCPOL 2016 task 4A (stance in posts); Song et al. 2020 (roles in essays).
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from argmine.errors import InputError
from argmine.learn.configuration import Configuration
from argmine.learn.gold import read_gold
from argmine.learn.label_scores import SIDES, Pairs, document_pairs, mean_f1, unit_pairs
from argmine.learn.models import train
from argmine.learn.report import score_cell
from argmine.learn.resampling import Score, plain
from argmine.pipeline import annotate, load
from argmine.schema import AnnotatedArticle

ROLES = ("Introduction", "Thesis", "Main Idea", "Evidence", "Elaboration", "Conclusion")


@dataclass(frozen=True, slots=True)
class Yardstick:
    """How a data set is scored: by which pairs of labels, over which labels F1 is averaged."""

    metric: str
    pairs: Callable[[AnnotatedArticle, AnnotatedArticle], Pairs]
    labels: tuple[str, ...]


YARDSTICKS = {
    "nlpcc2016-stance": Yardstick("F_avg", document_pairs, SIDES),
    "essay-roles": Yardstick("macro-F1 of six roles", unit_pairs, ROLES),
}


@dataclass(frozen=True, slots=True)
class Result:
    """What a data set gave: the model's score, that of the most frequent label, and the time."""

    metric: str
    model: Score
    majority: Score
    training: int
    test: int
    seconds: float


def run_benchmark(
    folder: Path,
    configuration: Configuration | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, Result]:
    """Train and score on each known data set in a folder.

    Args:
        folder: holds a folder for each data set.
        configuration: of the training; else the defaults without folds.
        progress: told what is being done.

    Raises:
        InputError: no known data set is there.
    """
    found = [name for name in YARDSTICKS if (folder / name / "train.jsonl").is_file()]
    if not found:
        finding = f"holds none of {', '.join(YARDSTICKS)}"
        raise InputError(str(folder), "", finding, "check the path")
    configuration = configuration or Configuration(folds=0)
    return {name: _run(folder / name, YARDSTICKS[name], configuration, progress) for name in found}


def _run(
    folder: Path,
    yardstick: Yardstick,
    configuration: Configuration,
    progress: Callable[[str], None],
) -> Result:
    started = time.perf_counter()
    training = read_gold([folder / "train.jsonl"], repeats=True)
    test = read_gold([folder / "test.jsonl"], repeats=True)
    with tempfile.TemporaryDirectory() as room:
        model = Path(room) / folder.name
        progress(f"{folder.name}: training on {len(training)}, reading {len(test)}")
        train(training, model, configuration, progress)
        nlp = load(model)
    predicted = [annotate(article, nlp) for article in test]
    seconds = time.perf_counter() - started
    own = [yardstick.pairs(*pair) for pair in zip(test, predicted, strict=True)]
    return Result(
        yardstick.metric,
        mean_f1(own, yardstick.labels),
        mean_f1(_majority(training, test, yardstick), yardstick.labels),
        len(training),
        len(test),
        seconds,
    )


def _majority(
    training: Sequence[AnnotatedArticle], test: Sequence[AnnotatedArticle], yardstick: Yardstick
) -> list[Pairs]:
    """The pairs where every prediction is the most frequent label of the training part."""
    counts: Counter[str] = Counter()
    for article in training:
        for (label, _), n in yardstick.pairs(article, article).items():
            counts[label] += n
    best = min(counts, key=lambda label: (-counts[label], label))
    pairs = []
    for article in test:
        own: Pairs = Counter()
        for (label, _), n in yardstick.pairs(article, article).items():
            own[label, best] += n
        pairs.append(own)
    return pairs


def benchmark_table(results: dict[str, Result]) -> Table:
    """One row a data set."""
    table = Table(box=None, pad_edge=False)
    for column in ("data set", "score", "majority", "model", "train", "test", "seconds"):
        left = column in ("data set", "score")
        table.add_column(column, justify="left" if left else "right")
    for name, result in results.items():
        table.add_row(
            name,
            result.metric,
            score_cell(result.majority),
            score_cell(result.model),
            str(result.training),
            str(result.test),
            f"{result.seconds:.0f}",
        )
    return table


def benchmark_record(results: dict[str, Result]) -> dict[str, Any]:
    """The results as plain data, without the time, which differs from run to run."""
    return {
        name: {
            "metric": result.metric,
            "training": result.training,
            "test": result.test,
            **{
                run: {key: plain(value) for key, value in asdict(score).items()}
                for run, score in (("majority", result.majority), ("model", result.model))
            },
        }
        for name, result in results.items()
    }
