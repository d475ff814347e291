"""Rich display in Jupyter beside the article's own: units in their sentences, and tables.

Nothing of it needs a script; every rule of its style begins with ``.argmine``, and every piece of
the data is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from argmine.html import safe
from argmine.schema import AnnotatedArticle, Unit
from argmine.show.marks import COLOURS, side, tags, unit_labels
from argmine.show.words import SIGNS, gloss, words

if TYPE_CHECKING:
    import pandas as pd

# Rows of a table that a notebook shows; more belong into a file.
ROWS = 20
# Columns whose cells are words of argmine beside those of labels, which are categories; a holder
# is the author or an actor's name.
_WORDED = {"holder", "kind", "strength", "subtype", "target"}
# Text stands left, long text is broken; Jupyter's own rules would put it right, on one line.
_STYLE = """
.argmine.notebook table { border-collapse: collapse; }
.argmine.notebook th, .argmine.notebook td {
  text-align: left; vertical-align: top; padding: 3px 10px 3px 0; white-space: pre-wrap;
  overflow-wrap: break-word; min-width: 3em; max-width: 36em; border-bottom: 1px solid var(--line);
}
.argmine.notebook .cue { font-weight: bold; } .argmine.notebook .around { color: var(--soft); }
"""


class UnitsView:
    """Units for Jupyter: each in its sentence, and below it what was found and why.

    Args:
        units: of one article.
        article: theirs; without it the sentence around a unit is not shown.
        lang: of what stands below, ``zh`` or ``en``.
    """

    def __init__(
        self, units: Sequence[Unit], article: AnnotatedArticle | None = None, lang: str = "zh"
    ) -> None:
        self._units, self._article, self._lang = units, article, lang

    def _repr_html_(self) -> str:
        labels = unit_labels(self._article) if self._article else _labels(self._units)
        short = dict(zip(labels, tags(labels, self._lang), strict=True))
        colour = {label: f"l{n % COLOURS}" for n, label in enumerate(labels)}
        ends = (
            {sentence.id: (sentence.start, sentence.end) for sentence in self._article.sentences}
            if self._article
            else {}
        )
        return _framed(
            "".join(
                self._shown(unit, short[unit.label], colour[unit.label], ends)
                for unit in self._units
            )
        )

    def _shown(
        self, unit: Unit, tag: str, colour: str, sentences: dict[str, tuple[int, int]]
    ) -> str:
        start, end = sentences.get(unit.sentence or "", (unit.start, unit.end))
        text = self._article.text if self._article else ""
        before, after = text[start : unit.start], text[unit.end : end]
        own = text[unit.start : unit.end] or unit.text or ""
        stance = next(iter(unit.stance.values()), None)
        label = "none" if stance is None else stance.label
        marked = "".join(_with_cues(unit, own))
        facts = " · ".join(f"<bdi>{safe(fact)}</bdi>" for fact in self._facts(unit))
        return (
            f'<div class="text"><div class="line"><span class="around">{safe(before)}</span>'
            f'<span class="unit {colour} {side(label)} first" '
            f'data-tag="{safe(tag + SIGNS.get(label, ""))}"><span>{marked}</span></span>'
            f'<span class="around">{safe(after)}</span></div></div><p class="facts">{facts}</p>'
        )

    def _facts(self, unit: Unit) -> Iterator[str]:
        """What was found of the unit, and what decided."""
        lang, word = self._lang, words(self._lang)
        yield f"{unit.id} {gloss(unit.label, lang)}{_score(unit.score)}"
        for key, value in (
            ("subtype", unit.subtype),
            ("strength", unit.strength),
            ("holder", unit.holder),
            ("addressee", unit.addressee),
        ):
            if value:
                yield f"{word[key]} {gloss(value, lang)}"
        for target, stance in unit.stance.items():
            yield f"{gloss(target, lang)} {gloss(stance.label, lang)}{_score(stance.score)}"
        if unit.cues:
            told = "、".join(f"{cue.text} {cue.weight:+.2f}" for cue in unit.cues)
            yield f"{word['cues']} {told}"
        yield f"{unit.start}–{unit.end}"


def _labels(units: Sequence[Unit]) -> list[str]:
    """The labels that units without their article are told apart by."""
    whole = AnnotatedArticle.model_construct(units=list(units))
    return unit_labels(whole)


def _with_cues(unit: Unit, own: str) -> Iterator[str]:
    """The text of the unit in pieces, those of its cues marked."""
    covered = [False] * len(own)
    for cue in unit.cues:
        for place in range(max(cue.start - unit.start, 0), min(cue.end - unit.start, len(own))):
            covered[place] = True
    changes = [n for n in range(1, len(own)) if covered[n] != covered[n - 1]]
    for start, end in pairwise([0, *changes, len(own)]):
        piece = safe(own[start:end])
        yield f'<b class="cue">{piece}</b>' if start < end and covered[start] else piece


def _score(score: float | None) -> str:
    return "" if score is None else f" {score:.2f}"


@cache
def _text_style() -> str:
    return (files("argmine.show") / "text.css").read_text(encoding="utf-8")


def _framed(inner: str) -> str:
    return f'<div class="argmine notebook"><style>{_text_style()}{_STYLE}</style>{inner}</div>'


class TableView:
    """A table for Jupyter, as :func:`show_table` gives it; ``frame`` is what is shown."""

    def __init__(self, frame: pd.DataFrame, rows: int, lang: str) -> None:
        self.frame, self._rows, self._lang = frame, rows, lang

    def _repr_html_(self) -> str:
        import pandas as pd

        shown = self.frame.head(self._rows)
        with pd.option_context("display.max_colwidth", None):
            cells = shown.to_html(
                index=False, border=0, na_rep="", float_format="{:.2f}".format, max_cols=None
            )
        note = words(self._lang)["first-rows"].format(len(shown), len(self.frame))
        return _framed(f'{cells}<p class="facts">{note}</p>')


def show_table(
    frame: pd.DataFrame,
    table: str = "units",
    *,
    columns: Sequence[str] | None = None,
    rows: int = ROWS,
    lang: str = "zh",
) -> TableView:
    """A table of argmine for reading in Jupyter: headers and labels in words, text to the left.

    Args:
        frame: the table, or some of its rows; own columns of the user keep their names.
        table: which one it is: ``units``, ``documents``, ``keyness`` …
        columns: those to show, by their own names; else all.
        rows: how many from the top.
        lang: ``zh`` or ``en``; in English names and labels stay as they are.
    """
    import pandas as pd

    from argmine.compare.cells import encodable
    from argmine.compare.columns import column_title, read_columns
    from argmine.compare.words import gloss as table_gloss

    def told(cell: Any, is_worded: bool) -> Any:
        if not isinstance(cell, str):
            return cell
        return encodable(table_gloss(cell, lang) if is_worded else cell).replace("\0", "\ufffd")

    own = {column.name for column in read_columns()[table]}
    chosen = frame if columns is None else frame[list(columns)]
    shown = {}
    for name in chosen.columns:
        is_label = isinstance(chosen[name].dtype, pd.CategoricalDtype)
        is_own = is_label or (name in _WORDED and name in own)
        cells = [told(cell, is_own) for cell in chosen[name]]
        title = column_title(table, name, lang)
        shown[title] = pd.Series(cells, dtype=object if is_label else chosen[name].dtype)
    return TableView(pd.DataFrame(shown), rows, lang)
