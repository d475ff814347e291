"""The learning of one head, as a scikit-learn estimator over rows of clauses.

Reads:   rows of tables (clauses, segments, or whole texts), each with its text's matching form
Method:  multinomial logistic regression over the features of argmine.tag.scorers. All n-grams that
         several documents share are candidates; the weightiest stay and are weighed once more.
Limits:  a row is scored among the other rows of its text, whether these are given or not.
Source:  own; conventions of scikit-learn's estimators.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

from argmine.errors import InputError
from argmine.tag.clauses import Clauses, Numbers, opens, place_features, shape_features
from argmine.tag.scorers import (
    NgramScorer,
    Scores,
    ShapeWeights,
    Shares,
    find_ngrams,
    ngram_weight,
    with_neighbours,
)

# A class with fewer rows than this cannot be learnt; training says so.
MIN_CASES = 20
# The path that early stopping walks, from the strongest penalty: the settings were chosen from it.
PENALTY_PATH = (0.03, 0.1, 0.3, 1.0)
# The share of the documents that early stopping holds out: the usual fifth.
HELD_OUT = 0.2
# The bias of a class that never occurred: it is never chosen.
_NEVER = -10.0
# The tolerance of the optimizer: the weights that choose n-grams need not be exact.
_ROUGH, _FINE = 1e-2, 1e-3
# N-grams that stand in more rows than this weigh no more for it.
_FREQUENT = 400


@dataclass(frozen=True, eq=False, slots=True)
class Table:
    """The rows of one document: clauses, segments, or the whole text; and its matching form."""

    form: str
    clauses: Clauses

    def __len__(self) -> int:
        return len(self.clauses)


class Row(NamedTuple):
    """One row of a table: what is labelled."""

    table: Table
    number: int


def rows_of(tables: Iterable[Table]) -> list[Row]:
    """All rows of the tables, in order: the ``X`` of the estimator."""
    return [Row(table, n) for table in tables for n in range(len(table))]


class ClauseClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Labels rows by character n-grams, place and shape, and those of their neighbours.

    ``X`` is a list of :class:`Row`, ``y`` their labels; rows of one table belong to one document,
    which is the group to split by. The defaults were chosen on real/dev for unit labels.

    Args:
        labels: the columns of the scores in their order; ``None`` takes the labels of ``y``.
        min_documents: an n-gram counts that stands in so many documents; in small data fewer.
        max_ngrams: the weightiest that are kept.
        inverse_penalty: ``C`` of the logistic regression.
        shares: of the means of sentence, paragraph and document.
        balance: exponent of the weight of rare classes: 0 counts cases, 1 counts classes alike.
        place_scale: how strongly exact place counts (``place_features``); 0 leaves it out.
        once: an n-gram counts once a row.
        early_stopping: choose ``inverse_penalty`` on held-out documents.
        random_state: seed of the documents held out.

    Attributes:
        classes_: the labels.
        scorer_: the head, which works without scikit-learn.
        inverse_penalty_: the penalty used.
    """

    def __init__(
        self,
        labels: tuple[str, ...] | None = None,
        *,
        min_documents: int = 4,
        max_ngrams: int = 8000,
        inverse_penalty: float = 0.1,
        shares: Sequence[float] = (0.5, 0.5, 0.5),
        balance: float = 0.0,
        place_scale: float = 0.0,
        once: bool = False,
        early_stopping: bool = False,
        random_state: int = 0,
    ) -> None:
        self.labels = labels
        self.min_documents = min_documents
        self.max_ngrams = max_ngrams
        self.inverse_penalty = inverse_penalty
        self.shares = shares
        self.balance = balance
        self.place_scale = place_scale
        self.once = once
        self.early_stopping = early_stopping
        self.random_state = random_state

    def fit(self, X: Sequence[Row], y: Sequence[str]) -> ClauseClassifier:  # noqa: N803
        """Train on rows.

        Raises:
            InputError: fewer than two labels occur.
        """
        counts = Counter(map(str, y))
        if len(counts) < 2:
            finding = f"only one class ({', '.join(counts) or 'none'})"
            raise InputError("gold", "labels", finding, "annotate clauses of at least two classes")
        columns = tuple(sorted(counts)) if self.labels is None else tuple(self.labels)
        for label in columns:
            if 0 < counts[label] < MIN_CASES:
                notice = f"{label}: {counts[label]} cases are too few to learn"
                warnings.warn(notice, stacklevel=2)
        self.classes_ = np.array(columns)
        truth = by_table(X, [columns.index(str(label)) for label in y])
        self.inverse_penalty_ = (
            self._penalty(truth) if self.early_stopping else self.inverse_penalty
        )
        self.scorer_ = self._fitted(truth, self.inverse_penalty_)
        return self

    def predict(self, X: Sequence[Row]) -> Any:  # noqa: N803
        """The label of each row."""
        best = self._sums(X).argmax(axis=1)
        return self.classes_[best]

    def predict_proba(self, X: Sequence[Row]) -> Scores:  # noqa: N803
        """The probability of each class, a row a row and a column a class."""
        sums = self._sums(X)
        powers = np.exp(sums - sums.max(axis=1, keepdims=True))
        shares: Scores = powers / powers.sum(axis=1, keepdims=True)
        return shares

    def _sums(self, rows: Sequence[Row]) -> Scores:
        check_is_fitted(self, "scorer_")
        sums = np.zeros((len(rows), len(self.classes_)))
        for table, (numbers, places) in by_table(rows, range(len(rows))).items():
            sums[places] = self.scorer_(table.form, table.clauses)[0][numbers]
        return sums

    def _penalty(self, truth: Truth) -> float:
        """The weakest penalty of the path up to where held-out documents are read no better."""
        tables = list(truth)
        order = np.random.default_rng(self.random_state).permutation(len(tables))
        held = set(order[: max(1, round(HELD_OUT * len(tables)))].tolist())
        rest = {table: truth[table] for n, table in enumerate(tables) if n not in held}
        classes = {label for _, labels in rest.values() for label in labels.tolist()}
        if len(classes) < 2:
            return self.inverse_penalty
        best, chosen = -1.0, self.inverse_penalty
        for penalty in PENALTY_PATH:
            scorer = self._fitted(rest, penalty)
            found, right = [], []
            for n in sorted(held):
                numbers, labels = truth[tables[n]]
                sums, _ = scorer(tables[n].form, tables[n].clauses)
                found.append(sums[numbers].argmax(axis=1))
                right.append(labels)
            score = _macro_f1(np.concatenate(right), np.concatenate(found))
            if score <= best:
                break
            best, chosen = score, penalty
        return chosen

    def _fitted(self, truth: Truth, penalty: float) -> NgramScorer:
        tables = list(truth)
        grams = [find_ngrams(table.form, table.clauses) for table in tables]
        found = [np.unique(places.numbers) for _, places in grams]
        keys, documents = np.unique(np.concatenate(found), return_counts=True)
        least = min(self.min_documents, max(1, len(tables) // 5))
        shared = documents >= least
        keys = keys[shared] if shared.any() else keys
        if len(keys) > self.max_ngrams:
            scorer = self._weighed(truth, keys, penalty, _ROUGH)
            # weighty and frequent: what moves many sums
            frequent = np.minimum(_frequency(grams, keys), _FREQUENT)
            strength = np.abs(scorer.weights).max(axis=1) * np.sqrt(frequent)
            keys = np.sort(keys[np.argsort(-strength, kind="stable")[: self.max_ngrams]])
        return self._weighed(truth, keys, penalty, _FINE)

    def _weighed(
        self, truth: Truth, keys: Numbers, penalty: float, tolerance: float
    ) -> NgramScorer:
        labels = tuple(self.classes_.tolist())
        shares = Shares(*self.shares)
        nothing = np.zeros((len(keys), len(labels)))
        scorer = NgramScorer(keys, nothing, labels, ShapeWeights({}, labels), shares, self.once)
        blocks, answers = [], []
        for table, (numbers, own) in truth.items():
            names, features = self._features(table)
            home, places = scorer.known(table.form, table.clauses)
            size = len(table)
            cells = (ngram_weight(home, size)[home].astype(np.float32), (home, places.numbers))
            ngrams = sparse.csr_matrix(cells, shape=(size, len(keys)))
            row = sparse.hstack([ngrams, sparse.csr_matrix(features)], "csr")
            blocks.append(with_neighbours(row, table.clauses, shares, _sparse_means)[numbers])
            answers.append(own)
        coefficients, bias = _regression(
            sparse.vstack(blocks).tocsr(),
            np.concatenate(answers),
            len(labels),
            penalty,
            self.balance,
            tolerance,
        )
        scale = self._scale(names)
        weights = {
            (name, label): float(coefficients[row, len(keys) + n] * scale[n])
            for n, name in enumerate(names)
            for row, label in enumerate(labels)
        }
        whole = 1.0 + sum(shares)  # what a feature that all rows have sums up to
        for row, label in enumerate(labels):
            weights["any", label] += float(bias[row]) / whole
        own_weights = coefficients[:, : len(keys)].T.copy()
        return NgramScorer(
            keys, own_weights, labels, ShapeWeights(weights, labels), shares, self.once
        )

    def _features(self, table: Table) -> tuple[list[str], Any]:
        """The names of place and shape in order, and their columns."""
        shape = shape_features(table.form, table.clauses)
        if self.place_scale:
            shape = shape | place_features(table.clauses)
        names = sorted(shape)
        columns = np.stack([shape[name] for name in names], axis=1).astype(np.float32)
        return names, columns * self._scale(names)

    def _scale(self, names: Sequence[str]) -> Any:
        scale = [self.place_scale if name.startswith("place ") else 1.0 for name in names]
        return np.array(scale, np.float32)


# The numbers of the rows of each table, and what is said of them (labels as column numbers).
Truth = dict[Table, tuple[Numbers, Numbers]]


def by_table(rows: Sequence[Row], values: Iterable[int]) -> Truth:
    """Rows and what is said of each (label numbers, say), by table."""
    found: dict[Table, tuple[list[int], list[int]]] = {}
    for (table, number), value in zip(rows, values, strict=True):
        numbers, own = found.setdefault(table, ([], []))
        numbers.append(number)
        own.append(value)
    return {
        table: (np.array(numbers, np.int64), np.array(own, np.int64))
        for table, (numbers, own) in found.items()
    }


def _frequency(grams: Sequence[Any], keys: Numbers) -> Numbers:
    """In how many rows each n-gram stands."""
    counts = np.zeros(len(keys), np.int64)
    for _, places in grams:
        number = np.minimum(np.searchsorted(keys, places.numbers), len(keys) - 1)
        np.add.at(counts, number[keys[number] == places.numbers], 1)
    return counts


def _regression(
    rows: Any, answers: Numbers, size: int, penalty: float, balance: float, tolerance: float
) -> tuple[Scores, Scores]:
    """Coefficients, a row a label, and bias; of labels that never occur too."""
    counts = np.bincount(answers, minlength=size)
    even = len(answers) / np.maximum(counts, 1) / size
    classes = np.flatnonzero(counts).tolist()
    model = LogisticRegression(
        C=penalty,
        max_iter=300,
        tol=tolerance,
        class_weight={k: float(even[k] ** balance) for k in classes},
    )
    model.fit(rows, answers)
    coefficients = np.zeros((size, rows.shape[1]))
    bias = np.full(size, _NEVER)
    if len(classes) == 2:
        # the binary model has one row, for the second class
        coefficients[classes] = np.vstack([-model.coef_ / 2, model.coef_ / 2])
        bias[classes] = [-model.intercept_[0] / 2, model.intercept_[0] / 2]
    else:
        coefficients[classes], bias[classes] = model.coef_, model.intercept_
    return coefficients, bias


def _sparse_means(rows: Any, groups: Numbers) -> Any:
    number = np.cumsum(opens(groups)) - 1
    ones = np.ones(len(number), np.float32)
    member = sparse.csr_matrix((ones, (number, np.arange(len(number)))))
    mean = sparse.diags((1 / np.asarray(member.sum(axis=1)).ravel()).astype(np.float32)) @ member
    return (mean @ rows)[number]


def _macro_f1(right: Numbers, found: Numbers) -> float:
    """The mean F1 of the labels that occur."""
    size = int(max(right.max(), found.max())) + 1
    cases, guesses = (np.bincount(labels, minlength=size) for labels in (right, found))
    both = np.bincount(right[right == found], minlength=size)
    scores = 2 * both / np.maximum(cases + guesses, 1)
    return float(scores[cases > 0].mean())
