"""argmine: argument mining for Chinese policy texts.

The public names below are, fetched on first use so that ``import argmine`` stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from argmine.ingest.reading import read_article
    from argmine.pipeline import annotate, load
    from argmine.schema import (
        AnnotatedArticle,
        Article,
        InputError,
        json_schema,
        read_json,
        write_json,
    )

__version__ = "0.1.0"
__all__ = [
    "AnnotatedArticle",
    "Article",
    "InputError",
    "annotate",
    "json_schema",
    "load",
    "read_article",
    "read_json",
    "write_json",
]

_HOMES = {
    "AnnotatedArticle": "argmine.schema",
    "Article": "argmine.schema",
    "InputError": "argmine.schema",
    "annotate": "argmine.pipeline",
    "json_schema": "argmine.schema",
    "load": "argmine.pipeline",
    "read_article": "argmine.ingest.reading",
    "read_json": "argmine.schema",
    "write_json": "argmine.schema",
}


def __getattr__(name: str) -> Any:
    """Fetch a public name from its module on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'argmine' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
