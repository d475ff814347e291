"""argmine: argument mining for Chinese policy texts.

The public names below are, fetched on first use so that ``import argmine`` stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from argmine.compare.align import align
    from argmine.compare.concordance import concordance
    from argmine.compare.keyness import keyness_between
    from argmine.compare.metadata import read_metadata
    from argmine.compare.reading import read_articles
    from argmine.compare.report import write_report
    from argmine.compare.tables import tables
    from argmine.compare.writing import write_tables
    from argmine.errors import InputError
    from argmine.ingest.reading import read_article
    from argmine.learn.models import train
    from argmine.learn.scores import evaluate
    from argmine.pipeline import annotate, load
    from argmine.schema import AnnotatedArticle, Article, json_schema, read_json, write_json
    from argmine.show.notebook import show_table
    from argmine.show.page import article_page

__version__ = "0.1.0"
__all__ = [
    "AnnotatedArticle",
    "Article",
    "InputError",
    "align",
    "annotate",
    "article_page",
    "concordance",
    "evaluate",
    "json_schema",
    "keyness_between",
    "load",
    "read_article",
    "read_articles",
    "read_json",
    "read_metadata",
    "show_table",
    "tables",
    "train",
    "write_json",
    "write_report",
    "write_tables",
]

_HOMES = {
    "AnnotatedArticle": "argmine.schema",
    "Article": "argmine.schema",
    "InputError": "argmine.errors",
    "align": "argmine.compare.align",
    "annotate": "argmine.pipeline",
    "article_page": "argmine.show.page",
    "concordance": "argmine.compare.concordance",
    "evaluate": "argmine.learn.scores",
    "json_schema": "argmine.schema",
    "keyness_between": "argmine.compare.keyness",
    "load": "argmine.pipeline",
    "read_article": "argmine.ingest.reading",
    "read_articles": "argmine.compare.reading",
    "read_json": "argmine.schema",
    "read_metadata": "argmine.compare.metadata",
    "show_table": "argmine.show.notebook",
    "tables": "argmine.compare.tables",
    "train": "argmine.learn.models",
    "write_json": "argmine.schema",
    "write_report": "argmine.compare.report",
    "write_tables": "argmine.compare.writing",
}


def __getattr__(name: str) -> Any:
    """Fetch a public name from its module on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'argmine' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
