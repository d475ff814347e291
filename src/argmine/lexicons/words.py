"""What argmine says on pages and charts: the words of each room, and the glosses of labels.

Each room that shows something has its own ``words.tsv``: key, Chinese, English, sorted by key.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from argmine.lexicons import read_table
from argmine.schema import GLOSSES

LANGUAGES = ("zh", "en")


@cache
def read_words(room: str, lang: str) -> dict[str, str]:
    """The words of a room such as ``argmine.show``, in one language, zh or en."""
    column = 1 + LANGUAGES.index(lang)
    lines = (files(room) / "words.tsv").read_text(encoding="utf-8").splitlines()
    return {fields[0]: fields[column] for fields in (line.split("\t") for line in lines[1:])}


@cache
def read_glosses(lang: str) -> dict[str, str]:
    """The names of labels and of targets of stance, each by the key ``gloss:LABEL``.

    The prefix keeps a label of the data from being taken for a word of argmine.
    """
    # what English says of a label is the label
    glosses = {f"gloss:{label}": name if lang == "zh" else label for label, name in GLOSSES.items()}
    for row in read_table("targets", ("target", "name_zh", "name_en", "source")):
        glosses[f"gloss:{row['target']}"] = row[f"name_{lang}"]
    return glosses
