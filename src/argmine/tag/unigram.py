"""Cut text into the pieces that the encoder was trained on.

Method:  unigram segmentation: of all ways to cut a text into known pieces the likeliest, found by
         dynamic programming; characters are normalised one by one before.
Source:  Kudo 2018, Subword Regularization (the model); pieces, scores and the table of characters
         are those of multilingual-e5-small, cut down to what Chinese policy texts use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

# Rows of the embedding that are no pieces of text.
BEGIN, PAD, END, UNKNOWN = range(4)
_SPACE = "▁"
# An unknown character costs this much more than the rarest piece.
_UNKNOWN_COST = 10.0
# Clauses come again (headings, mottoes), long ones hardly; beyond so many the memory is emptied.
_MAX_KEPT, _MAX_KEPT_SIZE = 20_000, 60


class UnigramTokenizer:
    """Cuts text into numbered pieces.

    Args:
        pieces: by number; the first four stand for no text.
        scores: the log-probability of each piece.
        normalised: what a character is replaced by.

    Attributes:
        highest: the highest number of a piece.
    """

    def __init__(
        self, pieces: Sequence[str], scores: Sequence[float], normalised: Mapping[str, str]
    ) -> None:
        rows = zip(pieces[UNKNOWN + 1 :], scores[UNKNOWN + 1 :], strict=True)
        self._known = {piece: (n, score) for n, (piece, score) in enumerate(rows, UNKNOWN + 1)}
        self.highest = len(pieces) - 1
        self._longest = max(map(len, self._known))
        self._unknown = min(scores) - _UNKNOWN_COST
        self._normalised = str.maketrans(dict(normalised))
        self._kept: dict[str, list[int]] = {}

    def __call__(self, text: str) -> list[int]:
        """The numbers of the pieces of a text, in order."""
        found = self._kept.get(text)
        if found is None:
            found = self._cut(text)
            if len(text) <= _MAX_KEPT_SIZE:
                if len(self._kept) >= _MAX_KEPT:
                    self._kept.clear()
                self._kept[text] = found
        return found

    def normalised(self, text: str) -> str:
        """The text whose pieces are numbered: characters replaced, runs of spaces one mark."""
        form = text.translate(self._normalised).replace(" ", _SPACE)
        while _SPACE * 2 in form:
            form = form.replace(_SPACE * 2, _SPACE)
        return form

    def _cut(self, text: str) -> list[int]:
        form = self.normalised(text)
        size = len(form)
        best = [0.0] + [float("-inf")] * size
        back: list[tuple[int, int]] = [(0, 0)] * (size + 1)
        for start in range(size):
            so_far = best[start]
            for end in range(start + 1, min(size, start + self._longest) + 1):
                piece = self._known.get(form[start:end])
                if piece is not None and so_far + piece[1] > best[end]:
                    best[end], back[end] = so_far + piece[1], (piece[0], start)
            if so_far + self._unknown > best[start + 1]:
                best[start + 1], back[start + 1] = so_far + self._unknown, (UNKNOWN, start)
        numbers = []
        end = size
        while end:
            number, end = back[end]
            numbers.append(number)
        return numbers[::-1]
