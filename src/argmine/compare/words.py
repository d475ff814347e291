"""The words of the report and its charts, and the glosses of labels, Chinese and English."""

from __future__ import annotations

from functools import cache

from argmine.lexicons.words import LANGUAGES, read_glosses, read_words

__all__ = ["LANGUAGES", "gloss", "words"]


@cache
def words(lang: str) -> dict[str, str]:
    """All words and glosses of one language, zh or en; a gloss has the key ``gloss:LABEL``."""
    return read_glosses(lang) | read_words("argmine.compare", lang)


def gloss(label: str, lang: str) -> str:
    """The name of a label in one language; an unknown label is its own name."""
    return words(lang).get(f"gloss:{label}", label)
