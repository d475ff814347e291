"""What a model must beat: the most frequent label everywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from argmine.learn.laying import NONE, lay, reference_clauses
from argmine.schema import SCHEMA_VERSION, AnnotatedArticle


@dataclass(frozen=True, slots=True)
class Majority:
    """The most frequent label of clauses, of stance and of documents, and where each was counted.

    Attributes:
        label: of clauses; may be ``none``.
        stance: of the clauses of units.
        document: of documents.
        sources: by what was counted, ``training`` or ``gold``.
    """

    label: str
    stance: str
    document: str
    sources: dict[str, str]

    def annotate(self, article: AnnotatedArticle, target: str) -> AnnotatedArticle:
        """Every clause of the article a unit with these labels, without relations."""
        clauses = reference_clauses(article.text) if self.label != NONE else []
        stance = {target: {"label": self.stance}}
        return AnnotatedArticle.model_validate(
            {
                "schema_version": SCHEMA_VERSION,
                "id": article.id,
                "text": article.text,
                "units": [
                    {"id": f"u{n}", "start": start, "end": end, "by": "majority"}
                    | {"label": self.label, "stance": stance}
                    for n, (start, end) in enumerate(clauses, 1)
                ],
                "relations": [],
                "stance": {target: {"label": self.document}},
            }
        )


def find_majority(
    gold: Sequence[AnnotatedArticle], target: str, trained_on: Mapping[str, Any]
) -> Majority:
    """The most frequent labels of the training articles, as far as the model tells; else of gold.

    Args:
        gold: the articles to be scored on.
        target: the target of stance.
        trained_on: the manifest of the model, with counts ``labels``, ``stances``, ``documents``.
    """
    laid = [lay(article, target) for article in gold]
    of_gold = {
        "labels": Counter(label for one in laid for label in one.labels),
        "stances": Counter(stance for one in laid for stance in one.stances if stance),
        "documents": Counter(one.document for one in laid),
    }
    known = {name: trained_on.get(name) for name in of_gold}
    counts = {
        name: found if isinstance(found, dict) and found else of_gold[name]
        for name, found in known.items()
    }
    best = {name: _most(table) for name, table in counts.items()}
    sources = {name: "gold" if counts[name] is of_gold[name] else "training" for name in counts}
    return Majority(
        best["labels"] or NONE, best["stances"] or "neutral", best["documents"] or NONE, sources
    )


def _most(counts: Mapping[str, int]) -> str | None:
    """The most frequent value, of equal ones the first by name."""
    return min(counts, key=lambda value: (-counts[value], value), default=None)
