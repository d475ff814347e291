"""Show an annotated article in the terminal: one block a unit, its label and relation beside it.

The walk goes over the units in text order and the text between them, so that it needs neither
sentences nor sorted units. Lines are folded at the width of a terminal, Chinese characters counting
two cells; where the output is no terminal, every unit stays on one line for other programs.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from argmine.schema import AnnotatedArticle, Boilerplate, DocumentStance, Section, Unit
from argmine.show.marks import ARROWS, targets, unit_labels, unit_stance
from argmine.show.words import SIGNS, gloss, words

# One a label, in the order of the labels; a seventh label shares the first one's colour.
_COLOURS = ("cyan", "green", "magenta", "yellow", "blue", "red")
_SIDES = {"favor": "bold green", "against": "bold red"}
# Ids and labels of any length must leave room for the text.
_MAX_GUTTER = 24
# Below this many cells for the text, the text stands under its label, not beside it.
_MIN_TEXT = 20
# So many deciding units are named.
_FEW_UNITS = 12
_LINE_BREAK = re.compile("[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
# Where a mark starts and ends, and what it is; None for the end of the text.
_Mark = tuple[int, int, Unit | Section | Boilerplate | None]


def output_console() -> Console:
    """A console on standard output; colours only where that is a terminal."""
    return Console(file=sys.stdout, highlight=False, soft_wrap=True)


def error_console() -> Console:
    """A console on standard error, for progress."""
    return Console(file=sys.stderr, highlight=False)


def visible(text: str) -> str:
    """The text as one line without controls: no escape sequence or bidi override gets through."""
    return "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character in "\t\n":
        return " "
    hidden = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    return "\ufffd" if hidden else character


def print_article(article: AnnotatedArticle, console: Console, lang: str = "zh") -> None:
    """Print metadata, document stance, legend, and the text by its units."""
    width = console.width if console.is_terminal else None
    for line in _head(article, lang):
        for row in _folded(line, width):
            console.print(row, soft_wrap=True)
    console.print()
    for row in _body(article, lang, width):
        console.print(row, soft_wrap=True)


def _head(article: AnnotatedArticle, lang: str) -> Iterator[Text]:
    meta = article.meta
    yield Text(visible(meta.title or article.id), style="bold")
    facts = [*meta.authors, *meta.affiliations, meta.publication, meta.issue, meta.date]
    if any(facts):
        yield Text(visible(" · ".join(fact for fact in facts if fact)), style="dim")
    for target, stance in article.stance.items():
        yield from _verdict(target, stance, lang)
    counts = Counter(unit.label for unit in article.units)
    legend = Text()
    for label, style in _styles(article).items():
        legend.append(visible(gloss(label, lang)), style=style).append(f" {counts[label]}  ")
    for label, sign in SIGNS.items():
        legend.append(f"{sign} {gloss(label, lang)}", style=_SIDES[label]).append("  ")
    legend.append(f"→ {words(lang)['relations']}", style="dim")
    yield legend


def _verdict(target: str, stance: DocumentStance, lang: str) -> Iterator[Text]:
    def row(name: str, label: str, score: float | None, units: list[str]) -> Text:
        line = Text(visible(name) + "  ")
        side = f"{SIGNS.get(label, '')} {gloss(label, lang)}".strip()
        line.append(visible(side), style=_SIDES.get(label, "bold"))
        rest = "" if score is None else f" {score:.2f}"
        rest += "".join(f" {key}" for key in units[:_FEW_UNITS])
        return line.append(visible(rest + " …" * (len(units) > _FEW_UNITS)), style="dim")

    name = f"{words(lang)['document-stance']} {gloss(target, lang)}"
    yield row(name, stance.label, stance.score, stance.units)
    for actor in stance.by_actor:
        yield row(f"  {actor.actor}", actor.label, actor.score, actor.units)


def _styles(article: AnnotatedArticle) -> dict[str, str]:
    labels = unit_labels(article)
    return {label: f"bold {_COLOURS[n % len(_COLOURS)]}" for n, label in enumerate(labels)}


def _body(article: AnnotatedArticle, lang: str, width: int | None) -> Iterator[Text]:
    """The rows of the text; a blank one between paragraphs, a count for skipped furniture."""
    before, left_out, broken = "", 0, False
    for kind, rows in (*_blocks(article, lang, width), ("end", [])):
        if kind == "break":
            broken = True
        elif kind == "furniture":
            left_out += 1
        else:
            if left_out:
                if before:
                    yield Text()
                yield Text(words(lang)["furniture-left-out"].format(left_out), style="dim italic")
                before, left_out, broken = "furniture", 0, True
            if rows and before not in ("", "heading") and (broken or kind == "heading"):
                yield Text()
            yield from rows
            before, broken = kind, False


def _blocks(
    article: AnnotatedArticle, lang: str, width: int | None
) -> Iterator[tuple[str, list[Text]]]:
    """Units, headings, furniture, the text between them, and the breaks between paragraphs."""
    styles, aims = _styles(article), targets(article)
    relations = {relation.source: relation for relation in article.relations}
    tags = {unit.id: _tag(unit, styles[unit.label], aims, lang) for unit in article.units}
    gutter = max((tag.cell_len for tag in tags.values()), default=0) + 2
    text, reached = article.text, 0
    for start, end, mark in _marks(article):
        if start < reached and not isinstance(mark, Unit):
            continue
        for n, line in enumerate(_LINE_BREAK.split(text[reached:start])):
            if n:
                yield "break", []
            if shown := visible(line.strip()):
                yield "text", _beside(Text(), Text(shown, style="dim"), Text(), gutter, width)
        reached = max(reached, start, end)
        whole = visible(text[start:end].strip())
        if isinstance(mark, Unit):
            arrow = Text()
            if relation := relations.get(mark.id):
                name = gloss(relation.label, lang)
                served = f" {ARROWS.get(relation.label, '→')} {relation.target} {name}"
                arrow.append(visible(served), style="dim italic")
            body = Text(whole, style="bold" if mark.heading else "")
            yield "unit", _beside(tags[mark.id], body, arrow, gutter, width)
        elif isinstance(mark, Section):
            indent = "  " * (min(max(mark.level, 1), 6) - 1)
            yield "heading", _folded(Text(indent + whole, style="bold"), width)
        elif isinstance(mark, Boilerplate):
            yield "furniture", []


def _marks(article: AnnotatedArticle) -> list[_Mark]:
    """Units, headings without a unit in them, and furniture, in text order; then the end."""
    starts = sorted(unit.start for unit in article.units)
    size = len(article.text)
    marks: list[_Mark] = [(unit.start, unit.end, unit) for unit in article.units]
    marks += [(piece.start, piece.end, piece) for piece in article.boilerplate]
    marks += [
        (section.start, section.title_end, section)
        for section in article.sections
        if section.start < section.title_end <= size
        and bisect_left(starts, section.start) == bisect_left(starts, section.title_end)
    ]
    marks.sort(key=lambda mark: (mark[0], -mark[1]))
    return [*marks, (size, size, None)]


def _tag(unit: Unit, style: str, aims: list[str], lang: str) -> Text:
    tag = Text().append(visible(unit.id) + " ", style="dim")
    tag.append(visible(gloss(unit.label, lang)), style=style)
    for stance in (unit_stance(unit, target) for target in aims):
        tag.append(SIGNS.get(stance, ""), style=_SIDES.get(stance, ""))
    tag.truncate(_MAX_GUTTER, overflow="ellipsis")
    return tag


def _beside(tag: Text, text: Text, arrow: Text, gutter: int, width: int | None) -> list[Text]:
    """A tag with its text beside it, or below it where the terminal is narrow."""
    if width is None:
        room = None
    elif width - gutter < _MIN_TEXT:
        above, tag, gutter = [tag] if tag else [], Text(), 2
        return above + _beside(tag, text, arrow, gutter, max(width, gutter + _MIN_TEXT))
    else:
        room = width - gutter
    rows = _folded(text, room)
    if room is None or rows[-1].cell_len + arrow.cell_len <= room:
        rows[-1].append_text(arrow)
    else:
        rows.append(arrow[1:])
    indents = [tag + Text(" " * (gutter - tag.cell_len)), *[Text(" " * gutter)] * (len(rows) - 1)]
    return [indent + row for indent, row in zip(indents, rows, strict=True)]


def _folded(line: Text, width: int | None) -> list[Text]:
    """The line in rows of at most ``width`` cells."""
    if width is None or line.cell_len <= width:
        return [line]
    return list(line.divide(_row_ends(line.plain, max(width, 2))))


def _row_ends(text: str, width: int) -> list[int]:
    """Where to fold: beside Chinese characters or after a space, never before a closing mark."""
    ends: list[int] = []
    start = used = best = 0
    for at, character in enumerate(text):
        cells = cell_len(character)
        if at > start and _may_break(text[at - 1], character):
            best = at
        if used + cells > width and at > start:
            start = best if best > start else at
            ends.append(start)
            used = cell_len(text[start:at])
        used += cells
    return ends


def _may_break(before: str, after: str) -> bool:
    if unicodedata.category(before) in ("Ps", "Pi"):
        return False
    if unicodedata.category(after) in ("Pe", "Pf", "Po") or after == " " or cell_len(after) == 0:
        return False
    return before == " " or cell_len(before) == 2 or cell_len(after) == 2
