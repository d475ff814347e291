"""Tell whether a group of near-equal units is contested.

Reads:   the tables of units and relations
Method:  two voices of a group disagree where their stances are surely of two sides, or where one
         speaks against what the other lets stand. An article speaks against a unit that a later
         unit of it attacks, and against another's view that itself attacks a later unit: so the
         guidelines annotate a view that is reported and then rebutted. Opposite wording is found
         by ``polarity.py``.
Limits:  the author's own concession (虽然, 诚然) contests nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from argmine.compare import needing_extra

with needing_extra():
    import numpy as np
    import pandas as pd

# Set by hand. Predicted stances and attacks below these scores contest nothing; what a person
# annotated has no score and is sure.
LEAST_STANCE = 0.7
LEAST_ATTACK = 0.5
# The holder of a unit that is the author's own.
_AUTHOR = "author"
_SIDES = ("favor", "against")


class Contests:
    """What is said for and against in the articles.

    Args:
        units: the table of units; their places are the numbers that the methods take.
        relations: the table of relations; without it attacks contest nothing.
    """

    def __init__(self, units: pd.DataFrame, relations: pd.DataFrame | None) -> None:
        self._stances = _sure_stances(units)
        self._rebutted = _rebutted(units, relations)

    def attacks(self, members: Sequence[int]) -> int:
        """How many of these units their own articles speak against."""
        return sum(self._rebutted[n] for n in members)

    def is_contested(self, members: Sequence[int], voices: Sequence[int]) -> bool:
        """Whether two of these voices disagree, by their stances or by what they attack."""
        return self._differ(members, voices) or self._rebut(members, voices)

    def _differ(self, members: Sequence[int], voices: Sequence[int]) -> bool:
        """Whether two voices are surely of two sides; one that is of both counts for neither."""
        for stance in self._stances:
            sides: dict[int, set[str | None]] = {}
            for n, voice in zip(members, voices, strict=True):
                sides.setdefault(voice, set()).add(stance[n])
            if all(any(s & set(_SIDES) == {side} for s in sides.values()) for side in _SIDES):
                return True
        return False

    def _rebut(self, members: Sequence[int], voices: Sequence[int]) -> bool:
        """Whether one voice speaks against what another lets stand."""
        rebutting = {v for n, v in zip(members, voices, strict=True) if self._rebutted[n]}
        return bool(rebutting) and bool(set(voices) - rebutting)


def _sure_stances(units: pd.DataFrame) -> list[list[str | None]]:
    """For each target the stance of each unit that is sure."""
    found = []
    for column in units:
        if not column.startswith("stance."):
            continue
        target = column.removeprefix("stance.")
        scores = units[f"stance_score.{target}"].fillna(1.0).to_numpy(np.float64)
        labels = units[column].astype(object)
        found.append(
            [s if v >= LEAST_STANCE else None for s, v in zip(labels, scores, strict=True)]
        )
    return found


def _rebutted(units: pd.DataFrame, relations: pd.DataFrame | None) -> list[bool]:
    """Whether its own article surely speaks against each unit."""
    keys = list(zip(units["document"], units["unit"], strict=True))
    if relations is None:
        return [False] * len(keys)
    reported = {
        key
        for key, holder in zip(keys, units["holder"].fillna(_AUTHOR), strict=True)
        if holder != _AUTHOR
    }
    scores = relations["score"].fillna(1.0).to_numpy(np.float64)
    sure = relations[(relations["label"] == "attack") & (scores >= LEAST_ATTACK)]
    found = set()
    for row in sure.itertuples(index=False):
        source, target = (row.document, row.source), (row.document, row.target)
        if row.target_start < row.source_start:
            found.add(target)
        elif source in reported:
            found.add(source)
    return [key in found for key in keys]
