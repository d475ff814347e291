"""Train the fast model: n-gram heads for units and for stance, from annotated articles.

Reads:   gold articles (annotated JSON)
Writes:  a model folder with manifest, arrays, metrics and card
Method:  multinomial logistic regression over the features of argmine.tag.scorers. All n-grams that
         several articles share are candidates; the weightiest stay and are weighed once more.
Limits:  unit labels and stance; relations follow the rules.
Source:  the settings were chosen on real/dev from models trained on the other articles.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from spacy.language import Language

from argmine.ingest.reading import article_from_text
from argmine.pipeline import load, prepared_doc
from argmine.schema import STANCE_LABELS, AnnotatedArticle, InputError
from argmine.tag.clauses import Clauses, clauses_of, opens, shape_features
from argmine.tag.scorers import (
    NgramScorer,
    ShapeWeights,
    Shares,
    find_ngrams,
    ngram_weight,
    with_neighbours,
)
from argmine.text.matching import matching_of

# A class with fewer clauses than this cannot be learnt; training says so.
MIN_CASES = 20


UNIT_SHARES, STANCE_SHARES = Shares(0.5, 0.5, 0.5), Shares(1.0, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one head; all were chosen together on real/dev."""

    min_documents: int = 4
    max_ngrams: int = 8000
    inverse_penalty: float = 0.1
    shares: Shares = UNIT_SHARES
    # Exponent of the weight of rare classes: 0 counts cases, 1 counts classes alike.
    balance: float = 0.0


UNIT_SETTINGS = Settings()
STANCE_SETTINGS = Settings(shares=STANCE_SHARES, balance=0.7)


@dataclass(frozen=True, slots=True)
class Example:
    """One article made ready: its clauses, their labels, and their stance where they have one."""

    id: str
    form: str
    clauses: Clauses
    labels: list[str]
    stances: list[str | None]


def make_examples(
    gold: Sequence[AnnotatedArticle],
    target: str,
    progress: Callable[[str], None] = lambda _: None,
) -> list[Example]:
    """The clauses of gold articles with their gold.

    Args:
        gold: annotated articles.
        target: the target of stance.
        progress: told the id of each article.
    """
    nlp = load()
    for name in ("argmine_mentions", "argmine_units", "argmine_relations", "argmine_stance"):
        nlp.remove_pipe(name)
    examples = []
    for article in gold:
        progress(article.id)
        examples.append(_example(nlp, article, target))
    return examples


def _example(nlp: Language, article: AnnotatedArticle, target: str) -> Example:
    doc = prepared_doc(nlp, article_from_text(article.text, article.id))
    for _, component in nlp.pipeline:
        doc = component(doc)
    clauses = clauses_of(doc)
    units = sorted(article.units, key=lambda unit: unit.start)
    starts = np.array([unit.start for unit in units], np.int64)
    homes = np.searchsorted(starts, clauses.start, side="right") - 1
    labels, stances = [], []
    for start, n in zip(clauses.start.tolist(), homes.tolist(), strict=True):
        unit = units[n] if n >= 0 and start < units[n].end else None
        labels.append(unit.label if unit else "none")
        stance = unit.stance.get(target) if unit else None
        stances.append(None if unit is None else stance.label if stance else "neutral")
    return Example(article.id, matching_of(doc), clauses, labels, stances)


def fit_units(examples: Sequence[Example], settings: Settings = UNIT_SETTINGS) -> NgramScorer:
    """Train the head of unit labels; page furniture takes no part.

    Raises:
        InputError: fewer than two labels.
    """
    labels = sorted({label for e in examples for label in e.labels} - {"none"})
    truth = [
        [None if f else label for label, f in zip(e.labels, e.clauses.furniture, strict=True)]
        for e in examples
    ]
    return fit_head(examples, truth, (*labels, "none"), settings)


def fit_stance(examples: Sequence[Example], settings: Settings = STANCE_SETTINGS) -> NgramScorer:
    """Train the head of stance, over the clauses of units.

    Raises:
        InputError: fewer than two labels.
    """
    return fit_head(examples, [e.stances for e in examples], STANCE_LABELS, settings)


def fit_head(
    examples: Sequence[Example],
    truth: Sequence[Sequence[str | None]],
    labels: tuple[str, ...],
    settings: Settings,
) -> NgramScorer:
    """Train one head.

    Args:
        examples: the articles.
        truth: the label of each clause of each article; ``None`` leaves a clause out.
        labels: the columns of the head.
        settings: its settings.

    Raises:
        InputError: fewer than two labels occur.
    """
    counts = Counter(label for column in truth for label in column if label is not None)
    if len(counts) < 2:
        finding = f"only one class ({', '.join(counts) or 'none'})"
        raise InputError("gold", "labels", finding, "annotate clauses of at least two classes")
    for label in labels:
        if 0 < counts[label] < MIN_CASES:
            warnings.warn(f"{label}: {counts[label]} clauses are too few to learn", stacklevel=2)
    grams = [find_ngrams(example.form, example.clauses) for example in examples]
    found = [np.unique(places.numbers) for _, places in grams]
    keys, documents = np.unique(np.concatenate(found), return_counts=True)
    least = min(settings.min_documents, max(1, len(examples) // 5))
    keys = keys[documents >= least]
    weights, shape = _weighed(examples, truth, labels, keys, settings)
    if len(keys) > settings.max_ngrams:
        # weighty and frequent: what moves many sums
        strength = np.abs(weights).max(axis=1) * np.sqrt(np.minimum(_frequency(grams, keys), 400))
        keys = np.sort(keys[np.argsort(-strength, kind="stable")[: settings.max_ngrams]])
        weights, shape = _weighed(examples, truth, labels, keys, settings)
    return NgramScorer(keys, weights, labels, shape, settings.shares)


def _frequency(grams: Sequence[Any], keys: np.ndarray) -> np.ndarray:
    """In how many clauses each n-gram stands."""
    counts = np.zeros(len(keys), np.int64)
    for _, places in grams:
        number = np.minimum(np.searchsorted(keys, places.numbers), len(keys) - 1)
        np.add.at(counts, number[keys[number] == places.numbers], 1)
    return counts


def _weighed(
    examples: Sequence[Example],
    truth: Sequence[Sequence[str | None]],
    labels: tuple[str, ...],
    keys: np.ndarray,
    settings: Settings,
) -> tuple[np.ndarray, ShapeWeights]:
    from scipy import sparse
    from sklearn.linear_model import LogisticRegression

    empty = ShapeWeights({}, labels)
    scorer = NgramScorer(keys, np.zeros((len(keys), len(labels))), labels, empty, settings.shares)
    names = sorted(shape_features(examples[0].form, examples[0].clauses))
    blocks, answers = [], []
    for example, column in zip(examples, truth, strict=True):
        size = len(example.clauses)
        home, places = scorer.known(example.form, example.clauses)
        cells = (ngram_weight(home, size)[home].astype(np.float32), (home, places.numbers))
        own = sparse.csr_matrix(cells, shape=(size, len(keys)))
        shape = shape_features(example.form, example.clauses)
        table = np.stack([shape[name] for name in names], axis=1).astype(np.float32)
        rows = with_neighbours(
            sparse.hstack([own, sparse.csr_matrix(table)], "csr"),
            example.clauses,
            settings.shares,
            _sparse_means,
        )
        kept = [n for n, label in enumerate(column) if label is not None]
        blocks.append(rows[kept])
        answers += [labels.index(column[n]) for n in kept]
    counts = np.bincount(answers, minlength=len(labels))
    even = len(answers) / np.maximum(counts, 1) / len(labels)
    classes = sorted(set(answers))
    model = LogisticRegression(
        C=settings.inverse_penalty,
        max_iter=300,
        tol=1e-3,
        class_weight={k: float(even[k] ** settings.balance) for k in classes},
    )
    model.fit(sparse.vstack(blocks).tocsr(), answers)
    coefficients = np.zeros((len(labels), len(keys) + len(names)))
    bias = np.full(len(labels), -10.0)  # a class that never occurred is never chosen
    if len(classes) == 2:
        # the binary model has one row, for the second class
        coefficients[classes] = np.vstack([-model.coef_ / 2, model.coef_ / 2])
        bias[classes] = [-model.intercept_[0] / 2, model.intercept_[0] / 2]
    else:
        coefficients[classes], bias[classes] = model.coef_, model.intercept_
    shape_weights = {
        (name, label): float(coefficients[row, len(keys) + n])
        for n, name in enumerate(names)
        for row, label in enumerate(labels)
    }
    whole = 1.0 + sum(settings.shares)  # what a feature that all clauses have sums up to
    for row, label in enumerate(labels):
        shape_weights["any", label] += float(bias[row]) / whole
    return coefficients[:, : len(keys)].T.copy(), ShapeWeights(shape_weights, labels)


def _sparse_means(rows: Any, groups: np.ndarray) -> Any:
    from scipy import sparse

    number = np.cumsum(opens(groups)) - 1
    ones = np.ones(len(number), np.float32)
    member = sparse.csr_matrix((ones, (number, np.arange(len(number)))))
    mean = sparse.diags((1 / np.asarray(member.sum(axis=1)).ravel()).astype(np.float32)) @ member
    return (mean @ rows)[number]


def settings_record() -> dict[str, Any]:
    """The settings of all heads as plain data."""
    return {"units": asdict(UNIT_SETTINGS), "stance": asdict(STANCE_SETTINGS)}
