"""The words of the interface and the glosses of labels, Chinese and English.

``words.tsv`` holds what only the views say; labels come from the schema's glosses, targets of
stance from their lexicon. A gloss has the key ``gloss:LABEL``, so that no label of the data can be
taken for a word of the interface. Labels are data: one without a gloss is shown as it is.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from argmine.lexicons import read_table
from argmine.schema import GLOSSES

LANGUAGES = ("zh", "en")
# The sign of a stance; a stance without a sign takes no side.
SIGNS = {"favor": "+", "against": "−"}


@cache
def words(lang: str) -> dict[str, str]:
    """All words and glosses of one language, zh or en."""
    column = 1 + LANGUAGES.index(lang)
    table = {f"gloss:{label}": (label, gloss, label) for label, gloss in GLOSSES.items()}
    for row in read_table("targets", ("target", "name_zh", "name_en", "source")):
        table[f"gloss:{row['target']}"] = (row["target"], row["name_zh"], row["name_en"])
    own = (files("argmine.show") / "words.tsv").read_text(encoding="utf-8")
    for line in own.splitlines()[1:]:
        key, chinese, english = line.split("\t")
        table[key] = (key, chinese, english)
    return {key: row[column] for key, row in table.items()}


def gloss(label: str, lang: str) -> str:
    """The name of a label in one language; an unknown label is its own name."""
    return words(lang).get(f"gloss:{label}", label)
