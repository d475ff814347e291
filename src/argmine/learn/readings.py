"""Readings of annotators: folders of annotated JSON, or of compact lines beside their texts.

A compact reading is a text file ``ID.txt``, of which each line is a unit in text order::

    doc favor
    0-1 r should f
    8-12 e example n 20 s

Clauses (as argmine.learn.laying numbers them from 0; first and last), label, subtype (or the
strength of a recommendation), stance, and for a unit that serves another one: the first clause of
that unit, and how (``s`` support, ``x`` attack). ``doc`` gives the stance of the document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from argmine.errors import InputError
from argmine.learn.gold import read_gold
from argmine.learn.laying import NONE, reference_clauses
from argmine.schema import SCHEMA_VERSION, STANCE_LABELS, AnnotatedArticle

_LABELS = {"c": "claim", "e": "evidence", "r": "recommendation"}
_STANCES = {"f": "favor", "a": "against", "n": "neutral"}
_RELATIONS = {"s": "support", "x": "attack"}


def read_readings(
    folder: Path,
    texts: Mapping[str, str],
    target: str = "cooperative-security",
    *,
    some: bool = False,
) -> list[AnnotatedArticle]:
    """Read what one annotator wrote, in the order of the ids.

    Args:
        folder: annotated JSON; or compact readings, where it holds no JSON.
        texts: the texts that compact readings belong to, by id.
        target: the target of stance in compact readings.
        some: pass over readings of other texts.

    Raises:
        InputError: nothing found, a reading without its text, or one that does not fit it.
    """
    compact = sorted(folder.glob("*.txt")) if folder.is_dir() else []
    if not compact or any(folder.rglob("*.json")):
        return read_gold([folder])
    known = [file for file in compact if file.stem in texts]
    if not known or (len(known) < len(compact) and not some):
        missing = next(file for file in compact if file.stem not in texts)
        remedy = "give the folder of the texts with --texts"
        raise InputError(str(missing), "", "a compact reading without its text", remedy)
    return [read_compact(file, texts[file.stem], target) for file in known]


def read_texts(folder: Path) -> dict[str, str]:
    """The texts of a folder of ``ID.txt`` in UTF-8, by id.

    Raises:
        InputError: a file cannot be read.
    """
    return {file.stem: _read(file) for file in sorted(folder.glob("*.txt"))}


def read_compact(file: Path, text: str, target: str) -> AnnotatedArticle:
    """Read one compact reading.

    Raises:
        InputError: a line that is none of a reading, or a reading that does not fit its text.
    """
    clauses = reference_clauses(text)
    stance: str | None = None
    units, relations = [], []
    for number, line in enumerate(_read(file).splitlines(), 1):
        fields = line.split()
        if not fields:
            continue
        try:
            if fields[0] == "doc":
                (stance,) = fields[1:]
                if stance not in (*STANCE_LABELS, NONE):
                    raise ValueError(stance)
                continue
            unit, parents = _unit(fields, clauses, target)
        except (ValueError, KeyError, IndexError) as error:
            finding = "no unit of this text, or no line of a compact reading"
            raise InputError(str(file), f"line {number}", finding, "restore the file") from error
        units.append(unit)
        relations += parents
    if stance is None:
        raise InputError(str(file), "", "no stance of the document", "restore the file")
    record = {
        "schema_version": SCHEMA_VERSION,
        "id": file.stem,
        "text": text,
        "units": units,
        "relations": relations,
        "stance": {target: {"label": stance}},
    }
    try:
        return AnnotatedArticle.model_validate(record)
    except ValueError as error:
        finding = f"does not fit its text ({error})"
        raise InputError(str(file), "", finding, "restore the file") from error


def _unit(
    fields: Sequence[str], clauses: Sequence[tuple[int, int]], target: str
) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """A unit and its relation, if it serves another one; a unit is named by its first clause."""
    place, code, kind, side, *parent = fields
    first, _, last = place.partition("-")
    label = _LABELS[code]
    key = f"u{int(first)}"
    unit = {
        "id": key,
        "start": clauses[int(first)][0],
        "end": clauses[int(last or first)][1],
        "label": label,
        "strength" if label == "recommendation" else "subtype": kind,
        "by": "reading",
        "stance": {target: {"label": _STANCES[side]}},
    }
    if not parent:
        return unit, []
    served, how = parent
    relation = {"source": key, "target": f"u{int(served)}", "label": _RELATIONS[how]}
    return unit, [relation]


def _read(file: Path) -> str:
    # bytes, so that no line end changes: offsets count every character
    try:
        return file.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        finding = f"cannot be read ({error})"
        raise InputError(str(file), "", finding, "check it") from error
