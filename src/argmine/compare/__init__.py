"""Many annotated articles side by side: reading them, tables, the user's own columns, writing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from argmine.errors import InputError


@contextmanager
def needing_extra() -> Iterator[None]:
    """What is imported in it needs the extra ``compare``.

    Raises:
        InputError: the extra is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        finding = f"needs {error.name}"
        remedy = "run: pip install 'argmine[compare]'"
        raise InputError("compare", "", finding, remedy) from error
