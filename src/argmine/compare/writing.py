"""Write tables: CSV, XLSX and Parquet, whole or not at all.

What a format cannot hold is replaced visibly and counted by column; the counts are returned. Same
tables, same bytes. A text like ``_x0041_`` is escaped in XLSX as the format asks for: Excel and
LibreOffice undo that, openpyxl and pandas show it. A CSV does not tell empty text from a missing
value.
"""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from argmine.compare import needing_extra
from argmine.compare.cells import MAX_CELL, defused, encodable, fit_for_cell, fit_for_xml
from argmine.compare.columns import column_title, table_title
from argmine.compare.workbook import Sheet, write_book
from argmine.errors import InputError
from argmine.schema import write_whole

with needing_extra():
    import pandas as pd
    import pyarrow
    import pyarrow.parquet

SUFFIXES = (".csv", ".xlsx", ".parquet")
# What a sheet of Excel and WPS holds.
MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384

# What remarks say of cells.
LONE_SURROGATE = "lone surrogates replaced"
FORMULA = "apostrophe before what a spreadsheet would run"
NOT_IN_XML = "control characters and line ends replaced"
TOO_LONG = f"cut at {MAX_CELL} characters"
_FLAGS = {True: "TRUE", False: "FALSE"}

Remarks = Counter[str]
Cells = list[list[Any]]


def write_tables(
    tables: Mapping[str, pd.DataFrame],
    path: str | os.PathLike[str],
    *,
    lang: str = "en",
    raw: bool = False,
) -> Remarks:
    """Write tables to one file: as the sheets of an .xlsx, or one table as .csv or .parquet.

    Args:
        tables: by their name.
        path: its suffix says the format.
        lang: of the headers and the names of the sheets, ``zh`` or ``en``.
        raw: leave text in CSV as it is, also where a spreadsheet would run it.

    Returns:
        What was changed in cells, and how often.

    Raises:
        InputError: another suffix, several tables for one .csv or .parquet, two columns of one
            header, or more rows or columns than a sheet holds.
        OSError: the file cannot be written.
    """
    path = Path(path)
    if path.suffix not in SUFFIXES:
        finding = f"not one of {', '.join(SUFFIXES)}"
        raise InputError(str(path), "", finding, "choose another file name")
    remarks: Remarks = Counter()
    headers = {name: _headers(name, frame, lang) for name, frame in tables.items()}
    if path.suffix == ".xlsx":
        for name, frame in tables.items():
            _check_size(name, frame, path)
        sheets = _sheets(tables, headers, lang, remarks)
        write_whole(path, lambda file: write_book(file, sheets))
        return remarks
    if len(tables) != 1:
        remedy = "give an .xlsx or a folder"
        raise InputError(str(path), "", f"cannot hold {len(tables)} tables", remedy)
    ((name, frame),) = tables.items()
    if path.suffix == ".csv":
        changes = (
            {LONE_SURROGATE: encodable} if raw else {LONE_SURROGATE: encodable, FORMULA: defused}
        )
        columns = _cells(name, frame, headers[name], changes, remarks)
        write_whole(path, lambda file: _write_csv(file, columns))
    else:
        table = _arrow(name, frame, headers[name], remarks)
        write_whole(path, lambda file: pyarrow.parquet.write_table(table, file))
    return remarks


def _headers(name: str, frame: pd.DataFrame, lang: str) -> list[str]:
    headers = [column_title(name, column, lang) for column in frame.columns]
    for header, count in Counter(headers).items():
        if count > 1:
            finding = f"two columns have the header {header!r}"
            raise InputError(name, "", finding, "rename it in your file")
    return headers


def _check_size(name: str, frame: pd.DataFrame, path: Path) -> None:
    rows, columns = len(frame) + 1, len(frame.columns)
    if rows > MAX_ROWS or columns > MAX_COLUMNS:
        finding = f"{rows} rows and {columns} columns, a sheet holds {MAX_ROWS} and {MAX_COLUMNS}"
        raise InputError(str(path), name, finding, "write .csv or .parquet")


def _cells(
    name: str,
    frame: pd.DataFrame,
    headers: list[str],
    changes: Mapping[str, Callable[[str], str]],
    remarks: Remarks,
) -> Cells:
    """The columns as plain values with their header first, ``None`` where missing.

    Each change goes over all texts, headers included; what it changes is counted under its wording.
    """
    columns = []
    for place, header in enumerate(headers):
        column = frame.iloc[:, place]
        values = column.astype(object).where(column.notna(), None).to_list()
        cells = [header, *values]
        is_text = isinstance(column.dtype, pd.StringDtype | pd.CategoricalDtype)
        for wording, change in changes.items():
            # most texts of a column stand in many of its rows
            texts = set(cells if is_text else cells[:1]) - {None}
            changed = {text: new for text in texts if (new := change(text)) != text}
            if changed:
                count = sum(cell in changed for cell in cells)
                remarks[f"{name}.{frame.columns[place]}: {wording}"] += count
                cells = [changed.get(cell, cell) for cell in cells]
        columns.append(cells)
    return columns


def _write_csv(path: Path, columns: Cells) -> None:
    columns = [[_FLAGS.get(c, c) if isinstance(c, bool) else c for c in cells] for cells in columns]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, lineterminator="\r\n").writerows(zip(*columns, strict=True))


def _arrow(name: str, frame: pd.DataFrame, headers: list[str], remarks: Remarks) -> pyarrow.Table:
    columns = _cells(name, frame, headers, {LONE_SURROGATE: encodable}, remarks)
    named = [cells[0] for cells in columns]
    if remarks:
        cleaned = {
            n: pd.Series(cells[1:], dtype=pd.StringDtype("python"))
            for n, cells in enumerate(columns)
            if isinstance(frame.dtypes.iloc[n], pd.StringDtype | pd.CategoricalDtype)
        }
        whole = [cleaned.get(n, frame.iloc[:, n]) for n in range(len(named))]
        frame = pd.concat(whole, axis=1)
    return pyarrow.Table.from_pandas(frame.set_axis(named, axis=1), preserve_index=False)


def _sheets(
    tables: Mapping[str, pd.DataFrame],
    headers: Mapping[str, list[str]],
    lang: str,
    remarks: Remarks,
) -> Iterator[Sheet]:
    changes = {NOT_IN_XML: fit_for_xml, TOO_LONG: fit_for_cell}
    for name, frame in tables.items():
        yield table_title(name, lang), _cells(name, frame, headers[name], changes, remarks)
