"""Read the lexicons: checked TSV tables beside this file, and linear matching of their cues.

Every lexicon is data: UTF-8, tab-separated, one header line, sorted, with a source for each line.
Two shapes exist. A *cue lexicon* has the columns of :class:`Cue`; a *table* has columns of its own
and is read by :func:`read_table`. All readers report ``file:line: finding; remedy``.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from itertools import chain
from typing import Literal, NamedTuple, cast

import numpy as np
from ahocorasick_rs import AhoCorasick, Implementation, MatchKind
from numpy.typing import NDArray

from argmine.errors import InputError

Role = Literal["cue", "pseudo", "termination"]
# Code points that are matched at once.
PIECE = 100_000
# A third faster up to here, at 4 MB.
MAX_DFA_STRINGS = 600
CUE_COLUMNS = ("cue", "label", "role", "weight", "source", "note")
ROLES = ("cue", "pseudo", "termination")


@dataclass(frozen=True, slots=True)
class Cue:
    """One line of a cue lexicon.

    A ``pseudo`` cue looks like a cue and hides the cues that it covers; a ``termination`` ends the
    scope of a cue before it. ``weight`` is the cue's vote for its label (log-odds scale or 1.0).
    """

    cue: str
    label: str
    role: Role
    weight: float
    source: str
    note: str


class Match(NamedTuple):
    """A cue found in a text: half-open code point offsets."""

    start: int
    end: int
    cue: Cue


class Places(NamedTuple):
    """Where strings of a matcher were found, as columns: code points, and the string's number."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    numbers: NDArray[np.int64]


def _rows(name: str, package: str) -> list[tuple[int, list[str]]]:
    text = (files(package) / f"{name}.tsv").read_text(encoding="utf-8")
    return [(n, line.split("\t")) for n, line in enumerate(text.split("\n"), 1) if line]


def read_table(
    name: str, columns: Sequence[str], *, package: str = "argmine.lexicons"
) -> tuple[dict[str, str], ...]:
    """Read ``name.tsv`` and check it against the expected columns.

    Args:
        name: file name without ``.tsv``.
        columns: the exact header; must hold ``source``.
        package: where the file lies; what stands elsewhere changes no annotation.

    Returns:
        One dict a line, keys in header order.

    Raises:
        InputError: a wrong header, a wrong number of fields, an empty first field or source, a
            repeated or unsorted line.
    """
    rows = _rows(name, package)
    path = f"{name}.tsv"
    if not rows or rows[0][1] != list(columns):
        raise InputError(path, "line 1", f"header is not {' '.join(columns)}", "restore the header")
    table: list[dict[str, str]] = []
    previous: list[str] | None = None
    for number, fields in rows[1:]:
        place = f"line {number}"
        if len(fields) != len(columns):
            raise InputError(
                path, place, f"{len(fields)} fields, not {len(columns)}", "check the tabs"
            )
        row = dict(zip(columns, fields, strict=True))
        if not fields[0] or not row["source"]:
            raise InputError(path, place, "empty first field or source", "fill it in")
        if previous is not None and fields <= previous:
            raise InputError(path, place, "repeated or out of order", "sort the file by code point")
        previous = fields
        table.append(row)
    return tuple(table)


@cache
def read_lexicon(name: str) -> tuple[Cue, ...]:
    """Read the cue lexicon ``name.tsv``.

    Raises:
        InputError: as :func:`read_table`, or an unknown role, an empty label, a weight that is no
            finite number, the same cue, label and role twice.
    """
    path = f"{name}.tsv"
    cues: list[Cue] = []
    seen: set[tuple[str, str, str]] = set()
    for number, row in enumerate(read_table(name, CUE_COLUMNS), 2):
        place = f"line {number}"
        if row["role"] not in ROLES:
            raise InputError(
                path, place, f"role {row['role']!r} is not one of {', '.join(ROLES)}", "correct it"
            )
        if not row["label"]:
            raise InputError(path, place, "empty label", "fill it in")
        try:
            weight = float(row["weight"])
        except ValueError:
            weight = math.nan
        if not math.isfinite(weight):
            raise InputError(path, place, f"weight {row['weight']!r} is no number", "correct it")
        key = (row["cue"], row["label"], row["role"])
        if key in seen:
            raise InputError(path, place, f"{row['cue']!r} stands twice", "delete one line")
        seen.add(key)
        cues.append(
            Cue(
                row["cue"],
                row["label"],
                cast(Role, row["role"]),
                weight,
                row["source"],
                row["note"],
            )
        )
    return tuple(cues)


@cache
def lexicon_digest() -> str:
    """First 8 hex digits of the SHA-256 over all lexicon files, names included."""
    digest = hashlib.sha256()
    for path in sorted(files("argmine.lexicons").iterdir(), key=lambda p: p.name):
        if path.name.endswith(".tsv"):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:8]


class Matcher:
    """Finds cues in a text in one pass (Aho-Corasick), linear in the text.

    Attributes:
        groups: the cues of each distinct string, which its number in ``Places`` points to.
    """

    def __init__(self, cues: Iterable[Cue]) -> None:
        by_string: dict[str, list[Cue]] = {}
        for cue in cues:
            by_string.setdefault(cue.cue, []).append(cue)
        self.groups = tuple(tuple(group) for group in by_string.values())
        self._pseudo = np.array([_hides(group) for group in self.groups], np.bool_)
        self._strings = tuple(by_string)
        self._reach = max(map(len, by_string), default=0)
        self._hides = bool(self._pseudo.any())

    def locate(self, text: str) -> Places:
        """Leftmost-longest places that do not overlap; pseudo cues take part but are left out."""
        if len(text) <= PIECE:
            starts, ends, numbers = _columns(self._longest.find_matches_as_indexes(text), 0)
        else:
            pieces = [_columns(matches, at) for at, matches in self._matches(text)]
            starts, ends, numbers = (np.concatenate(column) for column in zip(*pieces, strict=True))
        if not self._hides:
            return Places(starts, ends, numbers)
        shown = ~self._pseudo[numbers]
        return Places(starts[shown], ends[shown], numbers[shown])

    def _matches(self, text: str) -> Iterator[tuple[int, list[tuple[int, int, int]]]]:
        """The matches of one piece of the text after another, and where the piece begins.

        A scan that begins behind a match finds what one from the start would find there. Pieces
        keep the lists of matches in the processor's cache.
        """
        at = 0
        while True:
            piece = text[at : at + PIECE + self._reach]
            matches = self._longest.find_matches_as_indexes(piece)
            if at + PIECE >= len(text):
                yield at, matches
                return
            # what begins in the overlap might be longer than the piece shows
            while matches and matches[-1][1] >= PIECE:
                matches.pop()
            yield at, matches
            at += max(PIECE, matches[-1][2]) if matches else PIECE

    def find(self, text: str) -> list[Match]:
        """The cues at the places of :meth:`locate`, each cue of a string by itself."""
        rows = zip(*(column.tolist() for column in self.locate(text)), strict=True)
        groups = self.groups
        return [Match(start, end, cue) for start, end, n in rows for cue in groups[n]]

    def find_all(self, text: str) -> list[Match]:
        """Every match, overlapping ones included, but for those inside a pseudo cue."""
        matches = self._all.find_matches_as_indexes(text, overlapping=True)
        found: list[Match] = []
        reach = -1
        # the longer of two that begin together comes first: a pseudo cue hides what follows
        for start, negative_end, n in sorted((start, -end, n) for n, start, end in matches):
            if self._pseudo[n]:
                reach = max(reach, -negative_end)
            if -negative_end > reach:
                group = self.groups[n]
                found.extend(Match(start, -negative_end, c) for c in group if c.role != "pseudo")
        return found

    @cached_property
    def _longest(self) -> AhoCorasick:
        # the faster automaton, whose memory grows with the strings
        few = len(self._strings) <= MAX_DFA_STRINGS
        return AhoCorasick(
            self._strings,
            matchkind=MatchKind.LeftmostLongest,
            implementation=Implementation.DFA if few else None,
        )

    @cached_property
    def _all(self) -> AhoCorasick:
        return AhoCorasick(self._strings)


def alternation(cues: Iterable[Cue], label: str) -> str:
    """A regular expression that matches any cue of the label, the longest first."""
    strings = sorted((cue.cue for cue in cues if cue.label == label), key=len, reverse=True)
    # without a cue it must match nothing
    return "(?:" + ("|".join(map(re.escape, strings)) or "(?!)") + ")"


def _columns(matches: list[tuple[int, int, int]], at: int) -> Places:
    flat = np.fromiter(chain.from_iterable(matches), np.int64, 3 * len(matches))
    return Places(flat[1::3] + at, flat[2::3] + at, flat[::3])


def _hides(group: Iterable[Cue]) -> bool:
    return any(cue.role == "pseudo" for cue in group)
