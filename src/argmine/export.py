"""From an annotated spaCy ``Doc`` to the annotated JSON: the one place that knows both sides."""

from __future__ import annotations

from collections import Counter
from functools import cache
from importlib.metadata import version
from typing import Any

from spacy.tokens import Doc, SpanGroup

from argmine import __version__
from argmine.lexicons import lexicon_digest
from argmine.schema import (
    MENTION_KINDS,
    SCHEMA_VERSION,
    STANCE_LABELS,
    UNIT_LABELS,
    AnnotatedArticle,
    Article,
)


@cache
def signature() -> str:
    """One line naming all that can change the output: equal signature and input, equal bytes."""
    return "|".join(
        (
            f"argmine:{__version__}",
            f"schema:{SCHEMA_VERSION}",
            "model:rules",
            f"lexicons:{lexicon_digest()}",
            f"rjieba:{version('rjieba')}",
            f"opencc:{version('opencc')}",
            f"spacy:{version('spacy')}",
        )
    )


def to_annotated_article(doc: Doc, article: Article) -> AnnotatedArticle:
    """Export the groups that the components wrote.

    Args:
        doc: the ``Doc`` of ``article.text`` after the whole pipeline.
        article: what ingest knows of it.

    Returns:
        A validated article; raises pydantic's ``ValidationError`` where a component broke the
        offset contract, which is a bug.
    """
    text = article.text
    sentences, attrs = _group(doc, "sentences")
    sentence_ids = [span.id_ for span in sentences]
    section_of = {key: attrs[key].get("section") for key in sentence_ids}
    clauses, clause_attrs = _group(doc, "clauses")
    home = clause_attrs.get("sentence", [])
    sentence_of_start = {
        span.start_char: sentence_ids[n] for span, n in zip(clauses, home, strict=True)
    }
    sections, section_attrs = _group(doc, "sections")
    mentions, mention_attrs = _group(doc, "mentions")
    units, unit_attrs = _group(doc, "units")
    stance_of: dict[str, Any] = unit_attrs.get("stance", {})

    def quoted(start: int, end: int) -> dict[str, Any]:
        return {"start": start, "end": end, "text": text[start:end]}

    exported_units = [
        {
            "id": span.id_,
            **quoted(span.start_char, span.end_char),
            "label": span.label_,
            "subtype": data.get("subtype"),
            "score": data.get("score"),
            "scores": dict(data.get("scores", {})),
            "sentence": sentence_of_start.get(span.start_char),
            "section": section_of.get(sentence_of_start.get(span.start_char, "")),
            "heading": data.get("heading", False),
            "holder": data.get("holder"),
            "addressee": data.get("addressee"),
            "strength": data.get("strength"),
            "by": data.get("by", "rules"),
            "cues": [
                {**quoted(cue["start"], cue["end"]), "weight": cue["weight"]}
                for cue in data.get("cues", ())
            ],
            "stance": {key: dict(value) for key, value in stance_of.get(span.id_, {}).items()},
        }
        for span in units
        for data in (unit_attrs[span.id_],)
    ]
    document_stance: dict[str, Any] = unit_attrs.get("document_stance", {})
    relations = [dict(relation) for relation in unit_attrs.get("relations", ())]
    return AnnotatedArticle.model_validate(
        {
            "schema_version": SCHEMA_VERSION,
            "id": article.id,
            "signature": signature(),
            "source": article.source.model_dump(),
            "meta": article.meta.model_dump(),
            "text": text,
            "boilerplate": [mark.model_dump() for mark in article.boilerplate],
            "sections": [
                {
                    "id": span.id_,
                    "level": data["level"],
                    "number": data["number"],
                    "title": text[data["title_start"] : data["title_end"]],
                    "start": span.start_char,
                    "end": span.end_char,
                    "title_start": data["title_start"],
                    "title_end": data["title_end"],
                    "parent": data["parent"],
                }
                for span in sections
                for data in (section_attrs[span.id_],)
            ],
            "sentences": [
                {
                    "id": span.id_,
                    "start": span.start_char,
                    "end": span.end_char,
                    "section": section_of[span.id_],
                    "paragraph": attrs[span.id_]["paragraph"],
                }
                for span in sentences
            ],
            "clauses": [
                {"start": span.start_char, "end": span.end_char, "sentence": sentence_ids[n]}
                for span, n in zip(clauses, home, strict=True)
            ],
            "mentions": [
                {
                    "id": span.id_,
                    "kind": span.label_,
                    **quoted(span.start_char, span.end_char),
                    "norm": data.get("norm"),
                    "holder": data.get("holder"),
                }
                for span in mentions
                for data in (mention_attrs[span.id_],)
            ],
            "units": exported_units,
            "relations": relations,
            "stance": {key: dict(value) for key, value in document_stance.items()},
            "summary": _summary(text, exported_units, relations, mentions, document_stance),
        }
    )


def _group(doc: Doc, name: str) -> tuple[Any, dict[str, Any]]:
    """A span group and its attributes; an absent group is empty, as in a foreign pipeline."""
    if name not in doc.spans:
        return (), {}
    group: SpanGroup = doc.spans[name]
    return list(group), group.attrs


def _summary(
    text: str,
    units: list[dict[str, Any]],
    relations: list[dict[str, Any]],
    mentions: Any,
    document_stance: dict[str, Any],
) -> dict[str, Any]:
    """Counts and shares that comparing reads without the text; shares are of unit characters."""
    size = dict.fromkeys(UNIT_LABELS, 0)
    for unit in units:
        size[unit["label"]] = size.get(unit["label"], 0) + unit["end"] - unit["start"]
    total = sum(size.values())
    labels = Counter(unit["label"] for unit in units)
    kinds = Counter(span.label_ for span in mentions)
    return {
        "characters": len(text),
        "units": {label: labels[label] for label in UNIT_LABELS},
        "shares": {label: size[label] / total if total else 0.0 for label in UNIT_LABELS},
        "relations": dict(sorted(Counter(item["label"] for item in relations).items())),
        "mentions": {kind: kinds[kind] for kind in MENTION_KINDS},
        "stance": {
            target: {
                label: sum(unit["stance"].get(target, {}).get("label") == label for unit in units)
                for label in STANCE_LABELS
            }
            for target in document_stance
        },
    }
