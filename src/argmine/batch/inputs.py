"""Which documents a command line names: files, folders, globs, JSON Lines, standard input."""

from __future__ import annotations

import glob
import hashlib
import json
import os
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from argmine.errors import InputError
from argmine.ingest.reading import file_bytes, safe_id

# What a folder is searched for; a file named outright is read whatever its suffix is.
SUFFIXES = (".txt", ".md", ".markdown", ".html", ".htm", ".docx", ".pdf", ".jsonl")
# ext4 and NTFS take 255 bytes a name; this leaves room for hash and suffix.
MAX_NAME_BYTES = 180
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?$")


@dataclass(frozen=True, slots=True)
class Job:
    """One document to annotate: a file, or a record of a JSON Lines file or of standard input.

    ``name`` is what messages call it.
    """

    name: str
    id: str
    path: str | None = None
    record: dict[str, Any] | None = None
    data: bytes | None = None


# An input: a file, or "-" for standard input, or what is wrong with what was named.
Input = Path | Literal["-"] | InputError


def find_inputs(paths: Sequence[str]) -> list[Input]:
    """The files that the paths name, in a stable order; a fault stands in its place."""
    found: list[Input] = []
    for path in paths:
        found.extend(["-"] if path == "-" else _expand(path))
    return found


def count_documents(inputs: Sequence[Input]) -> int | None:
    """How many documents the inputs hold; ``None`` where only reading them would tell."""
    streams = (item == "-" or (isinstance(item, Path) and _is_lines(item)) for item in inputs)
    return None if any(streams) else len(inputs)


def find_jobs(inputs: Sequence[Input]) -> Iterator[Job | InputError]:
    """The documents of the inputs, in order; a fault is yielded in its place, not raised.

    No result overwrites another, also where names that differ in case are one: files of one stem
    get the first hex digits of their content's SHA-256 behind it, and a second record of an id is
    a fault.
    """
    stems = Counter(_folded(item.stem) for item in inputs if isinstance(item, Path))
    taken: set[str] = set()
    for item in inputs:
        if isinstance(item, InputError):
            yield item
            continue
        if item == "-":
            jobs = _standard_input(sys.stdin.buffer)
        elif _is_lines(item):
            jobs = _json_lines(item)
        else:
            jobs = iter([_file(item, alone=stems[_folded(item.stem)] == 1)])
        for job in jobs:
            if isinstance(job, Job):
                name = _folded(file_name(job.id))
                if name in taken:
                    finding = f"id {job.id!r} stands twice"
                    yield InputError(job.name, "", finding, "give each document its own id")
                    continue
                taken.add(name)
            yield job


def _folded(name: str) -> str:
    """What file systems that fold case and compose accents make of a name."""
    return unicodedata.normalize("NFC", name).casefold()


def _is_lines(file: Path) -> bool:
    return file.suffix.lower() == ".jsonl"


def _file(file: Path, *, alone: bool) -> Job:
    stem = file.stem
    if not alone:
        with suppress(InputError):  # reading the file will say why
            stem += "-" + hashlib.sha256(file_bytes(file)).hexdigest()[:6]
    return Job(name=str(file), id=safe_id(stem), path=str(file))


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
    number = 0
    line = first or stream.readline()
    while line:
        number += 1
        if line.strip():
            yield _record(name, number, line)
        line = stream.readline()


def _record(name: str, number: int, line: bytes) -> Job | InputError:
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
