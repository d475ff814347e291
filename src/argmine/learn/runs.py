"""Runs: what is scored against gold, and what it is held against."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from argmine.errors import InputError
from argmine.learn.baselines import Majority, find_majority
from argmine.learn.readings import read_readings
from argmine.learn.scores import Report, evaluate
from argmine.pipeline import RULES, annotate, best_model, find_model, load
from argmine.schema import AnnotatedArticle
from argmine.tag.models import read_manifest

MAJORITY = "majority"
SECOND = "annotators"


def run_name(model: str | None) -> str:
    """What a run of this model is called: its name, or that of its folder."""
    return Path(model).name if model else best_model()


def annotated_anew(
    gold: Sequence[AnnotatedArticle], model: str | os.PathLike[str] | None
) -> list[AnnotatedArticle]:
    """The articles of gold as a model annotates their texts."""
    nlp = load(model)
    return [annotate(article, nlp) for article in gold]


def cross_annotated(
    gold: Sequence[AnnotatedArticle],
    target: str,
    folds: int,
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> list[AnnotatedArticle]:
    """The articles of gold, each annotated by a model that was trained without it.

    Raises:
        InputError: fewer articles than folds.
    """
    if not 1 < folds <= len(gold):
        finding = f"{folds} folds of {len(gold)} articles"
        raise InputError("--folds", "", finding, "choose at least 2, and no more than articles")
    # only training needs scikit-learn
    from argmine.learn.models import cross_annotate
    from argmine.learn.training import has_given_borders, make_examples

    examples = make_examples(gold, target, given=has_given_borders(gold))
    return cross_annotate(gold, examples, target, folds, seed, progress)


def manifest_of(model: str | os.PathLike[str] | None) -> Mapping[str, Any]:
    """What the model tells of its training; nothing for the rules."""
    folder = find_model(model)
    return {} if folder is None else read_manifest(folder)


def baselines(
    gold: Sequence[AnnotatedArticle], target: str, trained_on: Mapping[str, Any]
) -> tuple[dict[str, Report], Majority]:
    """The reports of the rules and of the most frequent label everywhere.

    Args:
        gold: the articles to be scored on.
        target: the target of stance.
        trained_on: the manifest of the model that is held against them.
    """
    majority = find_majority(gold, target, trained_on)
    everywhere = [majority.annotate(article, target) for article in gold]
    rules = annotated_anew(gold, RULES)
    return {
        RULES: evaluate(gold, rules, target=target),
        MAJORITY: evaluate(gold, everywhere, target=target),
    }, majority


def second_reading(gold: Sequence[AnnotatedArticle], folder: Path, target: str) -> Report:
    """Another annotator's reading of some of the articles, scored against gold.

    Raises:
        InputError: none of the articles is in the folder.
    """
    texts = {article.id: article.text for article in gold}
    others = read_readings(folder, texts, target, some=True)
    known = {article.id for article in others}
    shared = [article for article in gold if article.id in known]
    if not shared:
        raise InputError(str(folder), "", "holds none of gold's articles", "check the path")
    return evaluate(shared, others, target=target)
