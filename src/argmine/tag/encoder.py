"""Turn clauses into vectors by a small pre-trained encoder, which is never trained here.

Reads:   a matching form and its clauses; a folder with the encoder (models/encoder)
Method:  the text goes through the encoder in windows of whole lines, each with its title, its
         heading and some context; a clause's vector is the mean over its pieces. Found once for all
         heads of a model.
Limits:  of a clause longer than a window only the beginning is read.
Source:  multilingual-e5-small (Wang et al. 2024, MIT), its first 8 of 12 layers: their vectors tell
         more of what a clause does than those of the last one. Rebuilt by models/build_encoder.py.
"""

from __future__ import annotations

import csv
import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from argmine.errors import InputError
from argmine.tag.clauses import Clauses, opens
from argmine.tag.unigram import BEGIN, END, UNKNOWN, UnigramTokenizer

MANIFEST = "encoder.json"
FORMAT = 1
# Pieces; the model's positions end at 512. Shorter windows cost more, as context is read twice.
WINDOW, CONTEXT, MAX_PIECES = 340, 40, 500
TITLE, HEADING = 32, 24
# What stands beside title, heading and the marks around them: clauses, and a mark for each line.
ROOM = MAX_PIECES - TITLE - HEADING - 3
# Code points of a clause, a title or a heading that are read: far more than their pieces hold.
MAX_READ = 4000

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """What gives clauses their vectors.

    Attributes:
        digest: of all that decides the vectors.
        width: of a vector.
        origin: what a model's manifest says of where the encoder is; nothing for argmine's own.
    """

    digest: str
    width: int
    origin: Mapping[str, str]

    def vectors(self, form: str, clauses: Clauses) -> Vectors:
        """A row a clause, ``width`` columns; ``clauses`` are those of ``form``."""


class SmallEncoder:
    """The encoder that comes with argmine; needs onnxruntime.

    Args:
        folder: holds ``encoder.json`` and the files that it names.

    Raises:
        InputError: onnxruntime is not installed, or the folder is broken.
    """

    width = 384
    origin: Mapping[str, str] = MappingProxyType({})

    def __init__(self, folder: Path) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            remedy = "run: pip install 'argmine[encoder]'"
            raise InputError(str(folder), "", "needs onnxruntime", remedy) from error
        data = read_encoder_files(folder)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # batch work runs a process a core
        options.log_severity_level = 4  # what it says is raised, too
        try:
            self._session = onnxruntime.InferenceSession(
                data["encoder.onnx"], options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's own classes, which it does not publish
            finding = f"cannot be loaded ({type(error).__name__})"
            raise _refused(folder / "encoder.onnx", finding) from error
        self._tokenizer = read_tokenizer(folder, data)
        self._try(folder)
        self.digest = digest_of(data)
        self._kept: WeakKeyDictionary[Clauses, Vectors] = WeakKeyDictionary()

    def vectors(self, form: str, clauses: Clauses) -> Vectors:
        """See :class:`Encoder`."""
        found = self._kept.get(clauses)
        if found is None:
            found = self._kept[clauses] = self._vectors(form, clauses)
        return found

    def text_vectors(self, forms: Sequence[str]) -> Vectors:
        """Vectors of texts that stand by themselves, such as quotations of several articles.

        Args:
            forms: matching forms; of each, what fits the model is read.

        Returns:
            A row a text, ``width`` columns, zeros where a text has no piece.
        """
        vectors = np.zeros((len(forms), self.width), np.float32)
        opening = [BEGIN, END, END]  # no title and no heading
        for row, form in enumerate(forms):
            pieces = self._cut(form, ROOM)
            if pieces:
                numbers = np.array([*opening, *pieces, END], np.int64)
                hidden = self._session.run(None, {"ids": numbers})[0]
                vectors[row] = hidden[len(opening) : -1].mean(axis=0)
        return vectors

    def _try(self, folder: Path) -> None:
        """Refuse an encoder that does not take the tokenizer's numbers, or gives other vectors."""
        try:
            hidden = self._session.run(None, {"ids": np.array([self._tokenizer.highest, END])})[0]
            fits = hidden.shape == (2, self.width) and bool(np.isfinite(hidden).all())
        except Exception as error:  # as above
            finding = f"cannot be loaded ({type(error).__name__})"
            raise _refused(folder / "encoder.onnx", finding) from error
        if not fits:
            raise _refused(folder / "encoder.onnx", "does not fit its manifest")

    def _cut(self, text: str, most: int) -> list[int]:
        return self._tokenizer(text[:MAX_READ])[:most]

    def _vectors(self, form: str, clauses: Clauses) -> Vectors:
        vectors = np.zeros((len(clauses), self.width), np.float32)
        spans = zip(clauses.start.tolist(), clauses.end.tolist(), strict=True)
        pieces = [self._cut(form[start:end], MAX_PIECES) for start, end in spans]
        headings = headings_above(clauses)
        title = self._cut(title_of(form), TITLE)
        for window in windows(clauses, [len(own) for own in pieces]):
            above = headings[window.first]
            heading = [] if above is None else pieces[above][:HEADING]
            opening = [BEGIN, *title, END, *heading, END]
            numbers, places = _laid(window, opening, pieces, clauses)
            hidden = self._session.run(None, {"ids": np.array(numbers, np.int64)})[0]
            for row, (start, end) in enumerate(places, window.first):
                vectors[row] = hidden[start:end].mean(axis=0)
        return vectors


class Window(NamedTuple):
    """Clauses ``first`` to ``after`` are to be read, among ``context_first`` to the other end."""

    first: int
    after: int
    context_first: int
    context_after: int


def windows(clauses: Clauses, sizes: Sequence[int]) -> Iterator[Window]:
    """Cut a text into windows of whole lines, else sentences, else clauses, in order.

    Args:
        clauses: the clauses.
        sizes: how many pieces each has.
    """
    # runs that are taken whole: lines; sentences of long lines; clauses of long sentences
    runs = [
        run
        for line in _runs(clauses.paragraph, 0, len(clauses))
        for run in _fitting(line, clauses, sizes)
    ]
    size = len(clauses)
    # with the mark before each line
    marked = (np.asarray(sizes, np.int64) + opens(clauses.paragraph)).tolist()
    first = filled = laid = 0
    for start, after in [*runs, (size, size)]:
        own, own_laid = sum(sizes[start:after]), sum(marked[start:after])
        full = filled + own > WINDOW or laid + own_laid > ROOM
        if start > first and (full or start == size):
            yield _with_context(first, start, sizes, marked, ROOM - laid)
            first, filled, laid = start, 0, 0
        filled, laid = filled + own, laid + own_laid


def _runs(groups: NDArray[np.int64], start: int, after: int) -> Iterator[tuple[int, int]]:
    """The runs of equal groups between two rows."""
    borders = np.flatnonzero(np.diff(groups[start:after])) + start + 1
    edges = [start, *borders.tolist(), after]
    yield from ((a, b) for a, b in pairwise(edges) if b > a)


def _fitting(
    run: tuple[int, int], clauses: Clauses, sizes: Sequence[int]
) -> Iterator[tuple[int, int]]:
    if sum(sizes[run[0] : run[1]]) <= WINDOW:
        yield run
        return
    for sentence in _runs(clauses.sentence, *run):
        if sum(sizes[sentence[0] : sentence[1]]) <= WINDOW:
            yield sentence
        else:
            yield from ((n, n + 1) for n in range(*sentence))


def _with_context(
    first: int, after: int, sizes: Sequence[int], marked: Sequence[int], left: int
) -> Window:
    """The window with what stands around it; before it no more than is left of the room."""
    before, room = first, CONTEXT
    while before > 0 and sizes[before - 1] <= room and marked[before - 1] <= left:
        before -= 1
        room -= sizes[before]
        left -= marked[before]
    # what has no room behind is cut off when laid out
    behind, room = after, CONTEXT
    while behind < len(sizes) and sizes[behind] <= room and behind - after < MAX_PIECES:
        room -= sizes[behind]
        behind += 1
    return Window(first, after, before, behind)


def _laid(
    window: Window, opening: list[int], pieces: Sequence[list[int]], clauses: Clauses
) -> tuple[list[int], list[tuple[int, int]]]:
    """The numbers of a window, and the places in it of the clauses that are to be read."""
    numbers = list(opening)
    places = []
    for n in range(window.context_first, window.context_after):
        opens_line = n > window.context_first and clauses.paragraph[n] != clauses.paragraph[n - 1]
        if opens_line and len(numbers) < MAX_PIECES:
            numbers.append(END)
        start = len(numbers)
        numbers.extend(pieces[n][: max(0, MAX_PIECES - start)])
        if window.first <= n < window.after:
            # a clause without pieces, or without room, takes the mark before it
            places.append((start, len(numbers)) if len(numbers) > start else (start - 1, start))
    numbers.append(END)
    return numbers, places


def title_of(form: str) -> str:
    """The first line that says anything, as far as it is read."""
    return form.lstrip()[:MAX_READ].partition("\n")[0]


def headings_above(clauses: Clauses) -> list[int | None]:
    """For each clause the nearest clause of a heading before it."""
    found: list[int | None] = []
    above: int | None = None
    for n, heading in enumerate(clauses.heading.tolist()):
        found.append(above)
        if heading:
            above = n
    return found


def read_encoder_files(folder: Path) -> dict[str, bytes]:
    """The files of an encoder's folder by name, checked by their digests.

    Raises:
        InputError: what is wrong with it.
    """
    path = folder / MANIFEST
    try:
        manifest: Any = json.loads(path.read_text(encoding="utf-8"))
        entries = {str(name): str(digest) for name, digest in manifest["files"].items()}
        known = manifest["format"] == FORMAT
    except OSError as error:
        raise _refused(path, f"cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _refused(path, f"is no manifest of an encoder ({type(error).__name__})") from error
    if not known or set(entries) != {"encoder.onnx", "vocabulary.tsv", "characters.tsv"}:
        raise _refused(path, f"is not of format {FORMAT}")
    data = {}
    for name, digest in entries.items():
        try:
            data[name] = (folder / name).read_bytes()
        except OSError as error:
            raise _refused(folder / name, f"cannot be read ({error.strerror})") from error
        if hashlib.sha256(data[name]).hexdigest() != digest:
            raise _refused(folder / name, "was altered or truncated")
    return data


def digest_of(data: dict[str, bytes]) -> str:
    """One digest of all files of an encoder."""
    digests = (hashlib.sha256(content).hexdigest() for _, content in sorted(data.items()))
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def read_tokenizer(folder: Path, data: dict[str, bytes]) -> UnigramTokenizer:
    """The tokenizer of an encoder, from its files.

    Raises:
        InputError: they are no tables of pieces and characters.
    """
    name = "vocabulary.tsv"
    try:
        vocabulary = list(_rows(data[name]))
        pieces, scores = [r["piece"] for r in vocabulary], [float(r["score"]) for r in vocabulary]
        if len(pieces) <= UNKNOWN + 1 or not all(pieces) or not all(map(math.isfinite, scores)):
            raise ValueError("no pieces, an empty one, or a score that is no number")
        name = "characters.tsv"
        characters = {
            _character(row["character"]): "".join(map(_character, row["instead"].split()))
            for row in _rows(data[name])
        }
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, csv.Error) as error:
        raise _refused(folder / name, f"is no table of an encoder ({error})") from error
    return UnigramTokenizer(pieces, scores, characters)


def _character(code: str) -> str:
    return chr(int(code, 16))


def _rows(data: bytes) -> Iterator[dict[str, str]]:
    lines = data.decode("utf-8").split("\n")
    return csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)


def _refused(path: Path, finding: str) -> InputError:
    return InputError(str(path), "", finding, "fetch or build the encoder again")
