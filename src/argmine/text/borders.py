"""Where tokens and page furniture of a ``Doc`` begin and end, as columns of code points."""

from __future__ import annotations

from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import ArrayLike, NDArray
from spacy.tokens import Doc


class TokenRanges(NamedTuple):
    """Half-open ranges of tokens; ``exact`` says where the borders are borders of tokens."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    exact: NDArray[np.bool_]


class TokenBorders:
    """The token borders of a ``Doc``; looked up for many spans at once. See :func:`borders_of`."""

    def __init__(self, doc: Doc) -> None:
        table = doc.to_array(["IDX", "LENGTH"]).astype(np.int64)
        self._starts = table[:, 0]
        self._ends = table[:, 0] + table[:, 1]

    def ranges(self, starts: ArrayLike, ends: ArrayLike) -> TokenRanges:
        """The tokens from each start to each end (code points); a range that is not exact is void.

        A foreign tokenizer may have words that cross a border: such spans have no tokens.
        """
        begin, finish = np.asarray(starts, np.int64), np.asarray(ends, np.int64)
        size = len(self._starts)
        if not size:
            return TokenRanges(begin, finish, np.zeros(len(begin), np.bool_))
        first = np.searchsorted(self._starts, begin)
        last = np.searchsorted(self._ends, finish)
        exact = self._starts[np.minimum(first, size - 1)] == begin
        exact &= self._ends[np.minimum(last, size - 1)] == finish
        return TokenRanges(first, last + 1, exact)


_borders: WeakKeyDictionary[Doc, TokenBorders] = WeakKeyDictionary()


def borders_of(doc: Doc) -> TokenBorders:
    """The token borders of a ``Doc``, read once for all components; its tokens must stay."""
    borders = _borders.get(doc)
    if borders is None:
        borders = _borders[doc] = TokenBorders(doc)
    return borders


def furniture_of(doc: Doc) -> list[tuple[int, int]]:
    """Start and end of the page furniture in text order; none where nobody marked it."""
    group = doc.spans.get("boilerplate")
    if group is None:
        return []
    if "start" in getattr(group, "attrs", {}):
        return sorted(zip(group.attrs["start"], group.attrs["end"], strict=True))
    return sorted((span.start_char, span.end_char) for span in group)
