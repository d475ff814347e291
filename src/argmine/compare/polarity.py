"""Tell whether two near-equal units say the opposite of each other.

Reads:   the forms (letters only) of the members of a group
Method:  one has a word of ``polarity.tsv`` or of negations.tsv where the other has its opposite:
         each has its own and not that of the other; or what one negates stands bare in the other.
Limits:  only what one word turns is seen, and only where the two are near-equal anyway.
Source:  polarity.tsv, negations.tsv.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from argmine.lexicons import read_lexicon, read_table

# Letters behind a negation that must stand bare in the other.
_FOLLOWING = 2
# More members than this are compared with the centre only.
_MAX_COMPARED = 40


def opposed(forms: Sequence[str], voices: Sequence[int]) -> bool:
    """Whether two members of different voices are opposed; the centre stands first."""
    said = [_Said(form) for form in forms]
    firsts = len(forms) if len(forms) <= _MAX_COMPARED else 1
    return any(
        voices[one] != voices[other] and _is_opposed(said[one], said[other])
        for one in range(firsts)
        for other in range(one + 1, len(forms))
    )


class _Said:
    """What turns a unit: the words of the table that it has, and what it negates."""

    def __init__(self, form: str) -> None:
        self.form = form
        self.words = set(_words().findall(form))
        self.negated = set(_negated(form))


def _is_opposed(one: _Said, other: _Said) -> bool:
    for positive, negative in _opposites():
        for left, right in ((one, other), (other, one)):
            if (
                positive in left.words
                and negative not in left.words
                and negative in right.words
                and positive not in right.words
            ):
                return True
    return _is_bare(one, other) or _is_bare(other, one)


def _is_bare(one: _Said, other: _Said) -> bool:
    """Whether something that one negates stands in the other without a negation."""
    return any(
        word in other.form and word not in other.negated and one.form.count(word) == 1
        for word in one.negated
    )


def _negated(form: str) -> Iterator[str]:
    for match in _negations().finditer(form):
        following = form[match.end() : match.end() + _FOLLOWING]
        if len(following) == _FOLLOWING:
            yield following


@cache
def _opposites() -> tuple[tuple[str, str], ...]:
    rows = read_table("polarity", ("positive", "negative", "source"), package="argmine.compare")
    return tuple((row["positive"], row["negative"]) for row in rows)


@cache
def _words() -> re.Pattern[str]:
    words = {word for pair in _opposites() for word in pair}
    return re.compile("|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word)))))


@cache
def _negations() -> re.Pattern[str]:
    cues = sorted({cue.cue for cue in read_lexicon("negations")}, key=lambda cue: (-len(cue), cue))
    return re.compile("|".join(map(re.escape, cues)))
