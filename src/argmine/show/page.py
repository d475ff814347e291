"""Show an annotated article as one self-contained HTML page.

The page loads nothing: styles and script stand inside it, allowed by their hashes in a strict
content security policy. Every piece of the article is escaped; ids of the data never become ids of
elements. Without the script the page still shows all but the details of single units.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files

import orjson

from argmine.html import content_policy, safe
from argmine.schema import (
    MENTION_KINDS,
    STANCE_LABELS,
    AnnotatedArticle,
    DocumentStance,
    Section,
    Unit,
    UnitStance,
)
from argmine.show.marks import (
    COLOURS,
    marked_text,
    side,
    tags,
    targets,
    unit_labels,
    unit_stance,
)
from argmine.show.words import LANGUAGES, SIGNS, gloss, words

# So many deciding units stand in the head of the page; the others unfold.
FEW_UNITS = 12
# So much of a unit tells what a link leads to.
GLANCE = 40


@cache
def _asset(name: str) -> str:
    return (files("argmine.show") / name).read_text(encoding="utf-8")


def _language(article: AnnotatedArticle) -> str:
    """The language of the text for ``lang``: the script decides the forms of the characters."""
    meta = article.meta
    script = {"hans": "zh-Hans", "hant": "zh-Hant"}[meta.script]
    return script if meta.language.startswith("zh") else safe(meta.language)


def article_page(article: AnnotatedArticle, lang: str = "zh", *, report: str | None = None) -> str:
    """The page as text.

    Args:
        article: with its annotations.
        lang: language of the interface at first, ``zh`` or ``en``.
        report: link to the report over many articles that the page belongs to; without it the page
            stands alone.
    """
    style, script = _asset("text.css") + _asset("page.css"), _asset("page.js")
    policy = content_policy(style, (script,))
    title, language = safe(article.meta.title or article.id), _language(article)
    # < > & would end or confuse the element that carries the data.
    data = re.sub("[<>&]", lambda found: f"\\u{ord(found[0]):04x}", _data(article, lang))
    return "".join(
        (
            f'<!doctype html>\n<html lang="{"zh-Hans" if lang == "zh" else "en"}"><head>',
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>{title}</title><style>{style}</style></head>",
            f'<body class="argmine page"><header>{_way_back(report, lang)}<div class="titles">',
            f'<h1 lang="{language}"><bdi>{title}</bdi></h1>',
            f'<button type="button" id="switch" data-word="switch">{words(lang)["switch"]}'
            f"</button></div>{_facts(article)}{_document_stances(article, lang)}",
            f"{_metadata(article, lang)}</header>{_toolbar(article, lang)}",
            f'<div id="columns">{_outline(article, lang)}<main><svg id="arrows" '
            f'aria-hidden="true"></svg><article id="text" class="text" lang="{language}">',
            marked_text(article, lang, linked=True),
            f'</article></main><aside id="panel" {_aria("details", lang)}>',
            f'<div id="details" aria-live="polite">{_word("pick", lang, "p")}',
            f"{_word('keys', lang, 'p')}</div></aside></div>",
            f'<script type="application/json" id="data">{data}</script>',
            f"<script>{script}</script></body></html>\n",
        )
    )


def notebook_view(article: AnnotatedArticle, lang: str = "zh") -> str:
    """A view without a script for Jupyter; each unit explains itself by its title.

    Every rule of its style begins with ``.argmine``: nothing of the notebook changes.
    """
    labels = unit_labels(article)
    legend = " ".join(
        f"{_tag(n, tag)} {safe(gloss(label, lang))}"
        for n, (label, tag) in enumerate(zip(labels, tags(labels, lang), strict=True))
    )
    sides = " ".join(_side(label, lang) for label in SIGNS)
    verdicts = "".join(
        f"<p>{_verdict(target, stance, lang)}</p>" for target, stance in article.stance.items()
    )
    return (
        f'<div class="argmine notebook"><style>{_asset("text.css")}</style>'
        f'<p class="name"><bdi>{safe(article.meta.title or article.id)}</bdi></p>'
        f"{_facts(article)}{verdicts}<p>{legend} {sides}</p>"
        f'<div class="text" lang="{_language(article)}">'
        f"{marked_text(article, lang, linked=False)}</div></div>"
    )


def _word(key: str, lang: str, element: str = "span") -> str:
    return f'<{element} data-word="{key}">{safe(words(lang)[key])}</{element}>'


def _aria(key: str, lang: str) -> str:
    return f'aria-label="{safe(words(lang)[key])}" data-aria="{key}"'


def _gloss(label: str, lang: str) -> str:
    return f'<bdi data-gloss="{safe(label)}">{safe(gloss(label, lang))}</bdi>'


def _tag(number: int, tag: str) -> str:
    return f'<b class="tag l{number % COLOURS}" data-label="{number}">{safe(tag)}</b>'


def _way_back(report: str | None, lang: str) -> str:
    if report is None:
        return ""
    return f'<p><a id="back" href="{safe(report)}">{_word("back", lang)}</a></p>'


def _facts(article: AnnotatedArticle) -> str:
    meta = article.meta
    facts = [*meta.authors, *meta.affiliations, meta.publication, meta.issue, meta.date]
    shown = " · ".join(f"<bdi>{safe(fact)}</bdi>" for fact in facts if fact)
    return f'<p class="facts">{shown}</p>' if shown else ""


def _verdict(target: str, stance: DocumentStance, lang: str) -> str:
    """Target, label and shares of a document's stance."""
    shares = " · ".join(
        f"{_gloss(label, lang)} {score:.2f}" for label, score in stance.scores.items()
    )
    return (
        f"{_word('document-stance', lang)} <bdi>{_gloss(target, lang)}</bdi> "
        f"{_side(stance.label, lang)} <small>{shares}</small>"
    )


def _side(label: str, lang: str) -> str:
    sign = SIGNS.get(label, "")
    return f'<b class="side {side(label)}">{sign} {_gloss(label, lang)}</b>'


def _unit_links(article: AnnotatedArticle, keys: Iterable[str], numbers: dict[str, int]) -> str:
    def link(number: int) -> str:
        unit = article.units[number]
        glance = article.text[unit.start : min(unit.end, unit.start + GLANCE)]
        return f'<a href="#u{number}" title="{safe(glance)}"><bdi>{safe(unit.id)}</bdi></a>'

    return " ".join(link(numbers[key]) for key in keys if key in numbers)


def _document_stances(article: AnnotatedArticle, lang: str) -> str:
    """Each verdict with the units that decided it; the long rest and the metadata unfold."""
    numbers = {unit.id: n for n, unit in enumerate(article.units)}
    parts = []
    for target, stance in article.stance.items():
        first, rest = stance.units[:FEW_UNITS], stance.units[FEW_UNITS:]
        parts.append(f'<p class="verdict">{_verdict(target, stance, lang)}</p>')
        if first:
            links = _unit_links(article, first, numbers)
            parts.append(f"<p>{_word('decided', lang)} {links}</p>")
        parts.append('<div class="folded">')
        if rest:
            more = words(lang)["more"].format(len(rest))
            parts.append(
                f'<details><summary><span data-word="more" data-count="{len(rest)}">{more}</span>'
                f"</summary><p>{_unit_links(article, rest, numbers)}</p></details>"
            )
        if stance.by_actor:
            rows = "".join(
                f"<li><bdi>{safe(row.actor)}</bdi> {_side(row.label, lang)} "
                f"{'' if row.score is None else f'{row.score:.2f}'} "
                f"{_unit_links(article, row.units, numbers)}</li>"
                for row in stance.by_actor
            )
            parts.append(
                f"<details><summary>{_word('actors', lang)} {len(stance.by_actor)}</summary>"
                f"<ul>{rows}</ul></details>"
            )
        parts.append("</div>")
    return "".join(parts)


def _metadata(article: AnnotatedArticle, lang: str) -> str:
    meta, source = article.meta, article.source
    facts = (
        ("authors", "、".join(meta.authors)),
        ("affiliations", "、".join(meta.affiliations)),
        ("publication", meta.publication),
        ("issue", meta.issue),
        ("date", meta.date),
        ("url", meta.url),
        ("id", article.id),
        ("source", source.path),
        ("media-type", source.media_type),
        ("encoding", source.encoding),
        ("repairs", "; ".join(source.repairs)),
        ("sha256", source.sha256),
        ("signature", article.signature),
    )
    rows = "".join(
        f"{_word(key, lang, 'dt')}<dd><bdi>{_address(fact) if key == 'url' else safe(fact)}</bdi>"
        "</dd>"
        for key, fact in facts
        if fact
    )
    script = f"{_word('script', lang, 'dt')}<dd>{_gloss(meta.script, lang)}</dd>"
    summary = f"<summary>{_word('metadata', lang)}</summary>"
    return f'<details class="metadata">{summary}<dl>{rows}{script}</dl></details>'


def _address(url: str) -> str:
    """A link where the address is one of the web; everything else stays text."""
    if not re.fullmatch(r"https?://[!-~]+", url):
        return safe(url)
    return f'<a href="{safe(url)}" target="_blank" rel="noopener noreferrer">{safe(url)}</a>'


def _box(attribute: str, value: object, inner: str, count: int, checked: bool = True) -> str:
    state = " checked" if checked else ""
    return (
        f'<label><input type="checkbox"{state} data-{attribute}="{value}"> {inner} '
        f"<small>{count}</small></label>"
    )


def _group(key: str, boxes: str, lang: str) -> str:
    return f'<div role="group" class="{key}" {_aria(key, lang)}>{_word(key, lang)}{boxes}</div>'


def _toolbar(article: AnnotatedArticle, lang: str) -> str:
    """Legend and filters in one: each box shows what it stands for, and how often it occurs."""
    labels, stances = unit_labels(article), _stances(article)
    aims = targets(article)
    counts = Counter(unit.label for unit in article.units)
    sides = Counter(unit_stance(unit, aims[0] if aims else None) for unit in article.units)
    kinds = Counter[str](mention.kind for mention in article.mentions)
    named = enumerate(zip(labels, tags(labels, lang), strict=True))
    by_label = "".join(
        _box("filter-label", n, f"{_tag(n, tag)} {_gloss(label, lang)}", counts[label])
        for n, (label, tag) in named
    )
    by_stance = "".join(
        _box("filter-stance", n, _side(label, lang), sides[label])
        for n, label in enumerate(stances)
    )
    choice = "".join(
        f'<option value="{n}" data-gloss="{safe(target)}">{safe(gloss(target, lang))}</option>'
        for n, target in enumerate(aims)
    )
    if len(aims) > 1:
        by_stance += f'<select id="target" {_aria("target", lang)}>{choice}</select>'
    by_kind = "".join(
        _box("layer", kind, f'<span class="{kind}">{_gloss(kind, lang)}</span>', kinds[kind], False)
        for kind in MENTION_KINDS
        if kinds[kind]
    )
    layers = _box("layer", "ids", _word("ids", lang), len(article.relations), False)
    if article.boilerplate:
        layers += _box("layer", "furniture", _word("furniture", lang), len(article.boilerplate))
    return (
        f'<div id="toolbar">{_group("labels", by_label, lang)}{_group("stance", by_stance, lang)}'
        f"{_group('mentions', by_kind, lang) if by_kind else ''}{_group('show', layers, lang)}"
        f'<span id="shown" aria-live="polite"></span>{_word("legend", lang, "p")}</div>'
    )


def _outline(article: AnnotatedArticle, lang: str) -> str:
    rows = "".join(
        f'<li class="level{max(1, min(section.level, 4))}"><a href="#s{n}">'
        f"<bdi>{safe(_heading(article, section))}</bdi></a></li>"
        for n, section in enumerate(article.sections)
    )
    if not rows:
        return "<nav></nav>"
    return (
        f"<nav {_aria('outline', lang)}><details open><summary>"
        f'{_word("outline", lang)}</summary><ul lang="{_language(article)}">{rows}</ul>'
        "</details></nav>"
    )


def _heading(article: AnnotatedArticle, section: Section) -> str:
    """A heading as it stands in the text; else by its number and title."""
    shown = article.text[section.start : max(section.title_end, 0)].strip()
    return shown or f"{section.number or ''} {section.title}".strip()


def _stances(article: AnnotatedArticle) -> list[str]:
    """The stance labels of an article's units in a fixed order; ``none`` where one has none."""
    aims = targets(article)
    found = {stance.label for unit in article.units for stance in unit.stance.values()}
    if any(not unit.stance or len(unit.stance) < len(aims) for unit in article.units):
        found.add("none")
    return [*STANCE_LABELS, *sorted(found - set(STANCE_LABELS))]


def _data(article: AnnotatedArticle, lang: str) -> str:
    """What the script needs and the text does not hold, as JSON."""
    meta = article.meta
    labels = unit_labels(article)
    numbers = {section.id: n for n, section in enumerate(article.sections)}
    authors = "、".join(meta.authors or meta.affiliations)
    path = re.split(r"[\\/]", article.source.path or article.id)[-1]
    facts = (authors, meta.title, meta.publication, meta.issue, meta.date, path)
    # Each unit becomes bytes at once: many small objects would slow the garbage collector down.
    units = b",".join(orjson.dumps(row) for row in _unit_rows(article, numbers))
    return orjson.dumps(
        {
            "lang": lang,
            "words": {language: words(language) for language in LANGUAGES},
            "labels": labels,
            "tags": {language: tags(labels, language) for language in LANGUAGES},
            "stances": [(label, side(label), SIGNS.get(label, "")) for label in _stances(article)],
            "targets": targets(article),
            "cited": [fact for fact in facts if fact],
            "sections": [
                (_heading(article, section), numbers.get(section.parent or ""))
                for section in article.sections
            ],
            "mentions": [(m.kind, m.start, m.end, m.norm or "") for m in article.mentions],
            "units": orjson.Fragment(b"[" + units + b"]"),
        }
    ).decode()


def _unit_rows(article: AnnotatedArticle, sections: dict[str, int]) -> Iterator[dict[str, object]]:
    """The details of each unit; labels, stances, targets, units and sections by their numbers."""
    number_of = {unit.id: n for n, unit in enumerate(article.units)}
    label_number = {label: n for n, label in enumerate(unit_labels(article))}
    stance_number = {label: n for n, label in enumerate(_stances(article))}
    target_number = {target: n for n, target in enumerate(targets(article))}
    links: defaultdict[str, list[tuple[int, int, str, float | None]]] = defaultdict(list)
    for relation in article.relations:
        source, target = relation.source, relation.target
        links[source].append((1, number_of[target], relation.label, relation.score))
        links[target].append((0, number_of[source], relation.label, relation.score))
    sentences = sorted(sentence.start for sentence in article.sentences)
    lines = re.finditer(r"[^\r\n]+", article.text)
    paragraphs = [line.start() for line in lines if not line[0].isspace()]
    for unit in article.units:
        facts = (
            ("subtype", unit.subtype),
            ("strength", unit.strength),
            ("holder", unit.holder),
            ("addressee", unit.addressee),
            ("by", unit.by),
        )
        yield {
            "id": unit.id,
            "label": label_number[unit.label],
            "start": unit.start,
            "end": unit.end,
            "sentence": bisect_right(sentences, unit.start),
            "paragraph": bisect_right(paragraphs, unit.start),
            "section": sections.get(unit.section or ""),
            "facts": [(key, value) for key, value in facts if value],
            "scores": _scores(unit),
            "stance": [
                (
                    target_number[target],
                    stance_number[stance.label],
                    _scores(stance),
                )
                for target, stance in unit.stance.items()
            ],
            "cues": [(cue.start, cue.end, cue.weight) for cue in unit.cues],
            "links": links.get(unit.id, ()),
        }


def _scores(judged: Unit | UnitStance) -> dict[str, float] | dict[str, float | None]:
    """All scores; where gold gives a label only, that label."""
    return judged.scores or {judged.label: judged.score}
