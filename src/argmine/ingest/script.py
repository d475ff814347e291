"""Tell simplified from traditional script by the characters that stand in only one of them."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Literal

from argmine.lexicons import read_table


@cache
def _characters() -> tuple[frozenset[str], frozenset[str]]:
    rows = read_table("script_characters", ("character", "script", "source"))
    hans = frozenset(row["character"] for row in rows if row["script"] == "hans")
    hant = frozenset(row["character"] for row in rows if row["script"] == "hant")
    return hans, hant


def detect_script(text: str) -> Literal["hans", "hant"]:
    """The script of the text: the one with more characters of its own.

    Counts whole occurrences, so that a traditional quotation in a simplified article does not
    turn it. Without any telling character, or with as many of both, the answer is ``hans``.
    """
    hans, hant = _characters()
    # One C-level pass over the text; then only its distinct characters are looked at.
    counts = Counter(text)
    simplified = sum(counts[character] for character in hans)
    traditional = sum(counts[character] for character in hant)
    return "hant" if traditional > simplified else "hans"
