"""The estimator keeps scikit-learn's conventions, and documents are never split."""

from __future__ import annotations

import numpy as np
import pytest
import spacy
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_predict

from argmine.errors import InputError
from argmine.learn.estimators import PENALTY_PATH, ClauseClassifier, Row, Table, rows_of
from argmine.tag.clauses import clauses_of

NLP = spacy.blank("zh")
NLP.add_pipe("argmine_sentences")
SAID = {"ask": "各国应当加强第{n}轮对话。", "tell": "第{n}份文件已经签署并公布。"}


def tables_and_labels(documents: int, rows: int) -> tuple[list[Table], list[str]]:
    """Documents of one sentence a line, of two kinds by turns that chance decides."""
    rng = np.random.default_rng(1)
    tables, labels = [], []
    for number in range(documents):
        kinds = rng.choice(list(SAID), rows).tolist()
        text = "\n".join(SAID[kind].format(n=number * rows + n) for n, kind in enumerate(kinds))
        tables.append(Table(text, clauses_of(NLP(text))))
        labels += kinds
    return tables, labels


@pytest.fixture(scope="module")
def data() -> tuple[list[Row], list[str], list[int]]:
    tables, labels = tables_and_labels(12, 6)
    rows = rows_of(tables)
    number = {id(table): n for n, table in enumerate(tables)}
    return rows, labels, [number[id(row.table)] for row in rows]


def test_it_is_cloned_with_its_settings_and_without_what_it_learnt(data):
    rows, labels, _ = data
    fitted = ClauseClassifier(("tell", "ask"), inverse_penalty=0.3, once=True).fit(rows, labels)
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    assert copy.get_params()["inverse_penalty"] == 0.3
    with pytest.raises(NotFittedError):
        copy.predict(rows)
    assert copy.set_params(balance=1.0).balance == 1.0


def test_it_predicts_labels_and_probabilities_row_by_row(data):
    rows, labels, _ = data
    fitted = ClauseClassifier(("tell", "ask")).fit(rows, labels)
    assert fitted.classes_.tolist() == ["tell", "ask"]
    assert fitted.predict(rows).tolist() == labels
    assert fitted.score(rows, labels) == 1.0
    chances = fitted.predict_proba(rows)
    assert chances.shape == (len(rows), 2)
    np.testing.assert_allclose(chances.sum(axis=1), 1.0)
    some = [rows[n] for n in (50, 3, 3, 17)]
    np.testing.assert_allclose(fitted.predict_proba(some), chances[[50, 3, 3, 17]])


def test_a_grid_is_searched_by_document(data):
    rows, labels, groups = data
    grid = {"inverse_penalty": [0.001, 0.3], "shares": [(0.0, 0.0, 0.0), (0.5, 0.5, 0.5)]}
    search = GridSearchCV(ClauseClassifier(), grid, cv=GroupKFold(3), scoring="f1_macro")
    search.fit(rows, labels, groups=groups)
    assert search.best_score_ > 0.95
    assert search.best_estimator_.predict(rows).tolist() == labels
    found = cross_val_predict(ClauseClassifier(), rows, labels, cv=GroupKFold(3), groups=groups)
    assert found.tolist() == labels


def test_a_label_that_never_occurs_is_never_chosen(data):
    rows, labels, _ = data
    fitted = ClauseClassifier(("ask", "tell", "sing")).fit(rows, labels)
    assert fitted.predict(rows).tolist() == labels
    assert fitted.predict_proba(rows)[:, 2].max() < 0.01


def test_early_stopping_takes_the_penalty_that_held_out_documents_ask_for(data):
    rows, labels, _ = data
    fitted = ClauseClassifier(early_stopping=True, random_state=4).fit(rows, labels)
    assert fitted.inverse_penalty_ in PENALTY_PATH
    again = ClauseClassifier(early_stopping=True, random_state=4).fit(rows, labels)
    assert np.array_equal(again.scorer_.weights, fitted.scorer_.weights)
    assert ClauseClassifier(inverse_penalty=0.2).fit(rows, labels).inverse_penalty_ == 0.2


def test_once_counts_an_ngram_once_a_row():
    texts = ["好好好好坏", "坏坏坏坏好"]
    tables = [Table(text, clauses_of(NLP(text))) for text in texts]
    with pytest.warns(UserWarning, match="1 cases are too few to learn"):
        fitted = ClauseClassifier(once=True).fit(rows_of(tables), ["a", "b"])
    for table in tables:
        home, places = fitted.scorer_.known(table.form, table.clauses)
        assert len(set(zip(home, places.numbers, strict=True))) == len(home)


def test_one_class_is_refused(data):
    rows, labels, _ = data
    with pytest.raises(InputError, match=r"only one class \(ask\)"):
        ClauseClassifier().fit(rows, ["ask"] * len(labels))
