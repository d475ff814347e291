"""Cut a long article into windows that a small model takes in at once.

Sections stay whole where they fit into a window, else paragraphs, else sentences; neighbours
share a window where they fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

# Code points. Instructions, window and answer are to fit into a context of 4096 tokens, which is
# what Ollama gives a model by default: some 1300 + 700 + 2000 tokens, reckoned at 0.7 tokens a
# character and 45 a unit besides its quotation, not measured on a model.
MAX_WINDOW = 1000


class Stretch(NamedTuple):
    """A sentence: code points, and what it belongs to."""

    start: int
    end: int
    paragraph: int
    section: str | None


_BORDERS = tuple(map(attrgetter, ("section", "paragraph", "start")))


def cut_windows(sentences: Sequence[Stretch], limit: int = MAX_WINDOW) -> list[tuple[int, int]]:
    """Start and end of each window, in text order; none is longer than the limit."""
    windows: list[tuple[int, int]] = []
    for start, end in _atoms(sentences, limit, 0):
        if windows and end - windows[-1][0] <= limit:
            windows[-1] = (windows[-1][0], end)
        else:
            windows.append((start, end))
    return windows


def _atoms(sentences: Sequence[Stretch], limit: int, depth: int) -> Iterator[tuple[int, int]]:
    """The largest parts that fit; a sentence without end is cut at the limit."""
    if not sentences:
        return
    start, end = sentences[0].start, sentences[-1].end
    if end - start <= limit:
        yield start, end
    elif depth == len(_BORDERS):
        for at in range(start, end, limit):
            yield at, min(end, at + limit)
    else:
        for _, part in groupby(sentences, _BORDERS[depth]):
            yield from _atoms(list(part), limit, depth + 1)
