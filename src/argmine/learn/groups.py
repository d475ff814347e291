"""Scores by group: by genre, by outlet, by any column of a table about the articles."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from argmine.errors import InputError
from argmine.ingest.decode import decode
from argmine.ingest.reading import file_bytes
from argmine.learn.resampling import DRAWS
from argmine.learn.scores import Report, summed_up
from argmine.schema import AnnotatedArticle

# Fewer documents than this say nothing about how much a score would vary.
MIN_DOCUMENTS = 3
UNKNOWN = "–"
# What people call a field of the article's own metadata.
_NAMES = {"outlet": "publication"}


def read_metadata(path: Path) -> dict[str, dict[str, str]]:
    """Read a table about articles: the row of each id, by column.

    Args:
        path: CSV or TSV with a header, in any encoding that ingest reads; ids stand in the column
            ``id``, else in the first one.

    Raises:
        InputError: no table, or an id that stands twice.
    """
    text, _, _ = decode(file_bytes(path), str(path))
    separator = max("\t,;", key=text.partition("\n")[0].count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
    rows, columns = list(reader), list(reader.fieldnames or ())
    if len(columns) < 2 or not rows:
        remedy = "give CSV or TSV with a header and a column id"
        raise InputError(str(path), "", "no table of articles", remedy)
    key = "id" if "id" in columns else columns[0]
    table: dict[str, dict[str, str]] = {}
    for row in rows:
        if row[key] in table:
            finding = f"id {row[key]!r} stands twice"
            raise InputError(str(path), "", finding, "keep one")
        table[row[key]] = row
    return table


def values_of(
    articles: Sequence[AnnotatedArticle],
    field: str,
    table: Mapping[str, Mapping[str, str]] | None = None,
    name: str = "--meta",
) -> dict[str, str]:
    """The value of a field for each article that has one.

    Args:
        articles: what the metadata stands in, where there is no table; of two articles with one
            id the later one that says something wins.
        field: a column of the table; else a field of ``meta``, ``outlet`` for ``publication``.
        table: of :func:`read_metadata`.
        name: of the table, for messages.

    Raises:
        InputError: no such field.
    """
    if table is not None:
        columns = list(next(iter(table.values())))
        wanted = field if field in columns else _NAMES.get(field, field)
        if wanted not in columns:
            finding, remedy = f"no column {field!r}", f"choose one of {', '.join(columns)}"
            raise InputError(name, "", finding, remedy)
        return {key: row[wanted] for key, row in table.items() if row[wanted]}
    wanted = _NAMES.get(field, field)
    found = {}
    for article in articles:
        if value := _plain(getattr(article.meta, wanted, None)):
            found[article.id] = value
    if not found:
        finding = f"no article has meta.{wanted}"
        raise InputError(f"--by {field}", "", finding, "give a table with --meta")
    return found


def _plain(value: object) -> str:
    if isinstance(value, list):
        return "、".join(map(str, value))
    return "" if value is None else str(value)


def by_group(report: Report, values: Mapping[str, str], *, draws: int = DRAWS) -> dict[str, Report]:
    """The report of each group of documents, the largest first.

    Groups of fewer than ``MIN_DOCUMENTS`` get no intervals.

    Args:
        report: of all documents.
        values: the group of each document; those without one stand under ``UNKNOWN``.
        draws: bootstrap samples of documents.
    """
    groups: dict[str, list[int]] = {}
    for n, key in enumerate(report.documents):
        groups.setdefault(values.get(key, UNKNOWN), []).append(n)
    ordered = sorted(groups.items(), key=lambda item: (item[0] == UNKNOWN, -len(item[1]), item[0]))
    return {
        value: summed_up(
            [report.by_document[n] for n in members],
            report.labels,
            draws=draws if len(members) >= MIN_DOCUMENTS else 0,
        )
        for value, members in ordered
    }
