"""Give a group of near-equal units a readable name and its distinctive terms.

Reads:   the words of the members and the text of the central one
Method:  a term is a word of the central unit that at least half of the members have; the rarer its
         word is among the articles, the more it weighs. The name is the central unit or, where that
         is long, the run of its clauses that holds most of the terms.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

# Code points of a name, and the number of terms.
MAX_NAME = 40
MAX_TERMS = 5
_CLAUSE = re.compile("[^，；：。！？,;:!?]+[，；：。！？,;:!?]*")
_AROUND = " ，；：。,;:"
_QUOTES = (("“", "”"), ("「", "」"), ("『", "』"), ("‘", "’"), ("（", "）"), ("《", "》"))


def distinctive_terms(
    words: Sequence[Sequence[str]], weights: Mapping[str, float]
) -> dict[str, float]:
    """What each term weighs, the most distinctive first.

    Args:
        words: of each member, the central one first.
        weights: of the words.
    """
    sets = [set(own) for own in words]
    shared = {word: sum(word in own for own in sets) for word in sets[0]}
    weighed = {
        word: weights[word] * count for word, count in shared.items() if 2 * count >= len(sets)
    }
    return dict(sorted(weighed.items(), key=lambda item: (-item[1], item[0])))


def readable_name(text: str, terms: Mapping[str, float]) -> str:
    """A name of at most ``MAX_NAME`` code points, but for a clause that is longer by itself."""
    text = " ".join(text.split())
    if len(text) <= MAX_NAME:
        return text.strip(_AROUND)
    clauses = [match.group() for match in _CLAUSE.finditer(text)] or [text]
    best, best_value = clauses[0], -1.0
    for first in range(len(clauses)):
        run = ""
        for clause in clauses[first:]:
            if run and len((run + clause).rstrip(_AROUND)) > MAX_NAME:
                break
            run += clause
            value = sum(weight for term, weight in terms.items() if term in run.lower())
            if value > best_value:
                best, best_value = run, value
    name = best.strip(_AROUND)
    for opening, closing in _QUOTES:
        if name.count(opening) != name.count(closing):
            name = name.strip(opening + closing)
    return name
