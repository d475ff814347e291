"""Shared and contested points: near-equal units of several articles, grouped.

Reads:   the tables of units, relations and mentions
Writes:  ``Points``: a row a group, and a row a quotation (``points`` and ``quotations`` of
         ``columns.tsv``)
Method:  groups form greedily around the unit that most articles are near to (``similarity.py``),
         each member near to that centre itself, so that they cannot chain. What tells reused text
         is in ``reuse.py``, what tells a contested point in ``contest.py`` and
         ``polarity.py``. Units of two labels may meet: what one article recommends another reports
         as evidence.
Limits:  headings and units of few words are left out: they are slogans more often than points.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from argmine.compare import needing_extra
from argmine.compare.contest import Contests
from argmine.compare.naming import MAX_TERMS, distinctive_terms, readable_name
from argmine.compare.openings import is_opening
from argmine.compare.polarity import opposed
from argmine.compare.reuse import Reuse
from argmine.compare.similarity import (
    Embed,
    Neighbours,
    clauses_of,
    near_pairs,
    scripts_of,
    term_vectors,
    words_of,
)
from argmine.compare.tables import BETWEEN
from argmine.schema import DECIMALS, STANCE_LABELS

with needing_extra():
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray
    from scipy import sparse

# Chosen by reading pairs of the real articles in bands of similarity, from 0.25 to 0.7.
LEAST = 0.45
# Shorter units, and units of fewer different words, are slogans or pieces of lists.
LEAST_LETTERS = 10
LEAST_WORDS = 4
# A clause makes the point of its unit only if it is so long, and so much of the unit: what long
# units share by a clause is mostly a formula.
LEAST_CLAUSE = 12
LEAST_PART = 1 / 3
# What a unit ends with, unless it is a title. An article of which fewer than this share of the
# units end so is annotated without the marks, and says nothing about its titles.
_MARKS = tuple("。！？；，、…：”’」』）》.!?;,:)\"'")
_LEAST_MARKED = 0.5
KINDS = ("shared", "contested", "reused")


@dataclass(frozen=True)
class Points:
    """Groups of near-equal units.

    Attributes:
        groups: a row a group, those of most voices first.
        quotations: a row a member, the centre of each group first.
    """

    groups: pd.DataFrame
    quotations: pd.DataFrame


@dataclass(frozen=True)
class _Group:
    """Rows of one group, the centre first, and what belongs to each."""

    rows: list[int]
    similarity: list[float]
    voices: list[int]
    attacks: int
    kind: str


def align(
    units: pd.DataFrame,
    relations: pd.DataFrame | None = None,
    *,
    mentions: pd.DataFrame | None = None,
    embed: Embed | None = None,
    least: float = LEAST,
) -> Points:
    """Group near-equal claims, recommendations and evidence of different articles.

    Args:
        units: the table of units; the order of its rows does not matter.
        relations: the table of relations; without it attacks contest nothing.
        mentions: the table of mentions, whose quotes and names help to tell reused text.
        embed: gives each text a vector; asked about pairs just below ``least`` only.
        least: the least similarity of a member to the centre of its group, between 0 and 1.

    Returns:
        The groups and their quotations; no unit is in two groups, none is of one article alone.
    """
    ordered = units.sort_values(["document", "start", "unit"], kind="stable", ignore_index=True)
    documents = pd.factorize(ordered["document"])[0].astype(np.int64)
    parts = clauses_of(ordered, scripts_of(ordered))
    forms = ["".join(own) for own in parts]
    clauses = [clause for own in parts for clause in own]
    owners = np.repeat(np.arange(len(parts)), [len(own) for own in parts])
    # reprints repeat clauses
    which, different = pd.factorize(np.array(clauses, dtype=object))
    known = {clause: words_of(clause) for clause in different}
    words = [[word for clause in own for word in known[clause]] for own in parts]
    reuse = Reuse(ordered, forms, documents, mentions)
    contests = Contests(ordered, relations)
    of_units, of_clauses, weights = term_vectors(
        list(known), list(known.values()), which, owners, documents
    )
    rows = np.flatnonzero(_speaking(forms, words) & ~_titles(ordered))
    single = np.isin(owners, rows) & _making_the_point(parts, known)
    vectors = sparse.vstack([of_units[rows], of_clauses[single]], format="csr")
    numbered = np.concatenate([np.arange(len(rows)), np.searchsorted(rows, owners[single])])
    texts = ordered["text"].iloc[rows].tolist()
    pairs = near_pairs(vectors, numbered, documents[rows], least, texts=texts, embed=embed)
    found: list[_Group] = []
    for places, similarity in _grouped(pairs, documents[rows]):
        members = [int(rows[place]) for place in places]
        homes = [int(documents[n]) for n in members]
        voices = reuse.voices(members)
        is_opposed = opposed([forms[n] for n in members], homes)
        if is_opposed and max(voices) == 1:
            # who turns the words of another around does not repeat them
            voices = (pd.factorize(np.array(homes))[0] + 1).tolist()
        if is_opposed or contests.is_contested(members, voices):
            kind = "contested"
        else:
            kind = "shared" if max(voices) > 1 else "reused"
        found.append(_Group(members, similarity, voices, contests.attacks(members), kind))
    found.sort(key=lambda group: (-max(group.voices), -len(group.rows), group.rows[0]))
    return Points(_group_frame(found, ordered, words, weights), _quotation_frame(found, ordered))


def _speaking(
    forms: Sequence[str], words: Sequence[Sequence[str]], least: int = LEAST_LETTERS
) -> NDArray[np.bool_]:
    """Whether each is long enough to make a point."""
    long = (
        len(form) >= least and len(set(own)) >= LEAST_WORDS
        for form, own in zip(forms, words, strict=True)
    )
    return np.fromiter(long, np.bool_, len(forms))


def _making_the_point(
    parts: Sequence[Sequence[str]], words: Mapping[str, Sequence[str]]
) -> NDArray[np.bool_]:
    """Whether each clause makes the point of its unit; a unit of one clause is that clause.

    Args:
        parts: the clauses of each unit.
        words: of each clause.
    """
    large = []
    for own in parts:
        least = LEAST_PART * sum(map(len, own))
        large += [
            len(own) > 1 and len(clause) >= least and not is_opening(clause) for clause in own
        ]
    clauses = [clause for own in parts for clause in own]
    return np.array(large, np.bool_) & _speaking(
        clauses, [words[clause] for clause in clauses], LEAST_CLAUSE
    )


def _titles(units: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether each unit is a heading, or a title that was not marked as one."""
    marked = units["text"].str.rstrip().str.endswith(_MARKS).fillna(False).astype(bool)
    informative = marked.groupby(units["document"]).transform("mean") >= _LEAST_MARKED
    titles = units["heading"].fillna(False).astype(bool) | (informative & ~marked)
    return np.asarray(titles, np.bool_)


def _grouped(
    pairs: Neighbours, documents: NDArray[np.int64]
) -> Iterable[tuple[list[int], list[float]]]:
    """Take the unit that most articles are near to with its neighbours, then the next one."""
    taken = [False] * len(pairs)

    def rank(n: int) -> tuple[int, float, int]:
        free = [(place, value) for place, value in pairs[n] if not taken[place]]
        spread = len({documents[place] for place, _ in free})
        return -spread, -sum(value for _, value in free), n

    heap = [rank(n) for n in range(len(pairs)) if pairs[n]]
    heapq.heapify(heap)
    while heap:
        first = heapq.heappop(heap)
        centre = first[-1]
        if taken[centre]:
            continue
        now = rank(centre)
        if now != first:
            # neighbours went elsewhere meanwhile
            if now[0]:
                heapq.heappush(heap, now)
            continue
        members = [(place, value) for place, value in pairs[centre] if not taken[place]]
        members.sort(key=lambda item: (-item[1], item[0]))
        for place in (centre, *(place for place, _ in members)):
            taken[place] = True
        yield [centre, *(place for place, _ in members)], [1.0, *(value for _, value in members)]


def _targets(units: pd.DataFrame) -> list[str]:
    return [name.removeprefix("stance.") for name in units if name.startswith("stance.")]


def _group_frame(
    found: Sequence[_Group],
    units: pd.DataFrame,
    words: Sequence[Sequence[str]],
    weights: dict[str, float],
) -> pd.DataFrame:
    documents, labels, texts = (units[name].tolist() for name in ("document", "label", "text"))
    terms = [distinctive_terms([words[n] for n in group.rows], weights) for group in found]
    data: dict[str, Any] = {
        "group": _text(_key(n) for n in range(len(found))),
        "label": pd.Categorical(
            # the commonest; of equals that of the most central unit
            [Counter(labels[n] for n in group.rows).most_common(1)[0][0] for group in found],
            categories=units["label"].cat.categories,
        ),
        "kind": pd.Categorical([group.kind for group in found], categories=KINDS),
        "name": _text(
            readable_name(texts[group.rows[0]], own)
            for group, own in zip(found, terms, strict=True)
        ),
        "terms": _text(BETWEEN.join(list(own)[:MAX_TERMS]) for own in terms),
        "documents": _whole(len({documents[n] for n in group.rows}) for group in found),
        "voices": _whole(max(group.voices) for group in found),
        "units": _whole(len(group.rows) for group in found),
    }
    stances = {target: units[f"stance.{target}"].tolist() for target in _targets(units)}
    for label in STANCE_LABELS:
        for target, held in stances.items():
            counts = (sum(held[n] == label for n in group.rows) for group in found)
            data[f"{label}.{target}"] = _whole(counts)
    data["attacks"] = _whole(group.attacks for group in found)
    return pd.DataFrame(data)


def _quotation_frame(found: Sequence[_Group], units: pd.DataFrame) -> pd.DataFrame:
    rows = [n for group in found for n in group.rows]
    copied = ["document", "unit", "start", "end", "text", "label", "score"]
    copied += [
        f"{part}.{target}" for target in _targets(units) for part in ("stance", "stance_score")
    ]
    frame = units.iloc[rows][copied].reset_index(drop=True)
    keys = [_key(n) for n, group in enumerate(found) for _ in group.rows]
    frame.insert(0, "group", _text(keys))
    similarity = [round(value, DECIMALS) for group in found for value in group.similarity]
    frame["similarity"] = pd.array(similarity, "Float64")
    frame["voice"] = _whole(voice for group in found for voice in group.voices)
    # who shares a voice with another member repeats text
    reused = [group.voices.count(v) > 1 for group in found for v in group.voices]
    frame["reused"] = pd.array(reused, "boolean")
    return frame


def _key(number: int) -> str:
    return f"p{number + 1:03}"


def _text(values: Iterable[str]) -> pd.Series:
    return pd.Series(list(values), dtype=pd.StringDtype("python"))


def _whole(values: Iterable[int]) -> Any:
    return pd.array(list(values), dtype="Int64")
