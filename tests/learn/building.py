"""Articles built clause by clause, for tests of scores, errors and agreement."""

from __future__ import annotations

from argmine.learn.laying import reference_clauses
from argmine.schema import AnnotatedArticle

TARGET = "cooperative-security"
TEXT = "甲一，甲二。乙一；乙二，乙三。\n丙一：“丙二。”丙三！\n"


def article(units, relations=(), document="neutral", key="a", text=TEXT) -> AnnotatedArticle:
    """An article whose units are given as (first clause, last clause, label, stance[, score])."""
    clauses = reference_clauses(text)
    return AnnotatedArticle.model_validate(
        {
            "schema_version": "1",
            "id": key,
            "text": text,
            "units": [
                {"id": f"u{first}", "start": clauses[first][0], "end": clauses[last][1]}
                | {"label": label, "score": score[0] if score else None}
                | {"stance": {TARGET: {"label": stance, "score": score[-1] if score else None}}}
                for first, last, label, stance, *score in units
            ],
            "relations": [
                {"source": f"u{a}", "target": f"u{b}", "label": label, "score": 0.5}
                for a, b, label in relations
            ],
            "stance": {TARGET: {"label": document, "score": 0.4}},
        }
    )
