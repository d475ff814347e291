"""From a quotation to exact offsets: what a model quotes is looked up in the text, never trusted.

A quotation is looked up as it stands, then without regard to white space, width, quotation marks,
script and Unicode composition, last without the marks at its ends. One that stands in the text
once is placed there. One that stands there more often is placed at the first free occurrence
behind the quotation before it, if that lies before the next placed one. All others are dropped
with a reason.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Literal

from argmine.text.matching import matching_form

Place = tuple[int, int]
Reason = Literal["quotation not in the text", "quotation ambiguous", "quotation overlaps another"]
NOT_FOUND: Reason = "quotation not in the text"
AMBIGUOUS: Reason = "quotation ambiguous"
OVERLAPS: Reason = "quotation overlaps another"
_QUOTES, _DASHES = "“”„‟‘’‚‛「」『』«»'`", "‐‑‒–—―─−"
_UNSEEN = frozenset(("Cc", "Cf", "Zl", "Zp", "Zs"))
_VARIATION_SELECTORS = frozenset(map(chr, range(0xFE00, 0xFE10)))
# Bounds the memory; a text of ordinary size has some two thousand different characters.
_KNOWN_CHARACTERS = 20_000


def anchor(text: str, quotations: Sequence[str], script: str = "hans") -> list[Place | Reason]:
    """Place quotations in a text.

    Args:
        text: what was quoted from.
        quotations: in the order in which the model gave them.
        script: of the text; ``hant`` also finds what was quoted in simplified characters.

    Returns:
        For each quotation its start and end, or why it was dropped. No two places overlap.
    """
    searched = _Text(text, script)
    places = [searched.places(quotation) for quotation in quotations]
    results: list[Place | Reason] = [AMBIGUOUS if found else NOT_FOUND for found in places]
    taken: list[Place] = []
    for n, found in enumerate(places):
        if len(found) == 1:
            results[n] = found[0] if _is_free(found[0], taken) else OVERLAPS
            if results[n] is not OVERLAPS:
                insort(taken, found[0])
    limits = _next_starts(results, len(text))
    reached = 0
    for n, found in enumerate(places):
        if len(found) > 1:
            for place in found[bisect_left(found, (reached, reached)) :]:
                if place[1] > limits[n]:
                    break
                if _is_free(place, taken):
                    results[n] = place
                    insort(taken, place)
                    break
        placed = results[n]
        if isinstance(placed, tuple):
            reached = placed[1]
    return results


def _is_free(place: Place, taken: list[Place]) -> bool:
    """Whether a place overlaps none of the taken ones, which are sorted."""
    at = bisect_left(taken, place)
    after_others = at == 0 or taken[at - 1][1] <= place[0]
    return after_others and (at == len(taken) or taken[at][0] >= place[1])


def _next_starts(results: Sequence[Place | Reason], end: int) -> list[int]:
    """For each quotation the start of the next one that is placed."""
    limits = []
    for result in reversed(results):
        limits.append(end)
        if isinstance(result, tuple):
            end = result[0]
    return limits[::-1]


class _Text:
    """A text to look quotations up in."""

    def __init__(self, text: str, script: str) -> None:
        self._text, self._script = text, script

    def places(self, quotation: str) -> list[Place]:
        """Where a quotation stands, in text order; nowhere if it holds no letter or digit."""
        exact = quotation.strip()
        if not any(map(str.isalnum, exact)):
            return []
        found = [(at, at + len(exact)) for at in _occurrences(self._text, exact)]
        if found:
            return found
        folded = "".join(piece for _, piece in _folded(exact, self._script))
        inner = _without_marks_at_ends(folded)
        return self._folded_places(folded) or self._folded_places(inner)

    @cached_property
    def _form(self) -> tuple[str, list[int]]:
        """The folded text, and the offset in the text of each of its characters."""
        pieces = list(_folded(self._text, self._script))
        owners = [at for at, piece in pieces for _ in piece]
        return "".join(piece for _, piece in pieces), owners

    def _folded_places(self, folded: str) -> list[Place]:
        form, owners = self._form
        found = []
        for at in _occurrences(form, folded):
            end = at + len(folded)
            # a character may fold to several (… to three dots): it is never cut
            opens = at == 0 or owners[at - 1] != owners[at]
            closes = end == len(form) or owners[end - 1] != owners[end]
            if opens and closes:
                found.append((owners[at], owners[end - 1] + 1))
        return found


def _occurrences(text: str, part: str) -> Iterator[int]:
    at = text.find(part) if part else -1
    while at >= 0:
        yield at
        at = text.find(part, at + 1)


def _without_marks_at_ends(folded: str) -> str:
    letters = [at for at, character in enumerate(folded) if character.isalnum()]
    return folded[letters[0] : letters[-1] + 1] if letters else ""


def _folded(text: str, script: str) -> Iterable[tuple[int, str]]:
    """What each character counts as, with its offset; each for itself, whatever stands beside."""
    return ((at, _fold(character)) for at, character in enumerate(matching_form(text, script)))


@lru_cache(maxsize=_KNOWN_CHARACTERS)
def _fold(character: str) -> str:
    return "".join(_same(part) for part in unicodedata.normalize("NFKD", character))


def _same(character: str) -> str:
    """One for all of its kind; nothing for white space and what cannot be seen."""
    if character in _QUOTES:
        return '"'
    if character in _DASHES:
        return "-"
    if character == "。":
        return "."
    is_unseen = unicodedata.category(character) in _UNSEEN or character in _VARIATION_SELECTORS
    return "" if is_unseen else character
