"""What is said of a unit besides its label: subtype or strength, holder, addressee.

Reads:   doc.user_data["argmine.matching"], and where present doc.spans["mentions"]
Method:  subtype and strength by the votes of unit_details.tsv. Holder of evidence is the actor
         that opens a reported saying. Addressee of a recommendation is an actor that a modal
         follows (各国应…) and that opens a clause, or that stands right behind a call (敦促美方…).
Limits:  only actors of the gazetteer; an addressee that a modal does not follow closely is left
         out rather than guessed.
Source:  annotation guidelines, sections 2 and 3.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence

import numpy as np
from spacy.tokens import Doc

from argmine.lexicons import Cue, Matcher, alternation
from argmine.text.matching import matching_of

# Between an actor and its saying verb: an office or a date fits in.
MAX_TO_VERB = 25
# Between an actor and its modal: a second actor or an adverbial (各国和国际组织都应) fits in.
MAX_TO_MODAL = 10
# Before an actor that opens a clause: a connective fits in.
MAX_BEFORE_ACTOR = 2
_CLAUSE_BREAK = "，；：。！？\n"


class UnitDetails:
    """The details of units by their cues."""

    def __init__(
        self,
        details: Iterable[Cue],
        addressing: Iterable[Cue],
        saying: Iterable[Cue],
        contexts: Iterable[Cue] = (),
    ) -> None:
        self._matcher = Matcher(details)
        # a label of unit_details.tsv is the unit's label, a blank and the value
        names = sorted({cue.label for group in self._matcher.groups for cue in group})
        self._labels = np.array([name.partition(" ")[0] for name in names])
        self._values = [name.partition(" ")[2] for name in names]
        self._votes = np.zeros((len(self._matcher.groups), len(names)))
        for number, group in enumerate(self._matcher.groups):
            for cue in group:
                self._votes[number, names.index(cue.label)] += cue.weight
        addressing, saying = list(addressing), list(saying)
        self._modal = re.compile(
            rf"[^{_CLAUSE_BREAK}]{{0,{MAX_TO_MODAL}}}?" + alternation(addressing, "modal")
        )
        self._call = re.compile(alternation(addressing, "call") + r"\Z")
        self._says = re.compile(alternation(saying, "saying"))
        self._other = re.compile(alternation(saying, "other"))
        self._object = re.compile(alternation(contexts, "before object") + r"\Z")

    def kinds(
        self, form: str, starts: Sequence[int], ends: Sequence[int], labels: Sequence[str]
    ) -> list[str | None]:
        """The subtype or strength of each unit, ``None`` without a cue of its label's own set."""
        if not starts:
            return []
        places = self._matcher.locate(form)
        home = np.searchsorted(starts, places.starts, side="right") - 1
        inside = (home >= 0) & (places.ends <= np.asarray(ends)[home])
        home, votes = home[inside], self._votes[places.numbers[inside]]
        # a value counts for the units of its own label
        votes = votes * (np.array(labels)[home, None] == self._labels)
        sums = np.empty((len(starts), len(self._values)))
        for column in range(len(self._values)):
            sums[:, column] = np.bincount(home, votes[:, column], len(starts))
        best = zip(sums.argmax(axis=1).tolist(), (sums.max(axis=1) > 0).tolist(), strict=True)
        return [self._values[n] if found else None for n, found in best]

    def voices(
        self, doc: Doc, starts: Sequence[int], ends: Sequence[int], labels: Sequence[str]
    ) -> list[tuple[str | None, str | None]]:
        """Holder and addressee of each unit: normalised names, ``author``, ``None``."""
        form, actors = matching_of(doc), _actors(doc)
        places = [start for start, _, _ in actors]
        found: list[tuple[str | None, str | None]] = []
        for start, end, label in zip(starts, ends, labels, strict=True):
            holder: str | None = "author"
            addressee = None
            inside = actors[bisect_left(places, start) : bisect_left(places, end)]
            if inside and label == "evidence":
                holder = self._holder(form, end, inside)
            elif inside and label == "recommendation":
                addressee = self._addressee(form, start, inside)
            found.append((holder, addressee))
        return found

    def _holder(
        self, form: str, unit_end: int, actors: Sequence[tuple[int, int, str]]
    ) -> str | None:
        """The actor nearest before the first saying verb."""
        subjects = [a for a in actors if not self._object.search(form, max(0, a[0] - 2), a[0])]
        following = [*(start for start, _, _ in subjects[1:]), unit_end]
        for (_, end, norm), limit in zip(subjects, following[: len(subjects)], strict=True):
            verb = self._says.search(form, end, min(limit, end + MAX_TO_VERB))
            if verb is None:
                continue
            # 美国某公司表示: not the country speaks, but somebody whom the gazetteer does not know
            return None if self._other.search(form, end, verb.start()) else norm
        return "author"

    def _addressee(
        self, form: str, unit_start: int, actors: Sequence[tuple[int, int, str]]
    ) -> str | None:
        for start, end, norm in actors:
            before = form[max(unit_start, start - MAX_BEFORE_ACTOR - 1) : start]
            opens = start - unit_start <= MAX_BEFORE_ACTOR or any(
                c in before for c in _CLAUSE_BREAK
            )
            if opens and self._modal.match(form, end):
                return norm
            if self._call.search(form, max(unit_start, start - MAX_BEFORE_ACTOR), start):
                return norm
        return None


def _actors(doc: Doc) -> list[tuple[int, int, str]]:
    """Start, end and normalised name of each actor mentioned, in text order."""
    if "mentions" not in doc.spans:
        return []
    mentions = doc.spans["mentions"].attrs.values()
    return [
        (m["start"], m["end"], m["norm"]) for m in mentions if m["kind"] == "actor" and m["norm"]
    ]
