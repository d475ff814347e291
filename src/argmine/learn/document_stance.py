"""Train the head that tells the stance of a document from that of its units.

Reads:   gold articles; the same, annotated by models that have not seen them
Writes:  an :class:`argmine.tag.document_stance.DocumentHead`
Method:  logistic regression on scaled figures of predicted units, so that the head fits the errors
         of the units it will meet; weights and biases are stored unscaled.
Source:  scikit-learn; for the figures see argmine.tag.document_stance.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from argmine.learn.gold import digest_of
from argmine.learn.training import Example
from argmine.schema import DECIMALS, STANCE_LABELS, AnnotatedArticle, DocumentStance
from argmine.tag.document_stance import (
    DOCUMENT_LABELS,
    FEATURES,
    SIDES,
    DocumentHead,
    document_features,
)
from argmine.tag.stance import StanceRules, read_rules, votes_of

Scores = NDArray[np.float64]

# With fewer documents the head was no better than the rule: over the 191 training articles, 40
# random choices each, 40 documents gave .62 to .63, 60 .64 to .66, 150 .69 to .70, the rule .64.
MIN_DOCUMENTS = 60
# A stance that fewer documents have is never answered.
MIN_CASES = 5
# Best accuracy over both shipped models, by cross-validation over the 191 training articles, from
# 0.01, 0.03, 0.1, 0.3, 1.
INVERSE_PENALTY = 0.3


class _Cases(NamedTuple):
    """Documents with their figures, their stance in gold, and what their units take."""

    ids: list[str]
    digests: list[str]
    rows: Scores
    answers: NDArray[np.str_]
    taken: list[set[str]]


def fit_document_heads(
    gold: Sequence[AnnotatedArticle],
    examples: Sequence[Example],
    predicted: Sequence[AnnotatedArticle],
    targets: Sequence[str],
    say: Callable[[str], None] = lambda _: None,
) -> tuple[dict[str, DocumentHead], list[AnnotatedArticle]]:
    """Train a head for each target that has enough documents.

    Args:
        gold: the articles.
        examples: the same, made ready, in the same order.
        predicted: the same, each annotated without calibration by heads trained without it.
        targets: of stance.
        say: told which target cannot be learnt.

    Returns:
        The heads by target; the predicted articles with the answers of heads that were trained
        without the article that they answer for.
    """
    rules = read_rules()
    forms = {example.id: example.form for example in examples}
    heads: dict[str, DocumentHead] = {}
    answered = list(predicted)
    for target in targets:
        cases = _cases(gold, predicted, forms, target, rules.get(target))
        if not cases.ids:
            continue
        name = f"stance of documents toward {target}"
        if len(cases.ids) < MIN_DOCUMENTS:
            say(f"{name}: not learnt, told by rule: {len(cases.ids)} of {MIN_DOCUMENTS} documents")
            continue
        head = _fit(cases.rows, cases.answers)
        if head is None:
            counts = dict(sorted(Counter(cases.answers.tolist()).items()))
            say(f"{name}: not learnt, told by rule: too few of two stances: {counts}")
            continue
        heads[target] = head
        answers = _answers(cases)
        answered = [
            article.model_copy(update={"stance": {**article.stance, target: answers[article.id]}})
            if article.id in answers
            else article
            for article in answered
        ]
    return heads, answered


def _cases(
    gold: Sequence[AnnotatedArticle],
    predicted: Sequence[AnnotatedArticle],
    forms: Mapping[str, str],
    target: str,
    rules: StanceRules | None,
) -> _Cases:
    golds = {article.id: article for article in gold}
    cases = _Cases([], [], np.zeros((0, len(FEATURES))), np.array([], np.str_), [])
    rows, answers = [], []
    for article in predicted:
        stance = golds[article.id].stance.get(target)
        units = [unit for unit in article.units if target in unit.stance]
        if stance is None or not units:
            continue
        starts, ends = np.array([(unit.start, unit.end) for unit in units], np.int64).T
        scores = np.array(
            [[unit.stance[target].scores[label] for label in STANCE_LABELS] for unit in units]
        )
        seen = votes_of(rules, forms[article.id], starts, ends)
        rows.append(document_features(scores, *seen, [unit.label for unit in units]))
        answers.append(stance.label)
        cases.ids.append(article.id)
        cases.digests.append(digest_of(article.text))
        cases.taken.append({unit.stance[target].label for unit in units})
    return cases._replace(rows=np.array(rows), answers=np.array(answers))


def _fit(rows: Scores, answers: NDArray[np.str_]) -> DocumentHead | None:
    """A head over the stances with enough cases; none without two of them, one being no side."""
    counts = Counter(answers.tolist())
    labels = [label for label in DOCUMENT_LABELS if counts[label] >= MIN_CASES]
    if len(labels) < 2 or set(labels) <= set(SIDES):
        return None
    known = np.isin(answers, labels)
    scaler = StandardScaler().fit(rows[known])
    # numbered, so that the columns stand in the order of the labels
    numbers = np.array([labels.index(label) for label in answers[known].tolist()])
    classifier: Any = LogisticRegression(C=INVERSE_PENALTY, max_iter=2000)
    classifier.fit(scaler.transform(rows[known]), numbers)
    weights, biases = classifier.coef_, classifier.intercept_
    if len(labels) == 2:
        # one column tells the second of two classes
        weights, biases = np.vstack((-weights, weights)) / 2, np.array((-biases[0], biases[0])) / 2
    unscaled = weights / scaler.scale_
    return DocumentHead(labels, unscaled.T, biases - unscaled @ scaler.mean_)


def _answers(cases: _Cases) -> dict[str, DocumentStance]:
    """The stance of each document by a head that was trained without its text."""
    digests = np.array(cases.digests)
    found = {}
    for n, key in enumerate(cases.ids):
        others = digests != digests[n]
        head = _fit(cases.rows[others], cases.answers[others])
        if head is not None:
            shares = head.probabilities(cases.rows[n], sorted(cases.taken[n]))
            label = max(shares, key=shares.__getitem__)
            scores = {name: round(value, DECIMALS) for name, value in shares.items()}
            found[key] = DocumentStance(label=label, score=scores[label], scores=scores)
    return found
