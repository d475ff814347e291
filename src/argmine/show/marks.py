"""The article's text as HTML with its marks: units, cues, mentions, headings, page furniture.

The text is cut at every border of a mark. A piece of it belongs to the unit that started last
among those that cover it, and bears the names of all other marks that cover it as classes: spans
of any data may nest and cross. Each line is a block of its own, so that a bidi override ends with
its line. The text of the elements together is the article's text; only NUL, which HTML cannot
carry, becomes U+FFFD. What the reader sees besides (tags, ids, targets of relations) stands in
attributes.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import pairwise

from argmine.html import safe
from argmine.schema import MENTION_KINDS, STANCE_LABELS, UNIT_LABELS, AnnotatedArticle, Unit
from argmine.show.words import SIGNS, gloss

# Colours in text.css; a ninth label shares the first one's colour, never its tag.
COLOURS = 8
# A tag says at most so much of a label.
MAX_TAG = 4
NAMES = ("head", "furniture", "cue", *MENTION_KINDS)
# The inner element of a unit bears the line of the stance, the outer one the tag.
CLOSE = "</span></span>"
# Relations in the text; another label than these is written out.
ARROWS = {"support": "→", "attack": "↛"}


def unit_labels(article: AnnotatedArticle) -> list[str]:
    """The unit labels of an article in a fixed order; without units, the default ones."""
    found = {unit.label for unit in article.units}
    usual = UNIT_LABELS if found & set(UNIT_LABELS) or not found else ()
    return [*usual, *sorted(found - set(usual))]


def targets(article: AnnotatedArticle) -> list[str]:
    """The targets that the document or a unit takes a stance toward."""
    return list(dict.fromkeys([*article.stance, *(t for u in article.units for t in u.stance)]))


def unit_stance(unit: Unit, target: str | None) -> str:
    """The label of a unit's stance toward a target; ``none`` where it has none."""
    found = None if target is None else unit.stance.get(target)
    return "none" if found is None else found.label


def side(stance: str) -> str:
    """The class of a stance label."""
    return stance if stance in STANCE_LABELS else "other"


def tags(labels: list[str], lang: str) -> list[str]:
    """A short tag for each label: the shortest beginning of its name that no other one has."""
    names = [gloss(label, lang) for label in labels]
    sharing = Counter(name[:size] for name in names for size in range(1, MAX_TAG + 1))
    short = [
        next((name[:n] for n in range(1, MAX_TAG) if sharing[name[:n]] == 1), name[:MAX_TAG])
        for name in names
    ]
    return [tag[:1].upper() + tag[1:] for tag in short]


def marked_text(article: AnnotatedArticle, lang: str, *, linked: bool) -> str:
    """The marked text.

    Args:
        article: the annotated article.
        lang: language of the tags.
        linked: give units and sections ids and let units be chosen; else they explain themselves
            by a title.
    """
    text = article.text
    changes: defaultdict[int, list[tuple[str, int]]] = defaultdict(list)
    starting: defaultdict[int, list[int]] = defaultdict(list)
    sections: defaultdict[int, list[int]] = defaultdict(list)
    lines = [match.end() for match in re.finditer(r"\r\n|\r|\n", text)]
    borders = {0, len(text), *lines}

    def change(name: str, start: int, end: int) -> None:
        changes[start].append((name, 1))
        changes[end].append((name, -1))
        borders.update((start, end))

    for mark in article.boilerplate:
        change("furniture", mark.start, mark.end)
    for mention in article.mentions:
        change(mention.kind, mention.start, mention.end)
    for unit in article.units:
        borders.update((unit.start, unit.end))
        for cue in unit.cues:
            change("cue", cue.start, cue.end)
    for n, section in enumerate(article.sections):
        borders.add(section.start)
        sections[section.start].append(n)
        if section.start < section.title_end <= len(text):
            change("head", section.start, section.title_end)
    units = article.units
    for n in sorted(range(len(units)), key=lambda n: (units[n].start, -units[n].end)):
        starting[units[n].start].append(n)

    first, further = _openings(article, lang, linked)
    line_ends = set(lines) | {len(text)}
    depth = dict.fromkeys(NAMES, 0)
    open_units: list[int] = []
    out: list[str] = []
    line: list[str] = []
    inside: int | None = None
    level = 1
    filled = headed = furnished = 0
    for start, end in pairwise(sorted(borders)):
        for name, step in changes.get(start, ()):
            depth[name] += step
        while open_units and units[open_units[-1]].end <= start:
            open_units.pop()
        innermost = open_units[-1] if open_units else None
        fresh = starting.get(start, ())
        if inside is not None and (fresh or innermost != inside):
            line.append(CLOSE)
            inside = None
        for n in sections.get(start, ()):
            level = max(1, min(article.sections[n].level, 6))
            line.append(f'<a id="s{n}" class="anchor"></a>' if linked else "")
        for n in fresh:
            if inside is not None:
                line.append(CLOSE)
            line.append(first[n])
            innermost = inside = n
        open_units.extend(fresh)
        if inside is None and innermost is not None:
            line.append(further[innermost])
            inside = innermost
        piece = text[start:end]
        names = " ".join(name for name in NAMES if depth[name] > 0)
        line.append(f'<span class="{names}">{safe(piece)}</span>' if names else safe(piece))
        if not piece.isspace():
            filled += 1
            headed += depth["head"] > 0
            furnished += depth["furniture"] > 0
        if end in line_ends:
            if inside is not None:
                line.append(CLOSE)
                inside = None
            kind = '"line"'
            if not filled:
                kind = '"line blank"'
            elif furnished == filled:
                kind = '"line furnishing"'
            elif headed == filled:
                kind = f'"line h{level}" role="heading" aria-level="{min(level + 1, 6)}"'
            out.append(f"<div class={kind}>{''.join(line)}</div>")
            line.clear()
            filled = headed = furnished = 0
    return "".join(out)


def _openings(article: AnnotatedArticle, lang: str, linked: bool) -> tuple[list[str], list[str]]:
    """Opening tags of each unit: where it starts, and where it goes on after a break."""
    labels = unit_labels(article)
    short = dict(zip(labels, tags(labels, lang), strict=True))
    colour = {label: f"l{n % COLOURS}" for n, label in enumerate(labels)}
    target = next(iter(targets(article)), None)
    relations = {relation.source: relation for relation in article.relations}
    first: list[str] = []
    further: list[str] = []
    for n, unit in enumerate(article.units):
        stance = unit_stance(unit, target)
        classes = f"unit {colour[unit.label]} {side(stance)}"
        points = ""
        if relation := relations.get(unit.id):
            kind = ARROWS.get(relation.label, f"{relation.label} →")
            points = f' data-to="{safe(kind + relation.target)}"'
        if linked:
            # One unit is in the order of the Tab key; the keys j and k move on from there.
            extra = f'id="u{n}" role="button" tabindex="{-1 if n else 0}"'
        else:
            told = [unit.id, gloss(unit.label, lang), gloss(stance, lang)]
            if unit.score is not None:
                told.append(f"{unit.score:.2f}")
            extra = f'title="{safe(" · ".join(told))}"'
        tag = safe(short[unit.label] + SIGNS.get(stance, ""))
        first.append(
            f'<span class="{classes} first" {extra} data-n="{n}" data-tag="{tag}" '
            f'data-id="{safe(unit.id)}"{points}><span>'
        )
        further.append(f'<span class="{classes}" data-n="{n}"><span>')
    return first, further
