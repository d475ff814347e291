"""The words of the report and its charts and the glosses of labels, Chinese and English.

``words.tsv`` holds what they say; labels come from the schema's glosses, targets of stance from
their lexicon. A gloss has the key ``gloss:LABEL``, so that no label of the data can be taken for a
word of the report.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from argmine.lexicons import read_table
from argmine.schema import GLOSSES

LANGUAGES = ("zh", "en")


@cache
def words(lang: str) -> dict[str, str]:
    """All words and glosses of one language, zh or en."""
    rows = [(f"gloss:{label}", gloss, label) for label, gloss in GLOSSES.items()]
    for row in read_table("targets", ("target", "name_zh", "name_en", "source")):
        rows.append((f"gloss:{row['target']}", row["name_zh"], row["name_en"]))
    lines = (files("argmine.compare") / "words.tsv").read_text(encoding="utf-8").splitlines()
    for line in lines[1:]:
        key, chinese, english = line.split("\t")
        rows.append((key, chinese, english))
    column = 1 + LANGUAGES.index(lang)
    return {row[0]: row[column] for row in rows}


def gloss(label: str, lang: str) -> str:
    """The name of a label in one language; an unknown label is its own name."""
    return words(lang).get(f"gloss:{label}", label)
