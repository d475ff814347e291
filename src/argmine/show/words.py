"""The words of the interface and the glosses of labels, Chinese and English.

Labels are data: one without a gloss is shown as it is.
"""

from __future__ import annotations

from functools import cache

from argmine.lexicons.words import LANGUAGES, read_glosses, read_words

__all__ = ["LANGUAGES", "SIGNS", "gloss", "words"]

# The sign of a stance; a stance without a sign takes no side.
SIGNS = {"favor": "+", "against": "−"}


@cache
def words(lang: str) -> dict[str, str]:
    """All words and glosses of one language, zh or en; a gloss has the key ``gloss:LABEL``."""
    return read_glosses(lang) | read_words("argmine.show", lang)


def gloss(label: str, lang: str) -> str:
    """The name of a label in one language; an unknown label is its own name."""
    return words(lang).get(f"gloss:{label}", label)
