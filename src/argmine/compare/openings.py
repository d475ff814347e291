"""Tell clauses that only open a sentence (随着…, …以来, 专家指出) from those that make a point.

Source:  openings.tsv; connectives.tsv, what adverbials end with; saying.tsv, verbs of saying.
"""

from __future__ import annotations

import re
from functools import cache

from argmine.lexicons import alternation, read_lexicon, read_table


def is_opening(form: str) -> bool:
    """Whether the letters of a clause begin or end as openings do."""
    return _pattern().search(form) is not None


@cache
def _pattern() -> re.Pattern[str]:
    rows = read_table("openings", ("opening", "source"), package="argmine.compare")
    begins = "|".join(re.escape(row["opening"]) for row in rows)
    adverbial = alternation(read_lexicon("connectives"), "adverbial end")
    saying = alternation(read_lexicon("saying"), "saying")
    return re.compile(rf"\A(?:{begins})|(?:{adverbial}|{saying})\Z")
