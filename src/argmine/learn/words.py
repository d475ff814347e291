"""The words of the reports, Chinese and English."""

from __future__ import annotations

from argmine.lexicons.words import LANGUAGES, read_words

__all__ = ["LANGUAGES", "words"]


def words(lang: str) -> dict[str, str]:
    """All words of one language, zh or en."""
    return read_words("argmine.learn", lang)
