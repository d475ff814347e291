"""The words of the reports, Chinese and English, from ``words.tsv``."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

LANGUAGES = ("zh", "en")


@cache
def words(lang: str) -> dict[str, str]:
    """All words of one language, zh or en."""
    column = 1 + LANGUAGES.index(lang)
    lines = (files("argmine.learn") / "words.tsv").read_text(encoding="utf-8").splitlines()
    return {fields[0]: fields[column] for fields in (line.split("\t") for line in lines[1:])}
