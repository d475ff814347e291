"""Annotated articles as tables: one row an article, unit, relation, mention or stance.

Reads:   annotated articles, in any order, each once
Writes:  pandas DataFrames, sorted by the id of the article and then as the article has it
Limits:  a label, target or kind that never occurs has no column, but for the default ones

The columns, their order and their types do not depend on the articles; where a name ends in a word
in capitals, there is one column a label, relation, kind or target, sorted by code point:

==============  ================================================================================
documents       document title authors affiliations publication issue date url language script
                path sha256 signature characters sections sentences units relations mentions
                units.LABEL share.LABEL relations.RELATION mentions.KIND stance.TARGET
                stance_score.TARGET favor.TARGET against.TARGET neutral.TARGET
units           document unit start end text label subtype score heading section paragraph
                sentence holder addressee strength by cues stance.TARGET stance_score.TARGET
unit_stances    document unit target stance score by label text
relations       document source target label score source_label target_label source_start
                target_start source_text target_text
mentions        document mention kind start end text norm holder holder_name unit
stances         document target holder_kind holder stance score units unit_ids
matrix          document, and label.LABEL, subtype.SUBTYPE, stance.TARGET.STANCE or
                addressee.ADDRESSEE
==============  ================================================================================

Text is ``string``, integers are ``Int64``, scores ``Float64``, flags ``boolean``; labels, stances,
relations, kinds and ``holder_kind`` are ``category`` with the known values first. Counts of the
matrix are ``int64``. ``columns.tsv`` says what each column means, in both languages.
"""

from __future__ import annotations

import gc
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from argmine.compare import needing_extra
from argmine.compare.columns import read_columns
from argmine.schema import (
    DECIMALS,
    MENTION_KINDS,
    RELATION_LABELS,
    STANCE_LABELS,
    UNIT_LABELS,
    AnnotatedArticle,
    Mention,
)

with needing_extra():
    import numpy as np
    import pandas as pd

# A row holds a value a column; a column that stands for several holds a dict, its parts by key.
Row = tuple[Any, ...]
Codes = Counter[tuple[str, ...]]

TABLES = ("documents", "units", "unit_stances", "relations", "mentions", "stances", "matrix")
CODES = ("label", "subtype", "stance", "addressee")
# What parts several values in one cell.
BETWEEN = "; "
_TYPES = {"integer": "Int64", "number": "Float64", "flag": "boolean"}
_CATEGORIES = {
    "label": UNIT_LABELS,
    "relation": RELATION_LABELS,
    "stance": (*STANCE_LABELS, "none"),
    "kind": MENTION_KINDS,
    "holder": ("author", "actor"),
}
_DEFAULTS = {"LABEL": UNIT_LABELS, "RELATION": RELATION_LABELS, "KIND": MENTION_KINDS, "TARGET": ()}


def tables(
    articles: Iterable[AnnotatedArticle],
    names: Sequence[str] = TABLES,
    *,
    code: str = "label",
    counts: bool = True,
) -> dict[str, pd.DataFrame]:
    """Several tables in one pass over the articles.

    Args:
        articles: annotated articles; may be an iterator, which is read once.
        names: of ``TABLES``.
        code: of ``CODES``, what the matrix has its columns of.
        counts: how many units have the code; else 1 where any has it.
    """
    if code not in CODES:
        raise ValueError(f"code {code!r} is not one of {', '.join(CODES)}")
    rows: dict[str, list[Row]] = {name: [] for name in names}
    collects = gc.isenabled()
    # rows hold no cycles: looking for some again and again would double the time
    gc.disable()
    try:
        for article in articles:
            for name, found in rows.items():
                if name == "matrix":
                    found.append((article.id, _codes(article, code)))
                else:
                    found.extend(_ROWS[name](article))
        for found in rows.values():
            found.sort(key=lambda row: row[0])
        return {
            name: _matrix_frame(found, code, counts) if name == "matrix" else _frame(name, found)
            for name, found in rows.items()
        }
    finally:
        if collects:
            gc.enable()


def documents(articles: Iterable[AnnotatedArticle]) -> pd.DataFrame:
    """One row an article: what it says of itself, and how much of what was found in it."""
    return tables(articles, ["documents"])["documents"]


def units(articles: Iterable[AnnotatedArticle]) -> pd.DataFrame:
    """One row a unit, with a pair of columns a target for its stance."""
    return tables(articles, ["units"])["units"]


def unit_stances(articles: Iterable[AnnotatedArticle]) -> pd.DataFrame:
    """One row a unit and target."""
    return tables(articles, ["unit_stances"])["unit_stances"]


def relations(articles: Iterable[AnnotatedArticle]) -> pd.DataFrame:
    """One row a relation, with the texts of both ends."""
    return tables(articles, ["relations"])["relations"]


def mentions(articles: Iterable[AnnotatedArticle]) -> pd.DataFrame:
    """One row a mention, with the unit that it stands in."""
    return tables(articles, ["mentions"])["mentions"]


def stances(articles: Iterable[AnnotatedArticle]) -> pd.DataFrame:
    """One row an article, target and holder: the author, then each actor."""
    return tables(articles, ["stances"])["stances"]


def matrix(
    articles: Iterable[AnnotatedArticle], *, code: str = "label", counts: bool = True
) -> pd.DataFrame:
    """One row an article and one column a code of its units.

    Args:
        articles: annotated articles.
        code: of ``CODES``.
        counts: how many units have the code; else 1 where any has it.
    """
    return tables(articles, ["matrix"], code=code, counts=counts)["matrix"]


def _matrix_frame(rows: list[Row], code: str, counts: bool) -> pd.DataFrame:
    seen: set[tuple[str, ...]] = set().union(*(codes for _, codes in rows))
    columns = sorted(seen)
    if code == "label":
        columns = [(key,) for key in _keys("LABEL", {key for (key,) in seen})]
    elif code == "stance":
        targets = sorted({target for target, _ in seen})
        known = [(target, stance) for target in targets for stance in STANCE_LABELS]
        columns = known + sorted(seen - set(known))
    place = {column: n for n, column in enumerate(columns)}
    values = np.zeros((len(rows), len(columns)), np.int64)
    for number, (_, codes) in enumerate(rows):
        for column, count in codes.items():
            values[number, place[column]] = count if counts else 1
    frame = pd.DataFrame(values, columns=[".".join((code, *column)) for column in columns])
    frame.insert(0, "document", _series([key for key, _ in rows], "text"))
    return frame


def _codes(article: AnnotatedArticle, code: str) -> Codes:
    if code == "stance":
        return Counter((t, s.label) for unit in article.units for t, s in unit.stance.items())
    values = (getattr(unit, code) for unit in article.units)
    return Counter((value,) for value in values if value is not None)


def _document_rows(article: AnnotatedArticle) -> Iterator[Row]:
    meta, source = article.meta, article.source
    counts, size = Counter[str](), Counter[str]()
    sides: dict[str, Counter[str]] = {}
    for unit in article.units:
        counts[unit.label] += 1
        size[unit.label] += unit.end - unit.start
        for target, stance in unit.stance.items():
            sides.setdefault(target, Counter())[stance.label] += 1
    total = max(sum(size.values()), 1)
    yield (
        article.id,
        meta.title,
        BETWEEN.join(meta.authors) or None,
        BETWEEN.join(meta.affiliations) or None,
        meta.publication,
        meta.issue,
        meta.date,
        meta.url,
        meta.language,
        meta.script,
        source.path,
        source.sha256 or None,
        article.signature,
        len(article.text),
        len(article.sections),
        len(article.sentences),
        len(article.units),
        len(article.relations),
        len(article.mentions),
        dict(counts),
        {label: round(characters / total, DECIMALS) for label, characters in size.items()},
        dict(Counter(relation.label for relation in article.relations)),
        dict(Counter(mention.kind for mention in article.mentions)),
        {target: stance.label for target, stance in article.stance.items()},
        {target: stance.score for target, stance in article.stance.items()},
        *({t: side[label] for t, side in sides.items()} for label in STANCE_LABELS),
    )


def _unit_rows(article: AnnotatedArticle) -> Iterator[Row]:
    titles = {section.id: section.title for section in article.sections}
    paragraphs = {sentence.id: sentence.paragraph for sentence in article.sentences}
    for unit in article.units:
        yield (
            article.id,
            unit.id,
            unit.start,
            unit.end,
            article.text[unit.start : unit.end],
            unit.label,
            unit.subtype,
            unit.score,
            unit.heading,
            titles.get(unit.section or ""),
            paragraphs.get(unit.sentence or ""),
            unit.sentence,
            unit.holder,
            unit.addressee,
            unit.strength,
            unit.by,
            BETWEEN.join(f"{cue.text} {cue.weight:+.2f}" for cue in unit.cues) or None,
            {target: stance.label for target, stance in unit.stance.items()},
            {target: stance.score for target, stance in unit.stance.items()},
        )


def _unit_stance_rows(article: AnnotatedArticle) -> Iterator[Row]:
    for unit in article.units:
        text = article.text[unit.start : unit.end]
        for target, stance in sorted(unit.stance.items()):
            said = (stance.label, stance.score, stance.by)
            yield article.id, unit.id, target, *said, unit.label, text


def _relation_rows(article: AnnotatedArticle) -> Iterator[Row]:
    by_id = {unit.id: unit for unit in article.units}
    for relation in article.relations:
        source, target = by_id[relation.source], by_id[relation.target]
        yield (
            article.id,
            source.id,
            target.id,
            relation.label,
            relation.score,
            source.label,
            target.label,
            source.start,
            target.start,
            article.text[source.start : source.end],
            article.text[target.start : target.end],
        )


def _mention_rows(article: AnnotatedArticle) -> Iterator[Row]:
    by_id = {mention.id: mention for mention in article.mentions}
    in_order = sorted(article.units, key=lambda unit: unit.start)
    starts = [unit.start for unit in in_order]
    for mention in article.mentions:
        # units of gold may overlap: the one that begins last is asked
        place = bisect_right(starts, mention.start) - 1
        unit = in_order[place] if place >= 0 else None
        yield (
            article.id,
            mention.id,
            mention.kind,
            mention.start,
            mention.end,
            article.text[mention.start : mention.end],
            mention.norm,
            mention.holder,
            _holder_name(article, mention, by_id),
            unit.id if unit and mention.end <= unit.end else None,
        )


def _holder_name(
    article: AnnotatedArticle, mention: Mention, by_id: dict[str, Mention]
) -> str | None:
    holder = by_id.get(mention.holder or "")
    if holder is None:
        return mention.holder
    return holder.norm or article.text[holder.start : holder.end]


def _stance_rows(article: AnnotatedArticle) -> Iterator[Row]:
    for target, whole in sorted(article.stance.items()):
        author = (whole.label, whole.score, len(whole.units), " ".join(whole.units) or None)
        yield article.id, target, "author", "author", *author
        for actor in whole.by_actor:
            said = (actor.label, actor.score, len(actor.units), " ".join(actor.units) or None)
            yield article.id, target, "actor", actor.actor, *said


_ROWS: dict[str, Callable[[AnnotatedArticle], Iterator[Row]]] = {
    "documents": _document_rows,
    "units": _unit_rows,
    "unit_stances": _unit_stance_rows,
    "relations": _relation_rows,
    "mentions": _mention_rows,
    "stances": _stance_rows,
}


def _frame(name: str, rows: list[Row]) -> pd.DataFrame:
    """The rows under the columns of the table."""
    columns = read_columns()[name][1:]
    values = zip(*rows, strict=True) if rows else ((),) * len(columns)
    data: dict[str, Any] = {}
    for column, cells in zip(columns, values, strict=True):
        if not column.stands_for:
            data[column.name] = _series(cells, column.type)
            continue
        # what an article has none of counts 0; what is not annotated in it is missing
        absent = None if column.stands_for == "TARGET" else 0
        for key in _keys(column.stands_for, {key for cell in cells for key in cell}):
            filled = [cell.get(key, absent) for cell in cells]
            data[column.name.replace(column.stands_for, key)] = _series(filled, column.type)
    return pd.DataFrame(data, copy=False)


def _keys(stands_for: str, seen: set[str]) -> list[str]:
    """The default keys where no other occurs, as in the summary of an article; else all found."""
    known = _DEFAULTS[stands_for]
    return list(known) if seen <= set(known) else sorted(seen)


def _series(values: Sequence[Any], kind: str) -> pd.Series:
    """Values as a column of a type of ``columns.tsv``."""
    if kind in _CATEGORIES:
        known = _CATEGORIES[kind]
        others = sorted(set(values) - {None, *known})
        return pd.Series(pd.Categorical(values, categories=[*known, *others]))
    if kind in _TYPES:
        return pd.Series(list(values), dtype=_TYPES[kind])
    # Arrow strings refuse a lone surrogate; these take any text
    return pd.Series(list(values), dtype=pd.StringDtype("python"))
