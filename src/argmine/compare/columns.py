"""What the columns of the tables are: order, type, Chinese name and note, from ``columns.tsv``.

A column whose name holds a word in capitals stands for one column a label, target or kind that
occurs in the articles.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from argmine.lexicons import read_table
from argmine.schema import GLOSSES

HEADER = ("table", "column", "type", "chinese", "english_note", "chinese_note")
# The names in the place of which the data's own stand.
_OPEN = re.compile("LABEL|RELATION|KIND|TARGET|SUBTYPE|STANCE|ADDRESSEE")


@dataclass(frozen=True, slots=True)
class Column:
    """One line of ``columns.tsv``; the line of a table itself has no ``name``."""

    table: str
    name: str
    type: str
    chinese: str
    english_note: str
    chinese_note: str

    @property
    def stands_for(self) -> str:
        """The word in capitals, or nothing where the column is one column."""
        match = _OPEN.search(self.name)
        return match[0] if match else ""


def columns_text() -> str:
    """The table of columns as it is, TSV with a header."""
    return (files("argmine.compare") / "columns.tsv").read_text(encoding="utf-8")


@cache
def read_columns() -> Mapping[str, tuple[Column, ...]]:
    """The columns of each table in their order; the line of the table itself stands first."""
    lines = columns_text().splitlines()
    if lines[0].split("\t") != list(HEADER):
        raise ValueError("columns.tsv: another header")
    tables: dict[str, list[Column]] = {}
    for line in lines[1:]:
        column = Column(*line.split("\t"))
        tables.setdefault(column.table, []).append(column)
    return {table: tuple(columns) for table, columns in tables.items()}


def table_title(table: str, lang: str) -> str:
    """The name of a table for a sheet."""
    return read_columns()[table][0].chinese if lang == "zh" else table


def column_title(table: str, name: str, lang: str) -> str:
    """The header of a column: its name, or in Chinese; a user's own column keeps its name."""
    if lang != "zh":
        return name
    for column in read_columns()[table][1:]:
        if column.name == name:
            return column.chinese
        if column.stands_for:
            prefix = column.name.split(".")[0] + "."
            if name.startswith(prefix):
                return column.chinese.split(".")[0] + "." + _glossed(name.removeprefix(prefix))
    return name


def _glossed(name: str) -> str:
    """A label or target in Chinese; of ``TARGET.STANCE`` both parts."""
    names = _names()
    if name in names:
        return names[name]
    head, dot, tail = name.rpartition(".")
    return f"{names.get(head, head)}{dot}{names.get(tail, tail)}" if dot else name


@cache
def _names() -> Mapping[str, str]:
    rows = read_table("targets", ("target", "name_zh", "name_en", "source"))
    return GLOSSES | {row["target"]: row["name_zh"] for row in rows}
