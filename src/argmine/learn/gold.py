"""Gold files: reading and checking them, and standoff annotations without their text.

Standoff annotations are gold files whose text belongs to others: they hold offsets and the SHA-256
of the text's UTF-8 bytes, and are joined to the text by whoever has it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from argmine.errors import InputError
from argmine.schema import (
    RELATION_LABELS,
    STANCE_LABELS,
    UNIT_LABELS,
    AnnotatedArticle,
    parse_json,
    read_json,
    to_json,
)

# What standoff keeps of a unit: no quotation.
_UNIT_KEYS = ("id", "start", "end", "label", "subtype", "strength", "stance")


def read_gold(
    paths: Sequence[str | os.PathLike[str]], *, repeats: bool = False
) -> list[AnnotatedArticle]:
    """Read annotated JSON, JSON Lines (an article a line) and folders, in the order of the ids.

    Of a folder its ``.json`` files are read; where it has none, its ``.jsonl`` files.

    Args:
        paths: files and folders.
        repeats: let a text stand twice, as short posts do.

    Raises:
        InputError: nothing found, a broken file or line, an id or a text that stands twice.
    """
    files: list[Path] = []
    for path in map(Path, paths):
        files.extend(_files_in(path) if path.is_dir() else [path])
    if not files:
        raise InputError(", ".join(map(str, paths)), "", "holds no gold files", "check the path")
    articles: dict[str, AnnotatedArticle] = {}
    homes: dict[str, str] = {}
    for file, line, article in _articles_in(files):
        place = f"line {line}" if line else ""
        digest = digest_of(article.text)
        if article.id in articles:
            finding = f"id {article.id!r} stands twice"
            raise InputError(str(file), place or "id", finding, "keep one")
        if digest in homes and not repeats:
            finding = f"has the text of {homes[digest]}"
            raise InputError(str(file), place or "text", finding, "keep one")
        articles[article.id] = article
        homes[digest] = f"{file.name}: {place}" if line else file.name
    return [articles[key] for key in sorted(articles)]


def _files_in(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.json")) or sorted(folder.rglob("*.jsonl"))


def _articles_in(files: Iterable[Path]) -> Iterator[tuple[Path, int, AnnotatedArticle]]:
    """Each article with its file and its line, 0 where the file holds no other."""
    for file in files:
        if file.suffix.lower() != ".jsonl":
            yield file, 0, read_json(file)
            continue
        try:
            lines = file.read_bytes().split(b"\n")
        except OSError as error:
            finding = f"cannot be read ({error.strerror})"
            raise InputError(str(file), "", finding, "check it") from error
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield file, number, _parsed(line, file, number)


def _parsed(line: bytes, file: Path, number: int) -> AnnotatedArticle:
    try:
        return parse_json(line, str(file))
    except InputError as error:
        # the line of the file says more than the line within the record
        inner = "" if error.place.startswith("line ") else error.place
        place = f"line {number}, {inner}" if inner else f"line {number}"
        raise InputError(str(file), place, error.finding, error.remedy) from error


def check_gold(gold: Sequence[AnnotatedArticle], labels: Sequence[str] = ()) -> None:
    """Hold the labels of gold against each other before anything is learnt.

    Args:
        gold: annotated articles.
        labels: those that units may have; else the default labels, or any others.

    Raises:
        InputError: a label, stance or relation that is none of the known ones, or default labels
            mixed with others.
    """
    seen = {unit.label for article in gold for unit in article.units}
    own = seen - set(UNIT_LABELS)
    if not labels and own and own != seen:
        labels = UNIT_LABELS
    for article in gold:
        for unit in article.units:
            if labels and unit.label not in labels:
                finding = f"label {unit.label!r} stands beside {', '.join(labels)}"
                remedy = "correct it, or name all labels in the configuration"
                raise InputError(article.id, f"unit {unit.id}", finding, remedy)
            for stance in unit.stance.values():
                _check(article.id, f"unit {unit.id}", stance.label, STANCE_LABELS)
        for relation in article.relations:
            _check(article.id, f"relation of {relation.source}", relation.label, RELATION_LABELS)
        for target, whole in article.stance.items():
            _check(article.id, f"stance {target}", whole.label, (*STANCE_LABELS, "none"))


def _check(key: str, place: str, label: str, known: Sequence[str]) -> None:
    if label not in known:
        finding, remedy = f"{label!r} is unknown", f"choose one of {', '.join(known)}"
        raise InputError(key, place, finding, remedy)


def refuse_trained(gold: Sequence[AnnotatedArticle], manifest: Mapping[str, Any]) -> None:
    """Refuse to score a model on articles that it was trained on.

    Args:
        gold: the articles to be scored on.
        manifest: of the model; models that do not name their texts are let pass.

    Raises:
        InputError: a text of gold is one that the model was trained on.
    """
    trained = set(manifest.get("texts") or ())
    seen = [article.id for article in gold if digest_of(article.text) in trained]
    if seen:
        finding = f"the model was trained on this text, and on {len(seen) - 1} more of gold"
        remedy = "leave them out, or say --allow-trained"
        raise InputError(seen[0], "", finding, remedy)


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
