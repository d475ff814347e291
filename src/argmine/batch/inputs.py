"""Which documents a command line names: files, folders, globs, JSON Lines, standard input."""

from __future__ import annotations

import glob
import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from argmine.schema import InputError

# What a folder is searched for; a file named outright is read whatever its suffix is.
SUFFIXES = (".txt", ".md", ".markdown", ".html", ".htm", ".docx", ".pdf", ".jsonl")
# ext4 and NTFS take 255 bytes a name; this leaves room for hash and suffix.
MAX_NAME_BYTES = 180
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?$")


@dataclass(frozen=True, slots=True)
class Job:
    """One document to annotate: a file, or a record of a JSON Lines file or of standard input.

    ``name`` is what messages call it; ``id`` replaces the id that reading would give.
    """

    name: str
    path: str | None = None
    record: dict[str, Any] | None = None
    text: str | None = None
    data: bytes | None = None
    id: str | None = None


def find_jobs(paths: Sequence[str]) -> Iterator[Job | InputError]:
    """List the documents in a stable order; a fault is yielded in its place, not raised.

    Files of one stem get the first hex digits of their content's SHA-256 behind the stem, so that
    no result overwrites another.
    """
    files: list[Path | InputError | None] = []  # None stands for standard input
    for path in paths:
        files.extend([None] if path == "-" else _expand(path))
    stems: dict[str, int] = {}
    for file in files:
        if isinstance(file, Path):
            stems[file.stem] = stems.get(file.stem, 0) + 1
    for file in files:
        if isinstance(file, InputError):
            yield file
        elif file is None:
            yield from _standard_input(sys.stdin.buffer)
        elif file.suffix.lower() == ".jsonl":
            yield from _json_lines(file)
        else:
            suffix = ""
            if stems[file.stem] > 1:
                with suppress(OSError):  # reading the file will say why
                    suffix = "-" + hashlib.sha256(file.read_bytes()).hexdigest()[:6]
            yield Job(name=str(file), path=str(file), id=file.stem + suffix if suffix else None)


def _expand(path: str) -> list[Path | InputError]:
    place = Path(path)
    if place.is_dir():
        found = sorted(
            file
            for file in place.rglob("*")
            if file.suffix.lower() in SUFFIXES
            and file.is_file()
            and not any(part.startswith(".") for part in file.relative_to(place).parts)
        )
        if not found:
            kinds = " ".join(SUFFIXES)
            return [InputError(path, "", "the folder holds no articles", f"it may hold {kinds}")]
        return list(found)
    if not place.exists() and any(mark in path for mark in "*?["):
        matched = sorted(Path(file) for file in glob.glob(path, recursive=True))
        if not matched:
            return [InputError(path, "", "the pattern matches no file", "check the path")]
        return [file for file in matched if file.is_file()]
    return [place]


def _standard_input(stream: IO[bytes]) -> Iterator[Job | InputError]:
    """Standard input is JSON Lines where its first line is a JSON object, else one text."""
    first = stream.readline()
    if _is_record(first):
        yield from _records("<stdin>", first, stream)
    else:
        yield Job(name="<stdin>", data=first + stream.read(), id="stdin")


def _is_record(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _json_lines(file: Path) -> Iterator[Job | InputError]:
    try:
        with file.open("rb") as stream:
            yield from _records(str(file), b"", stream)
    except OSError as error:
        yield InputError(str(file), "", f"cannot be read ({error.strerror})", "check the file")


def _records(name: str, first: bytes, stream: IO[bytes]) -> Iterator[Job | InputError]:
    """Records in order. Lines end at LF only: U+2028 and its kin are text."""
    seen: set[str] = set()
    number = 0
    line = first or stream.readline()
    while line:
        number += 1
        if line.strip():
            yield _record(name, number, line, seen)
        line = stream.readline()


def _record(name: str, number: int, line: bytes, seen: set[str]) -> Job | InputError:
    place = f"line {number}"
    try:
        record = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        finding = f"no valid JSON ({type(error).__name__})"
        return InputError(name, place, finding, "write one UTF-8 JSON object a line")
    fields = record if isinstance(record, dict) else {}
    given = [key for key in ("text", "html") if isinstance(fields.get(key), str)]
    if len(given) != 1:
        return InputError(
            name, place, "needs a string 'text' or a string 'html'", "add one of them"
        )
    key = str(fields.get("id") or f"{Path(name).stem.strip('<>')}-{number}")
    if key in seen:
        return InputError(name, place, f"id {key!r} stands twice", "give each record its own id")
    seen.add(key)
    return Job(name=f"{name}: {place}", record=fields, id=key)


def file_name(key: str) -> str:
    """A name for an article's result that is safe on every file system: the id where it can be.

    Where something had to be changed, a hash of the id keeps names apart.
    """
    name = re.sub(r"[^\w.\-]", "_", key).strip(". ")
    while len(name.encode()) > MAX_NAME_BYTES:
        name = name[:-1]
    if not name or name != key or _RESERVED.match(name) or name.startswith("-"):
        name = f"{name.lstrip('-') or 'article'}-{hashlib.sha256(os.fsencode(key)).hexdigest()[:8]}"
        if _RESERVED.match(name):
            name = "_" + name
    return name + ".json"
