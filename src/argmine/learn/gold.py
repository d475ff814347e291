"""Gold files: reading a folder of them, and standoff annotations without their text.

Standoff annotations are gold files whose text belongs to others: they hold offsets and the SHA-256
of the text's UTF-8 bytes, and are joined to the text by whoever has it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import orjson

from argmine.schema import AnnotatedArticle, InputError, read_json, to_json

# What standoff keeps of a unit: no quotation.
_UNIT_KEYS = ("id", "start", "end", "label", "subtype", "strength", "stance")


def read_gold(paths: Sequence[str | os.PathLike[str]]) -> list[AnnotatedArticle]:
    """Read annotated JSON files and folders of them, in the order of their ids.

    Raises:
        InputError: nothing found, a broken file, an id or a text that stands twice.
    """
    files: list[Path] = []
    for path in map(Path, paths):
        files.extend(sorted(path.rglob("*.json")) if path.is_dir() else [path])
    if not files:
        raise InputError(", ".join(map(str, paths)), "", "holds no gold files", "check the path")
    articles: dict[str, AnnotatedArticle] = {}
    homes: dict[str, Path] = {}
    for file in files:
        article = read_json(file)
        digest = digest_of(article.text)
        if article.id in articles:
            raise InputError(str(file), "id", f"id {article.id!r} stands twice", "keep one")
        if digest in homes:
            finding = f"has the text of {homes[digest].name}"
            raise InputError(str(file), "text", finding, "keep one")
        articles[article.id], homes[digest] = article, file
    return [articles[key] for key in sorted(articles)]


def digest_of(text: str) -> str:
    """The SHA-256 of the text's UTF-8 bytes, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def to_standoff(article: AnnotatedArticle, publisher: str) -> dict[str, Any]:
    """The annotations of an article without its text.

    Args:
        article: the annotated article.
        publisher: who owns the text, and where it was published.
    """
    record = orjson.loads(to_json(article, indent=False))
    return {
        "schema_version": record["schema_version"],
        "id": record["id"],
        "source": {"sha256": digest_of(article.text), "publisher": publisher},
        "units": [
            {key: unit[key] for key in _UNIT_KEYS if unit[key] is not None}
            | {"stance": {t: {"label": s["label"]} for t, s in unit["stance"].items()}}
            for unit in record["units"]
        ],
        "relations": [
            {key: r[key] for key in ("source", "target", "label")} for r in record["relations"]
        ],
        "stance": {target: {"label": s["label"]} for target, s in record["stance"].items()},
    }


def join(standoff: Path, texts: Iterable[Path]) -> tuple[list[AnnotatedArticle], list[str]]:
    """Join standoff files to texts by the SHA-256 of the text.

    Args:
        standoff: a file, or a folder of files ID.json.
        texts: text files in UTF-8; files without an annotation are passed over.

    Returns:
        The joined articles in the order of their ids, and the ids that no text was found for.

    Raises:
        InputError: no standoff annotation, or one that does not fit its text.
    """
    found: dict[str, tuple[Path, dict[str, Any]]] = {}
    for file in sorted(standoff.glob("*.json")) if standoff.is_dir() else [standoff]:
        try:
            record = orjson.loads(file.read_bytes())
            digest, _, _ = record["source"]["sha256"], record["id"], record["units"]
        except (OSError, orjson.JSONDecodeError, KeyError, TypeError) as error:
            finding = f"no standoff annotation ({type(error).__name__})"
            raise InputError(str(file), "", finding, "restore the file") from error
        found[digest] = (file, record)
    if not found:
        raise InputError(str(standoff), "", "holds no standoff annotations", "check the path")
    joined = []
    for path in sorted(texts):
        data = path.read_bytes()
        home = found.pop(hashlib.sha256(data).hexdigest(), None)
        if home is None:
            continue
        file, record = home
        text = data.decode("utf-8")
        for unit in record["units"]:
            unit["text"] = text[unit["start"] : unit["end"]]
        try:
            article = AnnotatedArticle.model_validate({**record, "text": text})
        except ValueError as error:
            finding = f"does not fit its text ({error})"
            raise InputError(str(file), "", finding, "restore the file") from error
        joined.append(article)
    missing = sorted(record["id"] for _, record in found.values())
    return sorted(joined, key=lambda article: article.id), missing
