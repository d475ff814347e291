"""Show an annotated article as one self-contained HTML page.

The page loads nothing: style and script stand inside it, allowed by their hashes in a strict
content security policy. Every piece of the article is escaped; ids of the data never become ids
of elements. Characters that HTML cannot carry (NUL and other controls) are shown as U+FFFD; the DOM
text of the article is the article's text in all else.
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from html import escape
from importlib.resources import files

from argmine.schema import GLOSSES, AnnotatedArticle

_WORDS = {
    "zh": {
        "outline": "目录", "labels": "标签", "stance": "立场", "details": "单元详情",
        "pick": "点击正文中的单元，查看得分、线索和关系。",
        "decided": "依据单元", "actors": "文中行为体",
        "subtype": "类型", "strength": "力度", "addressee": "对象",
        "holder": "持有者", "cues": "线索",
        "scores": "得分", "relations": "关系", "switch": "English", "none": "无",
    },
    "en": {
        "outline": "Outline", "labels": "Labels", "stance": "Stance", "details": "Unit",
        "pick": "Click a unit in the text to see its scores, cues and relations.",
        "decided": "Deciding units", "actors": "Actors reported", "subtype": "Subtype",
        "strength": "Strength", "addressee": "Addressee", "holder": "Holder", "cues": "Cues",
        "scores": "Scores", "relations": "Relations", "switch": "中文", "none": "none",
    },
}  # fmt: skip
_LABELS = ("claim", "evidence", "recommendation")
_STANCES = ("favor", "against", "neutral")


@cache
def _asset(name: str) -> str:
    return (files("argmine.show") / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _carried(text: str) -> str:
    """Escape a text for HTML; what HTML cannot carry becomes U+FFFD, a carriage return survives."""
    safe = "".join(c if c >= " " or c in "\n\r\t" else "\ufffd" for c in text)
    return escape(safe.replace("\x7f", "\ufffd"), quote=True).replace("\r", "&#13;")


def _class_of(label: str, known: tuple[str, ...]) -> str:
    return label if label in known else "other"


def article_page(article: AnnotatedArticle, lang: str = "zh") -> str:
    """The page as text; ``lang`` is the interface language at first, zh or en."""
    style, script = _asset("page.css"), _asset("page.js")
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    title = _carried(article.meta.title or article.id)
    data = json.dumps(
        {"lang": lang, "words": _WORDS, "glosses": GLOSSES, "units": _unit_data(article)},
        ensure_ascii=True,
    )
    for character in "<>&":
        data = data.replace(character, f"\\u{ord(character):04x}")
    return "".join(
        (
            f'<!doctype html>\n<html lang="{"zh" if lang == "zh" else "en"}"><head>',
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title><style>{style}</style></head><body>",
            f"<header><h1><bdi>{title}</bdi></h1>{_facts(article)}{_document_stance(article)}",
            _filters(),
            '<button type="button" id="switch"></button></header>',
            f'<div id="columns"><nav><h2 data-word="outline"></h2>{_outline(article)}</nav>',
            f'<main><article id="text">{_marked_text(article)}</article></main>',
            '<aside id="panel" aria-live="polite"><h2 data-word="details"></h2>',
            '<div id="details"><p data-word="pick"></p></div></aside></div>',
            f'<script type="application/json" id="data">{data}</script>',
            f"<script>{script}</script></body></html>\n",
        )
    )


def notebook_view(article: AnnotatedArticle) -> str:
    """A view without a script for Jupyter; each unit names its label and stance in its title."""
    legend = " ".join(
        f'<span class="unit {label}">{GLOSSES[label]} {label}</span>' for label in _LABELS
    )
    head = _carried(article.meta.title or article.id)
    return (
        f'<div class="argmine"><style>{_asset("page.css")}</style><h3>{head}</h3>'
        f"<p>{legend}</p>{_document_stance(article)}"
        f'<div id="text">{_marked_text(article)}</div></div>'
    )


def _facts(article: AnnotatedArticle) -> str:
    meta = article.meta
    facts = [*meta.authors, *meta.affiliations, meta.publication, meta.issue, meta.date]
    shown = " · ".join(f"<bdi>{_carried(fact)}</bdi>" for fact in facts if fact)
    return f'<p class="facts">{shown}</p>'


def _document_stance(article: AnnotatedArticle) -> str:
    number_of = {unit.id: n for n, unit in enumerate(article.units)}
    parts = []
    for target, stance in article.stance.items():
        kind = _class_of(stance.label, (*_STANCES, "none"))
        links = " ".join(
            f'<a href="#u{number_of[key]}">{_carried(key)}</a>'
            for key in stance.units[:24]
            if key in number_of
        )
        parts.append(
            f'<p class="stance {kind}"><strong>{_carried(target)}: '
            f"{_carried(GLOSSES.get(stance.label, ''))} {_carried(stance.label)}</strong> "
            f'<span data-word="decided"></span> {links}</p>'
        )
        rows = "".join(
            f"<li><bdi>{_carried(row.actor)}</bdi>: {_carried(GLOSSES.get(row.label, ''))} "
            f"{_carried(row.label)}</li>"
            for row in stance.by_actor
        )
        if rows:
            parts.append(
                f'<details><summary data-word="actors"></summary><ul>{rows}</ul></details>'
            )
    return "".join(parts)


def _filters() -> str:
    rows = []
    for word, names in (("labels", _LABELS), ("stance", _STANCES)):
        boxes = "".join(
            f'<label class="{name}"><input type="checkbox" checked data-filter="{name}">'
            f'<span data-gloss="{name}"></span></label>'
            for name in names
        )
        rows.append(f'<fieldset><legend data-word="{word}"></legend>{boxes}</fieldset>')
    return f'<div id="filters">{"".join(rows)}</div>'


def _outline(article: AnnotatedArticle) -> str:
    rows = "".join(
        f'<li class="level{min(section.level, 6)}"><a href="#s{n}"><bdi>'
        f"{_carried(section.number or '')} {_carried(section.title)}</bdi></a></li>"
        for n, section in enumerate(article.sections)
    )
    return f"<ul>{rows}</ul>"


def _marked_text(article: AnnotatedArticle) -> str:
    """The text cut at every border of a mark, each piece inside the marks that cover it; linear.

    Units and furniture never overlap one another; cues and mentions may cross anything, so they
    become classes of the pieces.
    """
    text = article.text
    opens: dict[int, list[str]] = {}
    closes: dict[int, int] = {}
    borders = {0, len(text)}
    for n, unit in enumerate(article.units):
        stance = next((s.label for s in unit.stance.values()), "neutral")
        label, side = _class_of(unit.label, _LABELS), _class_of(stance, _STANCES)
        gloss = _carried(GLOSSES.get(unit.label, unit.label))
        opens.setdefault(unit.start, []).append(
            f'<span class="unit {label} {side}" id="u{n}" tabindex="0" role="button" '
            f'data-label="{label}" data-stance="{side}" data-tag="{gloss}" title="{gloss} {side}">'
        )
        closes[unit.end] = closes.get(unit.end, 0) + 1
        borders |= {unit.start, unit.end}
    for mark in article.boilerplate:
        opens.setdefault(mark.start, []).append(
            f'<span class="boilerplate" title="{_carried(mark.kind)}">'
        )
        closes[mark.end] = closes.get(mark.end, 0) + 1
        borders |= {mark.start, mark.end}
    anchors = {section.start: n for n, section in enumerate(article.sections)}
    borders |= set(anchors)
    changes: dict[int, list[tuple[str, int]]] = {}
    for name, spans in (
        ("mention", article.mentions),
        ("cue", [cue for unit in article.units for cue in unit.cues]),
    ):
        for span in spans:
            changes.setdefault(span.start, []).append((name, 1))
            changes.setdefault(span.end, []).append((name, -1))
            borders |= {span.start, span.end}
    depth = {"mention": 0, "cue": 0}
    order = sorted(borders)
    out = []
    for start, end in zip(order, [*order[1:], len(text)], strict=True):
        out.append("</span>" * closes.get(start, 0))
        if start in anchors:
            out.append(f'<a id="s{anchors[start]}"></a>')
        out.extend(opens.get(start, ()))
        for name, step in changes.get(start, ()):
            depth[name] += step
        piece = _carried(text[start:end])
        names = " ".join(name for name, count in depth.items() if count > 0)
        out.append(f'<span class="{names}">{piece}</span>' if names and piece else piece)
    return "".join(out)


def _unit_data(article: AnnotatedArticle) -> list[dict[str, object]]:
    number_of = {unit.id: n for n, unit in enumerate(article.units)}
    links: dict[str, list[list[object]]] = {}
    for relation in article.relations:
        source, target = number_of[relation.source], number_of[relation.target]
        links.setdefault(relation.source, []).append(["→", target, relation.target, relation.label])
        links.setdefault(relation.target, []).append(["←", source, relation.source, relation.label])
    return [
        {
            "id": unit.id,
            "label": unit.label,
            "subtype": unit.subtype,
            "strength": unit.strength,
            "addressee": unit.addressee,
            "holder": unit.holder,
            "scores": unit.scores,
            "stance": {key: value.scores for key, value in unit.stance.items()},
            "cues": [[cue.text, cue.weight] for cue in unit.cues],
            "links": links.get(unit.id, []),
        }
        for unit in article.units
    ]
