"""What commands write: folders, files, tables in the terminal; what cannot be written ends in 3."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from argmine.cli.talk import stop
from argmine.errors import InputError

if TYPE_CHECKING:
    from rich.table import Table

# A table is as wide as its cells; no cell needs more.
_WIDEST = 2000


def made_folder(folder: Path) -> Path:
    """The folder, made where it is missing; ends with 3 where it cannot be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        finding = f"cannot be made ({error.strerror})"
        stop(InputError(str(folder), "", finding, "choose another folder"), 3)
    if not os.access(folder, os.W_OK):
        stop(InputError(str(folder), "", "cannot be written to", "choose another folder"), 3)
    return folder


def write(path: Path, data: bytes) -> None:
    """Write a file; ends with 3 where that cannot be done."""
    try:
        path.write_bytes(data)
    except OSError as error:
        finding = f"cannot be written ({error.strerror})"
        stop(InputError(str(path), "", finding, "check the path"), 3)


def json_bytes(record: object) -> bytes:
    """A record as indented JSON in UTF-8, with a newline at the end."""
    import json

    return (json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def print_table(table: Table) -> None:
    """Print a table in its full width: what reads a pipe wants whole lines."""
    from rich.measure import Measurement

    from argmine.show.terminal import output_console

    console = output_console()
    wide = console.options.update(width=_WIDEST)
    console.width = Measurement.get(console, wide, table).maximum
    console.print(table)
