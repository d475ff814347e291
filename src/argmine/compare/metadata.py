"""The user's own columns about the articles, joined by id: outlet, region, year, kind of author.

Reads:   CSV or TSV (UTF-8, UTF-16 with a mark, GB18030) or the first sheet of an XLSX file
Limits:  all columns are text, as written: ``0001`` stays ``0001``; one that bears the name of a
         column of argmine's, such as ``title`` or 标题, becomes ``meta.title``
"""

from __future__ import annotations

import codecs
import csv
import datetime
import io
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from argmine.compare import needing_extra
from argmine.compare.columns import read_columns
from argmine.errors import InputError
from argmine.ingest.byline import date_of_line

with needing_extra():
    import pandas as pd

# The first of them that stands in the header parts the fields of a .csv.
_DELIMITERS = (",", "\t", ";")
# The user's dates of articles, by the names that such columns get here.
_DATES = ("meta.date", "meta.日期")
# A year or a month; whole dates are read as the lines of an article are.
_YEAR_OR_MONTH = re.compile(r"(\d{4})(?:[-/.年](0?[1-9]|1[0-2]))?[年月]?")
# Stands before the name of a column that argmine's tables have, too.
_PREFIX = "meta."


@dataclass(frozen=True)
class Metadata:
    """The user's table.

    Attributes:
        path: where it came from.
        frame: the columns without the id, under an index of ids.
        renamed: the columns that the file calls otherwise, by their names in the frame.
    """

    path: str
    frame: pd.DataFrame
    renamed: Sequence[str] = ()

    def unmatched(self, ids: Iterable[str]) -> list[tuple[str, list[str]]]:
        """What to say of ids that only the articles or only the user's table have."""
        articles, known = set(ids), set(self.frame.index)
        told = (
            ("articles without a row", sorted(articles - known)),
            ("rows without an article", sorted(known - articles)),
        )
        return [(remark, found) for remark, found in told if found]

    def renamed_as(self, column: str) -> str:
        """What the column of the user's file is called here; any other name as it is."""
        return _PREFIX + column if _PREFIX + column in self.renamed else column

    def dates(self) -> tuple[dict[str, str], list[str]]:
        """The dates in the user's column ``date`` or 日期, and which ids have one that is none.

        Returns:
            ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD`` by id; the ids in the order of the rows.
        """
        column = next((name for name in _DATES if name in self.frame), None)
        written = {} if column is None else self.frame[column].dropna().to_dict()
        found = {str(key): _date(text.strip()) for key, text in written.items() if text.strip()}
        unread = [key for key, date in found.items() if date is None]
        return {key: date for key, date in found.items() if date is not None}, unread


def read_metadata(path: str | os.PathLike[str], id_column: str = "id") -> Metadata:
    """Read a table about the articles.

    Args:
        path: a .csv, .tsv, .txt or .xlsx file with a header.
        id_column: the column that holds the ids of the articles.

    Returns:
        The table. The names of its columns are none of argmine's own in any table: ``title`` is
        read as ``meta.title``, and ``meta.title`` as ``meta.meta.title``.

    Raises:
        InputError: the file cannot be read, a row of another width, no such column, a column or an
            id that stands twice or has no name.
    """
    path = Path(path)
    name = str(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        finding = f"cannot be read ({error.strerror})"
        raise InputError(name, "", finding, "check the path") from error
    rows = _sheet(data, name) if path.suffix.lower() == ".xlsx" else _fields(data, path)
    if not rows:
        raise InputError(name, "", "is empty", "give a table with a header")
    header = [cell.strip() for cell in rows[0][1]]
    while header and not header[-1] and not any(any(row[len(header) - 1 :]) for _, row in rows[1:]):
        header.pop()
    for column in header:
        if not column:
            raise InputError(name, "line 1", "a column without a name", "name it")
        if header.count(column) > 1:
            raise InputError(name, "line 1", f"column {column!r} stands twice", "rename one")
    if id_column not in header:
        known = ", ".join(header)
        finding = f"no column {id_column!r}"
        raise InputError(name, "line 1", finding, f"name the column of the ids with --id: {known}")
    place = header.index(id_column)
    seen: dict[str, list[str | None]] = {}
    for number, row in rows[1:]:
        if not any(row):
            continue
        line = f"line {number}"
        if len(row) != len(header) and any(row[len(header) :] or ["few"]):
            finding = f"{len(row)} fields, not {len(header)}"
            raise InputError(name, line, finding, "check the separators and the quotation marks")
        key = row[place].strip()
        if not key:
            raise InputError(name, line, "no id", "fill it in")
        if key in seen:
            raise InputError(name, line, f"id {key!r} stands twice", "keep one")
        seen[key] = [cell or None for cell in row[: len(header)]]
    frame = pd.DataFrame(
        list(seen.values()), columns=header, index=list(seen), dtype=pd.StringDtype("python")
    )
    frame = frame.drop(columns=id_column)
    names = {column: _PREFIX + column for column in frame.columns if _is_taken(column)}
    return Metadata(name, frame.rename(columns=names), list(names.values()))


def join(table: pd.DataFrame, metadata: Metadata) -> pd.DataFrame:
    """The table with the user's columns behind its own; rows and their order stay."""
    own = metadata.frame.reindex(table["document"].to_list()).set_axis(table.index)
    return pd.concat([table, own], axis=1)


def _date(text: str) -> str | None:
    match = _YEAR_OR_MONTH.fullmatch(text)
    if match is None:
        return date_of_line(text)
    return match[1] if match[2] is None else f"{match[1]}-{int(match[2]):02}"


def _is_taken(column: str) -> bool:
    """Whether a table of argmine's has the name, or this reader gives it."""
    while column.startswith(_PREFIX):
        column = column.removeprefix(_PREFIX)
    names, prefixes = _own_names()
    return column in names or column.startswith(prefixes)


@cache
def _own_names() -> tuple[frozenset[str], tuple[str, ...]]:
    """The names of argmine's columns in both languages, and how those of the data begin."""
    columns = [column for table in read_columns().values() for column in table[1:]]
    names = frozenset(name for column in columns for name in (column.name, column.chinese))
    opened = [column for column in columns if column.stands_for]
    prefixes = {
        f"{name.split('.')[0]}." for column in opened for name in (column.name, column.chinese)
    }
    return names, tuple(sorted(prefixes))


def _fields(data: bytes, path: Path) -> list[tuple[int, list[str]]]:
    """The rows of a CSV or TSV, each with its line."""
    text = _decoded(data, str(path))
    header = text.split("\n", 1)[0]
    found = (mark for mark in _DELIMITERS if mark in header)
    mark = "\t" if path.suffix.lower() == ".tsv" else next(found, ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    rows = []
    try:
        before = 0
        for row in reader:
            rows.append((before + 1, row))
            before = reader.line_num
    except csv.Error as error:
        place = f"line {reader.line_num}"
        remedy = "check the separators and the quotation marks"
        raise InputError(str(path), place, f"no valid CSV ({error})", remedy) from error
    return rows


def _decoded(data: bytes, name: str) -> str:
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    finding = "is neither UTF-8 nor GB18030"
    raise InputError(name, "", finding, "save it as CSV UTF-8")


def _sheet(data: bytes, name: str) -> list[tuple[int, list[str]]]:
    """The rows of the first sheet; what formulas gave when the file was saved."""
    with needing_extra():
        import openpyxl
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        rows = list(book.worksheets[0].iter_rows(values_only=True))
        book.close()
    except Exception as error:  # a damaged file fails in as many ways as zip and XML can
        finding = f"no valid XLSX ({type(error).__name__})"
        raise InputError(name, "", finding, "save it again, or as CSV UTF-8") from error
    return [(n, [_as_text(cell) for cell in row]) for n, row in enumerate(rows, 1)]


def _as_text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    return cell.isoformat(" ") if isinstance(cell, datetime.datetime) else str(cell)
