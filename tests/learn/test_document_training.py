"""Training the head of the documents' stance: what is planted is learnt, and honestly answered."""

from __future__ import annotations

from itertools import cycle, islice
from types import SimpleNamespace

import pytest

from argmine.learn.document_stance import MIN_DOCUMENTS, fit_document_heads
from argmine.learn.laying import reference_clauses
from argmine.schema import AnnotatedArticle

TARGET = "cooperative-security"
# How many of ten units take each side, by the stance of the document: the rule (15 % of the units)
# tells none of these from another.
PLANTED = {"favor": (5, 2), "against": (4, 3), "neutral": (3, 2), "none": (2, 2)}


def annotated(key: str, text: str, sides: list[str], document: str) -> AnnotatedArticle:
    clauses = reference_clauses(text)
    scores = {
        side: {name: 0.8 if name == side else 0.1 for name in ("favor", "against", "neutral")}
        for side in ("favor", "against", "neutral")
    }
    units = [
        {"id": f"u{n}", "start": start, "end": end, "label": "claim"}
        | {"stance": {TARGET: {"label": side, "score": 0.8, "scores": scores[side]}}}
        for n, ((start, end), side) in enumerate(zip(clauses, sides, strict=True))
    ]
    record = {"schema_version": "1", "id": key, "text": text, "units": units, "relations": []}
    return AnnotatedArticle.model_validate({**record, "stance": {TARGET: {"label": document}}})


def planted(size: int, kinds=tuple(PLANTED)):
    """Gold, the same made ready, and the same as predicted: every document neutral, in another order."""
    gold, predicted = [], []
    for n, kind in enumerate(islice(cycle(kinds), size)):
        favor, against = PLANTED[kind]
        sides = ["favor"] * favor + ["against"] * against
        sides += ["neutral"] * (10 - len(sides))
        text = f"第{n}篇。" + "各国对话。" * 9
        gold.append(annotated(f"a{n}", text, sides, kind))
        predicted.append(annotated(f"a{n}", text, sides, "neutral"))
    examples = [SimpleNamespace(id=article.id, form=article.text) for article in gold]
    return gold, examples, predicted[::-1]


def fitted(*planted_articles, targets=(TARGET,)):
    said: list[str] = []
    heads, answered = fit_document_heads(*planted_articles, targets, said.append)
    return heads, answered, said


def test_what_is_planted_is_answered_for_articles_left_out():
    gold, examples, predicted = planted(80)
    heads, answered, said = fitted(gold, examples, predicted)
    assert list(heads) == [TARGET]
    assert heads[TARGET].labels == ("favor", "against", "neutral", "none")
    right = {article.id: article.stance[TARGET].label for article in gold}
    assert [article.id for article in answered] == [article.id for article in predicted]
    assert {article.id: article.stance[TARGET].label for article in answered} == right
    assert said == []


def test_texts_that_stand_twice_are_left_out_together():
    # labels that nothing in the units tells: only the twin of a text could give them away
    gold, examples, predicted = planted(80, ("neutral",))
    labels = [("neutral", "none")[n % 3 % 2] for n in range(40)] * 2
    text = [article.text for article in gold[:40]] * 2

    def twin(articles, named):
        return [
            article.model_copy(
                update={
                    "text": own,
                    "stance": {TARGET: article.stance[TARGET].model_copy(update={"label": label})},
                }
            )
            for article, own, label in zip(articles, text, named, strict=True)
        ]

    found = fitted(twin(gold, labels), examples, predicted)[1]
    # all alike, so that each is answered by the commoner of the others
    assert {article.stance[TARGET].label for article in found} == {"neutral"}


def test_few_documents_are_left_to_the_rule_and_it_is_said():
    gold, examples, predicted = planted(MIN_DOCUMENTS - 1)
    heads, answered, said = fitted(gold, examples, predicted)
    assert (heads, answered) == ({}, predicted)
    assert said == [
        f"stance of documents toward {TARGET}: not learnt, told by rule: 59 of 60 documents"
    ]


@pytest.mark.parametrize("kinds", [("neutral",), ("favor", "against")])
def test_one_stance_or_two_sides_alone_are_left_to_the_rule(kinds):
    heads, _, said = fitted(*planted(80, kinds))
    assert heads == {}
    assert said[0].startswith(
        f"stance of documents toward {TARGET}: not learnt, told by rule: too few of two stances: "
    )


def test_two_stances_are_told_by_weights_of_both():
    gold, examples, predicted = planted(80, ("favor", "none"))
    heads, answered, _ = fitted(gold, examples, predicted)
    assert heads[TARGET].labels == ("favor", "none")
    right = {article.id: article.stance[TARGET].label for article in gold}
    assert {article.id: article.stance[TARGET].label for article in answered} == right


def test_a_target_without_rules_is_learnt_without_their_votes():
    gold, examples, predicted = planted(80)
    for article in (*gold, *predicted):
        article.stance["限电"] = article.stance[TARGET]
        for unit in article.units:
            unit.stance["限电"] = unit.stance[TARGET]
    heads, _, _ = fitted(gold, examples, predicted, targets=("限电",))
    assert list(heads) == ["限电"]
