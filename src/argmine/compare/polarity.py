"""Tell whether two near-equal units say the opposite of each other.

Reads:   the forms (letters only) of the members of a group
Method:  one has a word of ``polarity.tsv`` or of negations.tsv where the other has its opposite, or
         no negation: the letters before or behind are the same in both.
Limits:  only what one word turns is seen, and only where the two are near-equal anyway.
Source:  polarity.tsv, negations.tsv.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from argmine.lexicons import read_lexicon, read_table

# Letters beside what is turned that must stand in both. Set by hand: with fewer, two long units
# that have a word and its opposite in different places are opposed.
_BESIDE = 2
# Letters between two negations that affirm together.
_WITHIN = 12
# More members than this are compared with the centre only.
_MAX_COMPARED = 40


def opposed(forms: Sequence[str], documents: Sequence[int]) -> bool:
    """Whether two members of different articles are opposed; the centre stands first."""
    said = [_Said(form) for form in forms]
    firsts = len(forms) if len(forms) <= _MAX_COMPARED else 1
    return any(
        documents[one] != documents[other] and _is_opposed(said[one], said[other])
        for one in range(firsts)
        for other in range(one + 1, len(forms))
    )


class _Said:
    """What a unit says, and what would be the opposite of it."""

    def __init__(self, form: str) -> None:
        self.form = form
        self.opposites = {turned for turned in _turned(form) if turned not in form}


def _is_opposed(one: _Said, other: _Said) -> bool:
    return any(turned in other.form for turned in one.opposites) or any(
        turned in one.form for turned in other.opposites
    )


def _turned(form: str) -> Iterator[str]:
    """The pieces of the form with one word turned: its opposite, or no negation."""
    for match in _words().finditer(form):
        before, after = _beside(form, match)
        for opposite in _opposites()[match[0]]:
            if len(before) == _BESIDE:
                yield before + opposite
            if len(after) == _BESIDE:
                yield opposite + after
    doubled = [match.span() for match in _doubled().finditer(form)]
    for match in _negations().finditer(form):
        before, after = _beside(form, match)
        is_doubled = any(start <= match.start() < end for start, end in doubled)
        if len(before) == len(after) == _BESIDE and not is_doubled:
            yield before + after


def _beside(form: str, match: re.Match[str]) -> tuple[str, str]:
    before = form[max(match.start() - _BESIDE, 0) : match.start()]
    return before, form[match.end() : match.end() + _BESIDE]


@cache
def _opposites() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in read_table(
        "polarity", ("positive", "negative", "source"), package="argmine.compare"
    ):
        found.setdefault(row["positive"], []).append(row["negative"])
        found.setdefault(row["negative"], []).append(row["positive"])
    return found


@cache
def _words() -> re.Pattern[str]:
    words = sorted(_opposites(), key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, words)))


@cache
def _doubled() -> re.Pattern[str]:
    """没有 A 就没有 B, which affirms both."""
    negation = f"(?:{_negations().pattern})"
    return re.compile(rf"{negation}.{{1,{_WITHIN}}}就{negation}")


@cache
def _negations() -> re.Pattern[str]:
    cues = sorted({cue.cue for cue in read_lexicon("negations")}, key=lambda cue: (-len(cue), cue))
    return re.compile("|".join(map(re.escape, cues)))
