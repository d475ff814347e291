"""Find persons by their office: an office, and right behind it what is built like a name.

Reads:   a matching form
Method:  every office of offices.tsv; behind it a foreign name with a point (X·Y), or two to three
         characters with a listed surname that a saying verb or another word of
         mention_contexts.tsv follows.
Limits:  a person without an office before the name is found by the gazetteer or not at all; names
         of foreigners without a point only where the gazetteer has them.
Source:  own lists; surnames.tsv.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from argmine.ingest.byline import is_name
from argmine.lexicons import Cue, Matcher, alternation

_FOREIGN = re.compile(r"(?:[\u3400-\u9fff]{1,7}·){1,3}[\u3400-\u9fff]{1,5}")
# The longest first: 王晓明 is not 王晓.
NAME_LENGTHS = (3, 2)


class Person(NamedTuple):
    """A person: code points from the office to the end of the name, and the name."""

    start: int
    end: int
    name: str


class PersonRules:
    """The finding of persons, without spaCy."""

    def __init__(
        self, offices: Iterable[Cue], contexts: Iterable[Cue], saying: Iterable[Cue]
    ) -> None:
        contexts, saying = list(contexts), list(saying)
        self._offices = Matcher(offices)
        follower = f"{alternation(saying, 'saying')}|{alternation(contexts, 'after name')}|$"
        self._follower = re.compile(follower, re.MULTILINE)
        self._verb = re.compile(alternation(saying, "saying"))

    def find(self, form: str) -> list[Person]:
        """Persons in text order."""
        return [
            Person(office.start, end, form[office.end : end])
            for office in self._offices.find(form)
            if (end := self._name_end(form, office.end)) is not None
        ]

    def _name_end(self, form: str, start: int) -> int | None:
        foreign = _FOREIGN.match(form, start)
        if foreign is not None:
            # The last part of a foreign name runs on into the text: it ends where one of the words
            # that follow names begins. Hardly any is of one character.
            point = form.rindex("·", start, foreign.end())
            ends = [*range(point + 3, foreign.end() + 1), point + 2]
            return next((end for end in ends if self._follower.match(form, end)), None)
        for length in NAME_LENGTHS:
            end = start + length
            name = form[start:end]
            if is_name(name) and not self._verb.match(name) and self._follower.match(form, end):
                return end
        return None
