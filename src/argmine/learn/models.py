"""Train a model from gold files and write its folder: arrays, manifest, metrics and card."""

from __future__ import annotations

import json
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from spacy.language import Language

from argmine import __version__
from argmine.ingest.reading import article_from_text
from argmine.learn.report import gold_digest, report_record
from argmine.learn.scores import Report, evaluate
from argmine.learn.training import (
    Example,
    fit_stance,
    fit_units,
    make_examples,
    settings_record,
)
from argmine.pipeline import RULES, annotate, load
from argmine.schema import AnnotatedArticle
from argmine.tag.models import Model, write_model
from argmine.tag.scorers import NgramScorer

FOLDS = 5


def train(
    gold: Sequence[AnnotatedArticle],
    folder: Path,
    *,
    target: str = "cooperative-security",
    folds: int = FOLDS,
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> Report | None:
    """Train a model and write its folder.

    The figures in its card are cross-validated: each article is scored by a model that was trained
    without it. The model itself is trained on all articles.

    Args:
        gold: annotated articles.
        folder: the model's folder; its name is the model's name.
        target: the target of stance.
        folds: of the cross-validation; 0 leaves it out.
        seed: of the split into folds.
        progress: told what is being done.

    Returns:
        The cross-validated report; ``None`` without folds, or with fewer articles than folds.

    Raises:
        InputError: too few classes.
    """
    examples = make_examples(gold, target)
    progress(f"{len(gold)} articles, {sum(len(e.clauses) for e in examples)} clauses")
    report = None
    if 1 < folds <= len(gold):
        predicted = _cross_annotated(gold, examples, target, folds, seed, progress)
        report = evaluate(gold, predicted, target=target)
    progress("fitting on all articles")
    heads = _heads(examples, target)
    about = {
        "name": folder.name,
        "argmine": __version__,
        "target": target,
        "gold": gold_digest(gold),
        "articles": len(gold),
        "clauses": sum(len(example.clauses) for example in examples),
        "labels": dict(sorted(Counter(v for e in examples for v in e.labels).items())),
        "stances": dict(sorted(Counter(v for e in examples for v in e.stances if v).items())),
        "settings": settings_record(),
        "seed": seed,
    }
    write_model(folder, heads, about)
    metrics = {} if report is None else report_record(report)
    text = json.dumps(metrics, ensure_ascii=False, indent=1) + "\n"
    (folder / "metrics.json").write_text(text, encoding="utf-8")
    (folder / "README.md").write_text(_card(about, report, folds), encoding="utf-8")
    return report


def _heads(examples: Sequence[Example], target: str) -> dict[str, NgramScorer]:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        heads = {"units": fit_units(examples)}
        sides = {stance for e in examples for stance in e.stances if stance}
        if len(sides) > 1:
            heads[f"stance {target}"] = fit_stance(examples)
    return heads


def _cross_annotated(
    gold: Sequence[AnnotatedArticle],
    examples: Sequence[Example],
    target: str,
    folds: int,
    seed: int,
    progress: Callable[[str], None],
) -> list[AnnotatedArticle]:
    order = np.random.default_rng(seed).permutation(len(gold))
    predicted: list[AnnotatedArticle] = []
    for fold in range(folds):
        progress(f"cross-validation {fold + 1} of {folds}")
        held = set(order[fold::folds].tolist())
        heads = _heads([e for n, e in enumerate(examples) if n not in held], target)
        nlp = with_heads(heads, "cross-validated")
        predicted += [
            annotate(article_from_text(gold[n].text, gold[n].id), nlp) for n in sorted(held)
        ]
    return predicted


def with_heads(heads: dict[str, NgramScorer], name: str) -> Language:
    """The rule pipeline with trained heads in the place of its scorers."""
    nlp = load(RULES)
    model = Model(name, heads, {})
    for component in ("argmine_units", "argmine_stance"):
        nlp.get_pipe(component).use(model)  # type: ignore[attr-defined]
    return nlp


def _card(about: dict[str, object], report: Report | None, folds: int) -> str:
    return f"""# {about["name"]}

A linear model over character n-grams (1 to 3), place and shape of a clause, with shares of its
sentence, paragraph and article: unit labels, and stance toward `{about["target"]}`. It needs
nothing beyond argmine itself, and every score can be taken apart into the n-grams that voted.

- Trained with `argmine train` (argmine {about["argmine"]}) on {about["articles"]} articles,
  {about["clauses"]} clauses: {about["labels"]}; stance: {about["stances"]}.
- Digest of the gold: `{about["gold"]}`. Settings and file digests: `manifest.json`.
- Intended use: a first reading of Chinese policy articles, to be checked by a person.
- Limits: articles unlike those it was trained on are read worse; scores are not calibrated;
  relations follow the rules, not a trained head.

{_scores(report, folds)}
"""


def _scores(report: Report | None, folds: int) -> str:
    if report is None:
        return "Not cross-validated: nothing is known of how well it reads."
    rows = "\n".join(
        f"| {name} | {score.value:.3f} | {score.low:.3f}–{score.high:.3f} |"
        for name, score in report.scores.items()
    )
    return f"""\
Cross-validated over {folds} folds of articles (each article scored by a model trained without it),
95 % intervals from resampling articles:

| score | value | interval |
|---|---|---|
{rows}"""
