"""From an annotated spaCy ``Doc`` to the annotated JSON: the one place that knows both sides."""

from __future__ import annotations

from collections import Counter
from functools import cache
from importlib.metadata import version
from typing import Any

from spacy.tokens import Doc

from argmine import __version__
from argmine.lexicons import lexicon_digest
from argmine.schema import (
    DECIMALS,
    MENTION_KINDS,
    SCHEMA_VERSION,
    STANCE_LABELS,
    UNIT_LABELS,
    Article,
)

_SENTENCE_COLUMNS = ("start", "end", "section", "paragraph")


@cache
def signature(model: str) -> str:
    """One line naming all that can change the output: equal signature and input, equal bytes."""
    return "|".join(
        (
            f"argmine:{__version__}",
            f"schema:{SCHEMA_VERSION}",
            f"model:{model}",
            f"lexicons:{lexicon_digest()}",
            f"rjieba:{version('rjieba')}",
            f"opencc:{version('opencc')}",
            f"spacy:{version('spacy')}",
        )
    )


def to_record(doc: Doc, article: Article, model: str) -> dict[str, Any]:
    """Export what the components wrote.

    Args:
        doc: the ``Doc`` of ``article.text`` after the whole pipeline.
        article: what ingest knows of it.
        model: the signature of the model that tagged it.

    Returns:
        The annotated article as plain data, with the keys of the schema in its order; every
        quotation is cut from the text at its offsets.
    """
    text = article.text
    sentences, clauses = _attrs(doc, "sentences"), _attrs(doc, "clauses")
    ids = [f"t{n}" for n in range(1, len(sentences.get("start", ())) + 1)]
    units, relations = _attrs(doc, "units"), doc.user_data.get("argmine.relations", [])
    mentions = _attrs(doc, "mentions")
    stance = doc.user_data.get("argmine.stance", {})
    homes = clauses.get("sentence", ())
    sections: Any = doc.spans.get("sections", ())
    exported_units = [
        {
            "id": key,
            "start": unit["start"],
            "end": unit["end"],
            "text": text[unit["start"] : unit["end"]],
            "label": unit["label"],
            "subtype": unit["subtype"],
            "score": unit["score"],
            "scores": unit["scores"],
            "sentence": ids[home],
            "section": sentences["section"][home],
            "heading": unit["heading"],
            "holder": unit["holder"],
            "addressee": unit["addressee"],
            "strength": unit["strength"],
            "by": unit["by"],
            "cues": [
                {"start": start, "end": end, "text": text[start:end], "weight": weight}
                for start, end, weight in unit["cues"]
            ],
            "stance": unit.get("stance", {}),
        }
        for key, unit in units.items()
        for home in (homes[unit["clauses"][0]],)
    ]
    return {
        "schema_version": SCHEMA_VERSION,
        "id": article.id,
        "signature": signature(model),
        "source": article.source.model_dump(),
        "meta": article.meta.model_dump(),
        "text": text,
        "boilerplate": [
            {"start": mark.start, "end": mark.end, "kind": mark.kind}
            for mark in article.boilerplate
        ],
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
            for data in (sections.attrs[span.id_],)
        ],
        "sentences": [
            {"id": key, "start": start, "end": end, "section": section, "paragraph": paragraph}
            for key, start, end, section, paragraph in zip(
                ids, *(sentences.get(name, ()) for name in _SENTENCE_COLUMNS), strict=True
            )
        ],
        "clauses": [
            {"start": start, "end": end, "sentence": ids[home]}
            for start, end, home in zip(
                clauses.get("start", ()), clauses.get("end", ()), homes, strict=True
            )
        ],
        "mentions": [
            {
                "id": key,
                "kind": mention["kind"],
                "start": mention["start"],
                "end": mention["end"],
                "text": text[mention["start"] : mention["end"]],
                "norm": mention["norm"],
                "holder": mention["holder"],
            }
            for key, mention in mentions.items()
        ],
        "units": exported_units,
        "relations": relations,
        "stance": stance,
        "summary": _summary(text, exported_units, relations, mentions, stance),
    }


def _attrs(doc: Doc, name: str) -> dict[str, Any]:
    """The attributes of a span group; an absent group is empty, as in a foreign pipeline."""
    return doc.spans[name].attrs if name in doc.spans else {}


def _summary(
    text: str,
    units: list[dict[str, Any]],
    relations: list[dict[str, Any]],
    mentions: dict[str, Any],
    stance: dict[str, Any],
) -> dict[str, Any]:
    """Counts and shares that comparing reads without the text; shares are of unit characters.

    Labels are the default ones, or where a unit has another one all that occur.
    """
    counts = Counter(unit["label"] for unit in units)
    labels = UNIT_LABELS if counts.keys() <= set(UNIT_LABELS) else sorted(counts)
    size = dict.fromkeys(labels, 0)
    for unit in units:
        size[unit["label"]] += unit["end"] - unit["start"]
    total = sum(size.values())
    kinds = Counter(mention["kind"] for mention in mentions.values())
    shares = {label: round(size[label] / max(total, 1), DECIMALS) for label in labels}
    return {
        "characters": len(text),
        "units": {label: counts[label] for label in labels},
        "shares": shares,
        "relations": dict(sorted(Counter(item["label"] for item in relations).items())),
        "mentions": {kind: kinds[kind] for kind in MENTION_KINDS},
        "stance": {
            target: {
                label: sum(unit["stance"].get(target, {}).get("label") == label for unit in units)
                for label in STANCE_LABELS
            }
            for target in stance
        },
    }
