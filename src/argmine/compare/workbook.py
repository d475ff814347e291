"""Write a workbook: XlsxWriter makes all of it but the rows, which are many and simple.

Over its own cells XlsxWriter spends five times as long, and a text like ``<r>…</r>`` goes into the
file as markup.
"""

from __future__ import annotations

import datetime
import io
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import escape
from zipfile import ZIP64_LIMIT, ZIP_DEFLATED, ZipFile

from argmine.compare import needing_extra

with needing_extra():
    import xlsxwriter
    from xlsxwriter.utility import xl_col_to_name, xl_range

# Widths of columns, in half-width characters: a short code, and a quotation's beginning.
NARROWEST, WIDEST = 6, 60
# So many rows tell how wide a column is.
_SAMPLE = 200
# XlsxWriter would write the hour of writing.
_CREATED = datetime.datetime(2000, 1, 1)
# The first format that a book uses is its style 1.
_BOLD = ' s="1"'
# Of zlib; 6, its own, takes three times as long over rows to save a sixth of the size.
_LEVEL = 1
# What a reader takes for an escaped character, up to what must be escaped in it.
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")

# The name of a sheet and its columns, each with its header first, ``None`` where a cell is empty.
Sheet = tuple[str, Sequence[Sequence[Any]]]


def write_book(path: Path, sheets: Iterable[Sheet]) -> None:
    """Write sheets with a bold header that stays in view, a filter, and columns of sensible width.

    Args:
        path: of the file.
        sheets: may be an iterator; one is held at a time. Cells are text that XML holds, numbers,
            flags or ``None``; text stays text, whatever it looks like. Each sheet has a column.

    Raises:
        OSError: the file cannot be written.
    """
    frame = io.BytesIO()
    with ExitStack() as stack:
        rows: dict[str, tuple[str, IO[bytes]]] = {}
        with xlsxwriter.Workbook(frame, {"in_memory": True}) as book:
            book.set_properties({"created": _CREATED})
            bold = book.add_format({"bold": True})
            for number, (title, columns) in enumerate(sheets, 1):
                last = len(columns[0]) - 1, len(columns) - 1
                sheet = book.add_worksheet(title)
                # gives the book its style 1
                sheet.set_row(0, None, bold)
                sheet.freeze_panes(1, 1)
                sheet.autofilter(0, 0, *last)
                for place, cells in enumerate(columns):
                    sheet.set_column(place, place, _width(cells))
                file = stack.enter_context(tempfile.TemporaryFile())
                file.writelines(_rows(columns))
                rows[f"xl/worksheets/sheet{number}.xml"] = xl_range(0, 0, *last), file
        _pack(path, frame, rows)


def _pack(path: Path, frame: IO[bytes], rows: dict[str, tuple[str, IO[bytes]]]) -> None:
    """Write the parts of the book of empty sheets, the sheets with their rows put in.

    Args:
        path: of the file.
        frame: the book.
        rows: by the name of the part: what cells the sheet has, and its rows as XML.
    """
    with ZipFile(frame) as empty, ZipFile(path, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as book:
        for part in empty.infolist():
            content = empty.read(part)
            if part.filename not in rows:
                book.writestr(part, content, compresslevel=_LEVEL)
                continue
            cells, file = rows[part.filename]
            content = content.replace(b'ref="A1"', f'ref="{cells}"'.encode(), 1)
            before, data = content.split(b"<sheetData>")
            _, after = data.split(b"</sheetData>")
            is_huge = file.tell() + len(content) > ZIP64_LIMIT
            file.seek(0)
            with book.open(part.filename, "w", force_zip64=is_huge) as target:
                target.write(before + b"<sheetData>")
                shutil.copyfileobj(file, target)
                target.write(b"</sheetData>" + after)


def _rows(columns: Sequence[Sequence[Any]]) -> Iterator[bytes]:
    """The rows as XML."""
    letters = [xl_col_to_name(place) for place in range(len(columns))]
    for number, row in enumerate(zip(*columns, strict=True), 1):
        style = _BOLD if number == 1 else ""
        cells = [
            f'<c r="{letter}{number}"{style}{_content(cell)}</c>'
            for letter, cell in zip(letters, row, strict=True)
            if cell is not None
        ]
        yield f'<row r="{number}">{"".join(cells)}</row>'.encode()


def _content(cell: Any) -> str:
    """The type and value of a cell as XML; text without a formula or a link made of it."""
    if isinstance(cell, str):
        text = escape(cell)
        if "_x" in text:
            text = _ESCAPE.sub("_x005F_", text)
        # a reader drops the blanks around a text that does not say to keep them
        space = "" if text == text.strip() else ' xml:space="preserve"'
        return f' t="inlineStr"><is><t{space}>{text}</t></is>'
    if isinstance(cell, bool):
        return f' t="b"><v>{cell:d}</v>'
    return f"><v>{cell}</v>"


def _width(cells: Sequence[Any]) -> int:
    """The width of the first cells, as wide as is sensible; a Chinese character takes two."""
    widest = max(_shown(str(cell)[:WIDEST]) for cell in islice(cells, _SAMPLE) if cell is not None)
    # two more for the arrow of the filter
    return min(max(widest + 2, NARROWEST), WIDEST)


def _shown(text: str) -> int:
    return sum(1 + (unicodedata.east_asian_width(c) in "WF") for c in text)
