"""Show an annotated article in the terminal."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.text import Text

from argmine.schema import GLOSSES, AnnotatedArticle, Unit

_STYLES = {"claim": "bold blue", "evidence": "green", "recommendation": "bold magenta"}
_MARKS = {"favor": "＋", "against": "－"}


def output_console() -> Console:
    """A console on standard output; colours only where that is a terminal."""
    return Console(file=sys.stdout, highlight=False, soft_wrap=True)


def error_console() -> Console:
    """A console on standard error, for progress."""
    return Console(file=sys.stderr, highlight=False)


def visible(text: str) -> str:
    """The text with control characters replaced: no escape sequence reaches a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)


def print_article(article: AnnotatedArticle, console: Console) -> None:
    """Print metadata, document stance, and the sentences with their units."""
    meta = article.meta
    console.print(Text(visible(meta.title or article.id), style="bold"))
    facts = [*meta.authors, *meta.affiliations, meta.publication, meta.issue, meta.date]
    console.print(Text(visible(" · ".join(fact for fact in facts if fact)), style="dim"))
    for target, stance in article.stance.items():
        deciding = " ".join(stance.units[:12])
        verdict = (
            f"{target}: {GLOSSES.get(stance.label, stance.label)} ({stance.label})  {deciding}"
        )
        console.print(Text(visible(verdict), style="bold"))
    relations = {relation.source: relation for relation in article.relations}
    depth = {section.id: section.level for section in article.sections}
    starts = {section.start: section for section in article.sections}
    units = sorted(article.units, key=lambda unit: unit.start)
    at = 0
    for sentence in article.sentences:
        section = starts.get(sentence.start)
        line = Text("  " * (depth.get(sentence.section or "", 1) - 1))
        position = sentence.start
        while at < len(units) and units[at].start < sentence.end:
            unit = units[at]
            line.append(visible(article.text[position : unit.start]), style="dim")
            line.append_text(_unit(article, unit))
            if relation := relations.get(unit.id):
                gloss = GLOSSES.get(relation.label, relation.label)
                line.append(f" →{relation.target} {gloss}", style="dim italic")
            position = unit.end
            at += 1
        rest = visible(article.text[position : sentence.end])
        line.append(rest, style="bold underline" if section is not None else "dim")
        console.print(line)


def _unit(article: AnnotatedArticle, unit: Unit) -> Text:
    marks = "".join(_MARKS.get(stance.label, "") for stance in unit.stance.values())
    gloss = GLOSSES.get(unit.label, unit.label)
    shown = Text(f"[{visible(unit.id)} {visible(gloss)}{marks}] ", style="dim")
    text = visible(article.text[unit.start : unit.end])
    return shown.append(text, style=_STYLES.get(unit.label, "bold"))
