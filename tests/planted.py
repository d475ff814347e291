"""An encoder whose vectors are planted: one direction for each first character of a clause."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from argmine.tag.clauses import Clauses
from argmine.tag.encoder import Vectors

CHARACTERS = "甲乙丙丁"


class PlantedEncoder:
    """Tells clauses apart by their first character, and nothing else of them.

    Args:
        digest: as if it were made of files.
        origin: as if it lay somewhere.
    """

    width = len(CHARACTERS)

    def __init__(self, digest: str = "planted", origin: Mapping[str, str] | None = None) -> None:
        self.digest, self.origin = digest, origin or {}

    def vectors(self, form: str, clauses: Clauses) -> Vectors:
        rows = np.zeros((len(clauses), self.width), np.float32)
        for row, start in zip(rows, clauses.start.tolist(), strict=True):
            if form[start] in CHARACTERS:
                row[CHARACTERS.index(form[start])] = 1
        return rows


def lines_of(letters: str) -> tuple[str, Clauses]:
    """A text of one clause a letter, each a sentence, all on one line."""
    form = "".join(f"{letter}。" for letter in letters)
    start = np.arange(len(letters)) * 2
    line, flags = np.zeros(len(letters), np.int64), np.zeros(len(letters), np.bool_)
    return form, Clauses(start, start + 2, np.arange(len(letters)), line, flags, flags)
